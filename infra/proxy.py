"""Checks of a forward proxy's address, and of what goes around it. Each returns the value or raises ValueError."""

import ipaddress
import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, SecretStr

from infra.names import address_block, dns_name, nobody

WIDEST_PREFIX = {4: 16, 6: 48}
"""A proxy's addresses are few; a wider block would let a host out to others, too."""

_PLAIN = r"[A-Za-z0-9._~-]+"


def proxy_url(value: str) -> str:
    """`http://host:port` of a proxy that is not the host itself, and nothing else in it."""
    if "@" in value:
        # Without repeating it: whatever stands before the @ is meant to be secret.
        raise ValueError(
            "carries credentials; write http://host:port here, and set them encrypted with: "
            "pulumi config set --secret --path installer.proxyCredentials USER:PASSWORD"
        )
    parts = urlsplit(value)
    if parts.scheme == "https":
        raise ValueError(
            f"{value!r} begins with https://; hosts speak plain HTTP to the proxy, and through it TLS with the vendor: "
            "write http://host:port"
        )
    try:
        port = parts.port
    except ValueError:
        port = None
    if parts.scheme != "http" or not parts.hostname or not port or value.rstrip("/") != f"http://{parts.netloc}":
        raise ValueError(f"{value!r} is no address of a proxy; write http://host:port, such as http://10.0.0.10:3128")
    if ":" in parts.hostname:
        raise ValueError(f"{value!r} is an IPv6 address; the vendor's script knows IPv4 addresses and names")
    address = _address(parts.hostname)
    what = nobody(ipaddress.IPv4Network(address)) if address else None
    if what:
        raise ValueError(f"{value!r} is {what}; write the address at which all hosts reach the proxy")
    return f"http://{address or dns_name(parts.hostname)}:{port}"


def credentials(value: SecretStr) -> SecretStr:
    """`user:password`, of characters that need no quoting: the vendor's scripts write them unquoted into a URL."""
    if not re.fullmatch(f"{_PLAIN}:{_PLAIN}", value.get_secret_value()):
        raise ValueError(
            "is no USER:PASSWORD of letters, digits and . _ ~ - alone; the vendor's script writes it unquoted into a "
            "URL: give the proxy such a user, or let it know the hosts by their addresses"
        )
    return value


def proxy_block(value: str) -> str:
    """A block of addresses at which a proxy answers."""
    block = ipaddress.ip_network(address_block(value))
    widest = WIDEST_PREFIX[block.version]
    if block.prefixlen < widest:
        raise ValueError(
            f"{value} holds {block.num_addresses:,} addresses; those of a proxy are at most a /{widest}: "
            "name where it answers, or set wickr:egress to open"
        )
    return str(block)


def exception(value: str) -> str:
    """What is reached without the proxy: a name, a domain with a dot before it, or an address."""
    if re.fullmatch(r"[0-9a-fA-F.:]+/\d+", value):
        raise ValueError(f"{value!r} is a block; the vendor's script knows names, .domains and single addresses only")
    if value.startswith("."):
        return f".{dns_name(value[1:])}"
    try:
        return str(ipaddress.ip_address(value))
    except ValueError:
        return dns_name(value)


def _address(host: str) -> ipaddress.IPv4Address | None:
    try:
        return ipaddress.IPv4Address(host)
    except ValueError:
        return None


def blocks(url: str, named: tuple[str, ...]) -> tuple[str, ...]:
    """Where a proxy answers: the blocks that are named, or its own address; none for a name without blocks.

    Raises ValueError when the proxy's address is in none of the blocks.
    """
    host = str(urlsplit(url).hostname)
    address = _address(host)
    if address is None or not named:
        return named or ((f"{host}/32",) if address else ())
    if not any(address in ipaddress.ip_network(each) for each in named):
        raise ValueError(f"proxy is at {host}, and proxyCidrs {', '.join(named)} does not hold it; add {host}/32")
    return named


def port(url: str) -> int:
    """The TCP port of a proxy."""
    return urlsplit(url).port or 0


ProxyUrl = Annotated[str, AfterValidator(proxy_url)]
ProxyCredentials = Annotated[SecretStr, AfterValidator(credentials)]
ProxyBlock = Annotated[str, AfterValidator(proxy_block)]
ProxyException = Annotated[str, AfterValidator(exception)]
