"""YAML as the engine reads it: 1.2, in which `yes` is a text and 12:30 no number, and each key stands there once."""

import math
import re
from typing import Any

import yaml

BOOLEAN = re.compile(r"true|True|TRUE|false|False|FALSE")
NOTHING = re.compile(r"~|null|Null|NULL|")
INTEGER = re.compile(r"[-+]?(0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*)")
FRACTION = re.compile(r"[-+]?(\.[0-9]+|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
ENDLESS = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


TAGS = ("int", "float", "bool", "timestamp", "binary", "set", "omap", "pairs")
"""What YAML can be told to make of a value, `!!set` for one, and no stack needs."""

PLAIN = "plain"
"""The tag that a value without quotes and without a tag gets here."""


class Reader(yaml.SafeLoader):
    """Plain values as the engine's YAML library resolves them, and mappings without doubled keys."""

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> str:
        if kind is yaml.ScalarNode and implicit[0]:
            return "tag:yaml.org,2002:merge" if value == "<<" else PLAIN
        return str(super().resolve(kind, value, implicit))  # type: ignore[no-untyped-call]


def _wrong(node: yaml.Node, what: str) -> yaml.constructor.ConstructorError:
    """What is wrong, with the line that it is in."""
    return yaml.constructor.ConstructorError(None, None, what, node.start_mark)


def _scalar(loader: Reader, node: yaml.ScalarNode) -> Any:
    text = str(loader.construct_scalar(node))
    if NOTHING.fullmatch(text):
        return None
    if BOOLEAN.fullmatch(text):
        return text.lower() == "true"
    if DATE.fullmatch(text):
        return f"{text} 00:00:00 +0000 UTC"
    if ENDLESS.fullmatch(text):
        raise _wrong(node, f"{text} is no number that JSON has")
    digits = text.replace("_", "")
    if not all(FRACTION.fullmatch(each) or INTEGER.fullmatch(each) for each in (text, digits)):
        return text
    try:
        return _number(digits)
    except ValueError:  # hexadecimal, octal or binary, and too long for any whole number
        return text
    except OverflowError:
        raise _wrong(node, f"a number of {len(digits)} characters is none that JSON has") from None


def _number(digits: str) -> int | float:
    """Raises OverflowError for a number that no computer has."""
    if INTEGER.fullmatch(digits):
        octal = re.fullmatch(r"([-+]?)0([0-7]+)", digits)
        if octal:
            return int(octal[1] + octal[2], 8)
        try:
            whole = int(digits, 0 if re.match(r"[-+]?0[box]", digits) else 10)
        except ValueError:
            whole = int(float(digits))
        if abs(whole) < 2**63:
            return whole
    number = float(digits)
    if not math.isfinite(number):
        raise OverflowError(digits)
    return number


def _mapping(loader: Reader, node: yaml.MappingNode) -> dict[str, Any]:
    if not isinstance(node, yaml.MappingNode):
        raise _wrong(node, "a group of keys is meant by its tag, and is not there")
    seen: dict[str, int] = {}
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise _wrong(key, "a key is a text, and this is a list or a group of keys")
        line = key.start_mark.line + 1
        if key.value in seen:
            raise _wrong(key, f"{key.value} stands there twice, first in line {seen[key.value]}")
        seen[str(key.value)] = line
    loader.flatten_mapping(node)  # `<<:` brings in another mapping
    return {str(key.value): loader.construct_object(value, deep=True) for key, value in node.value}


def _anything(loader: Reader, node: yaml.Node) -> Any:
    """A value under a tag of its own (`!foo 5`) is read as a text."""
    match node:
        case yaml.ScalarNode():
            return str(loader.construct_scalar(node))
        case yaml.MappingNode():
            return _mapping(loader, node)
    return loader.construct_sequence(node, deep=True)  # type: ignore[arg-type]


def _refused(loader: Reader, node: yaml.Node) -> Any:
    raise _wrong(node, f"the tag !!{node.tag.rpartition(':')[2]} is not read here; write the value without it")


Reader.add_constructor(PLAIN, _scalar)
for _tag in TAGS:
    Reader.add_constructor(f"tag:yaml.org,2002:{_tag}", _refused)
Reader.add_constructor("tag:yaml.org,2002:map", _mapping)
Reader.add_constructor(None, _anything)


def read(text: str) -> Any:
    """The document of a text. Raises yaml.YAMLError."""
    try:
        return yaml.load(text, Loader=Reader)  # noqa: S506 - a safe loader of our own
    except RecursionError:
        raise yaml.YAMLError("values are nested deeper than anybody writes them") from None
