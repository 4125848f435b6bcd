"""The example customers: what they show, and the plans that are kept of them."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ops import golden, yaml_reader
from ops.check import check
from ops.checkout import OpsError
from ops.reference import keys
from ops.stack_file import read
from tools import cache

ROOT = cache.CHECKOUT
EXAMPLES = golden.examples()
REFRESH = "run ./wickr golden, and look at what it changes:"

NOT_SHOWN: dict[str, str] = {
    "license": "it is a secret of a real customer, set by a command",
    "installer.airgap.endpointId": "the stack's own endpoint, which lets its objects alone through, is the one to show",
}
"""Keys that no example has, and why; a new key is in some example, or here."""


@pytest.mark.slow
@pytest.mark.parametrize("name", EXAMPLES)
def test_the_plan_that_is_kept_is_the_one_that_is_made(name: str) -> None:
    place = golden.PLANS / f"{name}.yaml"
    lagging = golden.lagging({place: golden.text(name, EXAMPLES[name])})
    assert lagging.get(place, "") == "", f"{REFRESH}\n{lagging[place]}"


def test_every_plan_is_of_an_example() -> None:
    assert {path.stem for path in (ROOT / golden.PLANS).iterdir()} == set(EXAMPLES)


def paths(value: Any, above: str = "") -> Iterator[str]:
    """Every key of a stack file at any depth, as the reference writes it."""
    if isinstance(value, dict) and set(value) != {"secure"}:
        for key, each in value.items():
            path = f"{above}{key}".removeprefix("wickr:")
            yield path
            yield from paths(each, f"{path}.")
    elif isinstance(value, list):
        for each in value:
            yield from paths(each, f"{above.removesuffix('.')}[].")


def test_every_key_is_shown_by_an_example_and_no_example_has_another() -> None:
    shown = {path for file in EXAMPLES.values() for path in paths(yaml_reader.read(file.read_text())["config"])}
    named = {each.path for each in keys.every()}
    assert named - shown == set(NOT_SHOWN), "write the key into an example that it suits, or into NOT_SHOWN"


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_right_but_for_the_licence(name: str) -> None:
    verdict = check(read(name, EXAMPLES[name]), licensed=False)
    assert verdict.problems == ()
    assert "wickr:license: is still to be set" in verdict.unchecked


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_explains_itself_and_holds_no_secret(name: str) -> None:
    text = EXAMPLES[name].read_text()
    assert text.startswith("# yaml-language-server: $schema=../docs/stack.schema.json\n# ")
    assert "PRIVATE KEY" not in text
    assert {each.path for each in keys.every() if each.secret and f"{each.path.rpartition('.')[2]}: " in text} == set()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A checkout with one example."""
    (tmp_path / golden.PLANS).mkdir(parents=True)
    shutil.copy(EXAMPLES["messaging"], tmp_path / golden.EXAMPLES)
    return tmp_path


@pytest.mark.slow
def test_refreshing_writes_what_lags_behind_and_takes_away_what_is_of_nobody(copy: Path) -> None:
    old = copy / golden.PLANS / "gone.yaml"
    old.write_text("stack: gone\n")
    assert golden.write(copy) == [golden.PLANS / "gone.yaml", golden.PLANS / "messaging.yaml"]
    assert {path.name for path in (copy / golden.PLANS).iterdir()} == {"messaging.yaml"}
    assert golden.write(copy) == []


@pytest.mark.slow
def test_a_changed_example_shows_as_lines_of_its_plan(copy: Path) -> None:
    golden.write(copy)
    file = copy / golden.EXAMPLES / "Pulumi.messaging.yaml"
    file.write_text(file.read_text() + "    diskGiB: 300\n")
    (difference,) = golden.lagging(golden.files(copy), copy).values()
    changed = [line for line in difference.splitlines() if line[0] in "+-" and line[:3] not in ("+++", "---")]
    assert changed == ["-        volumeSize: 200", "+        volumeSize: 300"]


def test_a_folder_without_examples_is_an_error_of_the_command(tmp_path: Path) -> None:
    with pytest.raises(OpsError, match="there is no example in"):
        golden.files(tmp_path)
