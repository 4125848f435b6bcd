"""README's way to a new customer, command by command as it stands there, in a clone, on the local cloud's API."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.engine import Engine
from tests.program.cloud import Cloud
from tools import cache

pytestmark = pytest.mark.engine

REGION = "eu-west-1"
CUSTOMER = "acme"


def commands() -> str:
    """The commands of README's section about a new customer."""
    text = (cache.CHECKOUT / "README.md").read_text()
    (section,) = re.findall(r"^### A new customer.*?(?=^##)", text, flags=re.MULTILINE | re.DOTALL)
    (block,) = re.findall(r"^```sh\n(.*?)^```", section, flags=re.MULTILINE | re.DOTALL)
    return str(block)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What a clone of this checkout would be, with what is not committed, and set up."""
    place = tmp_path / "clone"
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=cache.CHECKOUT, capture_output=True, text=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (cache.CHECKOUT / name).is_file():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(cache.CHECKOUT / name, place / name)
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false")
    for words in (["init", "-q"], ["add", "-A"], [*identity, "commit", "-q", "-m", "all"]):
        subprocess.run(["git", *words], cwd=place, check=True)
    (place / ".venv").symlink_to(cache.CHECKOUT / ".venv")
    return place


def test_readme_s_commands_end_in_a_preview_of_a_customer_s_stack(clone: Path, tmp_path: Path) -> None:
    cloud = Cloud(REGION)
    before = cloud.inventory()
    engine = Engine(tmp_path / "engine", program=clone, environment=cloud.environment)
    done = subprocess.run(
        ["bash", "-euxo", "pipefail", "-c", commands()],
        cwd=clone,
        env=engine.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    report = json.loads((clone / ".fleet" / "preview.json").read_text())
    (row,) = report["stacks"]
    assert (row["stack"], row["state"], row["hosts"]) == (CUSTOMER, "done", {"messaging": "new"})
    assert set(row["changes"]) == {"create"}
    assert cloud.since(before) == {}
    # The review is about this customer, and what is left behind in the clone is the stack file, with no secret in it.
    assert "messaging tcp 443 from 0.0.0.0/0" in done.stdout
    status = subprocess.run(["git", "status", "--short"], cwd=clone, capture_output=True, text=True)
    assert status.stdout.split("\n") == [f"?? stacks/Pulumi.{CUSTOMER}.yaml", ""]
    file = yaml.safe_load((clone / "stacks" / f"Pulumi.{CUSTOMER}.yaml").read_text())
    assert list(file["config"]["wickr:license"]) == ["secure"]
