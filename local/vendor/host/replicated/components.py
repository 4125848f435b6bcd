"""What the application consists of: containers, and the tag of the node that each one belongs to.

The names of the containers are those of the guide; the application's own definition is not public.
"""

from dataclasses import dataclass
from typing import Any, Final

from . import settings
from .paths import APPLICATION_PEM

REGISTRY: Final = "registry.replicated.com"
CALLING: Final = "calling"


@dataclass(frozen=True)
class Container:
    """One container of the application."""

    name: str
    ports: tuple[int, ...]

    def image(self, sequence: int) -> str:
        """Its image at the vendor's, for a release."""
        return f"{REGISTRY}/wickrenterprise/{self.name}:{sequence}"


COMPONENTS: Final = {
    "local": (Container("proxy", (443,)),),
    CALLING: (Container("orville", (444,)), Container("tcp-proxy", (443,)), Container("socks-proxy", (8001,))),
}
"""Tag -> containers. A component is named after its tag."""

NAMES: Final = [container.name for containers in COMPONENTS.values() for container in containers]


def wanted(values: settings.Values) -> list[str]:
    """The tags that these settings need a node for."""
    return ["local", *([CALLING] if settings.on(values, "lab_enable_calling") else [])]


def environment(values: settings.Values, release: dict[str, Any], public: str) -> dict[str, str]:
    """What every container is told. Clients reach calling at the host name of the settings or at the node itself."""
    told = {
        "HOSTNAME": settings.text(values, "lab_hostname"),
        "CERTIFICATE": str(APPLICATION_PEM),
        "RELEASE": str(release["Version"]),
        "ADVERTISED": settings.text(values, "lab_calling_hostname") or public,
    }
    calls = settings.text(values, "lab_orville_max_calls")
    return {**told, "ORVILLE_MAX_CALLS": calls} if calls else told
