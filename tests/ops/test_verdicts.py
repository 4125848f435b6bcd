"""The verdicts of `diff` against the engine: every key of a deployed stack changed, one at a time, and previewed.

The stack is not protected, so that the engine shows what would go instead of refusing it.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from pulumi.automation.events import StepEventMetadata

from ops.diff import hosts, rules
from ops.diff.operations import operations
from ops.diff.verdict import Verdict
from ops.fleet import hosts as fleet_hosts
from ops.plan import Plan, Veil, plan
from ops.stack_file import read
from tests.engine import Result
from tests.program.cloud import Cloud
from tests.program.realstack import Changes, RealStack, touched
from tests.program.test_keys import ROWS, placed, what_is_there
from tests.stacks import COMPLIANCE, CONFIGURATION

pytestmark = [pytest.mark.engine, pytest.mark.slow]

REGION, REGION_OF_CALLING, REGION_OF_COMPLIANCE = "ca-central-1", "ap-south-1", "ap-northeast-2"

UNPROTECTED: Changes = {"protectHosts": False}
CALLING: Changes = {"calling": {"hostname": "calls.example.com"}}

MORE: dict[str, Changes] = {
    "protectHosts": {"protectHosts": True},
    "aws:maxRetries": {"aws:maxRetries": 5},
    "two keys": {"hostname": "chat.example.com", "messaging.instanceType": "m5.xlarge"},
    "nothing": {},
    "calling": CALLING,
}
"""Keys that are not the program's own or that another value shows better, and what several do together."""

OF_CALLING: dict[str, Changes] = {
    "calling.hostname": {"calling.hostname": "voice.example.com"},
    "calling.maxCalls": {"calling.maxCalls": 80},
    "calling.imageId": {"calling.imageId": "ami-0123456789abcdef0"},
    "calling.instanceType": {"calling.instanceType": "m5.xlarge"},
    "calling.diskGiB": {"calling.diskGiB": 120},
    "calling.alsoAcceptOs": {"calling.alsoAcceptOs": ["debian 12"]},
    "calling.rebuild": {"calling.rebuild": 1},
    "no calling": {"calling": None},
    "a release for both hosts": {"installer.release": "6.32"},
    "a rebuilt messaging host": {"messaging.rebuild": 1},
}
"""The same for a stack with a voice and video host."""


OF_COMPLIANCE: dict[str, Changes] = {
    "compliance.image": {"compliance.image": "wickr/bot-enterprise:6.36.21.01"},
    "compliance.instanceType": {"compliance.instanceType": "m5.xlarge"},
    "compliance.dataGiB": {"compliance.dataGiB": 200},
    "compliance.configuration": {"compliance.configuration": CONFIGURATION},
    "compliance.rebuild": {"compliance.rebuild": 1},
    "no compliance": {"compliance": None},
    "few clients": {"clientCidrs": ["198.51.100.0/24"]},
}
"""The same for a stack with a compliance host."""

PARTS = ("firewall", "host", "replicated", "node", "data", "bot", "reads", "snapshots", "tells", "to")
"""How names of what is a host's own go on after its role."""


@dataclass(frozen=True)
class Compared:
    """The same change, by the engine and from two plans."""

    engine: "Future[Result]"
    base: Plan
    head: Plan


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Compared]]:
    """All changes of stacks that are deployed once; two previews at a time."""
    with ThreadPoolExecutor(2) as pool:
        stack = RealStack(tmp_path_factory.mktemp("verdicts") / "engine", Cloud(REGION))
        changes = {**{key: row.change for key, row in ROWS.items()}, **MORE}
        found = dict(previewed(stack, UNPROTECTED, changes, pool))
        both = RealStack(tmp_path_factory.mktemp("calling") / "engine", Cloud(REGION_OF_CALLING))
        found |= previewed(both, {**UNPROTECTED, **CALLING}, OF_CALLING, pool)
        bot = RealStack(tmp_path_factory.mktemp("compliance") / "engine", Cloud(REGION_OF_COMPLIANCE))
        found |= previewed(bot, {**UNPROTECTED, "compliance": COMPLIANCE}, OF_COMPLIANCE, pool)
        yield found
        pool.shutdown(cancel_futures=True)


def previewed(
    stack: RealStack, base: Changes, changes: Mapping[str, Changes], pool: ThreadPoolExecutor
) -> Iterator[tuple[str, Compared]]:
    """A stack deployed as `base` says, and each change of it."""
    stack.up(base)
    elsewhere = what_is_there(stack)
    before = planned(stack, base)[1]
    for key, change in changes.items():
        option, after = planned(stack, {**base, **placed(change, elsewhere)})
        yield key, Compared(pool.submit(stack.engine.preview, *option), before, after)


def planned(stack: RealStack, changes: Changes) -> tuple[tuple[str, ...], Plan]:
    """The option that names the changed stack file to the engine, and the plan of that file."""
    option = stack._file(changes)
    return option, plan(read("test", Path(option[1])), Veil(digests=True))


@pytest.mark.parametrize("key", [*ROWS, *MORE, *OF_CALLING, *OF_COMPLIANCE])
def test_the_engine_would_do_what_diff_says(compared: dict[str, Compared], key: str) -> None:
    change = compared[key]
    result = change.engine.result()
    assert result.code == 0, result.text
    found = operations(change.base, change.head)
    components = {step.name for step in result.steps if step.type.startswith("wickr:")}
    assert {each.name: each.kind.value for each in found} == {
        name: op for name, op in touched(result).items() if name not in components
    }
    told = hosts.changes(change.base, change.head, found)
    assert {each.role: each.verdict for each in told} == {each.role: verdict(result, each.role) for each in told}
    # What a fleet lets through or refuses is judged by the engine's steps alone.
    rows = [event["resourcePreEvent"]["metadata"] for event in result.events if "resourcePreEvent" in event]
    assert fleet_hosts.verdicts(map(StepEventMetadata.from_json, rows)) == {each.role: each.verdict for each in told}


def verdict(result: Result, role: str) -> Verdict:
    """What the engine's own steps come to for a host."""
    parts = tuple(f"{role}-{part}" for part in PARTS)
    steps = [step for step in result.steps if step.name.startswith(parts) and not step.type.startswith("wickr:")]
    done = {name: op for name, op in touched(result).items() if name in {step.name for step in steps}}
    machines = [step for step in steps if step.type == rules.INSTANCE]
    if all(step.op == "create" for step in machines):
        return Verdict.NEW
    if all(step.op == "delete" for step in machines):
        return Verdict.REMOVED
    if any(step.op not in ("update", "same") for step in machines):
        return Verdict.REPLACE
    if any("instanceType" in step.diffs for step in machines if step.op == "update"):
        return Verdict.RESTART
    phases = {step.name for step in steps if step.type.startswith("command:")}
    if any(done.get(name, "delete") != "delete" for name in phases):
        return Verdict.RERUN
    return Verdict.UPDATE if done else Verdict.NOTHING
