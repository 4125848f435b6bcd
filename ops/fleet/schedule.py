"""Which stack when: never more at once than asked for, canaries first, nothing new after a stop."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from threading import Event

from ops.fleet.outcome import Outcome, State

Work = Callable[[str], Outcome]
Told = Callable[[Outcome], None]

POLL_SECONDS = 0.2
INTERRUPTED = "the run was interrupted before its turn"


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """`canaries` go first, by themselves; the others begin when all of them have ended well, whatever
    `keep_going` says: it is about what fails among the others, and among the canaries.
    """

    stacks: tuple[str, ...]
    parallel: int
    canaries: tuple[str, ...] = ()
    keep_going: bool = False

    def run(
        self,
        work: Work,
        stop: Event,
        told: Told = lambda _: None,
        stopping: Callable[[], None] = lambda: None,
    ) -> list[Outcome]:
        """The outcome of every stack, in their order. `told` hears of each as it ends, in this thread.

        Once `stop` is set nothing else begins; if something runs then, `stopping` is called, once.
        """
        ended: dict[str, Outcome] = {}
        reason = ""
        with ThreadPoolExecutor(max_workers=self.parallel) as pool:
            for group in self._groups():
                if not reason:
                    for outcome in _work_off(pool, group, self, work, stop, stopping):
                        ended[outcome.stack] = outcome
                        told(outcome)
                    reason = self._reason(group, ended, stop)
        for name in self.stacks:
            if name not in ended:
                ended[name] = Outcome(stack=name, state=State.NOT_STARTED, sentence=reason)
                told(ended[name])
        return [ended[name] for name in self.stacks]

    def _groups(self) -> list[list[str]]:
        first = [name for name in self.stacks if name in self.canaries]
        return [group for group in (first, [name for name in self.stacks if name not in self.canaries]) if group]

    def _reason(self, group: Iterable[str], ended: dict[str, Outcome], stop: Event) -> str:
        """Why nothing else begins after this group; empty if the next one may."""
        if stop.is_set():
            return INTERRUPTED
        if stopper := self.stopper(ended.values()):
            return f"{stopper.stack} {_how(stopper)}, and no other is begun after that without --keep-going"
        bad = [ended[name] for name in group if name in self.canaries and not ended[name].good]
        return f"the canary {bad[0].stack} {_how(bad[0])}" if bad else ""

    def stopper(self, ended: Iterable[Outcome]) -> Outcome | None:
        """The outcome after which nothing else begins, if there is one."""
        return next((each for each in ended if each.stops and not self.keep_going), None)


def _how(outcome: Outcome) -> str:
    return outcome.state.value if outcome.state is State.FAILED else f"is {outcome.state.value}"


def _work_off(
    pool: ThreadPoolExecutor,
    group: Iterable[str],
    schedule: Schedule,
    work: Work,
    stop: Event,
    stopping: Callable[[], None],
) -> Iterator[Outcome]:
    """The outcomes of a group as they come. A stack is handed to the pool only when there is room for it."""
    waiting, running = deque(group), dict[Future[Outcome], str]()
    ended: list[Outcome] = []
    told = False
    while True:
        while waiting and len(running) < schedule.parallel and not stop.is_set() and not schedule.stopper(ended):
            name = waiting.popleft()
            running[pool.submit(work, name)] = name
        if not running:
            return
        # With a limit, so that this thread gets to hear of a signal.
        finished, _ = wait(running, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED)
        if stop.is_set() and not told:
            told = True
            stopping()
        for future in finished:
            name = running.pop(future)
            fault = future.exception()
            outcome = _broken(name, fault) if fault else future.result()
            ended.append(outcome)
            yield outcome


def _broken(name: str, fault: BaseException) -> Outcome:
    """A fault of these commands themselves: of one stack, and not the end of the others."""
    return Outcome(stack=name, state=State.FAILED, sentence=f"wickr has a fault: {type(fault).__name__}: {fault}")
