"""What an update costs a host, in one word."""

from enum import StrEnum


class Verdict(StrEnum):
    """From the best to the worst, as it is called on the command line and in JSON."""

    NOTHING = "nothing"
    NEW = "new"
    UPDATE = "update"
    RERUN = "rerun"
    RESTART = "restart"
    REPLACE = "replace"
    REMOVED = "removed"
    UNKNOWN = "unknown"

    @property
    def rank(self) -> int:
        """How bad it is; what nobody can tell is the worst."""
        return list(Verdict).index(self)

    @property
    def text(self) -> str:
        """The words for people."""
        return {"new": "new host", "update": "update in place", "rerun": "re-run of phases"}.get(self, str(self))
