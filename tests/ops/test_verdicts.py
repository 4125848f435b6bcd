"""The verdicts of `diff` against the engine: every key of a deployed stack changed, one at a time, and previewed.

The stack is not protected, so that the engine shows what would go instead of refusing it.
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from ops.diff import hosts, rules
from ops.diff.operations import operations
from ops.diff.verdict import Verdict
from ops.plan import Plan, Veil, plan
from ops.stack_file import read
from tests.engine import Result
from tests.program.cloud import Cloud
from tests.program.realstack import Changes, RealStack, touched
from tests.program.test_keys import ELSEWHERE, ROWS, another_network

pytestmark = [pytest.mark.engine, pytest.mark.slow]

REGION = "eu-north-1"
PARTS = ("messaging-firewall", "messaging-host", "messaging-replicated")

UNPROTECTED: Changes = {"protectHosts": False}

MORE: dict[str, Changes] = {
    "protectHosts": {"protectHosts": True},
    "aws:maxRetries": {"aws:maxRetries": 5},
    "two keys": {"hostname": "chat.example.com", "messaging.instanceType": "m5.xlarge"},
    "nothing": {},
}
"""Keys that are not the program's own or that another value shows better, and what several do together."""


@dataclass(frozen=True)
class Compared:
    """The same change, by the engine and from two plans."""

    engine: "Future[Result]"
    base: Plan
    head: Plan


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Compared]]:
    """All changes of a stack that is deployed once; two previews at a time."""
    stack = RealStack(tmp_path_factory.mktemp("verdicts") / "engine", Cloud(REGION))
    stack.up(UNPROTECTED)
    elsewhere = another_network(stack)
    changes = {**{key: row.change for key, row in ROWS.items()}, **MORE}
    base = planned(stack, UNPROTECTED)[1]
    with ThreadPoolExecutor(2) as pool:
        found = {}
        for key, change in changes.items():
            option, head = planned(stack, {**UNPROTECTED, **(elsewhere if change is ELSEWHERE else change)})
            found[key] = Compared(pool.submit(stack.engine.preview, *option), base, head)
        yield found
        pool.shutdown(cancel_futures=True)


def planned(stack: RealStack, changes: Changes) -> tuple[tuple[str, ...], Plan]:
    """The option that names the changed stack file to the engine, and the plan of that file."""
    option = stack._file(changes)
    return option, plan(read("test", Path(option[1])), Veil(digests=True))


@pytest.mark.parametrize("key", [*ROWS, *MORE])
def test_the_engine_would_do_what_diff_says(compared: dict[str, Compared], key: str) -> None:
    change = compared[key]
    result = change.engine.result()
    assert result.code == 0, result.text
    found = operations(change.base, change.head)
    components = {step.name for step in result.steps if step.type.startswith("wickr:")}
    assert {each.name: each.kind.value for each in found} == {
        name: op for name, op in touched(result).items() if name not in components
    }
    (host,) = hosts.changes(change.base, change.head, found)
    assert host.verdict is verdict(result)


def verdict(result: Result) -> Verdict:
    """What the engine's own steps come to for the host."""
    done = touched(result)
    instances = [step for step in result.of(rules.INSTANCE) if step.name in done]
    if any(step.op != "update" for step in instances):
        return Verdict.REPLACE
    if any("instanceType" in step.diffs for step in instances):
        return Verdict.RESTART
    phases = [step.name for kind in ("remote", "local") for step in result.of(f"command:{kind}:Command")]
    if any(done.get(name, "delete") != "delete" for name in phases):
        return Verdict.RERUN
    return Verdict.UPDATE if any(name.startswith(PARTS) for name in done) else Verdict.NOTHING
