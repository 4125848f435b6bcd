"""Which stack when, whatever order they end in."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.fleet.outcome import Outcome, State
from ops.fleet.schedule import Schedule

GOOD = (State.DONE, State.UNCHANGED)


@dataclass
class Hands:
    """Work that is done at once, or when it is let go; it notes who was begun when, and who was at it with whom."""

    become: dict[str, State] = field(default_factory=dict)
    after: Callable[[str], object] = lambda _: None
    begun: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    together: set[frozenset[str]] = field(default_factory=set)
    seen: dict[str, frozenset[str]] = field(default_factory=dict)
    _at_it: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, stack: str) -> Outcome:
        with self._lock:
            self.begun.append(stack)
            self.seen[stack] = frozenset(self.ended)
            self._at_it.add(stack)
            self.together.add(frozenset(self._at_it))
        self.after(stack)
        with self._lock:
            self._at_it.discard(stack)
            self.ended.append(stack)
        return Outcome(stack=stack, state=self.become.get(stack, State.DONE), sentence="")


def run(schedule: Schedule, hands: Hands, stop: threading.Event | None = None) -> dict[str, State]:
    return {each.stack: each.state for each in schedule.run(hands, stop or threading.Event())}


names = st.lists(st.sampled_from("abcdefgh"), unique=True, min_size=1).map(tuple)


@given(
    stacks=names,
    parallel=st.integers(1, 4),
    canaries=names,
    keep_going=st.booleans(),
    become=st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from(State)),
)
def test_whatever_becomes_of_stacks_the_rules_of_a_run_hold(
    stacks: tuple[str, ...], parallel: int, canaries: tuple[str, ...], keep_going: bool, become: dict[str, State]
) -> None:
    become = {name: state for name, state in become.items() if state is not State.NOT_STARTED}
    hands = Hands(become)
    schedule = Schedule(stacks=stacks, parallel=parallel, canaries=canaries, keep_going=keep_going)
    found = run(schedule, hands)
    assert tuple(found) == stacks
    assert len(hands.begun) == len(set(hands.begun))
    assert {name for name, state in found.items() if state is not State.NOT_STARTED} == set(hands.begun)
    assert max(len(each) for each in hands.together) <= parallel
    first = {name for name in stacks if name in canaries}
    for name in set(hands.begun) - first:
        assert first <= hands.seen[name]
        assert all(found[each] in GOOD for each in first)
    if not any(state in (State.FAILED, State.REFUSED) for state in found.values()) and all(
        found[name] in GOOD for name in first
    ):
        assert set(hands.begun) == set(stacks)
    if keep_going and all(found[name] in GOOD for name in first):
        assert set(hands.begun) == set(stacks)


def test_as_many_are_at_work_as_asked_for_and_never_more() -> None:
    meeting = threading.Barrier(3, timeout=10)
    hands = Hands(after=lambda _: meeting.wait())
    assert set(run(Schedule(stacks=tuple("abcdef"), parallel=3), hands).values()) == {State.DONE}
    assert max(map(len, hands.together)) == 3


def test_after_a_failure_what_runs_is_let_end_and_nothing_else_begins() -> None:
    failed = threading.Event()
    hands = Hands({"a": State.FAILED}, after=lambda name: failed.set() if name == "a" else failed.wait(10))
    found = run(Schedule(stacks=tuple("abcd"), parallel=2), hands)
    assert found["a"] is State.FAILED
    assert found["b"] is State.DONE
    assert set(hands.begun) <= {"a", "b", "c"}
    assert found["d"] is State.NOT_STARTED


def test_the_reason_names_the_stack_after_which_nothing_began() -> None:
    hands = Hands({"a": State.REFUSED})
    outcomes = Schedule(stacks=tuple("ab"), parallel=1).run(hands, threading.Event())
    assert outcomes[1].sentence == "a is refused, and no other is begun after that without --keep-going"


@pytest.mark.parametrize("state", [State.FAILED, State.LOCKED, State.REFUSED, State.INTERRUPTED])
def test_nothing_begins_without_the_canaries_not_even_when_failures_are_passed_over(state: State) -> None:
    hands = Hands({"c": state})
    found = run(Schedule(stacks=tuple("abc"), parallel=2, canaries=("c",), keep_going=True), hands)
    assert found == {"a": State.NOT_STARTED, "b": State.NOT_STARTED, "c": state}


def test_somebody_else_s_lock_stops_nobody() -> None:
    assert run(Schedule(stacks=tuple("ab"), parallel=1), Hands({"a": State.LOCKED})) == {
        "a": State.LOCKED,
        "b": State.DONE,
    }


def test_a_stop_begins_nothing_else_and_is_told_once_while_something_runs() -> None:
    stop, told = threading.Event(), list[str]()
    going_on = threading.Event()

    def after(_: str) -> None:
        stop.set()
        assert going_on.wait(10)

    def stopping() -> None:
        told.append("told")
        going_on.set()

    outcomes = Schedule(stacks=tuple("abc"), parallel=1).run(Hands(after=after), stop, stopping=stopping)
    assert [each.state for each in outcomes] == [State.DONE, State.NOT_STARTED, State.NOT_STARTED]
    assert outcomes[1].sentence == "the run was interrupted before its turn"
    assert told == ["told"]


def test_a_fault_of_the_commands_themselves_is_one_stack_s_and_a_sentence() -> None:
    def work(stack: str) -> Outcome:
        if stack == "a":
            raise KeyError("gone")
        return Outcome(stack=stack, state=State.DONE, sentence="")

    first, second = Schedule(stacks=tuple("ab"), parallel=1, keep_going=True).run(work, threading.Event())
    assert (first.state, first.sentence) == (State.FAILED, "wickr has a fault: KeyError: 'gone'")
    assert second.state is State.DONE
