"""Running the system's own tools, with their complaint in the error."""

import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path


class LabError(Exception):
    """The lab cannot do something; the message says what, why and the way out."""


def run(*command: str | Path, stdin: str = "", check: bool = True) -> str:
    """What a command prints. A failure is a LabError with the command and what it complained about."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(words, input=stdin, capture_output=True, text=True)
    except FileNotFoundError as missing:
        raise LabError(
            f"{words[0]} is not installed: `make up` installs it, or see local/lab/packages.txt"
        ) from missing
    if check and done.returncode:
        raise LabError(f"`{shlex.join(words)}` failed with exit {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def within(namespace: Path) -> Sequence[str]:
    """The words that put a command into a network namespace, and change nothing else about it."""
    return ("nsenter", f"--net={namespace}", "--")
