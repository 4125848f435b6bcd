"""The plugin's process: the engine's provider protocol over gRPC, on a loopback port that it prints."""

import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias, TypeVar

os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "false")  # children are started, never forked to serve
os.environ.setdefault("GRPC_VERBOSITY", "NONE")

import grpc
from google.protobuf.any_pb2 import Any as Detail
from google.protobuf.empty_pb2 import Empty

from local.plugins import life
from local.plugins.framework import Problem, Provider, Refusal, Request, Resource, Unfinished
from local.plugins.protocol import engine_pb2, engine_pb2_grpc, plugin_pb2, status_pb2
from local.plugins.protocol import provider_pb2 as pb
from local.plugins.protocol import provider_pb2_grpc as pb_grpc
from local.plugins.schema import fields_problems, unexpected, with_defaults
from local.plugins.sdk import arguments
from local.plugins.values import Values, bare, is_known, read, write

TRACE = "LOCAL_PLUGIN_TRACE"
"""Environment variable: with it, faults leave their traceback on stderr."""

Message: TypeAlias = Any
"""A message of the protocol, or its context."""

_Answer = TypeVar("_Answer")
_NO_LIMIT = (("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1))
_KINDS = {
    ("add", False): pb.PropertyDiff.ADD,
    ("add", True): pb.PropertyDiff.ADD_REPLACE,
    ("delete", False): pb.PropertyDiff.DELETE,
    ("delete", True): pb.PropertyDiff.DELETE_REPLACE,
    ("update", False): pb.PropertyDiff.UPDATE,
    ("update", True): pb.PropertyDiff.UPDATE_REPLACE,
}


def _answered(method: Callable[..., _Answer]) -> Callable[..., _Answer]:
    """Turns an exception into the sentence that the engine shows."""

    def call(self: "Servicer", request: Message, context: Message) -> _Answer:
        try:
            return method(self, request, context)
        except Exception as error:  # noqa: BLE001  (the engine gets a sentence, whatever it is)
            if os.environ.get(TRACE):
                traceback.print_exc()
            text = self.sentence(error)
            if isinstance(error, Unfinished):
                _attach(context, error, text, request)
        context.abort(grpc.StatusCode.UNKNOWN, text)
        raise AssertionError("abort raises")

    return call


def _attach(context: Message, error: Unfinished, text: str, request: Message) -> None:
    """Tells the engine that the resource exists, so that it is not lost."""
    given = getattr(request, "news", None) or request.properties
    state = write({**read(given), **error.made.outputs})
    failed = pb.ErrorResourceInitFailed(id=error.made.id, properties=state, reasons=[text], inputs=given)
    detail = Detail()
    detail.Pack(failed)
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=text, details=[detail])
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))


