"""The report: whole at any moment, and what another run may leave out."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ops.checkout import OpsError
from ops.diff.verdict import Verdict
from ops.fleet.outcome import Outcome, State
from ops.fleet.report import Report, done_before, states
from ops.fleet.run import judged

DIGESTS = {"a": "1", "b": "2", "c": "3"}
DONE = Outcome(
    stack="a",
    state=State.DONE,
    sentence="1 created",
    seconds=2.5,
    changes={"create": 1},
    hosts={"messaging": Verdict.NEW},
    details=("a line",),
)


def report(path: Path) -> Report:
    return Report(command="up", path=path, digests=DIGESTS)


def test_after_each_stack_the_file_has_what_is_known_so_far(tmp_path: Path) -> None:
    kept = report(tmp_path / "new" / "up.json")
    kept.add(DONE)
    found = json.loads(kept.path.read_text())
    assert (found["ok"], [row["stack"] for row in found["stacks"]]) == (False, ["a"])
    kept.add(replace(DONE, stack="c", state=State.UNCHANGED))
    kept.add(replace(DONE, stack="b"))
    assert json.loads(kept.path.read_text())["ok"] is True
    assert [each.stack for each in kept.outcomes] == ["a", "b", "c"]
    assert [path.name for path in kept.path.parent.iterdir()] == ["up.json"]


def test_another_run_leaves_out_what_was_done_and_is_the_same_still(tmp_path: Path) -> None:
    kept = report(tmp_path / "up.json")
    kept.add(DONE)
    kept.add(replace(DONE, stack="b", state=State.FAILED))
    kept.add(replace(DONE, stack="c", state=State.UNCHANGED))
    assert done_before(kept.path, "up", DIGESTS) == {
        "a": replace(DONE, of="1", before=True),
        "c": replace(DONE, stack="c", state=State.UNCHANGED, of="3", before=True),
    }
    assert list(done_before(kept.path, "up", DIGESTS | {"c": "another"})) == ["a"]
    assert done_before(kept.path, "up", {}) == {}


def test_what_a_stack_is_the_outcome_of_follows_its_file_and_the_program(tmp_path: Path) -> None:
    for name in ("Pulumi.yaml", "__main__.py", "a.yaml", "b.yaml", "requirements.txt"):
        (tmp_path / name).write_text(name)
    files = {"a": tmp_path / "a.yaml", "b": tmp_path / "b.yaml"}
    before = states(tmp_path, files)
    assert states(tmp_path, files) == before
    files["a"].write_text("another")
    after = states(tmp_path, files)
    assert {name for name in files if before[name] != after[name]} == {"a"}
    for name in ("__main__.py", "requirements.txt"):
        (tmp_path / name).write_text("another")
        newest = states(tmp_path, files)
        assert {name for name in files if newest[name] != after[name]} == {"a", "b"}
        after = newest


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "there is nothing to resume: no report at "),
        ("{", "is no report of a fleet: "),
        ("[]", "is no report of a fleet: "),
        ('{"command": "up", "stacks": [{"stack": "a"}]}', "is no report of a fleet: "),
        ('{"command": "preview", "stacks": []}', "is the report of `fleet preview`, and cannot resume `fleet up`"),
    ],
)
def test_what_is_no_report_is_refused_in_a_sentence(tmp_path: Path, text: str | None, told: str) -> None:
    path = tmp_path / "up.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(OpsError, match=told):
        done_before(path, "up", DIGESTS)


def test_a_report_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OpsError, match="the report cannot be written: "):
        report(tmp_path / "file" / "up.json").write()


@pytest.mark.parametrize("allowed", Verdict)
@pytest.mark.parametrize("verdict", Verdict)
def test_what_costs_a_host_more_than_is_allowed_is_refused(verdict: Verdict, allowed: Verdict) -> None:
    found = judged(replace(DONE, hosts={"messaging": Verdict.NOTHING, "calling": verdict}), allowed)
    refused = verdict.rank > allowed.rank
    assert (found.state is State.REFUSED) == refused
    if refused:
        assert found.sentence == f"calling: {verdict.text}, which is more than --allow {allowed} lets through"


def test_what_failed_already_is_not_called_refused() -> None:
    failed = replace(DONE, state=State.FAILED, hosts={"messaging": Verdict.REPLACE})
    assert judged(failed, Verdict.NOTHING) == failed
