"""A run over a fleet: previews, and updates of what the previews let through."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from ops.diff.verdict import Verdict
from ops.fleet.engine import Engine
from ops.fleet.interrupt import Interrupt
from ops.fleet.outcome import Outcome, State
from ops.fleet.progress import STOPPING, Display
from ops.fleet.report import Report
from ops.fleet.schedule import Schedule, Work

Act = Callable[[str, Callable[[int, str], None]], Outcome]


@dataclass(frozen=True, kw_only=True)
class Run:
    """One engine, one way to schedule, one display, one report."""

    engine: Engine
    schedule: Schedule
    interrupt: Interrupt
    display: Display
    report: Report

    def previews(self) -> list[Outcome]:
        """What an update of each stack would do."""
        return self._go(self.schedule, self._shown("previewing", self.engine.preview))

    def updates(self, previewed: Mapping[str, Outcome]) -> list[Outcome]:
        """Updates of what the previews found changes for; the others' previews are their outcomes."""
        update = self._shown("updating", self.engine.up)

        def work(stack: str) -> Outcome:
            before = previewed[stack]
            if before.state is not State.DONE:
                return before
            done = update(stack)
            return replace(done, hosts=before.hosts)

        return self._go(self.schedule, work, self.report.add)

    def _shown(self, doing: str, act: Act) -> Work:
        def work(stack: str) -> Outcome:
            self.display.begins(stack, doing)
            outcome = act(stack, lambda done, name: self.display.step(stack, done, name))
            self.display.ends(outcome)
            return outcome

        return work

    def _go(self, schedule: Schedule, work: Work, told: Callable[[Outcome], None] = lambda _: None) -> list[Outcome]:
        return schedule.run(work, self.interrupt.asked, told, lambda: self.display.says(STOPPING))


def judged(outcome: Outcome, allowed: Verdict) -> Outcome:
    """A preview that would cost a host more than is allowed is refused."""
    if outcome.worst.rank <= allowed.rank or outcome.state is not State.DONE:
        return outcome
    costs = "; ".join(
        f"{role}: {verdict.text}" for role, verdict in outcome.hosts.items() if verdict.rank > allowed.rank
    )
    sentence = f"{costs}, which is more than --allow {allowed} lets through"
    return replace(outcome, state=State.REFUSED, sentence=sentence, details=(outcome.sentence, *outcome.details))
