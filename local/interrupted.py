"""What an engine that was killed leaves in the folder of its state, and how the next run is freed of it."""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.lab import LabError

ENGINE = "pulumi"
PROJECT = "wickr"


@dataclass(frozen=True)
class State:
    """A stack's state as the engine's file back end keeps it below a folder."""

    folder: Path
    stack: str

    @property
    def file(self) -> Path:
        """The state itself."""
        return self.folder / ".pulumi" / "stacks" / PROJECT / f"{self.stack}.json"

    def free(self) -> Iterator[str]:
        """Takes away what ends every command on the stack, and says of each thing what it was.

        Raises LabError while an engine is at work on it.
        """
        locks = [*(self.folder / ".pulumi" / "locks" / "organization" / PROJECT / self.stack).glob("*.json")]
        if holders := [pid for pid in map(_holder, locks) if pid]:
            raise LabError(
                f"another engine is at work on the stack {self.stack} (process {holders[0]}): wait for it, or press "
                "Ctrl-C where it runs, then run `make up` again"
            )
        for lock in locks:
            lock.unlink()
            lock.with_name(f"{lock.name}.attrs").unlink(missing_ok=True)
            yield "the run before was killed: its lock is lifted"
        # The engine empties these notes before it writes them, and reads nothing that has an empty one beside it.
        for note in self.folder.rglob("*.attrs"):
            if not note.stat().st_size:
                note.unlink()
                yield f"the run before was killed as it wrote {note.stem}: the empty note beside that is gone"

    def begun(self) -> list[tuple[str, str]]:
        """Type and name of each resource that a run had begun to make and did not see the end of."""
        state = self.file
        if not state.exists():
            return []
        try:
            document: dict[str, Any] = json.loads(state.read_text())
        except ValueError:
            raise LabError(
                f"{state} is cut off, as after a machine that went down: put back the state before it with "
                f"`cp {state}.bak {state}` and run `make up` again, or remove it all with `make down`"
            ) from None
        latest: dict[str, Any] = document["checkpoint"].get("latest") or {}
        pending: list[dict[str, Any]] = latest.get("pending_operations") or []
        return [(each["resource"]["type"], each["resource"]["urn"].rpartition("::")[2]) for each in pending]


def _holder(lock: Path) -> int:
    """The process that made a lock, as long as it is there and an engine; 0 otherwise."""
    with suppress(OSError, ValueError, KeyError):
        pid = int(json.loads(lock.read_text())["pid"])
        if Path(f"/proc/{pid}/comm").read_text().strip() == ENGINE:
            return pid
    return 0