class Servicer(pb_grpc.ResourceProviderServicer):
    """Answers the engine from a provider's table."""

    def __init__(self, provider: Provider, engine: str = "") -> None:
        self.provider = provider
        self.settings: Values = {}
        self.cancelled = threading.Event()
        self._engine = engine
        self._log: Message = None

    def sentence(self, error: Exception) -> str:
        """One sentence for an exception."""
        if isinstance(error, Refusal):
            return str(error)
        told = self.provider.explain(error)
        if told:
            return told
        return (
            f"The stand-in for the plugin '{self.provider.name}' has a fault: {type(error).__name__}: {error}"
            f" (set {TRACE}=1 for the traceback)"
        )

    # the plugin itself

    def GetPluginInfo(self, _request: Message, _context: Message) -> Message:
        """The plugin's version."""
        return plugin_pb2.PluginInfo(version=self.provider.version)

    def Attach(self, request: Message, _context: Message) -> Empty:
        """An engine that finds the plugin running already."""
        self._engine = request.address
        self._log = None
        return Empty()

    def Cancel(self, _request: Message, _context: Message) -> Empty:
        """The engine wants to stop."""
        self.cancelled.set()
        return Empty()

    def GetSchema(self, _request: Message, _context: Message) -> Message:
        """Programs in Python need none."""
        return pb.GetSchemaResponse(schema="{}")

    # its settings

    @_answered
    def CheckConfig(self, request: Message, _context: Message) -> Message:
        """Whether the provider's settings are right."""
        given = self._settings(read(request.news))
        found = list(fields_problems(self.provider.settings, given))
        names = {field.name for field in self.provider.settings}
        strangers = [name for name in given if name not in names]
        if strangers:
            real = arguments(self.provider.sdk, f"pulumi:pulumi/providers:{self.provider.name}")
            found = [problem for problem in found if problem.path not in strangers]
            found += [unexpected(name, names, real) for name in strangers]
        if not found:
            found = list(self.provider.check_settings(bare(given)))
        return pb.CheckResponse(inputs=request.news, failures=_failures(found))

    @_answered
    def DiffConfig(self, request: Message, _context: Message) -> Message:
        """What of the settings changed; nothing of it replaces the provider."""
        old, new = bare(read(request.old_inputs)), bare(read(request.news))
        names = sorted(name for name in {**old, **new} if old.get(name) != new.get(name))
        some = pb.DiffResponse.DIFF_SOME if names else pb.DiffResponse.DIFF_NONE
        return pb.DiffResponse(changes=some, diffs=names)

    @_answered
    def Configure(self, request: Message, _context: Message) -> Message:
        """The settings for all that follows."""
        self.settings = bare(self._settings(read(request.args)))
        return pb.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def _settings(self, given: Values) -> Values:
        types = {field.name: field for field in self.provider.settings}
        return {
            name: life.setting(types[name], value) if name in types else value
            for name, value in given.items()
            if name not in ("version", "pluginDownloadURL") and not name.startswith("__")
        }

    # its functions

    @_answered
    def Invoke(self, request: Message, _context: Message) -> Message:
        """Calls a function."""
        function = life.find(self.provider, self.provider.functions, request.tok)
        given = read(request.args)
        found = life.check(self.provider, function, given)
        if found:
            return pb.InvokeResponse(failures=_failures(found))
        inputs = with_defaults(function.inputs, bare(given))
        answer = function.call(Request(inputs=inputs, settings=self.settings, cancelled=self.cancelled))
        return pb.InvokeResponse(**{"return": write(answer)})

    # its resources

    @_answered
    def Check(self, request: Message, _context: Message) -> Message:
        """Whether a resource's inputs are right; fills in defaults."""
        resource = self._resource(request.urn)
        given = read(request.news)
        found = life.check(self.provider, resource, given)
        inputs = life.complete(resource, given, bare(read(request.olds)), _proposed(request))
        if not found:
            inputs |= resource.plan(self._asked(request, inputs))
        return pb.CheckResponse(inputs=write(inputs), failures=_failures(found))

    @_answered
    def Diff(self, request: Message, _context: Message) -> Message:
        """What an update would change."""
        resource = self._resource(request.urn)
        asked = self._asked(request, read(request.news), request.old_inputs)
        found = life.differences(resource, asked, request.ignoreChanges)
        declared = {*asked.inputs, *asked.old_inputs}
        first = resource.delete_before_replace or life.taken_name(
            resource, bare(read(request.news)), bare(read(request.old_inputs))
        )
        return pb.DiffResponse(
            changes=pb.DiffResponse.DIFF_SOME if found else pb.DiffResponse.DIFF_NONE,
            diffs=sorted({change.top for change in found}),
            replaces=sorted({change.path for change in found if change.replaces}),
            deleteBeforeReplace=first and any(change.replaces for change in found),
            detailedDiff={
                change.path: pb.PropertyDiff(
                    kind=_KINDS[change.kind, change.replaces], inputDiff=change.top in declared
                )
                for change in found
            },
            hasDetailedDiff=True,
        )

    @_answered
    def Create(self, request: Message, _context: Message) -> Message:
        """Makes a resource, or says what it would be."""
        resource = self._resource(request.urn)
        given = read(request.properties)
        asked = self._asked(request, given)
        if request.preview:
            state = life.marked(resource, life.planned(resource, asked), given)
            return pb.CreateResponse(id="", properties=write(state))
        _refuse_unknown(resource, asked)
        made = resource.create(asked)
        state = life.marked(resource, life.settled(resource, asked, made.outputs), given)
        return pb.CreateResponse(id=made.id, properties=write(state))

    @_answered
    def Read(self, request: Message, _context: Message) -> Message:
        """What the service holds of a resource: for a refresh or an import."""
        resource = self._resource(request.urn)
        if resource.read is None:
            return pb.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)
        old_inputs, old_state = read(request.inputs), read(request.properties)
        asked = self._asked(request, old_inputs, request.inputs)
        made = resource.read(asked)
        if made is None:
            return pb.ReadResponse()
        inputs = life.inputs_of(resource, made, bare(old_inputs))
        state = {**bare(old_state), **made.outputs}
        sources = (old_inputs, old_state)
        return pb.ReadResponse(
            id=made.id,
            properties=write(life.marked(resource, state, *sources)),
            inputs=write(life.marked(resource, inputs, *sources)),
        )

    @_answered
    def Update(self, request: Message, _context: Message) -> Message:
        """Changes a resource in place, or says what it would be."""
        resource = self._resource(request.urn)
        given = read(request.news)
        asked = self._asked(request, given, request.old_inputs)
        if request.preview:
            state = life.planned(resource, asked)
        else:
            _refuse_unknown(resource, asked)
            if resource.update is None:
                raise Refusal(f"{resource.token} cannot be changed in place")
            state = life.settled(resource, asked, resource.update(asked))
        return pb.UpdateResponse(properties=write(life.marked(resource, state, given)))

    @_answered
    def Delete(self, request: Message, _context: Message) -> Empty:
        """Takes a resource away."""
        resource = self._resource(request.urn)
        resource.delete(self._asked(request, read(request.old_inputs), request.old_inputs))
        return Empty()

    def _resource(self, urn: str) -> Resource:
        token = urn.split("::")[2].rsplit("$", 1)[-1]
        return life.find(self.provider, self.provider.resources, token)

    def _asked(self, request: Message, inputs: Values, old_inputs: Message = None) -> Request:
        """The request in plain values. A deletion's state arrives as `properties`, a change's as `olds`."""
        kind = type(request)
        gone = kind in (pb.ReadRequest, pb.DeleteRequest)
        held = request.properties if gone else getattr(request, "olds", None)
        return Request(
            urn=request.urn,
            id=getattr(request, "id", ""),
            inputs=_public(inputs),
            old_inputs=_public(read(old_inputs)) if old_inputs is not None else {},
            state=bare(read(held)) if held is not None else {},
            settings=self.settings,
            timeout=getattr(request, "timeout", 0.0),
            cancelled=self.cancelled,
            say=lambda text: self._say(request.urn, text),
            status=lambda text: self._say(request.urn, text, passing=True),
            warn=lambda text: self._say(request.urn, text, engine_pb2.WARNING),
        )

    def _say(
        self,
        urn: str,
        text: str,
        severity: "engine_pb2.LogSeverity.ValueType" = engine_pb2.INFO,
        passing: bool = False,
    ) -> None:
        """A line in the engine's log; without an engine it goes to stderr."""
        if not self._engine:
            print(text, file=sys.stderr)
            return
        if self._log is None:
            self._log = engine_pb2_grpc.EngineStub(grpc.insecure_channel(self._engine, options=_NO_LIMIT))
        self._log.Log(engine_pb2.LogRequest(severity=severity, message=text, urn=urn, ephemeral=passing))


