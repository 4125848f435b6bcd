"""Runs a Pulumi program in this process, with no engine and no plugin, and records all that it asks for.

    deployment = record(start.main, stack, cloud)

The SDK talks to a monitor that lives here; a `Cloud` answers in the place of AWS. What this shows is what the program
asks for: that AWS, or a provider, agrees is for a preview to show.
"""
# mypy: allow-untyped-calls

import asyncio
import gc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from typing import Any, Protocol
from unittest.mock import patch

import pulumi
from google.protobuf import json_format
from pulumi.runtime import resource
from pulumi.runtime.mocks import MockCallArgs, MockEngine, MockMonitor, MockResourceArgs, Mocks, MockSettings
from pulumi.runtime.proto import engine_pb2, source_pb2
from pulumi.runtime.stack import run_in_stack

from ops.record import SECRET, SIGNATURE, STACK, Deployment, Request, Secret, Stack, plain

WORKERS = 4
"""Threads in which the monitor answers."""


class Cloud(Protocol):
    """Who answers for the providers."""

    def resource(self, type_: str, name: str, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """The id of a resource, and what it has beyond its inputs."""
        ...

    def answer(self, token: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """The answer to a data source. One that nobody thought of is an error, not an empty answer."""
        ...


class _Answers(Mocks):
    def __init__(self, deployment: Deployment, cloud: Cloud) -> None:
        self.deployment, self.cloud = deployment, cloud

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        identifier, computed = self.cloud.resource(args.typ, args.name, args.inputs)
        return identifier, {**args.inputs, **computed}

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        self.deployment.invoked.append((args.token, args.provider or ""))
        return self.cloud.answer(args.token, args.args), []


class _Monitor(MockMonitor):
    def __init__(self, deployment: Deployment, answers: _Answers) -> None:
        super().__init__(answers)
        self.deployment = deployment

    def RegisterResource(self, request: Any) -> Any:
        response = super().RegisterResource(request)
        options = json_format.MessageToDict(request)
        # What the engine marks must be marked here, or a leak would not be seen: outputs that echo a secret input,
        # and those that the resource declares.
        outputs = {**json_format.MessageToDict(response.object), **options.get("object", {})}
        for name in set(request.additionalSecretOutputs) & outputs.keys():
            if not isinstance(plain(outputs[name]), Secret):
                outputs[name] = {SIGNATURE: SECRET, "value": outputs[name]}
        if request.type != STACK:
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
        if request.urn in self.deployment.registered:
            raise AssertionError(f"{request.urn} registers outputs twice")
        self.deployment.registered[request.urn] = plain(json_format.MessageToDict(request.outputs))
        return super().RegisterResourceOutputs(request)


class _Engine(MockEngine):
    def __init__(self, deployment: Deployment) -> None:
        super().__init__(None)
        self.deployment = deployment

    def Log(self, request: Any) -> None:
        self.deployment.log.append((engine_pb2.LogSeverity.Name(request.severity).lower(), request.message))


def record(run: Callable[[], None], stack: Stack, cloud: Cloud, *, preview: bool = False) -> Deployment:
    """Runs any program as the engine would, on an event loop of its own, and forgets everything afterwards."""
    # In a thread, where no other event loop is in the way.
    with _at_leisure(), ThreadPoolExecutor(1) as thread:
        return thread.submit(copy_context().run, _record, run, stack, cloud, preview).result()


@contextmanager
def _at_leisure() -> Iterator[None]:
    """Without what takes a third of a run and serves nobody here: the call stack of each resource, which the engine
    shows when it fails, and the search for garbage among objects that live until the run is over.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        with patch.object(resource, "_get_stack_trace", source_pb2.StackTrace):
            yield
    finally:
        if collecting:
            gc.enable()


def _record(run: Callable[[], None], stack: Stack, cloud: Cloud, preview: bool) -> Deployment:
    deployment = Deployment()
    monitor = _Monitor(deployment, _Answers(deployment, cloud))
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    # One failure ends the run and is raised; that all who waited for it fail too needs no trace of its own.
    loop.set_exception_handler(lambda loop, context: None)
    loops: list[asyncio.AbstractEventLoop] = []
    workers = ThreadPoolExecutor(WORKERS, initializer=lambda: loops.append(_own_loop()))
    loop.set_default_executor(workers)
    try:
        pulumi.runtime.reset_options()
        # Only now: what MockSettings is given is in force as soon as it is made.
        pulumi.runtime.configure(
            MockSettings(
                monitor=monitor, engine=_Engine(deployment), project="wickr", stack=stack.name, dry_run=preview
            )
        )
        pulumi.runtime.set_all_config(dict(stack.values), list(stack.secrets))
        loop.run_until_complete(run_in_stack(run))
    except pulumi.RunError as error:
        deployment.problem = str(error)
    finally:
        pulumi.runtime.set_all_config({})
        pulumi.runtime.reset_options()
        asyncio.set_event_loop(None)
        workers.shutdown()
        for each in (loop, *loops):
            each.close()
    return deployment


def _own_loop() -> asyncio.AbstractEventLoop:
    """An event loop for a worker: the SDK would make one by itself, and leave it open."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    return loop
