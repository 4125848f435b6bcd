"""When a fault happens: by what the engine prints, and by what the host notes."""

from collections.abc import Callable

from tests.faults.scene import NAME, Watched

Moment = Callable[[Watched], bool]


def start(phase: str) -> Moment:
    """The engine has just said that it begins a phase."""
    return lambda run: f"{NAME}-{phase} creating" in run.text


def middle(phase: str) -> Moment:
    """The host has noted that it is at work on it."""
    if phase == "health":  # it runs where Pulumi does
        return start(phase)
    return lambda run: f" {phase} begins" in run.scene.notes()


def end(phase: str) -> Moment:
    """The host is done with it, whether or not the engine knows."""
    if phase == "health":
        return lambda run: f"{NAME}-{phase} created" in run.text
    return lambda run: f" {phase} done in" in run.scene.notes()


def deep(phase: str, note: str) -> Moment:
    """A phase has noted something of its own."""
    return lambda run: any(f" {phase} {note}" in line for line in run.scene.notes().splitlines())
