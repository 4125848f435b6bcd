"""The settings of Pulumi Deployments as the real engine reads them and would send them to Pulumi Cloud."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from ops.fleet.generate import deployments
from tests.engine import Engine
from tests.ops.fleet.generate.pulumi_cloud import ORGANIZATION, PulumiCloud
from tests.ops.fleet.generate.test_generate import ROLE, SOURCE, member

pytestmark = pytest.mark.engine


def within(part: Any, whole: Any) -> bool:
    """Whether everything of the one stands in the other; the engine adds what it has as its defaults."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(key in whole and within(part[key], whole[key]) for key in part)
    return bool(part == whole)


def test_the_engine_sends_what_was_generated_and_all_of_it(tmp_path: Path) -> None:
    cloud, stack = PulumiCloud(), member("acme")
    with cloud.serving() as url:
        engine = Engine(tmp_path, environment={"PULUMI_BACKEND_URL": url, "PULUMI_ACCESS_TOKEN": "pul-test"})
        (path,) = deployments.write([stack], SOURCE, ROLE, "a-pool", engine.program / "stacks")
        done = engine.run("deployment", "settings", "push", "--yes", "--stack", f"{ORGANIZATION}/wickr/acme")
    assert done.code == 0, done.text
    ((where, sent),) = cloud.put.items()
    assert where == f"/api/stacks/{ORGANIZATION}/wickr/acme/deployments/settings"
    assert within(yaml.safe_load(path.read_text())["settings"], sent), sent
    # What the engine does not know of a file it leaves out without a word.
    assert not within({"gitHub": {"repositories": "acme/wickr"}}, sent)
