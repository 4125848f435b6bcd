"""Every fixed address and name of the lab. Public ones come from the documentation ranges, so they exist nowhere."""

from dataclasses import dataclass
from ipaddress import IPv4Interface


@dataclass(frozen=True)
class Place:
    """A namespace at the edge of the lab's internet: who lives there, its address and its router's."""

    name: str
    what: str
    address: IPv4Interface

    @property
    def ip(self) -> str:
        return str(self.address.ip)

    @property
    def gateway(self) -> str:
        return str(self.address.network.network_address + 1)

    @property
    def length(self) -> int:
        return self.address.network.prefixlen


CLIENT = Place("client", "anywhere on the internet", IPv4Interface("198.51.100.10/26"))
ADMIN = Place("admin", "an administrator's network", IPv4Interface("198.51.100.74/26"))
OPERATOR = Place("operator", "where Pulumi runs", IPv4Interface("198.51.100.138/26"))
VENDOR = Place("vendor", "the vendor's servers", IPv4Interface("203.0.113.10/26"))
PROXY = Place("proxy", "a forward proxy that a stack may name", IPv4Interface("198.51.100.202/26"))
PLACES = (CLIENT, ADMIN, OPERATOR, VENDOR, PROXY)

PROXY_PORT, PROXY_GUARDED_PORT = 3128, 3129  # the second one asks for these:
PROXY_CREDENTIALS = "lab-user:no-secret-of-the-local-cloud"

# AWS's own services are reached through the cloud's router, from the internet as well as from a VPC.
SERVICES = Place("aws", "AWS's own services", IPv4Interface("203.0.113.66/28"))
S3_ADDRESS, S3_NETWORK = "203.0.113.74", "203.0.113.72/29"
RESOLVER = "169.254.169.253"

# The two routers: the internet's and the cloud's, and the link between them.
INTERNET, CLOUD = "inet", "vpc"
INTERNET_SIDE, CLOUD_SIDE = "192.0.2.1", "192.0.2.2"

API_HOST, API_PORT = "127.0.0.1", 5555  # inside the operator's namespace
API_URL = f"http://{API_HOST}:{API_PORT}"
ACCOUNT, REGION = "123456789012", "eu-west-1"
METADATA = "169.254.169.254"

# What a host looks up on the way to an installation, beside the vendor's own names.
PACKAGE_MIRRORS = ("deb.debian.org", "security.debian.org")
