"""What all phases share: one sentence at the end of a bad run, a log line for each step, one run at a time."""

import dataclasses
import fcntl
import re
from collections.abc import Callable
from pathlib import Path
from threading import Timer

import pytest

from installer import script
from installer.phase import VITALS, Phase
from tests.installer.shell import PHASES, Done, log, run_phase

pytestmark = pytest.mark.slow

PROBE = Phase(name="probe", title="for tests", limit=60)
HASTY = Phase(name="probe", title="for tests, without patience", limit=1)
Body = Callable[..., Done]


@pytest.fixture
def body(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Body:
    """Runs some bash as a phase, under the real prelude."""
    prelude = script._text("prelude")

    def go(text: str, *, phase: Phase = PROBE, stubs: str = "", seconds: float = 20) -> Done:
        monkeypatch.setattr(script, "_text", {"prelude": prelude, phase.name: text}.__getitem__)
        return run_phase(phase, {}, tmp_path, stubs=stubs, seconds=seconds)

    return go


def test_a_phase_that_reaches_its_end_says_so_in_the_log(body: Body, tmp_path: Path) -> None:
    assert body("say 'probe: all is well'") == Done(code=0, out="probe: all is well\n", err="")
    lines = [line.split(" ", 2)[1:] for line in log(tmp_path).splitlines()]
    assert lines[:2] == [["probe", "begins"], ["probe", "probe: all is well"]]
    assert lines[2][1].startswith("done in ")


def test_a_phase_may_return_early_and_is_done_all_the_same(body: Body, tmp_path: Path) -> None:
    assert body("return 0\nfail never 'not reached'").code == 0
    assert " done in " in log(tmp_path)


def test_a_refusal_is_its_class_and_one_sentence(body: Body, tmp_path: Path) -> None:
    assert body('fail disk "/ is full;" make room') == Done(code=1, out="", err="disk: / is full; make room\n")
    assert "probe failed, disk: / is full; make room" in log(tmp_path)


@pytest.mark.parametrize(
    "text", ["false", "broken() { false; }\nbroken", "value=$(false)", "false | cat", "no_such_command"]
)
def test_what_nobody_foresaw_ends_in_a_sentence_too(body: Body, text: str) -> None:
    done = body(text)
    assert done.code == 1
    last = done.err.splitlines()[-1]
    assert last.startswith("internal: phase probe stopped at line ")
    assert last.endswith("Run pulumi up again: it resumes here")


def test_the_time_limit_ends_in_a_sentence_too(body: Body) -> None:
    done = body("sleep 30", seconds=2, phase=dataclasses.replace(PROBE, limit=2))
    assert done.code != 0
    assert done.err.splitlines()[-1].startswith("timeout: phase probe took longer than 2 s")


def test_so_does_a_host_that_goes_down_long_before_the_limit(body: Body) -> None:
    done = body("sleep 30", seconds=0.5)
    assert done.code != 0
    last = done.err.splitlines()[-1]
    assert re.match(r"interrupted: phase probe was ended after [01] s, most likely because this host went down; ", last)


def test_a_phase_has_no_terminal_and_nothing_to_read(body: Body) -> None:
    assert body("cat; if (: </dev/tty) 2>/dev/null; then echo terminal; else echo none; fi").out == "none\n"


def test_the_values_of_a_phase_cannot_be_changed(body: Body) -> None:
    assert "readonly variable" in body("LIMIT=1").err


def test_a_phase_that_runs_beside_the_others_waits_for_its_own_kind_alone(body: Body, tmp_path: Path) -> None:
    assert body("say first").code == 0
    beside = dataclasses.replace(HASTY, lock="another-lock")
    with (tmp_path / "var/lib/wickr-bootstrap/lock").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert body("say beside", phase=beside).out == "beside\n"
    with (tmp_path / "var/lib/wickr-bootstrap/another-lock").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert body("say never", phase=beside).err.startswith("busy: ")


def test_the_host_tells_how_it_is_beside_its_bootstrap() -> None:
    others = {phase.lock for phase in PHASES.values() if phase is not VITALS}
    assert others.isdisjoint({VITALS.lock})


def test_a_second_run_waits_for_the_first_and_then_gives_up(body: Body, tmp_path: Path) -> None:
    assert body("say first").code == 0
    with (tmp_path / "var/lib/wickr-bootstrap/lock").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        second = body("say never", phase=HASTY)
    assert (second.out, second.err.partition(":")[0]) == ("", "busy")


@pytest.mark.parametrize(("how", "said"), [("run setsid", "free\n"), ("setsid", "")])
def test_a_daemon_that_a_phase_starts_through_run_does_not_keep_the_lock(body: Body, how: str, said: str) -> None:
    body(f"{how} -f sleep 2 >/dev/null 2>&1")
    assert body("say free", phase=HASTY).out == said


@pytest.mark.parametrize(("limit", "seconds"), [(2400, {"2100", "2099"}), (310, {"60"}), (300, {"60"}), (120, {"60"})])
def test_what_a_phase_starts_is_never_without_a_limit(body: Body, limit: int, seconds: set[str]) -> None:
    assert body("left 300", phase=dataclasses.replace(PROBE, limit=limit)).out.strip() in seconds


@pytest.mark.parametrize("file", ["dpkg/lock-frontend", "dpkg/lock", "apt/lists/lock"])
def test_a_host_that_installs_updates_is_waited_for_and_not_for_ever(body: Body, tmp_path: Path, file: str) -> None:
    assert body("wait_for_apt 0; say free") == Done(code=0, out="free\n", err="")
    path = tmp_path / "var/lib" / file
    path.parent.mkdir(parents=True)
    with path.open("w") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        refused = body("wait_for_apt 1; say free")
        assert (refused.code, refused.err.partition(" after ")[0]) == (
            1,
            "timeout: this host still installs updates by itself",
        )
        Timer(1, lambda: fcntl.lockf(lock, fcntl.LOCK_UN)).start()
        assert body("wait_for_apt 15; say free") == Done(code=0, out="free\n", err="")
    assert "waits for the updates" in log(tmp_path)


def test_so_is_one_that_only_looks_for_them(body: Body, tmp_path: Path) -> None:
    stubs = f"""
systemctl() {{ if [ -e {tmp_path}/looked ]; then echo inactive; else echo activating; fi; return 3; }}
sleep() {{ touch {tmp_path}/looked; }}
"""
    done = body("wait_for_apt 15; say free", stubs=stubs)
    assert done == Done(code=0, out="free\n", err="")
    assert (tmp_path / "looked").exists()


@pytest.mark.parametrize(
    ("call", "document", "answer"),
    [
        ("json_string State", '[{"AppID":"a","State":"started","DesiredState":"stopped"}]', "started"),
        ("json_string State", '[\n  {\n    "State" : "starting"\n  }\n]', "starting"),
        ("json_string Error", '[{"Error":"","State":"started"}]', ""),
        ("json_string Error", "[]", ""),
        ("json_string State", "", ""),
        ("json_flag IsTransitioning", '[{"IsTransitioning":false,"IsCancellable":true}]', "false"),
        ("json_flag IsTransitioning", '[{"IsTransitioning": true}]', "true"),
        ("json_flag IsExpired", '[{"IsExpired":"no"}]', ""),
    ],
)
def test_the_flat_answers_of_the_vendor_s_tool_are_understood(
    body: Body, call: str, document: str, answer: str
) -> None:
    assert body(f"printf '%s' '{document}' | {call}").out.strip() == answer
