"""When a fault happens: by what the engine prints, and by what the host notes."""

from collections.abc import Callable

from tests.faults.scene import BOOTSTRAPS, Watched

Moment = Callable[[Watched], bool]


def start(phase: str, host: str = "messaging") -> Moment:
    """The engine has just said that it begins a phase."""
    return lambda run: f" {_name(phase, host)} creating" in run.text


def middle(phase: str, host: str = "messaging") -> Moment:
    """The host has noted that it is at work on it."""
    if phase == "health":  # it runs where Pulumi does
        return start(phase)
    return lambda run: f" {phase} begins" in run.scene.notes(host)


def end(phase: str, host: str = "messaging") -> Moment:
    """The host is done with it, whether or not the engine knows."""
    if phase == "health":
        return lambda run: f" {_name(phase, host)} created" in run.text
    return lambda run: f" {phase} done in" in run.scene.notes(host)


ALL = {"start": start, "middle": middle, "end": end}
"""Of every phase."""


def deep(phase: str, note: str) -> Moment:
    """A phase has noted something of its own."""
    return lambda run: any(f" {phase} {note}" in line for line in run.scene.notes().splitlines())


def _name(phase: str, host: str) -> str:
    """What a phase is called in the stack: one that runs beside the others is no part of the bootstrap."""
    return f"{host}-tells-vitals" if phase == "vitals" else f"{BOOTSTRAPS[host]}-{phase}"
