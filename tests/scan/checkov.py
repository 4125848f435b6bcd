"""Checkov on documents of Terraform."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.scan.accepted import Finding
from tests.scan.terraform import Document
from tools import scanners

SECONDS = 300


@dataclass(frozen=True)
class Report:
    """`found` names resources as Terraform does; `passed` counts checks of resources that found nothing."""

    found: frozenset[Finding]
    passed: int


def scan(documents: Mapping[str, Document], folder: Path) -> Report:
    """All documents at once: it takes seconds to begin."""
    for name, document in documents.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "main.tf.json").write_text(json.dumps(document))
    options = ["--framework", "terraform_json", "--output", "json", "--compact", "--quiet", "--skip-download"]
    command = [*scanners.command("checkov"), "--directory", str(folder), *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    summary, rows = said["summary"], said["results"]["failed_checks"]
    assert summary["parsing_errors"] == 0, done.stdout
    assert summary["failed"] == len(rows)
    return Report(frozenset((row["check_id"], row["resource"].partition(".")[2]) for row in rows), summary["passed"])
