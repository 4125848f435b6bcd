"""What a resource takes: named fields with types, and the sentences that say what is wrong with a value."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches

from local.plugins.values import UNKNOWN, Archive, Asset, Property, Secret, Values, bare, is_known

Complaint = Callable[[Property], str | None]
"""Looks at a known value and says what is wrong with it, or nothing: 'must be …, not …'."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, and where."""

    path: str
    text: str

    def __str__(self) -> str:
        return f"{self.path} {self.text}" if self.path else self.text


@dataclass(frozen=True)
class Scalar:
    """A value without parts."""

    noun: str
    classes: tuple[type, ...]
    check: Complaint | None = None

    def checked(self, check: Complaint) -> "Scalar":
        """The same type with a check on its values."""
        return replace(self, check=check)

    def accepts(self, value: Property) -> bool:
        """Whether the value is of this type; a boolean is no number."""
        if isinstance(value, bool):
            return bool in self.classes
        return isinstance(value, self.classes)


STRING = Scalar("a string", (str,))
INTEGER = Scalar("a whole number", (int,))
NUMBER = Scalar("a number", (int, float))
BOOLEAN = Scalar("true or false", (bool,))
ANYTHING = Scalar("anything", (object, bool))
ASSET = Scalar("a file", (Asset,))
ASSET_OR_ARCHIVE = Scalar("a file or an archive", (Asset, Archive))


@dataclass(frozen=True)
class ListOf:
    """A list; `unordered` where the order carries no meaning (the real plugin's sets)."""

    item: "Type"
    unordered: bool = False
    at_most: int | None = None


@dataclass(frozen=True)
class MapOf:
    """Free keys, one type of value."""

    item: "Type"


@dataclass(frozen=True)
class Field:
    """One named input.

    - `default` is filled in by the check.
    - `replaces`: a change makes a new resource.
    - `computed`: the service fills it in when it is not given, so taking it away changes nothing.
    - `named`: the plugin invents `<resource>-<7 hex digits>` when it is not given.
    - `secret`: kept secret whatever the program says.
    - `check` says what is wrong with a value; `same` says that two values mean the same.
    """

    name: str
    type: "Type" = STRING
    required: bool = False
    default: Property = None
    replaces: bool = False
    computed: bool = False
    secret: bool = False
    named: bool = False
    check: Complaint | None = None
    same: Callable[[Property, Property], bool] | None = None


@dataclass(frozen=True)
class Object:
    """Named parts. `unimplemented` are parts that the real plugin has and the stand-in does not."""

    fields: tuple[Field, ...]
    unimplemented: frozenset[str] = frozenset()


Type = Scalar | ListOf | MapOf | Object
Rule = Callable[[Mapping[str, Property]], Iterable[Problem]]
"""A check across fields. It sees plain values; what is not known yet is UNKNOWN."""


def unexpected(name: str, known: Iterable[str], real: Iterable[str], path: str = "") -> Problem:
    """Why a name is refused: the real plugin has it and the stand-in not, or nobody has it."""
    where = f"{path}.{name}" if path else name
    if name in real:
        return Problem(where, "is an argument of the real plugin that this stand-in does not implement")
    near = get_close_matches(name, [*known, *real], n=1)
    return Problem(where, "is no argument" + (f"; did you mean {near[0]}?" if near else ""))


def problems(kind: Type, value: Property, path: str, hidden: bool = False) -> Iterator[Problem]:
    """Everything that is wrong with a value; parts that are not known yet are taken on trust."""
    if isinstance(value, Secret):
        value, hidden = value.value, True
    if value is UNKNOWN:
        return
    if isinstance(kind, Scalar):
        if not kind.accepts(value):
            yield Problem(path, f"must be {kind.noun}, not {_shown(value, hidden)}")
        elif kind.check is not None:
            yield from _complaint(kind.check, value, path, hidden)
    elif isinstance(kind, ListOf):
        if not isinstance(value, list):
            yield Problem(path, f"must be a list, not {_shown(value, hidden)}")
            return
        if kind.at_most is not None and len(value) > kind.at_most:
            yield Problem(path, f"must have at most {kind.at_most} entries, not {len(value)}")
        for index, item in enumerate(value):
            yield from problems(kind.item, item, f"{path}[{index}]", hidden)
    elif not isinstance(value, dict):
        yield Problem(path, f"must be a map of names to values, not {_shown(value, hidden)}")
    elif isinstance(kind, MapOf):
        for key, item in value.items():
            yield from problems(kind.item, item, f"{path}.{key}", hidden)
    else:
        yield from fields_problems(kind.fields, value, path, kind.unimplemented, hidden)


