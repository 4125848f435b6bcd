"""Prowler on an API: what it finds in an account, by the names that the program gives its resources."""

import csv
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.scan.accepted import ACCOUNT, Finding
from tools import scanners

SERVICES = ("backup", "cloudwatch", "ec2", "iam", "sns", "vpc")
"""Those that the program makes something in, and what would guard it."""

SECONDS = 500


@dataclass(frozen=True, kw_only=True)
class Row:
    """What a check says of one resource of AWS."""

    check: str
    failed: bool
    arn: str


def scan(environment: Mapping[str, str], folder: Path, *, checks: Sequence[str] = ()) -> list[Row]:
    """What all checks of the services say, or what these checks do. One that cannot be run says nothing."""
    chosen = ["--check", *checks] if checks else ["--service", *SERVICES]
    options = ["--region", environment["AWS_REGION"], "--no-banner", "--ignore-exit-code-3", "--log-level", "CRITICAL"]
    command = [*scanners.command("prowler"), "aws", *chosen, *options, "-M", "csv", "-o", str(folder), "-F", "found"]
    clean = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    done = subprocess.run(
        command,
        cwd=folder,
        env=clean | dict(environment) | {"AWS_EC2_METADATA_DISABLED": "true"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    with (folder / "found.csv").open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    return [Row(check=row["CHECK_ID"], failed=row["STATUS"] == "FAIL", arn=row["RESOURCE_UID"]) for row in rows]


def findings(rows: Sequence[Row], names: Mapping[str, str]) -> set[Finding]:
    """The failed ones; `names` are those of resources by their ids. Whatever is nobody's is the account's."""
    return {(row.check, owner(row.arn, names) or ACCOUNT) for row in rows if row.failed}


def owner(arn: str, names: Mapping[str, str]) -> str | None:
    """The resource with this ARN: its id is the last part of it, or the whole."""
    name = arn.removesuffix(":*")
    ends = (id_ for id_ in names if name == id_ or name.endswith((f"/{id_}", f":{id_}")))
    return next((names[id_] for id_ in ends), None)
