"""A deployment on a recording mock engine: the real program, and every request that it made, as plain data.

    deployed = deploy(stack({"wickr:clientCidrs": ["10.0.0.0/8"]}))
    assert deployed.the("aws:ec2/instance:Instance").protect

What this checks is what the program asks for. That AWS, or the provider, agrees is for other tiers.
"""
# mypy: allow-untyped-calls

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pulumi
from google.protobuf import json_format
from pulumi.runtime.mocks import MockCallArgs, MockEngine, MockMonitor, MockResourceArgs, Mocks, MockSettings
from pulumi.runtime.proto import engine_pb2
from pulumi.runtime.stack import run_in_stack

from infra import program
from tests.mock_cloud import COMPUTED, INVOKES, Answer

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"


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


def unmarked(value: Any) -> Iterator[str]:
    """Every text, and every name of a key, in a value that anybody may read: what is marked secret is left out."""
    match value:
        case dict():
            for key, each in value.items():
                yield key
                yield from unmarked(each)
        case list():
            for each in value:
                yield from unmarked(each)
        case str():
            yield value


@dataclass(frozen=True, kw_only=True)
class Request:
    """One resource as the program asked for it; `options` is the whole request, `outputs` what the mock answered."""

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
        return [request for request in self.requests if request.type != "pulumi:pulumi:Stack"]

    @property
    def outputs(self) -> dict[str, Any]:
        """The stack's outputs."""
        (stack,) = (request for request in self.requests if request.type == "pulumi:pulumi:Stack")
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


class _Answers(Mocks):
    """Computed values by type; a data source that nobody thought of is an error, not an empty answer."""

    def __init__(self, deployment: Deployment, invokes: Mapping[str, Answer]) -> None:
        self.deployment, self.invokes = deployment, invokes

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        computed = COMPUTED.get(args.typ, lambda name, inputs: {})(args.name, args.inputs)
        return computed.pop("id", f"{args.name}-id"), {**args.inputs, **computed}

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        self.deployment.invoked.append((args.token, args.provider or ""))
        if args.token not in self.invokes:
            raise AssertionError(f"no answer is prepared for {args.token}")
        return self.invokes[args.token](args.args), []


class _Monitor(MockMonitor):
    def __init__(self, deployment: Deployment, answers: _Answers) -> None:
        super().__init__(answers)
        self.deployment = deployment

    def RegisterResource(self, request: Any) -> Any:
        response = super().RegisterResource(request)
        request.ClearField("stackTrace")
        options = json_format.MessageToDict(request)
        # What the engine marks must be marked here, or a leak would not be seen: outputs that echo a secret input,
        # and those that the resource declares.
        outputs = {**json_format.MessageToDict(response.object), **options.get("object", {})}
        for name in set(request.additionalSecretOutputs) & outputs.keys():
            if not isinstance(plain(outputs[name]), Secret):
                outputs[name] = {SIGNATURE: SECRET, "value": outputs[name]}
        if request.type != "pulumi:pulumi:Stack":
            response.object.Clear()
            response.object.update(outputs)
        self.deployment.requests.append(
            Request(
                urn=response.urn,
                type=request.type,
                name=request.name,
                parent=request.parent,
                custom=request.custom,
                inputs=plain(options.pop("object", {})),
                options=options,
                outputs=plain(outputs),
            )
        )
        return response

    def RegisterResourceOutputs(self, request: Any) -> Any:
        assert request.urn not in self.deployment.registered, f"{request.urn} registers outputs twice"
        self.deployment.registered[request.urn] = plain(json_format.MessageToDict(request.outputs))
        return super().RegisterResourceOutputs(request)


class _Engine(MockEngine):
    def __init__(self, deployment: Deployment) -> None:
        super().__init__(None)
        self.deployment = deployment

    def Log(self, request: Any) -> None:
        self.deployment.log.append((engine_pb2.LogSeverity.Name(request.severity).lower(), request.message))


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A stack file as the engine hands it to a program: texts by key, with JSON for what is no text."""

    name: str
    values: Mapping[str, str]
    secrets: tuple[str, ...]


def deploy(stack: Stack, *, answers: Mapping[str, Answer] | None = None) -> Deployment:
    """Runs the program on a stack; `answers` replace those of data sources."""
    return record(program.main, stack, answers=answers)


def record(run: Callable[[], None], stack: Stack, *, answers: Mapping[str, Answer] | None = None) -> Deployment:
    """Runs any program as the engine would, on an event loop of its own, and forgets everything afterwards."""
    deployment = Deployment()
    monitor = _Monitor(deployment, _Answers(deployment, {**INVOKES, **(answers or {})}))
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        pulumi.runtime.reset_options()
        # Only now: what MockSettings is given is in force as soon as it is made.
        pulumi.runtime.configure(
            MockSettings(monitor=monitor, engine=_Engine(deployment), project="wickr", stack=stack.name, dry_run=False)
        )
        pulumi.runtime.set_all_config(dict(stack.values), list(stack.secrets))
        loop.run_until_complete(run_in_stack(run))
    except pulumi.RunError as error:
        deployment.problem = str(error)
    finally:
        pulumi.runtime.set_all_config({})
        pulumi.runtime.reset_options()
        asyncio.set_event_loop(None)
        loop.close()
    return deployment
