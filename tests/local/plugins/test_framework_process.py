"""The plugin as a process: quick to start, and gone when it is told to."""

import os
import signal
import subprocess
import time

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty

from local.plugins.protocol import plugin_pb2, provider_pb2_grpc
from tools import cache

pytestmark = pytest.mark.slow

AWS = cache.CHECKOUT / "local" / "plugins" / "bin" / "pulumi-resource-aws"


def start(**environment: str) -> tuple["subprocess.Popen[str]", int]:
    process = subprocess.Popen([str(AWS)], stdout=subprocess.PIPE, text=True, env=os.environ | environment)
    assert process.stdout is not None
    return process, int(process.stdout.readline())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_prints_a_port_answers_there_and_ends_when_told(number: signal.Signals) -> None:
    process, port = start()
    stub = provider_pb2_grpc.ResourceProviderStub(grpc.insecure_channel(f"127.0.0.1:{port}"))
    assert stub.GetPluginInfo(Empty()).version == "7.51.1"
    stub.Attach(plugin_pb2.PluginAttach(address="127.0.0.1:1"))
    stub.Cancel(Empty())
    process.send_signal(number)
    assert process.wait(10) == 0


def test_where_no_lab_has_it_ready_it_is_loaded() -> None:
    process, port = start(WICKR_LAB="/no/lab")
    stub = provider_pb2_grpc.ResourceProviderStub(grpc.insecure_channel(f"127.0.0.1:{port}"))
    assert stub.GetPluginInfo(Empty()).version == "7.51.1"
    process.terminate()
    assert process.wait(10) == 0


def test_it_does_not_outlive_an_engine_that_was_killed() -> None:
    engine = subprocess.Popen(
        ["sh", "-c", f"{AWS} 127.0.0.1:1 & echo $!; wait"], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert engine.stdout is not None
    number, _port = int(engine.stdout.readline()), int(engine.stdout.readline())
    engine.kill()
    engine.wait()
    end = time.monotonic() + 8
    while time.monotonic() < end and _alive(number):
        time.sleep(0.1)
    assert not _alive(number)


def _alive(number: int) -> bool:
    try:
        with open(f"/proc/{number}/stat") as file:  # noqa: PTH123
            return file.read().split()[2] != "Z"
    except OSError:
        return False
