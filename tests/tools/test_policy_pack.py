"""The policy pack is the folder `policy` for a current CLI, and another one for the engine that set-up builds."""

import re
from pathlib import Path

import pytest
import yaml

from tools import cache, engine, policy_pack, venv


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An engine without anything beside it, and a pack that was never used."""
    monkeypatch.setattr(venv, "fill", lambda *_: None)
    monkeypatch.setattr(engine, "provide", lambda: tmp_path)
    monkeypatch.setattr(engine, "installed", lambda: None)
    monkeypatch.setattr(policy_pack, "FOR_OWN_ENGINE", tmp_path / "pack")
    return tmp_path


def test_a_cli_that_is_installed_takes_the_pack_as_it_is(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "installed", lambda: Path("/usr/bin"))
    assert policy_pack.provide() == cache.CHECKOUT / "policy"
    assert list(place.iterdir()) == []


def test_the_own_engine_gets_a_pack_of_a_runtime_for_which_it_has_a_starter(place: Path) -> None:
    assert policy_pack.provide() == policy_pack.provide() == place / "pack"
    own = yaml.safe_load((place / "pack" / "PulumiPolicy.yaml").read_text())
    real = yaml.safe_load((policy_pack.PACK / "PulumiPolicy.yaml").read_text())
    assert own == {**real, "runtime": policy_pack.RUNTIME}
    assert (place / "pack" / "__main__.py").resolve() == policy_pack.PACK / "__main__.py"
    starter = place / f"pulumi-analyzer-policy-{own['runtime']}"
    assert starter.stat().st_mode & 0o111
    assert {path.name for path in place.iterdir()} == {"pack", starter.name}


def test_everything_in_the_packs_environment_is_pinned() -> None:
    lines = [line for line in policy_pack.REQUIREMENTS.read_text().splitlines() if not line.startswith("#")]
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9_.-]+==[^*]+", line)] == []
    assert {line.partition("==")[0] for line in lines} >= {"pulumi-policy", "pulumi", "protobuf", "grpcio"}


def test_the_pack_has_the_sdk_of_the_program() -> None:
    (ours,) = re.findall(r"^pulumi==.*$", (cache.CHECKOUT / "requirements.txt").read_text(), re.MULTILINE)
    assert ours in policy_pack.REQUIREMENTS.read_text().splitlines()
