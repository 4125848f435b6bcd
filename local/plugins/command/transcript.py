"""What a command said: both streams, kept apart and together, and shown line by line while it runs."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from local.plugins.framework import Refusal

Stream = Literal["stdout", "stderr"]
Log = Callable[[str], None]

SHOWN: dict[str, frozenset[Stream]] = {
    "stdout": frozenset({"stdout"}),
    "stderr": frozenset({"stderr"}),
    "stdoutAndStderr": frozenset({"stdout", "stderr"}),
    "none": frozenset(),
}
"""The values of the input `logging` and the streams that each of them shows. Not given means both."""

EVERYTHING = SHOWN["stdoutAndStderr"]


class CommandError(Refusal):
    """A command could not be run or failed; the text is for the person who runs the program."""


@dataclass(frozen=True, kw_only=True)
class Voice:
    """Where to say what happens: passing remarks, and what must not be missed."""

    status: Log
    warn: Log


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The outputs of a command that ended well."""

    stdout: str = ""
    stderr: str = ""


@dataclass
class Transcript:
    """Collects what arrives, in the order in which it arrives."""

    log: Log
    shown: frozenset[Stream] = EVERYTHING
    _texts: dict[Stream, list[str]] = field(default_factory=lambda: {"stdout": [], "stderr": []})
    _both: list[str] = field(default_factory=list)
    _open_lines: dict[Stream, str] = field(default_factory=lambda: {"stdout": "", "stderr": ""})

    def add(self, stream: Stream, text: str) -> None:
        """Takes a piece of output; each line that it completes is shown."""
        self._texts[stream].append(text)
        self._both.append(text)
        *complete, rest = (self._open_lines[stream] + text).split("\n")
        self._open_lines[stream] = rest
        for line in complete:
            self._show(stream, line)

    def end(self) -> Outcome:
        """Shows what was left without a newline; the outputs, each without its last newline."""
        for stream, rest in self._open_lines.items():
            if rest:
                self._show(stream, rest)
        self._open_lines = {"stdout": "", "stderr": ""}
        texts = {stream: "".join(pieces).removesuffix("\n") for stream, pieces in self._texts.items()}
        return Outcome(stdout=texts["stdout"], stderr=texts["stderr"])

    def failure(self, reason: str, command: str) -> CommandError:
        """The error in the form of the real plugin, which shows the command and all that it said."""
        return CommandError(f"{reason}: running {quoted(command)}:\n{''.join(self._both)}")

    def _show(self, stream: Stream, line: str) -> None:
        if stream in self.shown:
            self.log(line.rstrip("\r"))


def quoted(text: str) -> str:
    """A text on one line between quotes."""
    return json.dumps(text, ensure_ascii=False)
