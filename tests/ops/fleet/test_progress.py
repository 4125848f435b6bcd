"""What one sees while a fleet is at work."""

import io

import pytest
from rich.console import Console

from ops.fleet import progress
from ops.fleet.outcome import Outcome, State

DONE = Outcome(stack="acme", state=State.DONE, sentence="3 [created]", seconds=12.4)


def scene(display: progress.Display) -> None:
    with display:
        display.begins("acme", "updating")
        display.step("acme", 4, "messaging-replicated-install")
        display.ends(DONE)
        display.ends(Outcome(stack="globex", state=State.NOT_STARTED, sentence="acme failed"))
        display.says("Ending.")


def test_without_a_terminal_there_are_plain_lines_and_no_control_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "QUIET_SECONDS", -1.0)
    text = io.StringIO()
    scene(progress.display(Console(file=text, soft_wrap=True, highlight=False)))
    assert text.getvalue().splitlines() == [
        "acme: updating",
        "acme: at messaging-replicated-install, 4 done",
        "acme: done, 3 [created] (12 s)",
        "globex: not started, acme failed",
        "Ending.",
    ]


def test_lines_about_a_stack_do_not_come_for_every_resource() -> None:
    text = io.StringIO()
    with progress.display(Console(file=text)) as display:
        display.begins("acme", "updating")
        for number in range(50):
            display.step("acme", number, f"resource-{number}")
    assert text.getvalue().splitlines() == ["acme: updating"]


def test_on_a_terminal_what_has_ended_stays_on_the_screen() -> None:
    text = io.StringIO()
    scene(progress.display(Console(file=text, force_terminal=True, color_system=None, width=120)))
    shown = text.getvalue()
    assert "acme: done, 3 [created] (12 s)" in shown
    assert "globex: not started, acme failed" in shown
    assert "4 done, at messaging-replicated-install" in shown
