"""Plugins of a lab are loaded before the engine asks for them, and in every other way processes of their own."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

import pytest

from local.environment import PLUGINS, STAND_INS
from local.lab import Lab
from tests.local.lab.conftest import eventually

pytestmark = pytest.mark.lab

ASK = """
import grpc, sys
from google.protobuf.empty_pb2 import Empty
from local.plugins.protocol import provider_pb2 as pb, provider_pb2_grpc
from local.plugins.values import read, write
there = provider_pb2_grpc.ResourceProviderStub(grpc.insecure_channel(f"127.0.0.1:{sys.argv[1]}"))
print(there.GetPluginInfo(Empty()).version)
try:
    there.Configure(pb.ConfigureRequest(args=write({})))
    zones = there.Invoke(pb.InvokeRequest(tok="aws:index/getAvailabilityZones:getAvailabilityZones", args=write({})))
    print(read(getattr(zones, "return"))["names"])
except grpc.RpcError as error:
    print(error.details())
"""


@contextmanager
def plugin(lab: Lab, name: str, **environment: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """One as the engine starts it, and the port that it prints."""
    command = lab.command("operator", [str(STAND_INS / f"pulumi-resource-{name}")])
    with subprocess.Popen(
        command, env=lab.environment() | environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            assert process.stdout
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def asked(lab: Lab, port: str) -> list[str]:
    """The version of the plugin on a port, and what it says of zones; nothing if there is none."""
    said = lab.run("operator", ["python3", "-c", ASK, port], env={"PYTHONPATH": "."})
    return said.stdout.splitlines()


@pytest.mark.parametrize("name", PLUGINS)
def test_it_answers_as_the_plugin_that_was_asked_for_and_was_not_loaded_again(lab: Lab, name: str) -> None:
    with plugin(lab, name) as (process, port):
        assert asked(lab, port)[0] == metadata.version(f"pulumi-{name}")
        assert "local/plugins/ask.py" in Path(f"/proc/{process.pid}/cmdline").read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_it_is_told_to(lab: Lab, number: signal.Signals) -> None:
    with plugin(lab, "aws") as (process, port):
        process.send_signal(number)
        assert process.wait(10) == 0
        assert asked(lab, port) == []


def test_it_is_gone_at_once_when_who_started_it_was_killed(lab: Lab) -> None:
    with plugin(lab, "aws") as (process, port):
        process.kill()
        eventually("nothing answers on its port", lambda: asked(lab, port) == [], 5)


def test_each_has_the_environment_of_its_own_run(lab: Lab) -> None:
    with (
        plugin(lab, "aws") as (_, first),
        plugin(lab, "aws", AWS_ENDPOINT_URL="https://ec2.example.com") as (_, other),
        plugin(lab, "aws", AWS_REGION="eu-central-1") as (_, third),
    ):
        zones = asked(lab, first)[1]
        assert "eu-west-1a" in zones
        assert asked(lab, other)[1].startswith("AWS_ENDPOINT_URL is https://ec2.example.com")
        assert asked(lab, third)[1] == zones.replace("eu-west-1", "eu-central-1")
