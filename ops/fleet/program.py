"""The program of one stack, as its engine asks for it: over gRPC, on loopback."""

import os
import runpy
import signal
import socket
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NoReturn

import grpc
import pulumi
from pulumi.automation._server import LanguageServer
from pulumi.runtime import settings
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import language_pb2, language_pb2_grpc


class Program(LanguageServer):
    """Runs what the project names, in the project's folder, as Pulumi's own host of Python programs does."""

    def __init__(self) -> None:
        """Which program that is comes with the request."""

    def Run(self, request: Any, context: Any) -> Any:
        os.chdir(request.info.program_directory)
        sys.argv = [request.info.entry_point]
        self.program = lambda: _run(request.info)
        failed = super().Run(request, context).error  # type: ignore[no-untyped-call]
        # The engine has heard why, from the log. Told here, it would say so a second time.
        return language_pb2.RunResponse(bail=bool(failed))


def _run(info: Any) -> None:
    settings.SETTINGS.root_directory = info.root_directory
    try:
        runpy.run_path(info.entry_point, run_name="__main__")
    except (pulumi.RunError, grpc.RpcError):
        raise
    except Exception as fault:  # noqa: BLE001 a program may fail in any way
        raise pulumi.RunError(f"Program failed with an unhandled exception:\n{_told(fault)}") from None


def _told(fault: Exception) -> str:
    """A fault from the program's first line on; what is above is of no use to whoever mends it."""
    trace = fault.__traceback__
    while trace and trace.tb_frame.f_globals.get("__name__") != "__main__":
        trace = trace.tb_next
    return "".join(traceback.format_exception(fault.with_traceback(trace)))


def serve(engine: socket.socket) -> NoReturn:
    """Says at which port the program is. Ends with the engine: when nobody holds the other end of the socket."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    server = grpc.server(ThreadPoolExecutor(), options=_GRPC_CHANNEL_OPTIONS)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(Program(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    engine.sendall(str(port).encode())
    engine.recv(1)
    # At once: threads of the program may still wait for the engine that is gone.
    os._exit(0)
