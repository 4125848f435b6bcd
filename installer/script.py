"""Renders a phase: values first, then the functions that all phases share, then the phase's own bash."""

import shlex
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from installer.phase import Phase

_BASH = Path(__file__).parent / "bash"


@cache
def _text(name: str) -> str:
    return (_BASH / f"{name}.sh").read_text(encoding="utf-8")


def render(phase: Phase, values: Mapping[str, str]) -> str:
    """The whole script of a phase, for the standard input of `bash -s`.

    Values become read-only shell variables, never part of a command line; a secret among them makes the text a
    secret, which is the caller's to mark. The phase is a function and its input is closed, so that nothing that
    it starts can eat the rest of the script or wait for an answer.

    Raises ValueError for a value with a NUL byte, which no shell variable can hold.
    """
    for name, value in values.items():
        if "\0" in value:
            raise ValueError(f"{name} holds a NUL byte, which bash cannot carry; encode it")
    declared = "".join(f"readonly {name}={shlex.quote(value)}\n" for name, value in sorted(values.items()))
    body = "\n".join(_text(each) for each in phase.scripts)
    return (
        f"readonly PHASE={phase.name} LIMIT={phase.limit} LOCK={phase.lock}\n{declared}{_text('prelude')}\n"
        f"main() {{\n{body}\n}}\nmain </dev/null; finish; exit 0\n"
    )
