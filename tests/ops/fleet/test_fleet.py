"""A fleet under the real engine: stacks side by side, locks, interruptions, hosts that would be replaced."""

import signal
import subprocess
from collections.abc import Iterator

import pytest

from tests.ops.command import Answer
from tests.ops.fleet.stacks import Fleet, ended, states

pytestmark = pytest.mark.engine

REGION = "ap-south-1"
ALL = ("alpha", "beta", "gamma")


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    return Fleet(tmp_path_factory.mktemp("fleet"), REGION, *ALL)


@pytest.fixture(scope="module")
def first(fleet: Fleet) -> Answer:
    """The run that made everything, `gamma` first. The others wait for each other: one alone would never end."""
    fleet.gate.meet = {"alpha", "beta"}
    answer = fleet.run("up", "--yes", "--canary", "gamma", "--json")
    fleet.gate.meet = set()
    return answer


@pytest.fixture
def deployed(fleet: Fleet, first: Answer) -> Iterator[Fleet]:
    """The stacks, once they are there; their files are put back, what a test deploys stays."""
    assert first.code == 0, first.err
    before = {name: fleet.engine.stack_file(name).read_text() for name in ALL}
    fleet.gate.came.clear()
    yield fleet
    for name, text in before.items():
        fleet.engine.stack_file(name).write_text(text)


def test_the_canary_has_ended_before_another_begins_and_then_two_are_at_work_at_once(
    fleet: Fleet, first: Answer
) -> None:
    assert (first.code, states(first)) == (0, dict.fromkeys(ALL, "done")), first.err
    assert fleet.gate.gone_before == {"gamma": (), "alpha": ("gamma",), "beta": ("gamma",)}
    (row, *_) = first.data["stacks"]
    assert (row["sentence"], row["hosts"]) == ("3 created", {"messaging": "new"})


def test_a_stack_that_somebody_works_on_is_locked_and_not_broken_and_its_lock_stays(deployed: Fleet) -> None:
    deployed.gate.close("beta")
    for name in ("alpha", "beta"):
        deployed.configure(name, round="2")
    with deployed.plugins() as environment:
        other = subprocess.Popen(
            ["pulumi", "--non-interactive", "up", "--yes", "--skip-preview", "--stack", "beta"],
            cwd=deployed.root,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            deployed.gate.await_arrival("beta")
            status = deployed.run("status", "--json")
            answer = deployed.run("up", "--yes", "--json")
            assert deployed.locks == ["beta"]
        finally:
            deployed.gate.open()
            said, _ = other.communicate(timeout=120)
    assert other.returncode == 0, said
    assert states(answer) == {"alpha": "done", "beta": "locked", "gamma": "unchanged"}
    assert answer.code == 1
    (beta,) = (row for row in answer.data["stacks"] if row["stack"] == "beta")
    assert beta["sentence"] == "somebody else is working on it; it stays as it is"
    assert f"pid {other.pid}" in "".join(beta["details"])
    assert not any("pulumi cancel" in line for line in beta["details"])
    standing = {row["stack"]: row["locked"] for row in status.data["stacks"]}
    assert (status.code, standing["alpha"], standing["gamma"]) == (1, "", "")
    assert f"(pid {other.pid})" in standing["beta"]


def test_ctrl_c_ends_what_runs_in_order_and_another_run_resumes(deployed: Fleet) -> None:
    for name in ALL:
        deployed.configure(name, round="3")
    deployed.gate.close("beta")
    with deployed.begun("up", "--yes", "--parallel", "1", "--json") as process:
        deployed.gate.await_arrival("beta")
        process.send_signal(signal.SIGINT)
        answer = ended(process)
    assert answer.code == 130
    assert states(answer) == {"alpha": "done", "beta": "interrupted", "gamma": "not started"}
    assert "what runs ends in order" in answer.err
    assert deployed.locks == []
    assert not deployed.state("beta").get("pending_operations")
    deployed.gate.open()
    again = deployed.run("up", "--yes", "--resume", "--json")
    assert (again.code, states(again)) == (0, dict.fromkeys(ALL, "done"))
    assert {row["stack"]: row["before"] for row in again.data["stacks"]} == {
        "alpha": True,
        "beta": False,
        "gamma": False,
    }
    assert (deployed.gate.came[:2], sorted(deployed.gate.came[2:])) == (["alpha", "beta"], ["beta", "gamma"])


def test_a_host_that_would_be_replaced_is_refused_unless_that_is_allowed(deployed: Fleet) -> None:
    deployed.configure("alpha", zone=f"{REGION}b")
    (host,) = deployed.hosts("alpha")
    refused = deployed.run("up", "alpha", "--yes", "--json")
    assert (refused.code, states(refused)) == (1, {"alpha": "refused"})
    (row,) = refused.data["stacks"]
    assert row["sentence"] == "messaging: replace, which is more than --allow restart lets through"
    assert deployed.hosts("alpha") == [host]
    allowed = deployed.run("up", "alpha", "--yes", "--allow", "replace", "--json")
    assert (allowed.code, states(allowed)) == (0, {"alpha": "done"}), allowed.err
    assert deployed.hosts("alpha") != [host]


def test_what_fails_is_told_in_the_engine_s_words_and_nothing_else_begins(deployed: Fleet) -> None:
    for name in ("beta", "gamma"):
        deployed.configure(name, round="5")
    deployed.gate.fails = {"beta"}
    answer = deployed.run("up", "beta", "g*", "--yes", "--parallel", "1")
    deployed.gate.fails = set()
    assert answer.code == 1
    assert "the host of this test says no" in answer.out
    assert "beta failed, and no other is begun after that without --keep-going" in answer.out
    assert deployed.gate.came == ["beta"]
    status = deployed.run("status")
    assert (status.code, "the last update failed" in status.out) == (1, True)


def test_what_the_back_end_does_not_have_is_a_sentence_when_it_was_named(deployed: Fleet) -> None:
    deployed.engine.stack_file("omega").write_text("config: {}\n")
    named = deployed.run("preview", "omega")
    assert (named.code, named.err) == (2, "the back end has no stack omega yet: pulumi stack init omega\n")
    status = deployed.run("status", "omega")
    deployed.engine.stack_file("omega").unlink()
    assert (status.code, "not in the back end: pulumi stack init omega" in status.out) == (0, True)
