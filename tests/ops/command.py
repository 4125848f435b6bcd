"""`python -m ops` as somebody runs it."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools import cache


@dataclass(frozen=True)
class Answer:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)


def ops(*arguments: str, root: Path = cache.CHECKOUT, cwd: Path | None = None) -> Answer:
    """Runs the commands of a checkout, or of a copy of one, from any folder."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PULUMI_", "AWS_"))}
    done = subprocess.run(
        [sys.executable, "-P", "-m", "ops", *arguments],
        cwd=cwd or root,
        env=environment | {"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return Answer(done.returncode, done.stdout, done.stderr)
