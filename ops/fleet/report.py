"""The report of a run: what became of each stack, kept in a file as it goes, so that another run can resume."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ops.checkout import OpsError
from ops.diff.tree import Tree
from ops.diff.verdict import Verdict
from ops.fleet.outcome import Outcome, State

FORMAT = 1


@dataclass
class Report:
    """Outcomes as they come, in `path`. Whole at any moment: a killed run leaves what it had.

    `digests` says for each stack of the run, in their order, of what its outcome will be one.
    """

    command: str
    path: Path
    digests: Mapping[str, str]
    ended: dict[str, Outcome] = field(default_factory=dict)
    started: str = ""
    interrupted: bool = False

    def __post_init__(self) -> None:
        self.started = self.started or _now()

    def add(self, outcome: Outcome) -> None:
        """Notes an outcome. Raises OpsError if the file cannot be written."""
        self.ended[outcome.stack] = replace(outcome, of=self.digests[outcome.stack])
        self.write()

    def write(self) -> None:
        """Raises OpsError if the file cannot be written."""
        new = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            new.write_text(json.dumps(self.data, indent=2, sort_keys=True, ensure_ascii=False), encoding="utf-8")
            new.replace(self.path)
        except OSError as error:
            raise OpsError(f"the report cannot be written: {error}") from None

    @property
    def outcomes(self) -> list[Outcome]:
        return [self.ended[name] for name in self.digests if name in self.ended]

    @property
    def ok(self) -> bool:
        return self.ended.keys() == self.digests.keys() and all(each.good for each in self.outcomes)

    @property
    def data(self) -> dict[str, Any]:
        """The report as plain data."""
        return {
            "format": FORMAT,
            "command": self.command,
            "started": self.started,
            "written": _now(),
            "interrupted": self.interrupted,
            "ok": self.ok,
            "stacks": [asdict(each) for each in self.outcomes],
        }


def done_before(path: Path, command: str, states: Mapping[str, str]) -> dict[str, Outcome]:
    """The stacks that an earlier run of the same command has done, and whose file and program are still the same.

    `states` are the digests of today. Raises OpsError for what is no report.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        earlier, outcomes = found["command"], [_outcome(each) for each in found["stacks"]]
    except FileNotFoundError:
        raise OpsError(f"there is nothing to resume: no report at {path}") from None
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise OpsError(f"{path} is no report of a fleet: {type(error).__name__}: {error}") from None
    if earlier != command:
        raise OpsError(f"{path} is the report of `fleet {earlier}`, and cannot resume `fleet {command}`")
    return {
        each.stack: replace(each, before=True)
        for each in outcomes
        if each.good and each.of and each.of == states.get(each.stack)
    }


def _outcome(row: dict[str, Any]) -> Outcome:
    return Outcome(
        **row
        | {
            "state": State(row["state"]),
            "hosts": {role: Verdict(each) for role, each in row["hosts"].items()},
            "details": tuple(row["details"]),
        }
    )


def states(root: Path, files: Mapping[str, Path]) -> dict[str, str]:
    """A digest for each stack of what decides its deployment: the program, its packages, the stack file."""
    tree = Tree("", root)
    common = tree.program.encode() + tree.requirements
    return {name: hashlib.sha256(common + path.read_bytes()).hexdigest()[:16] for name, path in files.items()}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