def fields_problems(
    fields: Iterable[Field],
    values: Mapping[str, Property],
    path: str = "",
    real: Iterable[str] = (),
    hidden: bool = False,
) -> Iterator[Problem]:
    """The same for named parts: names that nobody has, values that are missing, values that are wrong."""
    by_name = {field.name: field for field in fields}
    for name in values:
        if name not in by_name and not name.startswith("__"):
            yield unexpected(name, by_name, real, path)
    for field in by_name.values():
        where = f"{path}.{field.name}" if path else field.name
        value = values.get(field.name)
        if value is None:
            if field.required:
                yield Problem(where, "is required")
            continue
        veiled = hidden or field.secret or isinstance(value, Secret)
        found = list(problems(field.type, value, where, veiled))
        yield from found
        if not found and field.check is not None and is_known(value):
            yield from _complaint(field.check, value, where, veiled)


def with_defaults(fields: Iterable[Field], values: Mapping[str, Property]) -> Values:
    """The values as given, and the default of each field that was not given, in nested parts too."""
    filled = dict(values)
    for field in fields:
        value = filled.get(field.name)
        if value is None and field.default is not None:
            filled[field.name] = field.default
        elif value is not None:
            filled[field.name] = _filled(field.type, value)
    return filled


def _filled(kind: Type, value: Property) -> Property:
    if isinstance(value, Secret):
        return Secret(_filled(kind, value.value))
    if isinstance(kind, Object) and isinstance(value, dict):
        return with_defaults(kind.fields, value)
    if isinstance(kind, ListOf) and isinstance(value, list):
        return [_filled(kind.item, item) for item in value]
    return value


def required(*names: str) -> Rule:
    """What the service needs although the real plugin's table leaves it open."""
    return lambda values: [Problem(name, "is required") for name in names if values.get(name) is None]


def exactly_one_of(*names: str) -> Rule:
    """One of these and not two."""

    def rule(values: Mapping[str, Property]) -> Iterator[Problem]:
        given = [name for name in names if values.get(name) is not None]
        if len(given) != 1:
            told = " and ".join(given) if given else "none"
            yield Problem("", f"exactly one of {', '.join(names)} must be given, not {told}")

    return rule


def conflict(*names: str) -> Rule:
    """At most one of these."""

    def rule(values: Mapping[str, Property]) -> Iterator[Problem]:
        given = [name for name in names if values.get(name) is not None]
        if len(given) > 1:
            yield Problem(given[0], f"cannot be given together with {' and '.join(given[1:])}")

    return rule


def one_of(*choices: Property) -> Complaint:
    """The value is one of these."""
    return lambda value: None if value in choices else f"must be one of {', '.join(map(str, choices))}, not {value}"


def between(first: int, last: int) -> Complaint:
    """The number lies in this range."""
    return lambda value: None if first <= value <= last else f"must be {first} to {last}, not {value}"


def _complaint(check: Complaint, value: Property, path: str, hidden: bool) -> Iterator[Problem]:
    text = check(bare(value))
    if text is not None:
        told = str(bare(value))
        yield Problem(path, text.replace(told, "[secret]") if hidden and told else text)


def _shown(value: Property, hidden: bool) -> str:
    noun = {
        bool: "a boolean",
        str: "the string",
        int: "the number",
        float: "the number",
        list: "a list",
        dict: "a map",
    }
    told = noun.get(type(value), f"a {type(value).__name__.lower()}")
    return f"{told} {value!r}" if told.startswith("the") and not hidden else told.replace("the", "a")
