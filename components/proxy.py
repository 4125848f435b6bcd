"""The forward proxy through which hosts get out, as the phases are told of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

OWN = ("localhost", "127.0.0.1", "169.254.169.254")
"""What a host never reaches by way of a proxy: itself, and the metadata service of its machine."""


@dataclass(frozen=True, kw_only=True)
class Proxy:
    """`url` is `http://host:port`; `credentials` are `user:password`, secret. `exceptions` are names, domains that
    begin with a dot, and addresses that are reached without it.
    """

    url: str
    credentials: pulumi.Output[str] | None
    exceptions: Sequence[str]


def proxy_values(proxy: Proxy | None, *addresses: pulumi.Output[str] | None) -> dict[str, pulumi.Input[str]]:
    """Values of a phase that fetches something. `addresses` are the installation's own that the host dials."""
    if proxy is None:
        return {"PROXY": "", "PROXY_CREDENTIALS": "", "PROXY_EXCEPTIONS": ""}
    known = pulumi.Output.all(*(each for each in addresses if each is not None))
    fixed = (*OWN, *proxy.exceptions)
    return {
        "PROXY": proxy.url,
        "PROXY_CREDENTIALS": proxy.credentials if proxy.credentials is not None else "",
        # The order is that of writing, and each stands there once: a changed text would run the phase again.
        "PROXY_EXCEPTIONS": known.apply(lambda found: ",".join(dict.fromkeys([*fixed, *found]))),
    }
