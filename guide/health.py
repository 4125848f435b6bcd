"""Where an installation answers (IG 4.3, 5.1, 9.1)."""

import ipaddress

HEALTH_PATH = "/checkConfig.php?api=117"
"""What clients can reach when Wickr answers them (IG 9.1); the body is not documented."""

ADMIN_PATH = "/admin"
"""The Wickr Admin Console, on the host name that clients use (IG 5.1)."""

INSTALLER_PORT = 8800
"""The web installer, Replicated's console (IG 3.1.2, 4.3)."""


def is_address(hostname: str) -> bool:
    """Whether a host name is an IP address, for which there are no records, and another place in a certificate."""
    try:
        ipaddress.ip_address(hostname)
    except ValueError:
        return False
    return True


def url_host(hostname: str) -> str:
    """A host name or address as it stands in a URL."""
    return f"[{hostname}]" if ":" in hostname else hostname
