"""The answer of `check` on a terminal."""

from collections.abc import Sequence

from rich.markup import escape

from ops.check import Verdict
from ops.screen import counted, out


def show(verdicts: Sequence[Verdict]) -> None:
    """Each stack with its problems, then what nobody could look at, said once."""
    width = max((len(each.stack) for each in verdicts), default=0)
    for each in verdicts:
        count = len(each.problems)
        told = f"[red]{counted(count, 'problem')}[/red]" if count else "[green]ok[/green]"
        out.print(f"{escape(each.stack):<{width}}  {told}")
        for problem in each.problems:
            out.print(f"  [red]{escape(problem)}[/red]")
        for warning in each.warnings:
            out.print(f"  [yellow]{escape(warning)}[/yellow]")
    _unchecked(verdicts)
    wrong = sum(bool(each.problems) for each in verdicts)
    if len(verdicts) > 1:
        out.print(f"\n{counted(len(verdicts), 'stack')}, {wrong} with problems")


def _unchecked(verdicts: Sequence[Verdict]) -> None:
    stacks: dict[str, list[str]] = {}
    for each in verdicts:
        for sentence in each.unchecked:
            stacks.setdefault(sentence, []).append(each.stack)
    for sentence, names in stacks.items():
        where = "every stack" if len(names) == len(verdicts) > 1 else ", ".join(names)
        out.print(f"[dim]{escape(sentence)} ({escape(where)})[/dim]")
