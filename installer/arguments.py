"""The flags of the vendor's install script: one for each question that it may ask (IG 4.1)."""

DEFAULT_URL = "https://get.replicated.com/docker/wickrenterprise/stable"
"""Where the vendor serves the online installer (IG 4.1)."""


DEFAULT_OPERATOR_URL = "https://get.replicated.com/operator/wickrenterprise/stable"
"""The script that makes a host a node, in the version that the online installer installs."""

DAEMON_PORT = 9879
"""Where the messaging host's daemon waits for nodes, inside the guide's range 9870-9881 (IG 4.5)."""


def join_flags(
    *, tag: str, daemon_address: str, private_address: str, public_address: str | None, airgap: bool = False
) -> tuple[str, ...]:
    """Flags under which the operator's script asks nothing (IG 4.5). The token comes by a file."""
    return (
        *_common(airgap),
        f"daemon-endpoint={daemon_address}:{DAEMON_PORT}",
        f"tags={tag}",
        *_addresses(private_address, public_address),
    )


def install_flags(*, private_address: str, public_address: str | None, airgap: bool = False) -> tuple[str, ...]:
    """Flags under which install.sh asks nothing.

    Each question that is left open would be read from a terminal that is not there: some take a default then,
    those for addresses loop for ever. The private address must be given because docker0 counts as a second
    interface, the public one because the script looks it up by IMDSv1, which the hosts refuse. With `airgap` the script
    takes its images from the folder that it runs in (IG 4.2).
    """
    return (*_common(airgap), *_addresses(private_address, public_address))


def _common(airgap: bool) -> tuple[str, ...]:
    return (
        *(["airgap"] if airgap else []),
        "fast-timeouts",
        "bypass-firewalld-warning",
        "bypass-storagedriver-warnings",
        "no-proxy",
    )


def _addresses(private: str, public: str | None) -> tuple[str, str]:
    return f"private-address={private}", f"public-address={public}" if public else "no-public-address"
