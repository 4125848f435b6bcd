"""The hosts that the installation guide knows (IG 3: at most three servers)."""

from enum import StrEnum


class Role(StrEnum):
    """A host of Wickr Enterprise. Only messaging is mandatory (IG 3)."""

    MESSAGING = "messaging"
    CALLING = "calling"
    COMPLIANCE = "compliance"
