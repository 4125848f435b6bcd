"""The settings of Pulumi Deployments as the real engine reads them and would send them to Pulumi Cloud."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from ops.fleet.generate import deployments
from ops.fleet.generate.deployments import Source
from tests.engine import Engine, Result
from tests.ops.fleet.generate.pulumi_cloud import ORGANIZATION, PulumiCloud
from tests.ops.fleet.generate.test_generate import ROLE, SOURCE, member

pytestmark = pytest.mark.engine


def within(part: Any, whole: Any) -> bool:
    """Whether everything of the one stands in the other; the engine adds what it has as its defaults."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(key in whole and within(part[key], whole[key]) for key in part)
    return bool(part == whole)


SOURCES = {"github": SOURCE, "elsewhere": replace(SOURCE, repository="https://git.example.com/acme/wickr.git")}


def push(folder: Path, change: Callable[[Path], object], source: Source, pool: str | None) -> tuple[Result, Any, Any]:
    """What the engine says and sends of a stack's file, after the change; and what stands in the file."""
    cloud, stack = PulumiCloud(), member("acme")
    with cloud.serving() as url:
        engine = Engine(folder, environment={"PULUMI_BACKEND_URL": url, "PULUMI_ACCESS_TOKEN": "pul-test"})
        (path,) = deployments.write([stack], source, ROLE, pool, engine.program / "stacks")
        change(path)
        done = engine.run("deployment", "settings", "push", "--yes", "--stack", f"{ORGANIZATION}/wickr/acme")
    expected = {f"/api/stacks/{ORGANIZATION}/wickr/acme/deployments/settings"} if done.code == 0 else set()
    assert set(cloud.put) == expected
    return done, next(iter(cloud.put.values()), None), yaml.safe_load(path.read_text())["settings"]


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("pool", ["a-pool", None])
def test_the_engine_sends_what_was_generated_and_all_of_it(tmp_path: Path, source: str, pool: str | None) -> None:
    done, sent, settings = push(tmp_path, lambda _: None, SOURCES[source], pool)
    assert done.code == 0, done.text
    assert within(settings, sent), sent


@pytest.mark.parametrize("name", ["repository", "sessionName", "agentPoolID", "environmentVariables"])
def test_a_name_that_the_engine_does_not_know_is_missed(tmp_path: Path, name: str) -> None:
    """It leaves it out without a word: what arrives is the only judge."""

    def misspell(path: Path) -> None:
        path.write_text(path.read_text().replace(f"{name}:", f"{name}s:"))

    _, sent, settings = push(tmp_path, misspell, SOURCE, "a-pool")
    assert f"{name}s" in json.dumps(settings)
    assert not within(settings, sent), sent


@pytest.mark.parametrize(("before", "after"), [("1h30m0s", "soon"), ("deployCommits: true", "deployCommits: maybe")])
def test_a_value_of_another_kind_is_refused(tmp_path: Path, before: str, after: str) -> None:
    done, sent, _ = push(tmp_path, lambda path: path.write_text(path.read_text().replace(before, after)), SOURCE, None)
    assert (done.code != 0, sent) == (True, None), done.text