def _public(values: Values) -> Values:
    return {name: value for name, value in bare(values).items() if not name.startswith("__")}


def _failures(found: Iterable[Problem]) -> list[Message]:
    return [pb.CheckFailure(property=problem.path, reason=str(problem)) for problem in found]


def _refuse_unknown(resource: Resource, request: Request) -> None:
    for name, value in request.inputs.items():
        if not is_known(value):
            raise Refusal(f"{name} of {resource.token} is still unknown, so {request.name} cannot be made")


def _proposed(request: Message) -> str:
    """The name of a resource to which the program gives none: `<name>-<7 hex digits>`."""
    if request.HasField("autonaming") and request.autonaming.proposed_name:
        return str(request.autonaming.proposed_name)
    seed = request.randomSeed or os.urandom(4)
    return f"{request.urn.rsplit('::', 1)[-1]}-{seed.hex()[:7]}"


def start(provider: Provider, engine: str = "", port: int = 0) -> tuple[grpc.Server, int]:
    """Serves on a loopback port and says which."""
    server = grpc.server(ThreadPoolExecutor(max_workers=64), options=_NO_LIMIT)
    pb_grpc.add_ResourceProviderServicer_to_server(Servicer(provider, engine), server)
    chosen = server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    return server, chosen


def serve(provider: Provider) -> None:
    """Prints the port and answers until told to end, or until the engine is gone."""
    engine = next((word for word in reversed(sys.argv[1:]) if not word.startswith("-")), "")
    parent = os.getppid()
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    server, port = start(provider, engine)
    print(port, flush=True)
    while not ended.wait(0.5):
        if engine and os.getppid() != parent:  # the engine was killed: nobody will ask again
            break
    server.stop(grace=0.5)
    sys.stdout.flush()
    os._exit(0)  # a worker that still waits for the network must not hold the process
