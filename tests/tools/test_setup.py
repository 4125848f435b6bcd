"""The set-up does what is missing, leaves out what cannot be, and tells of both."""

import importlib.util
import os
import platform
from pathlib import Path

import pytest

from tools import cache, debian, engine, setup, venv


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the set-up did, each part replaced by a note."""
    notes: list[str] = []
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(debian, "is_debian", lambda: True)
    monkeypatch.setattr(debian, "install", lambda packages: notes.append(packages[0]))
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: object())
    for part in ("_environment", "_engine", "_policy", "_lab", "_tests", "_scanners"):
        monkeypatch.setattr(setup, part, lambda part=part: notes.append(part))
    return notes


def test_what_python_lacks_for_environments_comes_before_everything_that_makes_one(
    done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    setup.set_up(["environment", "engine", "lab"])
    assert done[0] == "python3-venv"
    assert sorted(done[1:]) == ["_engine", "_environment", "_lab"]


def test_only_the_named_parts_are_provided(done: list[str]) -> None:
    setup.set_up(["environment"])
    assert done == ["_environment"]


def test_without_a_name_all_parts_but_the_large_one_are_provided(done: list[str]) -> None:
    assert setup.main([]) == 0
    assert sorted(done) == ["_engine", "_environment", "_lab", "_policy", "_tests"]
    assert setup.main(["scanners"]) == 0
    assert done[-1] == "_scanners"


def test_an_unknown_part_is_refused_by_name(done: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        setup.main(["enviroment"])
    told = capsys.readouterr().err
    assert "no such part: enviroment; there are environment, engine, policy, lab, tests, schemas, scanners" in told
    assert done == []


@pytest.mark.parametrize(
    ("module", "name", "value", "reason"),
    [
        (platform, "system", "Darwin", "needs Linux (this is Darwin)"),
        (os, "geteuid", 1000, "needs root"),
        (debian, "is_debian", False, "needs Debian or Ubuntu"),
    ],
)
def test_a_machine_that_cannot_run_the_local_cloud_gets_the_rest(
    done: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    module: object,
    name: str,
    value: object,
    reason: str,
) -> None:
    monkeypatch.setattr(module, name, lambda: value)
    setup.set_up(["environment", "engine", "lab"])
    assert {"_environment", "_engine"} <= set(done)
    assert "_lab" not in done
    assert reason in capsys.readouterr().out


def test_a_part_that_fails_is_told_after_the_others_have_ended(
    done: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails() -> None:
        raise cache.SetupError("no Go, and two ways out")

    monkeypatch.setattr(setup, "_engine", fails)
    assert setup.main(["environment", "engine"]) == 1
    assert "_environment" in done
    assert capsys.readouterr().err == "no Go, and two ways out\n"


def test_what_is_ready_is_not_touched_and_not_mentioned(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def must_not_run() -> None:
        raise AssertionError("made again")

    for module in (venv, engine):
        monkeypatch.setattr(module, "ready", lambda: True)
        monkeypatch.setattr(module, "provide", must_not_run)
    monkeypatch.setattr(debian, "install", lambda _packages: None)
    setup.set_up(["environment", "engine"])
    assert capsys.readouterr().out == ""


def test_tests_that_lack_a_package_are_left_out_and_do_not_stop_the_rest(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(_packages: tuple[str, ...]) -> None:
        raise cache.SetupError("Not root: ask for `apt-get install openssh-server`.")

    monkeypatch.setattr(debian, "install", refused)
    assert setup.main(["tests"]) == 0
    assert "some are left out: Not root: ask for `apt-get install openssh-server`" in capsys.readouterr().out


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(venv, "LINK", tmp_path / ".venv")
    monkeypatch.setattr(venv, "create", lambda folder: (folder / "bin").mkdir())
    monkeypatch.setattr(venv, "pip", lambda *_arguments: None)
    return tmp_path


def test_the_environment_is_a_link_into_the_cache_and_follows_the_pins(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not venv.ready()
    venv.provide()
    assert venv.ready()
    assert (checkout / ".venv").readlink() == cache.folder() / venv.name()
    monkeypatch.setattr(venv, "REQUIREMENTS", venv.REQUIREMENTS[:-1])
    assert not venv.ready()
    venv.provide()
    assert (checkout / ".venv").readlink() == cache.folder() / venv.name()
    assert [path.name for path in checkout.glob(".venv*")] == [".venv"]


def test_somebodys_own_environment_is_filled_and_never_replaced(checkout: Path) -> None:
    theirs = checkout / ".venv" / "theirs"
    theirs.mkdir(parents=True)
    assert not venv.ready()
    venv.provide()
    assert venv.ready()
    assert theirs.is_dir()
    assert not (checkout / ".venv").is_symlink()
