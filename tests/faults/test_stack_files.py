"""What is wrong with a stack, or with whoever else is at work: said in a sentence, and made good by the next run."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from local.vendor.host.replicated.license import License, pack
from tests.faults import description
from tests.faults.scene import CONFIGURATION, NAME, Scene

pytestmark = pytest.mark.fault

Record = Callable[[str, object], None]
SETTINGS = CONFIGURATION["wickr:settings"]
URL = "https://get.replicated.com/docker/wickrenterprise"
NEVER_INSTALLED = ("container: ", "docker: ", "node:")


@dataclass(frozen=True)
class Wrong:
    """Keys of a stack that are wrong, how the sentence begins, and whether it comes before anything is installed."""

    begins: str
    changes: dict[str, Any]
    early: bool = True


WRONG = {
    "script of another checksum": Wrong("version: ", {"wickr:installer": {"sha256": "0" * 64}}),
    "address that the vendor does not have": Wrong("version: ", {"wickr:installer": {"url": f"{URL}/nowhere"}}),
    "vendor whose name does not resolve": Wrong(
        "network: the name in ", {"wickr:installer": {"url": "https://no.such.name.example/x"}}
    ),
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


@pytest.mark.parametrize("fault", WRONG)
def test_a_wrong_key_is_named_and_the_right_one_goes_on(
    scene: Scene, undisturbed: set[str], fault: str, record_property: Record
) -> None:
    record_property("fault", fault)
    wrong = WRONG[fault]
    scene.afresh()
    with scene.other_keys(wrong.changes):
        run = scene.up()
    assert run.code != 0
    assert any(line.strip().startswith(wrong.begins) for line in run.text.splitlines()), run.text[-3000:]
    left = description.of(scene.whole)
    if wrong.early:
        assert not [line for line in left if line.startswith(NEVER_INSTALLED)]
    assert not any(line.endswith(f"::{NAME}-application ") for line in left)
    scene.mended(undisturbed)
    record_property("outcome", f"refused: {wrong.begins.strip()}; done by pulumi up afterwards")


@pytest.mark.parametrize("fault", ["expired licence", "licence that is damaged"])
def test_a_licence_that_does_not_hold_changes_nothing_of_a_running_installation(
    scene: Scene, undisturbed: set[str], fault: str, record_property: Record
) -> None:
    """The licence's file is placed; what Replicated holds stays."""
    record_property("fault", fault)
    scene.afresh()
    scene.settle()
    packed = pack(License(id="cd" * 16, assignee="Fault", channel="Stable", expires="2020-01-01"))
    text = base64.b64encode(packed if fault == "expired licence" else packed[:-9] + b"otherwise").decode()
    with scene.other_keys({}):
        told = scene.whole.pulumi("config", "set", "--secret", "license", text, config=scene.config)
        assert told.returncode == 0, told.stderr
        run = scene.up()
    assert run.code != 0
    assert "license: " in run.text, run.text[-3000:]
    apart = ("file: ", "resource: ", "input: ", "pending: ")
    left, meant = (
        {line for line in lines if not line.startswith(apart)} for lines in (description.of(scene.whole), undisturbed)
    )
    description.same(left, meant)
    scene.mended(undisturbed)
    record_property("outcome", "refused: license; nothing of the installation changed; done by pulumi up afterwards")


def test_a_run_that_is_still_at_work_is_waited_for(
    scene: Scene, undisturbed: set[str], record_property: Record
) -> None:
    record_property("fault", "an earlier run is still at work on the host")
    scene.afresh()
    scene.sh(
        "umask 077; install -d /var/lib/wickr-bootstrap; touch /var/lib/wickr-bootstrap/lock; "
        "systemd-run -q --unit=earlier flock /var/lib/wickr-bootstrap/lock sleep 6; sleep 0.5"
    )
    scene.mended(undisturbed)
    record_property("outcome", "resumed: without anything to do")


def test_what_kept_wickr_from_starting_is_forgotten_once_it_is_mended(
    scene: Scene, undisturbed: set[str], record_property: Record
) -> None:
    """Replicated remembers the error of the start before."""
    record_property("fault", "application that waits for a host that is not there")
    scene.afresh()
    with scene.other_keys({"wickr:settings": SETTINGS | {"lab_enable_calling": True}}):
        run = scene.up()
    assert run.code != 0
    assert "calling: " in run.text, run.text[-3000:]
    scene.mended(undisturbed)
    record_property("outcome", "refused: calling; done by pulumi up afterwards")
