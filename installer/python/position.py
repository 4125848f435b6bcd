"""How far each log was told, kept on the host from run to run."""
# ruff: noqa: UP006, UP035, UP045 - for the Python of an older host

import json
import os
from typing import Any, Dict, Mapping, Optional

from installer.python.sentence import SentenceError


class Positions:
    """A file of positions, by stream. It is written after each call that CloudWatch accepted: what a run is killed
    within is told again, and nothing else is.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._known: Dict[str, Mapping[str, Any]] = {}
        try:
            with open(path, encoding="utf-8") as file:  # noqa: PTH123
                self._known = {str(name): dict(position) for name, position in json.load(file).items()}
        except FileNotFoundError:
            pass
        except (OSError, ValueError, TypeError, AttributeError):
            self._known = {}  # damaged: told twice is better than never again

    def of(self, stream: str) -> Mapping[str, Any]:
        """Where to go on; empty at the beginning."""
        return self._known.get(stream, {})

    def save(self, stream: str = "", position: Optional[Mapping[str, Any]] = None) -> None:
        """Notes a position, or only sees that it could be noted. Raises SentenceError."""
        if position is not None:
            self._known[stream] = position
        try:
            with open(f"{self._path}.new", "w", encoding="utf-8") as file:  # noqa: PTH123
                json.dump(self._known, file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(f"{self._path}.new", self._path)  # noqa: PTH105
        except OSError as error:
            raise SentenceError(
                "disk", f"how far the logs were told cannot be noted in {self._path} ({error}); make room on the host"
            ) from None
