"""Which engine is used: one on PATH that is new enough, otherwise the one built from the pins."""

from pathlib import Path

import pytest

from tools import cache, engine, go_toolchain


def program(path: Path, says: str) -> None:
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)


@pytest.fixture
def on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


@pytest.mark.parametrize("says", ["v3.250.0", "v3.251.3", "v4.0.0", "3.250.0-dev+dirty"])
def test_an_installed_engine_that_is_new_enough_is_used_as_it_is(on_path: Path, says: str) -> None:
    program(on_path / "pulumi", says)
    program(on_path / "pulumi-language-python", "")
    assert engine.where() == on_path
    assert engine.ready()
    assert engine.provide() == on_path


@pytest.mark.parametrize("says", ["v3.249.9", "v2.300.0", "", "pulumi: no"])
def test_an_older_or_silent_engine_is_not_used(on_path: Path, says: str) -> None:
    program(on_path / "pulumi", says)
    program(on_path / "pulumi-language-python", "")
    assert engine.where() == cache.folder() / engine.name() / "bin"
    assert not engine.ready()


def test_an_engine_without_its_python_host_is_not_used(on_path: Path) -> None:
    program(on_path / "pulumi", "v3.250.0")
    assert engine.installed() is None


def test_the_engine_that_was_built_here_is_no_installed_one_when_it_is_on_path(
    on_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = cache.folder() / engine.name() / "bin"
    built.mkdir(parents=True)
    program(built / "pulumi", "v3.250.0")
    program(built / "pulumi-language-python", "")
    monkeypatch.setenv("PATH", f"{built}:{on_path}")
    assert engine.installed() is None
    assert engine.where() == built


def test_go_on_path_is_used_from_1_26_on(on_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(go_toolchain, "_from_package", lambda: Path("/package/go"))
    chosen = {}
    for says in ("go1.25.9", "go1.26.0", "go1.30rc1", "go2.0"):
        program(on_path / "go", f"go version {says} linux/amd64")
        chosen[says] = go_toolchain.find()
    own, package = str(on_path / "go"), "/package/go"
    assert chosen == {"go1.25.9": package, "go1.26.0": own, "go1.30rc1": own, "go2.0": own}


@pytest.mark.usefixtures("on_path")
def test_without_any_go_the_message_names_both_ways_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_package() -> Path:
        raise cache.SetupError("pip said: no matching distribution")

    monkeypatch.setattr(go_toolchain, "_from_package", no_package)
    with pytest.raises(cache.SetupError) as refusal:
        engine.provide()
    for part in ("install the Pulumi CLI, 3.250.0 or newer", "put Go 1.26 or newer on PATH", "pip said"):
        assert part in str(refusal.value)
    assert not engine.ready()


def test_where_is_printed_without_building(on_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert engine.main(["--where"]) == 0
    assert capsys.readouterr().out == f"{engine.where()}\n"
    assert not list(on_path.parent.joinpath("cache").rglob("*")), "asking made something"
