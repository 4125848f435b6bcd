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
from pulumi.runtime.mocks import MockEngine, MockMonitor, MockSettings
from pulumi.runtime.proto import engine_pb2, provider_pb2, resource_pb2, source_pb2
from pulumi.runtime.stack import run_in_stack

from ops.record import SECRET, SIGNATURE, STACK, Deployment, Request, Secret, Stack, plain


class Cloud(Protocol):
    """Who answers for the providers."""

    def resource(self, type_: str, name: str, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """The id of a resource, and what it has beyond its inputs."""
        ...

    def answer(self, token: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """The answer to a data source. One that nobody thought of is an error, not an empty answer."""
        ...


class _Monitor(MockMonitor):
    """Answers at once, from what the request says and what the cloud adds."""

    def __init__(self, deployment: Deployment, cloud: Cloud) -> None:
        self.deployment, self.cloud = deployment, cloud

    def RegisterResource(self, request: Any) -> Any:
        urn = self.make_urn(request.parent, request.type, request.name)
        options = json_format.MessageToDict(request)
        given = options.pop("object", {})
        response = resource_pb2.RegisterResourceResponse(urn=urn)
        outputs = given
        if request.type != STACK:
            response.id, computed = self.cloud.resource(request.type, request.name, plain(given))
            outputs = {**computed, **given}
            # What the engine marks must be marked here, or a leak would not be seen: outputs that echo a secret input,
            # and those that the resource declares.
            for name in set(request.additionalSecretOutputs) & outputs.keys():
                if not isinstance(plain(outputs[name]), Secret):
                    outputs[name] = {SIGNATURE: SECRET, "value": outputs[name]}
            json_format.ParseDict(outputs, response.object)
        self.deployment.requests.append(
            Request(
                urn=urn,
                type=request.type,
                name=request.name,
                parent=request.parent,
                custom=request.custom,
                inputs=plain(given),
                options=options,
                outputs=plain(outputs),
            )
        )
        return response

    def Invoke(self, request: Any) -> Any:
        self.deployment.invoked.append((request.tok, request.provider))
        response = provider_pb2.InvokeResponse()
        answer = self.cloud.answer(request.tok, plain(json_format.MessageToDict(request.args)))
        json_format.ParseDict(answer, getattr(response, "return"))
        return response

    def ReadResource(self, request: Any) -> Any:
        raise NotImplementedError(f"{request.name} is read from AWS as a resource: nothing here answers for that")

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
    loop = _Loop()
    asyncio.set_event_loop(loop)
    # One failure ends the run and is raised; that all who waited for it fail too needs no trace of its own.
    loop.set_exception_handler(lambda loop, context: None)
    try:
        pulumi.runtime.reset_options()
        # Only now: what MockSettings is given is in force as soon as it is made.
        pulumi.runtime.configure(
            MockSettings(
                monitor=_Monitor(deployment, cloud),
                engine=_Engine(deployment),
                project="wickr",
                stack=stack.name,
                dry_run=preview,
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
        loop.close()
    return deployment


class _Loop(asyncio.SelectorEventLoop):
    """Asks the monitor in its own thread: to change threads takes longer than the answer."""

    def run_in_executor(  # type: ignore[override] # the SDK gives it plain functions
        self, executor: Any, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        answered = self.create_future()
        try:
            answered.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - whoever asked gets it
            answered.set_exception(error)
        return answered
