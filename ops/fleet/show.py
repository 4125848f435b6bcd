"""A fleet on standard output: outcomes as a table, details below them, a last line that sums up."""

from collections import Counter
from collections.abc import Sequence

from rich.markup import escape
from rich.table import Table

from ops.diff.verdict import Verdict
from ops.fleet.outcome import Outcome
from ops.fleet.progress import COLORS
from ops.fleet.status import Standing
from ops.screen import counted, out


def show(outcomes: Sequence[Outcome]) -> None:
    """Every stack with what became of it, and of its hosts."""
    table = Table("stack", "", "hosts", "what", box=None)
    for each in outcomes:
        color = COLORS.get(each.state, "yellow")
        state = f"[{color}]{each.state}[/{color}]{' before' if each.before else ''}"
        table.add_row(escape(each.stack), state, escape(hosts(each)), escape(each.sentence))
    out.print(table)
    for each in outcomes:
        if each.details:
            out.print(f"\n[bold]{escape(each.stack)}[/bold]")
            for detail in each.details:
                out.print(f"  {detail}", markup=False)
    counts = Counter(each.state for each in outcomes)
    out.print(f"\n{counted(len(outcomes), 'stack')}: {', '.join(f'{n} {state}' for state, n in counts.items())}")


def show_standings(standings: Sequence[Standing]) -> None:
    """Every stack with how it stands."""
    table = Table("stack", "resources", "since", "", box=None)
    for each in standings:
        color = "yellow" if each.locked or each.updated is None else "green" if each.well else "red"
        resources = "" if each.resources is None else str(each.resources)
        table.add_row(escape(each.stack), resources, each.updated or "", f"[{color}]{escape(each.sentence)}[/{color}]")
    out.print(table)


def hosts(outcome: Outcome) -> str:
    """`messaging: restart`; nothing for hosts to which nothing happens."""
    touched = {role: each for role, each in outcome.hosts.items() if each is not Verdict.NOTHING}
    return "; ".join(f"{role}: {each.text}" for role, each in touched.items())
