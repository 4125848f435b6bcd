"""The flags of the vendor's install script: one for each question that it may ask (IG 4.1)."""

DEFAULT_URL = "https://get.replicated.com/docker/wickrenterprise/stable"
"""Where the vendor serves the online installer (IG 4.1)."""


def install_flags(*, private_address: str, public_address: str | None) -> tuple[str, ...]:
    """Flags under which install.sh asks nothing.

    Each question that is left open would be read from a terminal that is not there: some take a default then,
    those for addresses loop for ever. The private address must be given because docker0 counts as a second
    interface, the public one because the script looks it up by IMDSv1, which the hosts refuse.
    """
    return (
        "fast-timeouts",
        "bypass-firewalld-warning",
        "bypass-storagedriver-warnings",
        "no-proxy",
        f"private-address={private_address}",
        f"public-address={public_address}" if public_address else "no-public-address",
    )
