"""Property values as Python values: what the engine sends as a Struct, and back.

Plain values are None, bool, int, float, str, list and dict. Two things have no plain form: a value that is
not known yet (`UNKNOWN`) and a secret (`Secret(value)`). Assets and archives are `Asset` and `Archive`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from google.protobuf.struct_pb2 import ListValue, NullValue, Struct, Value

Property: TypeAlias = Any
"""The value of one property."""

Values = dict[str, Property]

_KIND: Final = "4dabf18193072939515e22adb298388d"
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"
_ASSET: Final = "c44067f5952c0a294b673a41bacd8c17"
_ARCHIVE: Final = "0def7320c3a5731c473e5ecbe6d01bc7"
_OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_UNKNOWN_TEXT: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_UNKNOWN_TEXTS: Final = frozenset(
    {
        _UNKNOWN_TEXT,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # boolean
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # list
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)


class Unknown:
    """A value that will be known when the resource it comes from exists."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


@dataclass(frozen=True)
class Secret:
    """A value that the engine keeps encrypted; it never shows in text."""

    value: Property

    def __repr__(self) -> str:
        return "Secret(...)"


@dataclass(frozen=True)
class Asset:
    """One file: by its text, its path or its address."""

    text: str | None = None
    path: str | None = None
    uri: str | None = None
    hash: str = ""


@dataclass(frozen=True)
class Archive:
    """Several files: by name, by path (a folder, .zip, .tar, .tar.gz) or by address."""

    assets: Mapping[str, Property] | None = None
    path: str | None = None
    uri: str | None = None
    hash: str = ""


def bare(value: Property) -> Property:
    """The value without secret marks, at any depth."""
    if isinstance(value, Secret):
        return bare(value.value)
    if isinstance(value, dict):
        return {key: bare(item) for key, item in value.items()}
    if isinstance(value, list):
        return [bare(item) for item in value]
    return value


def is_secret(value: Property) -> bool:
    """Whether the value is secret or holds a secret."""
    if isinstance(value, Secret):
        return True
    if isinstance(value, dict):
        return any(is_secret(item) for item in value.values())
    return isinstance(value, list) and any(is_secret(item) for item in value)


def is_known(value: Property) -> bool:
    """Whether nothing in the value is still unknown."""
    if isinstance(value, Secret):
        return is_known(value.value)
    if isinstance(value, dict):
        return all(is_known(item) for item in value.values())
    if isinstance(value, list):
        return all(is_known(item) for item in value)
    return value is not UNKNOWN


def read(struct: Struct) -> Values:
    """Properties as they came from the engine; a property that is null is absent."""
    return {name: value for name in sorted(struct.fields) if (value := _read(struct.fields[name])) is not None}


def write(values: Mapping[str, Property]) -> Struct:
    """Properties as the engine reads them."""
    return Struct(fields={name: _write(value) for name, value in values.items()})


def _read(value: Value) -> Property:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return UNKNOWN if value.string_value in _UNKNOWN_TEXTS else value.string_value
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "bool_value":
        return value.bool_value
    if kind == "list_value":
        return [_read(item) for item in value.list_value.values]
    if kind == "struct_value":
        return _read_object(value.struct_value)
    return None


def _read_object(struct: Struct) -> Property:
    values = read(struct)
    mark = values.pop(_KIND, None)
    if mark is None:
        return values
    if mark == _SECRET:
        return Secret(values.get("value"))
    if mark == _OUTPUT:
        inner = values.get("value", UNKNOWN)
        return Secret(inner) if values.get("secret") else inner
    if mark in (_ASSET, _ARCHIVE):
        return (Asset if mark == _ASSET else Archive)(**values)
    raise ValueError(f"a value of the kind {mark} is not understood by this stand-in")


def _write(value: Property) -> Value:
    if value is None:
        return Value(null_value=NullValue.NULL_VALUE)
    if value is UNKNOWN:
        return Value(string_value=_UNKNOWN_TEXT)
    if isinstance(value, bool):
        return Value(bool_value=value)
    if isinstance(value, int | float):
        return Value(number_value=value)
    if isinstance(value, str):
        return Value(string_value=value)
    if isinstance(value, list | tuple):
        return Value(list_value=ListValue(values=[_write(item) for item in value]))
    if isinstance(value, Mapping):
        return Value(struct_value=write(value))
    if isinstance(value, Secret):
        return Value(struct_value=write({_KIND: _SECRET, "value": value.value}))
    if isinstance(value, Asset | Archive):
        mark = _ASSET if isinstance(value, Asset) else _ARCHIVE
        given = {name: part for name, part in vars(value).items() if part is not None}
        return Value(struct_value=write({_KIND: mark, **given}))
    raise TypeError(f"{type(value).__name__} is not a property value")
