"""What an update would do with each resource, from two plans: what differs, and what follows from it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ops.diff import rules
from ops.plan import Plan
from ops.sdk import declared_outputs

Resource = Mapping[str, Any]


class Kind(StrEnum):
    """An operation in the engine's words."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"


@dataclass(frozen=True, kw_only=True)
class Operation:
    """What is done with one resource, and the paths of the inputs for which it is done.

    `refused` says that the engine will not do it: the resource is protected and would go.
    """

    kind: Kind
    resource: Resource
    paths: tuple[str, ...] = ()
    refused: bool = False

    @property
    def name(self) -> str:
        return str(self.resource["name"])

    @property
    def type(self) -> str:
        return str(self.resource["type"])


def operations(base: Plan, head: Plan) -> list[Operation]:
    """Every resource that does not stay as it is. A change of a component is a change of what it consists of."""
    before, after = _by_name(base), _by_name(head)
    gone = [_going(each) for name, each in before.items() if name not in after]
    retyped = [_going(each) for name, each in before.items() if name in after and not _same_type(each, after[name])]
    providers = [each for each in after.values() if each["type"] == rules.PROVIDER]
    done: dict[str, Operation] = {}
    for each in _in_order(providers, after):
        found = _operation(before.get(each["name"]), each, done)
        if found:
            done[found.name] = found
    return [*gone, *retyped, *done.values()]


def _by_name(plan: Plan) -> dict[str, Resource]:
    """Resources of providers, by name: components are not more than their parts."""
    return {each["name"]: each for each in plan["resources"] if not each["type"].startswith("wickr:")}


def _same_type(one: Resource, other: Resource) -> bool:
    return bool(one["type"] == other["type"])


def _going(resource: Resource) -> Operation:
    return Operation(kind=Kind.DELETE, resource=resource, refused=bool(resource["options"].get("protect")))


def _in_order(providers: list[Resource], resources: Mapping[str, Resource]) -> Iterator[Resource]:
    """Each after all that it depends on; providers first."""
    seen: set[str] = set()

    def visit(each: Resource) -> Iterator[Resource]:
        if each["name"] in seen:
            return
        seen.add(each["name"])
        for name in each["dependsOn"]:
            if name in resources:
                yield from visit(resources[name])
        yield each

    for each in (*providers, *resources.values()):
        yield from visit(each)


def _operation(old: Resource | None, new: Resource, done: Mapping[str, Operation]) -> Operation | None:
    if old is None or not _same_type(old, new):
        return Operation(kind=Kind.CREATE, resource=new)
    ignored = set(new["options"].get("ignoreChanges", []))
    paths = [
        path for path in _differences(old["inputs"], new["inputs"]) if not {path, path.partition(".")[0]} & ignored
    ]
    # Of a block it is known that something comes from a new resource, and not what: what is ignored of it, then.
    blocks = {path.partition(".")[0] for path in ignored}
    paths += [path for path in _from_new_resources(new, done) if path not in (*blocks, *paths)]
    own = new["options"].get("replaceOnChanges", [])
    provider, outputs = _provider(new, done), declared_outputs(new["type"])
    if rules.REGION in provider and rules.REGION in outputs:
        paths.append(rules.REGION)
    if any(rules.replaces(new["type"], path, own) for path in paths):
        protected = bool(old["options"].get("protect"))
        return Operation(kind=Kind.REPLACE, resource=new, paths=tuple(paths), refused=protected)
    if rules.DEFAULT_TAGS in provider and "tagsAll" in outputs:
        paths.append("tagsAll")
    return Operation(kind=Kind.UPDATE, resource=new, paths=tuple(paths)) if paths else None


def _provider(resource: Resource, done: Mapping[str, Operation]) -> set[str]:
    """The inputs of the stack's own provider that change, for a resource of it."""
    if not resource["type"].startswith("aws:"):
        return set()
    return {path.partition(".")[0] for each in done.values() if each.type == rules.PROVIDER for path in each.paths}


def _from_new_resources(resource: Resource, done: Mapping[str, Operation]) -> Iterator[str]:
    """Inputs that come from a resource which is made anew: nobody knows yet what it will be."""
    for key, names in resource["inputsFrom"].items():
        if any(name in done and done[name].kind in (Kind.CREATE, Kind.REPLACE) for name in names):
            yield key


def _differences(old: Mapping[str, Any], new: Mapping[str, Any], above: str = "") -> Iterator[str]:
    for key in sorted({*old, *new}):
        one, other, path = old.get(key), new.get(key), f"{above}{key}"
        if isinstance(one, dict) and isinstance(other, dict):
            yield from _differences(one, other, f"{path}.")
        elif one != other:
            yield path
