"""Which mode of egress goes together with the rest of a stack."""

from guide.outbound import outbound_ports
from guide.roles import Role
from infra.proxy import port

GUIDE_PORTS = tuple(outbound_ports(Role.MESSAGING))
"""What hosts may reach outside by the guide, as TCP ports; both kinds of nodes are alike in this."""


def check(mode: str, *, online: bool, proxy: str | None, blocks: tuple[str, ...], named: tuple[str, ...]) -> None:
    """`blocks` are where the proxy answers, as far as the stack can know, and `named` those that it writes down.

    Raises ValueError for a mode in which hosts could not be installed, or a key would be without effect.
    """
    if mode == "none" and online:
        raise ValueError(
            "none lets nothing out, and installer.source online fetches Replicated from the vendor; set it to guide, "
            "or to proxy"
        )
    if mode == "proxy" and not proxy:
        raise ValueError("proxy lets hosts reach installer.proxy alone, which is not set; set it, or egress to guide")
    if mode == "proxy" and not blocks:
        raise ValueError(
            f"proxy opens the way to {proxy}, and a security group knows addresses, not names; write the proxy's "
            "address blocks into installer.proxyCidrs, or its address into installer.proxy"
        )
    if mode != "proxy" and named:
        raise ValueError(f"{mode} does not look at installer.proxyCidrs; set it to proxy, or take the blocks out")
    if mode == "guide" and proxy and port(proxy) not in GUIDE_PORTS:
        raise ValueError(
            f"guide lets hosts reach TCP {' and '.join(map(str, GUIDE_PORTS))} and so not {proxy}; "
            "set it to proxy, or to open"
        )
