"""A stand-in's provider behind real gRPC, asked as the engine asks, in plain Python values."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import grpc

from local.plugins import server
from local.plugins.framework import Provider
from local.plugins.protocol import provider_pb2 as pb
from local.plugins.protocol import provider_pb2_grpc as pb_grpc
from local.plugins.values import Values, read, write


@dataclass(frozen=True, kw_only=True)
class Diff:
    """What would change (path → kind), what of it replaces, and whether the old one goes first."""

    changes: dict[str, str]
    replaces: list[str]
    deletes_first: bool


class Plugin:
    """One running provider."""

    def __init__(self, port: int) -> None:
        self._stub = pb_grpc.ResourceProviderStub(grpc.insecure_channel(f"127.0.0.1:{port}"))

    def configure(self, **settings: Any) -> None:
        self._stub.Configure(pb.ConfigureRequest(args=write(settings)))

    def version(self) -> str:
        from google.protobuf.empty_pb2 import Empty

        return str(self._stub.GetPluginInfo(Empty()).version)

    def refusals_of_settings(self, **settings: Any) -> list[str]:
        answer = self._stub.CheckConfig(pb.CheckRequest(urn=urn("pulumi:providers:it"), news=write(settings)))
        return [failure.reason for failure in answer.failures]

    def check(self, token: str, inputs: Values, old: Values | None = None) -> tuple[Values, list[str]]:
        request = pb.CheckRequest(
            urn=urn(token), news=write(inputs), olds=write(old or {}), randomSeed=b"\x12\x34\x56\x78"
        )
        answer = self._stub.Check(request)
        return read(answer.inputs), [failure.reason for failure in answer.failures]

    def refusals(self, token: str, inputs: Values) -> list[str]:
        return self.check(token, inputs)[1]

    def diff(
        self, token: str, old: Values, new: Values, state: Values | None = None, ignore: tuple[str, ...] = ()
    ) -> Diff:
        request = pb.DiffRequest(
            id="id",
            urn=urn(token),
            old_inputs=write(old),
            olds=write({**old, **(state or {})}),
            news=write(new),
            ignoreChanges=ignore,
        )
        answer = self._stub.Diff(request)
        kinds = {path: pb.PropertyDiff.Kind.Name(row.kind).lower() for path, row in answer.detailedDiff.items()}
        assert bool(kinds) == (answer.changes == pb.DiffResponse.DIFF_SOME)
        return Diff(
            changes={path: kind.removesuffix("_replace") for path, kind in kinds.items()},
            replaces=list(answer.replaces),
            deletes_first=answer.deleteBeforeReplace,
        )

    def create(self, token: str, inputs: Values, *, preview: bool = False) -> tuple[str, Values]:
        request = pb.CreateRequest(urn=urn(token), properties=write(inputs), preview=preview)
        answer = self._stub.Create(request)
        return answer.id, read(answer.properties)

    def update(self, token: str, id: str, state: Values, old: Values, new: Values, *, preview: bool = False) -> Values:
        request = pb.UpdateRequest(
            id=id, urn=urn(token), olds=write(state), old_inputs=write(old), news=write(new), preview=preview
        )
        return read(self._stub.Update(request).properties)

    def read(self, token: str, id: str, state: Values, inputs: Values) -> tuple[str, Values, Values]:
        request = pb.ReadRequest(id=id, urn=urn(token), properties=write(state), inputs=write(inputs))
        answer = self._stub.Read(request)
        return answer.id, read(answer.properties), read(answer.inputs)

    def delete(self, token: str, id: str, state: Values, inputs: Values) -> None:
        self._stub.Delete(pb.DeleteRequest(id=id, urn=urn(token), properties=write(state), old_inputs=write(inputs)))

    def invoke(self, token: str, arguments: Values) -> Values:
        answer = self._stub.Invoke(pb.InvokeRequest(tok=token, args=write(arguments)))
        assert not answer.failures, [failure.reason for failure in answer.failures]
        return read(getattr(answer, "return"))


def urn(token: str, name: str = "thing") -> str:
    return f"urn:pulumi:stack::project::wickr:host:Host${token}::{name}"


@contextmanager
def running(provider: Provider) -> Iterator[Plugin]:
    """The provider while it serves."""
    served, port = server.start(provider)
    try:
        yield Plugin(port)
    finally:
        served.stop(grace=0)
