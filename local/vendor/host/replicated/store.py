"""The daemon's memory: one JSON file that survives restarts."""

import json
import threading
from pathlib import Path
from typing import Any


class Store:
    """Named values, written as soon as they change."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.lock = threading.RLock()
        self.values: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}

    def get(self, name: str, default: Any = None) -> Any:
        """One value."""
        with self.lock:
            return self.values.get(name, default)

    def set(self, **values: Any) -> None:
        """Change some values; readers see the old file or the new one."""
        with self.lock:
            self.values.update(values)
            self.file.parent.mkdir(parents=True, exist_ok=True)
            new = self.file.with_suffix(".new")
            new.touch(mode=0o600)
            new.write_text(json.dumps(self.values, indent=1))
            new.replace(self.file)
