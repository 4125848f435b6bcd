"""The files for CI systems, and their scripts as somebody's shell would run them."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tools import cache

FOLDER = cache.CHECKOUT / "docs" / "ci"
PACKAGES = "pip install"
"""What a step runs that only installs: here everything is there."""


def document(name: str) -> dict[Any, Any]:
    """One of the files."""
    found: dict[Any, Any] = yaml.safe_load((FOLDER / name).read_text())
    return found


def github(job: str) -> dict[str, str]:
    """The scripts of a job by their steps' names, but for those that install."""
    steps = [each for each in document("github.yml")["jobs"][job]["steps"] if "run" in each]
    return {each.get("name", each.get("id")): each["run"] for each in steps if PACKAGES not in each["run"]}


def gitlab(job: str) -> list[str]:
    """The script of a job."""
    return list(document("gitlab.yml")[job]["script"])


def run(script: str, folder: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """As both systems run one: with bash, which stops at the first error."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PULUMI_", "AWS_"))}
    return subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script],
        cwd=folder,
        env=kept | dict(environment),
        capture_output=True,
        text=True,
    )
