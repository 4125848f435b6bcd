"""Names of hosts, and the certificate that carries them."""

from collections.abc import Iterator

from infra.settings import Settings

LONGEST_COMMON_NAME = 64
"""Characters (RFC 5280, ub-common-name)."""

CA_PREFIX = "Wickr CA for "
"""What the common name of a stack's CA begins with."""


def common_names(settings: Settings) -> Iterator[str]:
    """A certificate that the stack issues can carry its names as common names, the CA's included."""
    if settings.certificate.source != "issued":
        return
    length, room = len(settings.hostname), LONGEST_COMMON_NAME - len(CA_PREFIX)
    if length > room:
        yield (
            f"hostname: {settings.hostname} has {length} characters, and the CA is called {CA_PREFIX}…: "
            f"{len(CA_PREFIX)} + {length} = {len(CA_PREFIX) + length}, a common name has {LONGEST_COMMON_NAME} at most "
            f"(RFC 5280); choose a name of at most {room}, or another certificate.source"
        )


RULES = (common_names,)
