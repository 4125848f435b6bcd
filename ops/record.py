"""What one run of the program asked for, as plain data: resources, outputs, questions, messages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - how the engine's protocol marks one
STACK = "pulumi:pulumi:Stack"


@dataclass(frozen=True)
class Secret:
    """A value that the program marked as secret."""

    value: Any


def plain(value: Any) -> Any:
    """What gRPC carried, as Python data: whole numbers, and secrets as `Secret`."""
    match value:
        case dict() if value.get(SIGNATURE) == SECRET:
            return Secret(plain(value.get("value")))
        case dict():
            return {key: plain(each) for key, each in value.items()}
        case list():
            return [plain(each) for each in value]
        case float() if value.is_integer():
            return int(value)
    return value


def reveal(value: Any) -> Any:
    """A value without its marks."""
    match value:
        case Secret():
            return reveal(value.value)
        case dict():
            return {key: reveal(each) for key, each in value.items()}
        case list():
            return [reveal(each) for each in value]
    return value


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A stack file as the engine hands it to a program: texts by key, with JSON for what is no text."""

    name: str
    values: Mapping[str, str]
    secrets: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Request:
    """One resource as the program asked for it; `options` is the whole request, `outputs` what was answered."""

    urn: str
    type: str
    name: str
    parent: str
    custom: bool
    inputs: dict[str, Any]
    options: dict[str, Any]
    outputs: dict[str, Any]

    @property
    def protect(self) -> bool:
        return bool(self.options.get("protect"))

    @property
    def ignored(self) -> set[str]:
        return set(self.options.get("ignoreChanges", []))

    @property
    def dependencies(self) -> set[str]:
        return set(self.options.get("dependencies", []))


@dataclass(kw_only=True)
class Deployment:
    """Everything that one run of the program asked for and said.

    `registered` are the outputs of components by URN, `invoked` the data sources with the provider that was asked;
    `problem` is how the run ended, if badly.
    """

    requests: list[Request] = field(default_factory=list)
    registered: dict[str, dict[str, Any]] = field(default_factory=dict)
    invoked: list[tuple[str, str]] = field(default_factory=list)
    log: list[tuple[str, str]] = field(default_factory=list)
    problem: str | None = None

    @cached_property
    def resources(self) -> list[Request]:
        """Without the stack itself."""
        return [request for request in self.requests if request.type != STACK]

    @property
    def outputs(self) -> dict[str, Any]:
        """The stack's outputs."""
        (stack,) = (request for request in self.requests if request.type == STACK)
        return self.registered[stack.urn]

    def of(self, type_: str) -> list[Request]:
        """All resources of a type, in the order in which they were asked for."""
        return [request for request in self.resources if request.type == type_]

    def the(self, type_: str) -> Request:
        """The only resource of a type."""
        (request,) = self.of(type_)
        return request

    def named(self, name: str) -> Request:
        """The only resource of a name."""
        (request,) = (each for each in self.resources if each.name == name)
        return request

    def said(self, severity: str) -> list[str]:
        return [text for level, text in self.log if level == severity]
