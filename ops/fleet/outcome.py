"""What became of one stack in a run over many."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ops.diff.verdict import Verdict


class State(StrEnum):
    """How it ended, as reports say it."""

    DONE = "done"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    REFUSED = "refused"
    LOCKED = "locked"
    INTERRUPTED = "interrupted"
    NOT_STARTED = "not started"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The end of one stack: a sentence, what the engine did or would do by kind, and what that costs each host.

    `details` are further lines for people; `of` says of which program and stack file this is the outcome; `before`
    that it was found in the report of an earlier run.
    """

    stack: str
    state: State
    sentence: str
    seconds: float = 0.0
    changes: Mapping[str, int] = field(default_factory=dict)
    hosts: Mapping[str, Verdict] = field(default_factory=dict)
    details: tuple[str, ...] = ()
    of: str = ""
    before: bool = False

    @property
    def good(self) -> bool:
        return self.state in (State.DONE, State.UNCHANGED)

    @property
    def stops(self) -> bool:
        """Whether others should not be begun after this. Somebody else's lock is no fault of the program."""
        return self.state in (State.FAILED, State.REFUSED)

    @property
    def worst(self) -> Verdict:
        """The worst that happens to a host of the stack."""
        return max(self.hosts.values(), key=lambda each: each.rank, default=Verdict.NOTHING)
