"""One customer between two trees: hosts, ports, sizes, certificate, and the keys behind all of it."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ops.diff import certificate, ports
from ops.diff.hosts import Change, HostChange, changes
from ops.diff.operations import Kind, Operation, operations
from ops.diff.ports import Port
from ops.diff.verdict import Verdict
from ops.plan import Plan
from ops.stack_file import StackFile

EMPTY: Plan = {"resources": [], "outputs": {}, "warnings": [], "notes": []}
LONGEST = 60
"""Characters of a value that a report repeats; what is longer is a certificate, and no news to anybody."""


@dataclass(frozen=True, kw_only=True)
class CustomerChange:
    """What changes for one customer. `refused` are protected resources that would go: the engine stops at them."""

    stack: str
    verdict: Verdict
    hosts: tuple[HostChange, ...] = ()
    opened: tuple[Port, ...] = ()
    closed: tuple[Port, ...] = ()
    certificate: tuple[str, ...] = ()
    keys: tuple[Change, ...] = ()
    resources: dict[str, list[str]] | None = None
    refused: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        return bool(self.verdict is not Verdict.NOTHING or self.keys or self.resources or self.notes)


def between(stack: str, base: Plan | None, head: Plan | None, keys: Iterable[Change]) -> CustomerChange:
    """The change from one plan to another; None for a customer who is not there on that side."""
    old, new = base or EMPTY, head or EMPTY
    found = operations(old, new)
    hosts = tuple(changes(old, new, found))
    before, after = ports.opened(old), ports.opened(new)
    return CustomerChange(
        stack=stack,
        verdict=max((each.verdict for each in hosts), key=lambda each: each.rank, default=Verdict.NOTHING),
        hosts=hosts,
        opened=tuple(sorted(_without(after, before))),
        closed=tuple(sorted(_without(before, after))),
        certificate=tuple(certificate.sentences(old, new, found)),
        keys=tuple(keys),
        resources=_resources(found),
        # A file that goes deletes nothing, so the engine has nothing to refuse.
        refused=tuple(sorted(each.name for each in found if each.refused and head is not None)),
        notes=tuple(_notes(base, head, found)),
    )


def unknown(stack: str, problems: Iterable[str], keys: Iterable[Change]) -> CustomerChange:
    """A customer of whom no plan can be made on one of the sides."""
    return CustomerChange(stack=stack, verdict=Verdict.UNKNOWN, keys=tuple(keys), problems=tuple(problems))


def _without(these: set[Port], those: set[Port]) -> list[Port]:
    """Ports of the one that are not in the other; another wording of the purpose is no other port."""

    def what(each: Port) -> tuple[Any, ...]:
        return (each.role, each.direction, each.protocol, each.first, each.last, each.peer)

    known = {what(each) for each in those}
    return [each for each in these if what(each) not in known]


def _resources(found: Iterable[Operation]) -> dict[str, list[str]]:
    by_kind: dict[str, list[str]] = {}
    for each in sorted(found, key=lambda each: each.name):
        by_kind.setdefault(each.kind.value, []).append(each.name)
    return by_kind


def _notes(base: Plan | None, head: Plan | None, found: list[Operation]) -> Iterator[str]:
    if head is None:
        yield "the stack file goes: what it deployed stays until `pulumi destroy`, for which the file is needed"
        return
    for each in found:
        if each.type == "aws:ec2/eip:Eip" and each.kind in (Kind.REPLACE, Kind.DELETE) and base is not None:
            yield f"{each.name} goes: the public address changes, and DNS records have to follow"
    if base is not None:
        yield from _images(base, head, found)
    known = {*base["warnings"], *base["notes"]} if base else set()
    yield from (each for each in (*head["warnings"], *head["notes"]) if each not in known)


def _images(base: Plan, head: Plan, found: list[Operation]) -> Iterator[str]:
    """An image that changes for a host that stays has no effect, which is meant and worth a word."""
    touched = {each.name for each in found if each.kind is not Kind.UPDATE}
    old = {each["name"]: each["inputs"].get("ami") for each in base["resources"]}
    for each in head["resources"]:
        before, after = old.get(each["name"]), each["inputs"].get("ami")
        if before and after and before != after and each["name"] not in touched:
            yield f"{each['name']}: image {after} instead of {before} counts when the host is rebuilt, and not before"


def key_changes(base: StackFile | None, head: StackFile | None) -> list[Change]:
    """The keys of the stack file that are other ones, secrets without their values."""
    if not (base and head):
        return []
    old, new = dict(_flat(base)), dict(_flat(head))
    return [
        Change(what=key, before=_short(old.get(key)), after=_short(new.get(key), another=key in old))
        for key in sorted({*old, *new})
        if old.get(key) != new.get(key)
    ]


def _flat(file: StackFile) -> Iterator[tuple[str, Any]]:
    secrets = set(file.encrypted.values())

    def walk(path: str, value: Any) -> Iterator[tuple[str, Any]]:
        if isinstance(value, dict) and value:
            for key, each in value.items():
                yield from walk(f"{path}.{key}", each)
        else:
            yield path, _Hidden(value) if isinstance(value, str) and value in secrets else value

    for key, text in file.values.items():
        yield from walk(key, _value(text))


@dataclass(frozen=True)
class _Hidden:
    """A secret: equal to itself, and not to be shown."""

    stand_in: str


def _value(text: str) -> Any:
    if not text.startswith(("{", "[")):
        return text
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _short(value: Any, *, another: bool = False) -> str:
    match value:
        case None:
            return "not set"
        case _Hidden():
            return "[another secret]" if another else "[secret]"
        case list():
            return ", ".join(map(str, value)) or "none"
    text = str(value)
    return text if len(text) <= LONGEST and "\n" not in text else f"[{'another' if another else 'a'} long text]"
