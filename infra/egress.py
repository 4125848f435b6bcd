"""The stack's mode of egress as the rules out of a host (IG 3.5)."""

import pulumi

from components.egress import ANYWHERE, ANYWHERE_6, Exit
from components.firewall import slug
from guide.outbound import outbound_ports
from guide.roles import Role
from infra import proxy
from infra.rules.egress import GUIDE_PORTS
from infra.settings import Settings


def exits(settings: Settings, role: Role, bucket: pulumi.Input[str] | None) -> tuple[Exit, ...]:
    """What a host of a role may reach outside its installation; the rules between its hosts are the same in each mode.

    By the guide, that is the ports of its outbound hosts, at any address: security groups cannot tell names apart. The
    compliance host gets no more than those in any mode (CG 2.1). `bucket` is the prefix list of S3, where an
    installation without internet has an endpoint for its bucket.
    """
    match "guide" if role is Role.COMPLIANCE else settings.egress:
        case "guide":
            return tuple(
                Exit(name=str(port), cidr=ANYWHERE, port=port, purpose=", ".join(row.name for row in rows))
                for port, rows in outbound_ports(role).items()
            )
        case "open":
            everything = (("all", ANYWHERE), ("all-6", ANYWHERE_6))
            return tuple(
                Exit(name=name, cidr=cidr, port=None, purpose="everything (wickr:egress is open)")
                for name, cidr in everything
            )
        case "proxy":
            installer = settings.installer
            return tuple(
                Exit(
                    name=f"proxy-{slug(cidr)}",
                    cidr=cidr,
                    port=proxy.port(installer.proxy or ""),  # the settings allow no such stack without one
                    purpose="the proxy (wickr:installer.proxy)",
                )
                for cidr in installer.proxy_blocks
            )
        case "none":
            if bucket is None:
                return ()
            purpose = "S3 by the gateway endpoint, whose policy names the objects (IG 4.2)"
            return (Exit(name="bucket", prefix_list_id=bucket, port=443, purpose=purpose),)


def told(settings: Settings) -> str:
    """The mode in a sentence, for those who have to answer for it."""
    match settings.egress:
        case "guide":
            ports = " and ".join(map(str, GUIDE_PORTS))
            return (
                f"TCP {ports} at any address: the guide names hosts (IG 3.5), and a security group knows addresses, "
                "not names; what filters names is in docs/network.md"
            )
        case "open":
            return "everything, everywhere"
        case "proxy":
            blocks = ", ".join(settings.installer.proxy_blocks)
            return f"TCP {proxy.port(settings.installer.proxy or '')} at {blocks}, the proxy, and nothing else"
        case "none":
            airgap = settings.installer.airgap
            if airgap is None:
                return "nothing outside the installation"
            count = len([airgap.archive, airgap.bundle, *airgap.docker])
            snapshots = ", the folder of this stack's snapshots" if settings.snapshots.enabled else ""
            return (
                f"{count} objects of the bucket {airgap.bucket}{snapshots}, by a gateway endpoint that knows them by "
                "name, and nothing else outside the installation"
            )
