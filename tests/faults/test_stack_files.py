"""What is wrong with a stack, or with whoever else is at work: said in a sentence, and made good by the next run."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.faults import description
from tests.faults.scene import CONFIGURATION, NAME, Scene

pytestmark = pytest.mark.fault

Record = Callable[[str, object], None]
SETTINGS = CONFIGURATION["wickr:settings"]
NEVER_INSTALLED = ("container: ", "docker: ", "node:")


@dataclass(frozen=True)
class Wrong:
    """Keys of a stack that are wrong, how the sentence begins, and whether it comes before anything is installed."""

    begins: str
    changes: dict[str, Any]
    early: bool = True


WRONG = {
    "image without the Docker it should have": Wrong(
        "docker: no Docker ", {"wickr:installer": {"docker": "preinstalled"}}
    ),
    "system that the guide does not list": Wrong(
        "os: debian 12 is not in the guide's list", {"wickr:messaging": {"imageId": "ami-0deb1200000000001"}}
    ),
    "setting that the application does not know": Wrong(
        "settings: Replicated refused wickr:settings", {"wickr:settings": SETTINGS | {"no_such_key": "1"}}, early=False
    ),
}


def same(scene: Scene, undisturbed: set[str]) -> None:
    now = description.of(scene.whole)
    assert (now - undisturbed, undisturbed - now) == (set(), set())


@pytest.mark.parametrize("fault", WRONG)
def test_a_wrong_key_is_named_and_the_right_one_goes_on(
    scene: Scene, undisturbed: set[str], fault: str, record_property: Record
) -> None:
    record_property("fault", fault)
    record_property("outcome", "FAILED")
    wrong = WRONG[fault]
    scene.afresh()
    right = scene.config
    folder = scene.folder / fault.replace(" ", "-")
    folder.mkdir()
    scene.config = scene.whole.changed_stack_file(
        folder, CONFIGURATION | wrong.changes, without=("wickr:calling", "wickr:compliance")
    )
    try:
        run = scene.up()
    finally:
        scene.config = right
    assert run.code != 0
    assert any(line.strip().startswith(wrong.begins) for line in run.text.splitlines()), run.text[-3000:]
    left = description.of(scene.whole)
    if wrong.early:
        assert not [line for line in left if line.startswith(NEVER_INSTALLED)]
    assert not any(line.endswith(f"::{NAME}-application ") for line in left)
    scene.settle()
    same(scene, undisturbed)
    record_property("outcome", f"refused: {wrong.begins.strip()}; done by pulumi up afterwards")
