"""YAML as the engine reads it: 1.2, in which `yes` is a text and 12:30 no number, and each key stands there once."""

import re
from typing import Any

import yaml

BOOLEAN = re.compile(r"true|True|TRUE|false|False|FALSE")
NOTHING = re.compile(r"~|null|Null|NULL|")
INTEGER = re.compile(r"[-+]?(0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*)")
FRACTION = re.compile(r"[-+]?(\.[0-9]+|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
ENDLESS = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


PLAIN = "plain"
"""The tag that a value without quotes and without a tag gets here."""


class Reader(yaml.SafeLoader):
    """Plain values as the engine's YAML library resolves them, and mappings without doubled keys."""

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> str:
        if kind is yaml.ScalarNode and implicit[0]:
            return "tag:yaml.org,2002:merge" if value == "<<" else PLAIN
        return str(super().resolve(kind, value, implicit))  # type: ignore[no-untyped-call]


def _scalar(loader: Reader, node: yaml.ScalarNode) -> Any:
    text = str(loader.construct_scalar(node))
    if NOTHING.fullmatch(text):
        return None
    if BOOLEAN.fullmatch(text):
        return text.lower() == "true"
    if DATE.fullmatch(text):
        return f"{text} 00:00:00 +0000 UTC"
    if ENDLESS.fullmatch(text):
        raise yaml.constructor.ConstructorError(None, None, f"{text} is no number that JSON has", node.start_mark)
    if FRACTION.fullmatch(text) or INTEGER.fullmatch(text):
        return _number(text)
    return text


def _number(text: str) -> int | float:
    digits = text.replace("_", "")
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
    return float(digits)


def _mapping(loader: Reader, node: yaml.MappingNode) -> dict[str, Any]:
    seen: dict[str, int] = {}
    for key, _ in node.value:
        line = key.start_mark.line + 1
        if key.value in seen:
            raise yaml.constructor.ConstructorError(
                None, None, f"{key.value} stands there twice, first in line {seen[key.value]}", key.start_mark
            )
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


Reader.add_constructor(PLAIN, _scalar)
Reader.add_constructor("tag:yaml.org,2002:map", _mapping)
Reader.add_constructor(None, _anything)


def read(text: str) -> Any:
    """The document of a text. Raises yaml.YAMLError."""
    return yaml.load(text, Loader=Reader)  # noqa: S506 - a safe loader of our own
