"""The whole program in a fleet and by hand: the same plan, the same state, the same sentences."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from pulumi.automation import EngineEvent

from ops.fleet.engine import Engine
from ops.fleet.interrupt import Interrupt
from ops.fleet.programs import Programs
from tests.engine import serving
from tests.ops.command import Answer
from tests.ops.fleet.stacks import ended
from tests.program.cloud import Cloud
from tests.program.graph import WHOLE
from tests.program.realstack import RealStack
from tests.stacks import LICENSE_CANARY
from tools import cache

pytestmark = pytest.mark.engine

HAND, FLEET = "eu-central-2", "eu-south-2"
SECRET = "4dabf18193072939515e22adb298388d"
"""What the engine marks secrets with in a state."""


class Both:
    """A stack of one name in two back ends and regions: in one it is brought up by hand, in the other by a fleet."""

    def __init__(self, folder: Path) -> None:
        self.hand, self.fleet = (RealStack(folder / region, Cloud(region)) for region in (HAND, FLEET))
        for part in ("ops", "policy"):
            # Copied, not linked: the commands work on the checkout that they are a part of.
            ignored = shutil.ignore_patterns("__pycache__", ".venv")
            shutil.copytree(cache.CHECKOUT / part, self.fleet.engine.program / part, ignore=ignored)

    def run(self, *arguments: str) -> Answer:
        """`wickr fleet …`, to its end."""
        engine = self.fleet.engine
        with (
            serving(engine.plugins) as where,
            subprocess.Popen(
                [sys.executable, "-P", "-m", "ops", "fleet", *arguments],
                cwd=engine.program,
                env=engine.environment | where | {"PYTHONPATH": str(engine.program)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            ) as process,
        ):
            return ended(process)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Both:
    return Both(tmp_path_factory.mktemp("both"))


def by_name(steps: Iterable[tuple[str, str, Any]]) -> dict[str, tuple[str, str]]:
    """What is to be done to which resource, with which inputs; apart from the ends of names that each run makes up, and
    providers of the engine's own, of which `--json` says nothing."""
    return {
        urn: (op, re.sub(r"-[0-9a-f]{7}\b", "-", json.dumps(inputs, sort_keys=True)))
        for op, urn, inputs in steps
        if "::default_" not in urn
    }


def shape(value: Any) -> Any:
    """What a state says apart from what is another with each deployment: ids, times, secrets' texts; and the calls that
    led to a resource, which begin at another place."""
    if isinstance(value, dict):
        if value.get(SECRET):
            return "secret"
        return {key: shape(each) for key, each in sorted(value.items()) if key != "stackTrace"}
    if isinstance(value, list):
        return [shape(each) for each in value]
    return type(value).__name__


def state(stack: RealStack) -> dict[str, Any]:
    """Every resource of a stack as the back end holds it. The SDK names what one depends on in any order."""
    return {
        row["urn"]: {
            "shape": shape(row),
            "type": row["type"],
            "parent": row.get("parent"),
            "provider": row.get("provider", "").rpartition("::")[0],
            "dependencies": sorted(row.get("dependencies") or []),
            "of each input": {key: sorted(urns or []) for key, urns in (row.get("propertyDependencies") or {}).items()},
            "protect": row.get("protect"),
        }
        for row in stack.engine.resources()
    }


def test_what_a_fleet_finds_that_is_to_be_done_is_what_pulumi_preview_finds(
    both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[EngineEvent] = []
    fleet = both.fleet.engine
    with serving(fleet.plugins) as where, monkeypatch.context() as patch:
        for key, value in (fleet.environment | where).items():
            patch.setenv(key, value)
        with Interrupt() as interrupt, Programs(fleet.program) as programs:
            stack, _ = Engine(fleet.program, interrupt, programs).stack("test")
            stack.preview(on_event=events.append)
    found = [each.resource_pre_event.metadata for each in events if each.resource_pre_event]
    planned = both.fleet.preview().steps
    assert len(planned) == len(WHOLE)
    assert by_name((each.op.value, each.urn, each.new.inputs if each.new else {}) for each in found) == by_name(
        (each.op, each.urn, each.inputs) for each in planned
    )


def test_a_stack_that_is_refused_is_refused_in_the_same_sentences(both: Both) -> None:
    file = both.fleet.engine.stack_file()
    before = file.read_text()
    wrong = before.replace("198.51.100.64/26", "0.0.0.0/0").replace("wickr.example.com", "wickr_example")
    try:
        file.write_text(wrong)
        answer = both.run("preview", "--json")
        result = both.fleet.engine.preview()
    finally:
        file.write_text(before)
    (row,) = answer.data["stacks"]
    errors = [each["diagnosticEvent"] for each in result.events if "diagnosticEvent" in each]
    told = [each["message"].strip() for each in errors if each["severity"] == "error"]
    assert (answer.code, row["state"]) == (1, "failed")
    said = [line for each in told for line in each.splitlines() if line != "preview failed"]
    # By hand the engine adds how its host of programs ended.
    assert [row["sentence"], *row["details"]] == [line for line in said if "exited with non-zero exit code" not in line]
    assert len(said) == len(row["details"]) + 2
    assert any("is everybody" in each for each in told)
    assert any("is no host name" in each for each in told)


def test_what_a_fleet_brings_up_is_what_pulumi_up_brings_up_and_both_find_nothing_to_do_then(both: Both) -> None:
    answer = both.run("up", "--yes", "--json")
    assert answer.code == 0, answer.out + answer.err
    again = both.fleet.preview(None, "--expect-no-changes")
    assert again.code == 0, again.text
    both.hand.up()
    made, by_hand = state(both.fleet), state(both.hand)
    assert made == by_hand
    (row,) = both.run("preview", "--json").data["stacks"]
    assert row["state"] == "unchanged"
    exported = both.fleet.engine.run("stack", "export").text
    assert LICENSE_CANARY.decode() not in exported
    assert both.fleet.engine.outputs().keys() == both.hand.engine.outputs().keys()
