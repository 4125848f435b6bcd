"""What an update costs each host: a verdict, the phases that run again, and its size."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from installer import phase
from ops.diff import rules
from ops.diff.operations import Kind, Operation, Resource
from ops.diff.verdict import Verdict
from ops.plan import Plan

SIZES = {"instanceType": "instance type", "rootBlockDevice.volumeSize": "disk, GiB"}
ROLE = "wickr:role"
TITLES = {each.name: each.title for each in vars(phase).values() if isinstance(each, phase.Phase)}


@dataclass(frozen=True, kw_only=True)
class Change:
    """One thing that is another one than before."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class Rerun:
    """A phase of a bootstrap that runs again: its number in the order of the phases, from 1."""

    number: int
    name: str
    title: str


@dataclass(frozen=True, kw_only=True)
class HostChange:
    """What happens to a host. `refused` are its protected resources that the engine will not let go."""

    role: str
    verdict: Verdict
    phases: tuple[Rerun, ...]
    sizes: tuple[Change, ...]
    refused: tuple[str, ...]


@dataclass(frozen=True)
class Owners:
    """Which host of a plan a resource belongs to: the one below the same component at the top, by its role."""

    roles: Mapping[str, str]
    tops: Mapping[str, str]

    @classmethod
    def of(cls, plan: Plan) -> "Owners":
        parents = {each["name"]: each["parent"] for each in plan["resources"]}
        tops = {name: _top(name, parents) for name in parents}
        hosts = [each for each in plan["resources"] if each["type"] == rules.INSTANCE]
        return cls({tops[each["name"]]: role(each) for each in hosts}, tops)

    def role(self, name: str) -> str | None:
        """The role of the host that a resource belongs to, if it belongs to one."""
        return self.roles.get(self.tops.get(name, ""))


def _top(name: str, parents: Mapping[str, str]) -> str:
    while parents.get(parents[name], "") in parents or parents[name] in parents:
        name = parents[name]
    return name


def role(instance: Resource) -> str:
    """What a host is: its tag, or its name where there is none."""
    return str(instance["inputs"].get("tags", {}).get(ROLE, instance["name"]))


def changes(base: Plan, head: Plan, operations: Iterable[Operation]) -> list[HostChange]:
    """One entry for every host of either plan, in the order of their roles."""
    old, new = Owners.of(base), Owners.of(head)
    mine: dict[str, list[Operation]] = {each: [] for each in sorted({*old.roles.values(), *new.roles.values()})}
    for each in operations:
        owner = new.role(each.name) or old.role(each.name)
        if owner:
            mine[owner].append(each)
    return [_change(name, found, base, head) for name, found in mine.items()]


def _change(name: str, found: list[Operation], base: Plan, head: Plan) -> HostChange:
    phases = tuple(_reruns(found, head))
    return HostChange(
        role=name,
        verdict=_verdict(found, base, head, name, bool(phases)),
        phases=phases,
        sizes=tuple(_sizes(_host(base, name), _host(head, name))),
        refused=tuple(sorted(each.name for each in found if each.refused and _host(head, name))),
    )


def _verdict(found: list[Operation], base: Plan, head: Plan, name: str, again: bool) -> Verdict:
    if _host(base, name) is None:
        return Verdict.NEW
    if _host(head, name) is None:
        return Verdict.REMOVED
    machines = [each for each in found if each.type == rules.INSTANCE]
    if any(each.kind is not Kind.UPDATE for each in machines):
        return Verdict.REPLACE
    if any(path.partition(".")[0] in rules.RESTARTED_BY for each in machines for path in each.paths):
        return Verdict.RESTART
    if again:
        return Verdict.RERUN
    return Verdict.UPDATE if found else Verdict.NOTHING


def _host(plan: Plan, name: str) -> Resource | None:
    found: list[Resource] = [
        each for each in plan["resources"] if each["type"] == rules.INSTANCE and role(each) == name
    ]
    return found[0] if found else None


def _reruns(found: list[Operation], head: Plan) -> Iterable[Rerun]:
    """The phases among the operations, numbered as they run."""
    resources = {each["name"]: each for each in head["resources"]}
    again = {each.name for each in found if each.type.startswith("command:") and each.kind is not Kind.DELETE}
    families = sorted({resources[name]["parent"] for name in again})
    for family in families:
        phases = _in_order([each for each in resources.values() if each["parent"] == family])
        for number, name in enumerate(phases, start=1):
            if name in again:
                short = name.removeprefix(f"{family}-")
                yield Rerun(number=number, name=short, title=TITLES.get(short, short))


def _in_order(commands: list[Resource]) -> list[str]:
    """Each phase waits for the one before, so the number of phases behind it is its place."""
    waits = {each["name"]: set(each["dependsOn"]) for each in commands if str(each["type"]).startswith("command:")}

    def behind(name: str) -> set[str]:
        direct = waits[name] & waits.keys()
        return direct.union(*(behind(each) for each in direct))

    return sorted(waits, key=lambda name: (len(behind(name)), name))


def _sizes(old: Resource | None, new: Resource | None) -> Iterable[Change]:
    if old is None or new is None:
        return
    for path, what in SIZES.items():
        before, after = _at(old["inputs"], path), _at(new["inputs"], path)
        if before != after:
            yield Change(what=what, before=str(before), after=str(after))


def _at(inputs: Mapping[str, Any], path: str) -> Any:
    for part in path.split("."):
        inputs = inputs.get(part, {})
    return inputs
