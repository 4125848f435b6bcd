"""A run against the local cloud sees nothing of a person's own clouds, and stand-ins only where nothing real is."""

import stat
from importlib import metadata
from pathlib import Path

import pytest

from local import environment
from local.lab import Lab, LabError
from local.lab.folder import LabFolder, link


@pytest.fixture
def lab(tmp_path: Path) -> LabFolder:
    return LabFolder(tmp_path / "lab")


@pytest.fixture
def base(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path / "home"), "PATH": str(tmp_path / "bin"), "EDITOR": "vi"}


def stand_ins(variables: dict[str, str]) -> set[str]:
    """The plugins in the engine's home that are the project's own."""
    plugins = (Path(variables["PULUMI_HOME"]) / "plugins").glob("resource-*/pulumi-resource-*")
    own = [path for path in plugins if path.is_symlink() and path.readlink().parent == environment.STAND_INS]
    return {path.name.rpartition("-")[2] for path in own}


def test_credentials_profiles_and_proxies_of_the_person_stay_out(lab: LabFolder, base: dict[str, str]) -> None:
    mine = {"AWS_PROFILE": "production", "AWS_SESSION_TOKEN": "x", "PULUMI_ACCESS_TOKEN": "y", "https_proxy": "z"}
    variables = environment.of(lab, base | mine)
    assert not set(mine) & set(variables)
    assert variables["EDITOR"] == "vi"
    assert variables["AWS_CONFIG_FILE"] == variables["AWS_SHARED_CREDENTIALS_FILE"] == "/dev/null"
    assert variables["AWS_ENDPOINT_URL"] == "http://127.0.0.1:5555"


def test_state_and_engine_home_are_the_labs_own(lab: LabFolder, base: dict[str, str]) -> None:
    variables = environment.of(lab, base)
    assert variables["PULUMI_BACKEND_URL"] == f"file://{lab.path}/state"
    assert variables["PULUMI_HOME"] == f"{lab.path}/pulumi"


def test_without_real_plugins_all_three_stand_in(lab: LabFolder, base: dict[str, str]) -> None:
    assert stand_ins(environment.of(lab, base)) == {"aws", "command", "tls"}


def test_a_plugin_on_the_path_is_used_as_it_is(lab: LabFolder, base: dict[str, str]) -> None:
    plugin = Path(base["PATH"]) / "pulumi-resource-aws"
    plugin.parent.mkdir()
    plugin.write_text("#!/bin/sh\n")
    plugin.chmod(plugin.stat().st_mode | stat.S_IXUSR)
    assert stand_ins(environment.of(lab, base)) == {"command", "tls"}


def test_a_plugin_that_the_engine_has_fetched_is_used_if_it_is_of_the_pinned_version(
    lab: LabFolder, base: dict[str, str]
) -> None:
    fetched = Path(base["HOME"]) / ".pulumi" / "plugins"
    real = fetched / f"resource-tls-v{metadata.version('pulumi-tls')}"
    real.mkdir(parents=True)
    (fetched / "resource-aws-v1.0.0").mkdir()
    variables = environment.of(lab, base)
    assert stand_ins(variables) == {"aws", "command"}
    assert (Path(variables["PULUMI_HOME"]) / "plugins" / real.name).resolve() == real.resolve()


def test_a_shell_inside_the_lab_does_not_take_the_stand_ins_for_real(lab: LabFolder, base: dict[str, str]) -> None:
    outer = environment.of(lab, base)
    assert stand_ins(environment.of(lab, outer)) == {"aws", "command", "tls"}


def test_a_folder_with_something_else_in_it_is_never_a_lab(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(LabError, match="not empty and no lab"):
        LabFolder(tmp_path).claim()
    with pytest.raises(LabError, match="not empty and no lab"):
        Lab(tmp_path).stop()
    assert (tmp_path / "thesis.txt").exists()


def test_two_labs_have_different_names_on_the_machine() -> None:
    one, two = LabFolder(Path("/a")), LabFolder(Path("/b"))
    assert one.prefix != two.prefix
    assert len(one.prefix) == 7


def test_interface_names_fit_the_kernels_limit() -> None:
    assert len(link("i-0123456789abcdef0")) <= 15
