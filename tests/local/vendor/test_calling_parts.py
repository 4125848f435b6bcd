"""The parts of calling that need no host: port ranges, settings, names of images, and what images hold."""

import ast
import json
from pathlib import Path

import pytest

from local.vendor.host.application.orville import max_calls, media_ports
from local.vendor.host.docker.images import split
from local.vendor.host.replicated import components, settings
from local.vendor.host.wire import Refusal
from tests.local.vendor.scratch import SITE


@pytest.mark.parametrize(("calls", "last"), [(1, 16386), (50, 16484), (100, 16584), (500, 17384), (24575, 65534)])
def test_the_media_range_is_that_of_the_guide(calls: int, last: int) -> None:
    assert (media_ports(calls)[0], media_ports(calls)[-1]) == (16384, last)


def test_orville_allows_50_calls_unless_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert max_calls() == 50
    monkeypatch.setenv("ORVILLE_MAX_CALLS", "500")
    assert max_calls() == 500


@pytest.mark.parametrize("text", ["0", "-1", "many", "", "24576"])
def test_orville_ends_with_a_sentence_when_the_number_is_impossible(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("ORVILLE_MAX_CALLS", text)
    with pytest.raises(SystemExit, match="a number from 1 to 24575 is needed"):
        max_calls()


@pytest.mark.parametrize("text", ["0", "24576", "1.5", "fifty"])
def test_a_setting_for_an_impossible_number_of_calls_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="lab_orville_max_calls: must be a number from 1 to 24575"):
        settings.merged({}, {"lab_orville_max_calls": {"value": text}})


def test_clients_meet_at_the_calling_hostname_or_at_the_nodes_own_address() -> None:
    values = settings.merged({}, {"lab_orville_max_calls": {"value": "7"}})
    told = components.environment(values, {"Version": "6.52"}, "203.0.113.7")
    assert (told["ADVERTISED"], told["ORVILLE_MAX_CALLS"]) == ("203.0.113.7", "7")
    named = settings.merged(values, {"lab_calling_hostname": {"value": "calls.example.com"}})
    assert components.environment(named, {"Version": "6.52"}, "203.0.113.7")["ADVERTISED"] == "calls.example.com"


@pytest.mark.parametrize(
    ("reference", "parts"),
    [
        ("replicated/replicated:2.56.0", ("registry-1.docker.io", "replicated/replicated", "2.56.0", "")),
        ("quay.io/replicated/replicated:2.44.2", ("quay.io", "replicated/replicated", "2.44.2", "")),
        ("10.0.0.10:9874/wickrenterprise/orville:2158", ("10.0.0.10:9874", "wickrenterprise/orville", "2158", "")),
        ("public.ecr.aws/a/b@sha256:" + 64 * "0", ("public.ecr.aws", "a/b", "", "sha256:" + 64 * "0")),
    ],
)
def test_an_image_name_says_which_registry_has_it(reference: str, parts: tuple[str, str, str, str]) -> None:
    assert split(reference) == parts


MANIFESTS = sorted(file for file in SITE.rglob("manifests/*") if file.is_file())


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda file: f"{file.parents[1].name}:{file.name}")
def test_an_image_holds_everything_that_its_programs_import(manifest: Path) -> None:
    files = [Path(name) for name in json.loads(manifest.read_text())["files"]]
    for file in files:
        tree = ast.parse((SITE.parent / file).read_text())
        for found in ast.walk(tree):
            if isinstance(found, ast.ImportFrom) and found.level:
                folder = file.parents[found.level - 1].joinpath(*(found.module or "").split("."))
                wanted = [folder.with_suffix(".py")] if found.module else [folder / f"{a.name}.py" for a in found.names]
                wanted = [one if (SITE.parent / one).exists() else folder / "__init__.py" for one in wanted]
                assert set(wanted) <= set(files), f"{file} imports {', '.join(map(str, wanted))}"
