"""Where a host is let out to, beside the other hosts of its installation."""

from dataclasses import dataclass

import pulumi

ANYWHERE = "0.0.0.0/0"
"""A security group knows addresses, not names: this is what "these host names" comes down to in one."""

ANYWHERE_6 = "::/0"


@dataclass(frozen=True, kw_only=True)
class Exit:
    """One rule out of a host, to one block of addresses, or to a list of them that AWS keeps.

    `name` ends the rule's name and never changes. `port` is a TCP port; None is every port of every protocol.
    """

    name: str
    port: int | None
    purpose: str
    cidr: str | None = None
    prefix_list_id: pulumi.Input[str] | None = None
