"""Where a host is let out to, beside the other hosts of its installation."""

from dataclasses import dataclass

ANYWHERE = "0.0.0.0/0"
"""A security group knows addresses, not names: this is what "these host names" comes down to in one."""

ANYWHERE_6 = "::/0"


@dataclass(frozen=True, kw_only=True)
class Exit:
    """One rule out of a host, to one block of addresses.

    `name` ends the rule's name and never changes. `port` is a TCP port; None is every port of every protocol.
    """

    name: str
    cidr: str
    port: int | None
    purpose: str
