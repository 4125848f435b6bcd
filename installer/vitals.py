"""What hosts tell CloudWatch of themselves, and what the phase is given that makes them do so."""

from collections.abc import Mapping
from typing import Any

from guide.roles import Role
from installer.configuration import FILES
from installer.python import vitals
from installer.python.vitals import APPLICATION, CERTIFICATE_DAYS, DIMENSION, DISK, MEMORY, NAMESPACE
from installer.standalone import program

__all__ = ["CERTIFICATE_DAYS", "DIMENSION", "DISK", "MEMORY", "NAMESPACE", "PERIOD_SECONDS", "STREAMS", "values"]

PERIOD_SECONDS = 300
"""From one telling to the next."""

STREAMS = (*vitals.FILES, APPLICATION)
"""Log streams of a host, each after its role and a slash."""


def values(
    *, region: Any, domain: Any, group: Any, role: Role, certificate: bool, proxy: Mapping[str, Any]
) -> dict[str, Any]:
    """Values of the phase `vitals`: texts, or what will be texts.

    `domain` is that of the partition's services, `group` the name of the log group, which is there already. With
    `certificate` the host tells how long the one is good for that it serves on port 443. `proxy` is what
    `components.proxy.proxy_values` gives.
    """
    return {
        "FILES": FILES,
        "REGION": region,
        "DOMAIN": domain,
        "GROUP": group,
        "ROLE": role.value,
        "TELLS_CERTIFICATE": "true" if certificate else "false",
        "PERIOD_MINUTES": str(PERIOD_SECONDS // 60),
        "PROGRAM": program(vitals),
        **proxy,
    }
