"""What hosts may reach, against what an installation needs, and against the proxy that they are to use."""

import ipaddress
from collections.abc import Iterator

from guide import ports
from guide.outbound import outbound_ports
from guide.ports import NetworkRange
from guide.roles import Role
from infra.proxy import port
from infra.settings import Settings

GUIDE_PORTS = tuple(outbound_ports(Role.MESSAGING))
"""What hosts may reach outside by the guide, as TCP ports; both kinds of nodes are alike in this."""


def a_way_out(settings: Settings) -> Iterator[str]:
    """Hosts reach what they are installed from."""
    installer = settings.installer
    if settings.egress == "none" and installer.source == "online":
        yield (
            "egress: none lets nothing out, and installer.source online fetches Replicated from the vendor; set it to "
            "guide, or to proxy"
        )
    if settings.egress == "guide" and installer.proxy and port(installer.proxy) not in GUIDE_PORTS:
        yield (
            f"egress: guide lets hosts reach TCP {' and '.join(map(str, GUIDE_PORTS))} and so not {installer.proxy}; "
            "set it to proxy, or to open"
        )


def the_proxy(settings: Settings) -> Iterator[str]:
    """A way to a proxy alone needs one, and addresses of it; these count for nothing else."""
    installer = settings.installer
    if settings.egress != "proxy":
        if installer.proxy_cidrs:
            yield (
                f"egress: {settings.egress} does not look at installer.proxyCidrs; set it to proxy, or take the blocks "
                "out"
            )
    elif not installer.proxy:
        yield "egress: proxy lets hosts reach installer.proxy alone, which is not set; set it, or egress to guide"
    elif not installer.proxy_blocks:
        yield (
            f"egress: proxy opens the way to {installer.proxy}, and a security group knows addresses, not names; write "
            "the proxy's address blocks into installer.proxyCidrs, or its address into installer.proxy"
        )
    elif installer.no_proxy:
        yield (
            f"installer.noProxy: {', '.join(installer.no_proxy)} would be reached without the proxy, and egress proxy "
            "lets hosts reach the proxy alone; take it out, or set egress to open"
        )


def rules_out(settings: Settings) -> Iterator[str]:
    """One rule a block of the proxy, beside those between the hosts; AWS counts IPv4 and IPv6 apart."""
    calling = ports.calling(release=settings.installer.release) if settings.calling else ()
    to_calling = [row.network_range for row in calling].count(NetworkRange.MESSAGING)
    between = to_calling * (2 if settings.network.public_addresses else 1)  # see components.calling
    allowed = settings.network.rules_per_group
    for version in (4, 6):
        blocks = sum(ipaddress.ip_network(each).version == version for each in settings.installer.proxy_cidrs)
        if blocks + between > allowed:
            yield (
                f"installer.proxyCidrs: {blocks} blocks + {between} rules between hosts = {blocks + between} rules out "
                f"by IPv{version}, and a security group holds {allowed}; join neighbouring blocks, or have AWS raise "
                "quota L-0EA8095F and write it into network.rulesPerGroup"
            )


RULES = (a_way_out, the_proxy, rules_out)
