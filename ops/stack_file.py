"""A stack file without the key of its secrets: the keys as the engine hands them over, encrypted ones stood in for."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from infra.configuration import PROJECT
from infra.errors import one_line
from ops import stand_in, yaml_reader
from ops.record import Stack

LICENSE = f"{PROJECT}:license"
TOP = {"config", "encryptionsalt", "encryptedkey", "secretsprovider"}
"""What the engine reads of a stack file; anything else it ignores without a word."""


@dataclass(frozen=True, kw_only=True)
class StackFile:
    """What one stack file says. `encrypted` are the paths of its secrets with the texts that stand for them.

    `problems` are those of the file's form; with any, it holds no values.
    """

    name: str
    path: Path
    values: dict[str, str]
    secrets: tuple[str, ...]
    encrypted: dict[str, str]
    problems: tuple[str, ...] = ()

    @property
    def stack(self) -> Stack:
        return Stack(name=self.name, values=self.values, secrets=self.secrets)

    @property
    def licensed(self) -> bool:
        return LICENSE in self.values

    def completed(self) -> "StackFile":
        """The same with a stand-in for a licence that is still to come."""
        if self.licensed:
            return self
        text = stand_in.text(LICENSE, "missing")
        return StackFile(
            name=self.name,
            path=self.path,
            values={**self.values, LICENSE: text},
            secrets=(*self.secrets, LICENSE),
            encrypted={**self.encrypted, LICENSE: text},
            problems=self.problems,
        )


def read(name: str, path: Path) -> StackFile:
    """Reads a stack file; whatever is wrong with its form is in `problems`."""
    try:
        document = yaml_reader.read(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        return _broken(name, path, f"cannot be read: {error}")
    except yaml.YAMLError as error:
        return _broken(name, path, _said(error))
    if not isinstance(document, dict) or not isinstance(document.get("config") or {}, dict):
        return _broken(name, path, "is no stack file: it needs `config:` and the keys below it, see the example stack")
    problems = [_unknown(key) for key in document if key not in TOP]
    if problems:
        return _broken(name, path, *problems)
    config = {_full(key): value for key, value in (document.get("config") or {}).items()}
    values: dict[str, str] = {}
    encrypted: dict[str, str] = {}
    for key, value in config.items():
        stood_in = dict(_secrets(key, value))
        encrypted |= stood_in
        values[key] = _text(_replaced(key, value, stood_in))
    secrets = tuple(key for key in values if any(_owner(each) == key for each in encrypted))
    return StackFile(name=name, path=path, values=values, secrets=secrets, encrypted=encrypted)


def _broken(name: str, path: Path, *problems: str) -> StackFile:
    return StackFile(name=name, path=path, values={}, secrets=(), encrypted={}, problems=tuple(map(one_line, problems)))


def _unknown(key: str) -> str:
    if key == "environment":
        return "environment: comes from Pulumi ESC, which is not read here; write the keys into the stack file"
    return f"{key}: there is no such key at the top of a stack file; keys of the stack stand below `config:`"


def _said(error: yaml.YAMLError) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        return f"line {error.problem_mark.line + 1}: {error.problem}"
    return f"is no YAML: {error}"


def _full(key: str) -> str:
    """A key without namespace is the project's own."""
    return key if ":" in key else f"{PROJECT}:{key}"


def _owner(path: str) -> str:
    return path.partition(".")[0].partition("[")[0]


def _is_secret(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {"secure"} and isinstance(value["secure"], str)


def _secrets(path: str, value: Any) -> Iterator[tuple[str, str]]:
    """Each encrypted value below a key: its path, and the text that stands for it."""
    if _is_secret(value):
        yield path, stand_in.text(path, value["secure"])
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _secrets(f"{path}.{key}", each)
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _secrets(f"{path}[{number}]", each)


def _replaced(path: str, value: Any, stood_in: dict[str, str]) -> Any:
    if path in stood_in:
        return stood_in[path]
    if isinstance(value, dict):
        return {key: _replaced(f"{path}.{key}", each, stood_in) for key, each in value.items()}
    if isinstance(value, list):
        return [_replaced(f"{path}[{number}]", each, stood_in) for number, each in enumerate(value)]
    return value


def _text(value: Any) -> str:
    """A value as the engine passes it on: plain ones as texts, groups and lists as JSON."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer() and abs(value) < 1e21:
            return str(int(value))
        case int() | float():
            return str(value)
    return json.dumps(_whole(value))


def _whole(value: Any) -> Any:
    match value:
        case dict():
            return {key: _whole(each) for key, each in value.items()}
        case list():
            return [_whole(each) for each in value]
        case float() if value.is_integer() and abs(value) < 1e21:
            return int(value)
    return value
