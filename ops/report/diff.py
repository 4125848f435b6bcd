"""A difference on a terminal."""

from rich.markup import escape

from ops.diff.estate import Difference
from ops.diff.verdict import Verdict
from ops.report import words
from ops.screen import counted, out

COLORS = {Verdict.NOTHING: "green", Verdict.NEW: "green", Verdict.UPDATE: "green", Verdict.RERUN: "yellow"}
MARKS = {"opened": "green", "closed": "red", "problem": "red", "refused": "red", "note": "yellow"}


def show(difference: Difference) -> None:
    """Customers with their changes, the worst first; those with the same changes together."""
    for names, change in words.grouped(difference.customers):
        color = COLORS.get(change.verdict, "red")
        out.print(f"[bold]{escape(', '.join(names))}[/bold]  [{color}]{escape(words.headline(change))}[/{color}]")
        for line in words.lines(change):
            mark = MARKS.get(line.about, "dim")
            out.print(f"  [{mark}]{line.about:<11}[/{mark}] {escape(line.text)}")
        out.print()
    for note in difference.notes:
        out.print(f"[yellow]{escape(note)}[/yellow]")
    sides = f"{difference.base} → {difference.head}"
    changed = counted(len(difference.customers), "customer")
    out.print(f"{escape(sides)}: {changed} with changes, {difference.same} without")
