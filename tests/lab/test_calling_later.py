"""Voice and video switched on for an installation that runs already."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.lab import Lab
from local.lab.folder import CHECKOUT
from tests.lab.installation import Installation

pytestmark = pytest.mark.lab

ALONE = {"wickr:settings": {"lab_hostname": "wickr.example.com", "lab_enable_calling": False}}


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A messaging host, and nothing else."""
    lab = Lab(CHECKOUT / ".local" / "tests-alone")
    lab.stop()
    lab.start()
    whole = Installation(lab)
    file = whole.changed_stack_file(tmp_path_factory.mktemp("alone"), ALONE, without=("wickr:calling",))
    try:
        whole.pulumi("stack", "init")
        done = whole.pulumi("up", "--yes", "--skip-preview", config=file)
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr
        yield whole
    finally:
        lab.stop()


def test_without_calling_nothing_of_it_exists(alone: Installation) -> None:
    outputs = alone.outputs()
    assert outputs["callingAddress"] == ""
    assert outputs["mediaPorts"] == ""
    state = alone.pulumi("stack", "export").stdout
    assert "::calling" not in state


def test_switching_it_on_is_one_up_that_leaves_the_messaging_host_up(alone: Installation, tmp_path: Path) -> None:
    services = "replicated replicated-ui replicated-operator"
    facts = f"cat /etc/machine-id; systemctl show -p ActiveEnterTimestamp {services}"
    before, host = alone.on("messaging", facts).stdout, alone.lab.host("messaging")["id"]
    done = alone.pulumi("up", "--yes", "--skip-preview")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr
    assert alone.lab.host("messaging")["id"] == host
    assert alone.on("messaging", facts).stdout == before
    log = alone.on("messaging", "cat /var/log/wickr-bootstrap.log").stdout
    assert "calls: offered at calls.example.com:16384" in log
    assert alone.pulumi("preview", "--expect-no-changes").returncode == 0
