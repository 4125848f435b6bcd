"""A change in lines, for the terminal and for pull requests alike: a mark, and what it is about."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ops.diff.customer import CustomerChange
from ops.diff.hosts import HostChange
from ops.diff.ports import Port
from ops.diff.verdict import Verdict

MANY = 6
"""Resources of one kind that are named; JSON has them all."""


@dataclass(frozen=True)
class Line:
    """One thing that changes: the heading that it stands under, and the sentence."""

    about: str
    text: str


def verdict(host: HostChange) -> str:
    """A host's verdict with the phase from which its bootstrap runs again."""
    if host.verdict is Verdict.RERUN:
        first = host.phases[0]
        return f"re-run of phase {first.number} ({first.name})" + (" and later ones" if host.phases[1:] else "")
    return host.verdict.text


def headline(change: CustomerChange) -> str:
    """The verdict of a customer in one line."""
    if change.problems:
        return "cannot be planned"
    hosts = [f"{each.role}: {verdict(each)}" for each in change.hosts if each.verdict is not Verdict.NOTHING]
    refused = " (the engine refuses: protected)" if change.refused else ""
    return ("; ".join(hosts) or "no host is touched") + refused


def lines(change: CustomerChange) -> Iterator[Line]:
    """Everything about a customer, what a person must know first."""
    for each in change.problems:
        yield Line("problem", each)
    for each in change.refused:
        yield Line("refused", f"{each} is protected and would go: unprotect it first, if that is meant")
    for host in change.hosts:
        yield from (Line("size", f"{host.role}: {each.what} {each.before} → {each.after}") for each in host.sizes)
        if host.phases and host.verdict is not Verdict.NEW:
            again = ", ".join(f"{each.number} {each.name}" for each in host.phases)
            yield Line("phases", f"{host.role} runs again: {again}")
    yield from (Line("opened", port(each)) for each in change.opened)
    yield from (Line("closed", port(each)) for each in change.closed)
    yield from (Line("certificate", each) for each in change.certificate)
    yield from (Line("note", each) for each in change.notes)
    yield from (Line("key", f"{each.what}: {each.before} → {each.after}") for each in change.keys)
    for kind, names in (change.resources or {}).items():
        more = f" and {len(names) - MANY} more" if len(names) > MANY else ""
        yield Line(kind, ", ".join(names[:MANY]) + more)


def port(each: Port) -> str:
    """`messaging tcp 22 from 203.0.113.0/28: SSH (IG 3.1.2, Admin Networks)`."""
    return f"{each.role} {each.protocol} {each.ports} {each.direction} {each.peer}: {each.purpose}"


def grouped(changes: Sequence[CustomerChange]) -> list[tuple[list[str], CustomerChange]]:
    """Customers for whom the very same changes, together: a change of the program is one change."""
    groups: list[tuple[list[str], CustomerChange]] = []
    for each in changes:
        for names, first in groups:
            if replace(first, stack="") == replace(each, stack=""):
                names.append(each.stack)
                break
        else:
            groups.append(([each.stack], each))
    return groups
