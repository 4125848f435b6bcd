"""What changed between the old inputs and the new ones, field by field, and what of it replaces."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from local.plugins.schema import Field, ListOf, MapOf, Object, Scalar, Type
from local.plugins.values import Property, is_known


@dataclass(frozen=True)
class Change:
    """One property that differs, by the engine's path: `tags["a.b"]`, `block.part`, `ids[0]`."""

    path: str
    kind: Literal["add", "delete", "update"]
    replaces: bool

    @property
    def top(self) -> str:
        """The name of the input that holds it."""
        return self.path.replace("[", ".").split(".")[0]


def changes(
    fields: Iterable[Field],
    old: Mapping[str, Property],
    new: Mapping[str, Property],
    path: str = "",
    replaces: bool = False,
) -> Iterator[Change]:
    """Plain values in (no secret marks). What is not known yet counts as changed, as in real plugins."""
    for field in fields:
        before, after = old.get(field.name), new.get(field.name)
        if after is None and field.computed:
            continue
        if field.same and None not in (before, after) and is_known(after) and field.same(before, after):
            continue
        where = f"{path}.{field.name}" if path else field.name
        yield from difference(field.type, before, after, where, replaces or field.replaces)


def difference(kind: Type, before: Property, after: Property, path: str, replaces: bool) -> Iterator[Change]:
    """The changes of one value."""
    if before == after:
        return
    if isinstance(kind, ListOf) and kind.unordered and _same_entries(before, after):
        return
    if before is None or after is None:
        yield Change(path, "add" if before is None else "delete", replaces or _inner_replaces(kind))
    elif isinstance(kind, Object) and isinstance(before, dict) and isinstance(after, dict):
        yield from changes(kind.fields, before, after, path, replaces)
    elif isinstance(kind, MapOf) and isinstance(before, dict) and isinstance(after, dict):
        for key in {**before, **after}:
            where = f"{path}.{key}" if key.isidentifier() else f'{path}["{key}"]'
            yield from difference(kind.item, before.get(key), after.get(key), where, replaces)
    elif isinstance(kind, ListOf) and isinstance(before, list) and isinstance(after, list):
        for index in range(max(len(before), len(after))):
            old, new = (entries[index] if index < len(entries) else None for entries in (before, after))
            yield from difference(kind.item, old, new, f"{path}[{index}]", replaces)
    else:
        yield Change(path, "update", replaces)


def _inner_replaces(kind: Type) -> bool:
    """Whether a whole block that appears or goes has a part whose change makes a new resource."""
    if isinstance(kind, Object):
        return any(field.replaces or _inner_replaces(field.type) for field in kind.fields)
    return not isinstance(kind, Scalar) and _inner_replaces(kind.item)


def _same_entries(before: Property, after: Property) -> bool:
    if not isinstance(before, list) or not isinstance(after, list):
        return False
    return sorted(before, key=repr) == sorted(after, key=repr)
