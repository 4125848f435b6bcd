"""What one sees while stacks are worked on: a live display on a terminal, plain lines anywhere else."""

import threading
import time
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from ops.fleet.outcome import Outcome, State

QUIET_SECONDS = 10.0
"""A stack is worth a line of its own when none was said about it for so long; an installation has steps of minutes."""

STOPPING = (
    "Ending: what runs ends in order, as `pulumi` does, and nothing else begins. A second Ctrl-C drops what is being "
    "done, which can leave resources behind that no state knows of."
)
COLORS = {State.DONE: "green", State.UNCHANGED: "green", State.FAILED: "red", State.REFUSED: "red"}


class Display(Protocol):
    """Hears what happens, from any thread."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def begins(self, stack: str, doing: str) -> None: ...
    def step(self, stack: str, done: int, name: str) -> None: ...
    def ends(self, outcome: Outcome) -> None: ...
    def says(self, sentence: str) -> None: ...


def line(outcome: Outcome) -> str:
    """An outcome in one line, marked up."""
    color = COLORS.get(outcome.state, "yellow")
    seconds = f" [dim]({outcome.seconds:.0f} s)[/dim]" if outcome.seconds else ""
    return f"{escape(outcome.stack)}: [{color}]{outcome.state}[/{color}], {escape(outcome.sentence)}{seconds}"


class Lines:
    """One line when a stack begins and ends, and when it is at something new after a while."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._said: dict[str, float] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def begins(self, stack: str, doing: str) -> None:
        self._say(stack, f"{stack}: {doing}")

    def step(self, stack: str, done: int, name: str) -> None:
        if time.monotonic() - self._said.get(stack, 0.0) > QUIET_SECONDS:
            self._say(stack, f"{stack}: at {name}, {done} done")

    def ends(self, outcome: Outcome) -> None:
        self._console.print(line(outcome))

    def says(self, sentence: str) -> None:
        self._console.print(sentence, markup=False)

    def _say(self, stack: str, text: str) -> None:
        with self._lock:
            self._said[stack] = time.monotonic()
            self._console.print(text, markup=False)


class Live:
    """A row for each stack that is being worked on; what has ended moves up and stays."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("[bold]{task.fields[stack]}[/bold]"),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._rows: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def begins(self, stack: str, doing: str) -> None:
        self._rows[stack] = self._progress.add_task(doing, total=None, stack=escape(stack))

    def step(self, stack: str, done: int, name: str) -> None:
        self._progress.update(self._rows[stack], description=f"{done} done, at {escape(name)}", refresh=True)

    def ends(self, outcome: Outcome) -> None:
        row = self._rows.pop(outcome.stack, None)
        if row is not None:
            self._progress.remove_task(row)
        self._progress.console.print(line(outcome))

    def says(self, sentence: str) -> None:
        self._progress.console.print(sentence, style="yellow", markup=False)


def display(console: Console) -> Display:
    """What fits the console."""
    return Live(console) if console.is_terminal else Lines(console)
