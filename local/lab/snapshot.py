"""What the lab follows of the AWS API's state: a typed, frozen picture of it."""

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network

from local.lab.zones import Zone

ALIVE = frozenset({"pending", "running", "stopping", "shutting-down"})


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule of a security group. Its other end is address ranges or the members of a group."""

    egress: bool
    protocol: str  # "tcp", "udp", "icmp", a number, or "-1" for all
    first: int = -1
    last: int = -1
    cidrs: tuple[str, ...] = ()
    group: str = ""


@dataclass(frozen=True, kw_only=True)
class Metadata:
    """An instance's options for its metadata service."""

    enabled: bool = True
    tokens_required: bool = False
    hop_limit: int = 1


@dataclass(frozen=True, kw_only=True)
class Disk:
    """A volume beside the root."""

    device: str  # what the API calls it, such as /dev/sdf
    volume: str
    gib: int


@dataclass(frozen=True, kw_only=True)
class Instance:
    """A virtual machine, with what the lab needs of its root volume and its primary interface."""

    id: str
    name: str = ""
    state: str = "running"
    type: str = ""
    image: str = ""
    vpc: str
    subnet: str
    zone: str = ""
    private: str
    public: str = ""
    groups: tuple[str, ...] = ()
    check_addresses: bool = True  # the source/destination check
    metadata: Metadata = Metadata()
    profile: str = ""  # ARN of the instance profile
    volume: str = ""
    gib: int = 0
    disks: tuple[Disk, ...] = ()
    reboots: int = 0

    @property
    def alive(self) -> bool:
        return self.state in ALIVE


@dataclass(frozen=True, kw_only=True)
class Route:
    """A row of a route table."""

    to: IPv4Network
    target: str  # "local", or the id of what the packets go to


@dataclass(frozen=True, kw_only=True)
class Subnet:
    """A subnet, with the rows of the table that holds for it."""

    id: str
    vpc: str
    cidr: IPv4Network
    routes: tuple[Route, ...] = ()


@dataclass(frozen=True, kw_only=True)
class NatGateway:
    """A NAT gateway that is at work, and the public address that it lends."""

    id: str
    subnet: str
    public: str


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """The whole picture. `unsupported` names what the API holds and the lab does not act on."""

    instances: tuple[Instance, ...] = ()
    subnets: tuple[Subnet, ...] = ()
    internet_gateways: frozenset[tuple[str, str]] = frozenset()  # (gateway, VPC it is attached to)
    nat_gateways: tuple[NatGateway, ...] = ()
    endpoints: frozenset[tuple[str, str]] = frozenset()  # gateways to S3: (endpoint, VPC it belongs to)
    rules: dict[str, tuple[Rule, ...]] = field(default_factory=dict)  # by security group
    volumes: frozenset[str] = frozenset()
    zones: tuple[Zone, ...] = ()
    unsupported: tuple[str, ...] = ()

    def at(self, private: str) -> Instance | None:
        """The instance that has a private address now."""
        return next((i for i in self.instances if i.alive and i.private == private), None)

    def endpoint(self, instance: Instance, to: IPv4Address) -> str:
        """The endpoint that an instance's packets to an address take; empty if they take another way."""
        subnet = self.subnet(instance.subnet)
        fitting = [route for route in subnet.routes if to in route.to] if subnet else []
        best = max(fitting, key=lambda route: route.to.prefixlen, default=None)
        return best.target if best and (best.target, instance.vpc) in self.endpoints else ""

    def subnet(self, id: str) -> Subnet | None:
        return next((subnet for subnet in self.subnets if subnet.id == id), None)
