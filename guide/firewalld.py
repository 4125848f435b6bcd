"""What firewalld must allow where it runs (IG 4, the four commands before 4.1).

As printed, only the third command is permanent, so the reload that follows drops the first two; here
every rule is permanent. Without docker0 in the trusted zone containers cannot reach the daemon.
"""

from guide.ports import PortRow

TRUSTED_INTERFACE = "docker0"


def commands(rows: tuple[PortRow, ...]) -> tuple[str, ...]:
    """The firewall-cmd lines that let a host answer on the ports of its table, and nothing else."""
    ports = tuple(f"firewall-cmd --permanent --add-port={row.ports}/{row.protocol}" for row in rows)
    trusted = f"firewall-cmd --permanent --zone=trusted --change-interface={TRUSTED_INTERFACE}"
    return (*ports, trusted, "firewall-cmd --reload")
