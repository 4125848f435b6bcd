"""`pulumi preview` of the program against the flat program, both on the same API, in turns."""

import base64
import socket
import tempfile
import time
from collections import Counter
from pathlib import Path

from bench.clock import BenchError, Row
from local.api import server
from tests.engine import Engine, Result

FLAT = Path(__file__).parent / "flat"
STACK = {
    "aws:region": "eu-west-1",
    "wickr:hostname": "wickr.example.com",
    "wickr:adminCidrs": ["198.51.100.64/26", "198.51.100.128/26"],
    "wickr:messaging": {
        "imageId": "ami-0deb1200000000001",
        "instanceType": "t3.large",
        "diskGiB": 200,
        "alsoAcceptOs": ["debian 12"],
    },
    "wickr:installer": {"source": "online", "release": "6.26"},
}
LICENSE = base64.b64encode(b"a licence that nobody reads in a preview\n" * 30).decode()


def measure(runs: int) -> list[Row]:
    """The program, the flat one, and the flat one that asks AWS the same questions first; and the ratios."""
    with tempfile.TemporaryDirectory() as name:
        folder, environment = Path(name), api()
        program = Engine(folder / "program", environment=environment)
        program.stack(STACK, secrets={"wickr:license": LICENSE})
        flat = Engine(folder / "flat", program=_copy(folder / "flat-program"), environment=environment)
        flat.stack()
        asking = Engine(folder / "asking", program=_copy(folder / "asking-program"), environment=environment)
        asking.stack({"flat:lookups": True})
        # Not measured: the first preview of a program compiles its modules.
        expected, *others = [preview(each)[1] for each in (program, flat, asking)]
        for other in others:
            _compare(expected, other)
        # In turns, so that whatever else the machine does slows all of them; often, since they are close together.
        times = [tuple(preview(each)[0] for each in (program, flat, asking)) for _ in range(2 * runs + 1)]
    return [
        Row(what="preview of the program", values=tuple(time[0] for time in times)),
        Row(what="preview of a flat program", values=tuple(time[1] for time in times)),
        Row(what="  that asks AWS the same first", values=tuple(time[2] for time in times)),
        Row(what="program / flat", values=tuple(time[0] / time[1] for time in times), limit=1.10, unit="×"),
        Row(what="program / flat that asks", values=tuple(time[0] / time[2] for time in times), limit=1.10, unit="×"),
    ]


def seconds(runs: int) -> list[float]:
    """How long a preview of the program takes."""
    with tempfile.TemporaryDirectory() as name:
        program = Engine(Path(name) / "program", environment=api())
        program.stack(STACK, secrets={"wickr:license": LICENSE})
        preview(program)  # not measured: the first one compiles modules
        return [preview(program)[0] for _ in range(runs)]


def preview(engine: Engine) -> tuple[float, Result]:
    """Seconds of one, and what it says."""
    began = time.monotonic()
    result = engine.preview()
    seconds = time.monotonic() - began
    if result.code:
        raise BenchError(f"preview of {engine.program} failed:\n{result.text[-3000:]}")
    return seconds, result


def _compare(program: Result, flat: Result) -> None:
    """Both must register the same number of each type, components left aside."""
    ours, theirs = (
        Counter(step.type for step in result.steps if not step.type.startswith(("wickr:", "pulumi:pulumi:")))
        for result in (program, flat)
    )
    if ours != theirs:
        raise BenchError(
            "bench/flat registers other resources than the program, so their times cannot be compared: "
            f"the program has {dict(ours - theirs)} more, bench/flat has {dict(theirs - ours)} more"
        )


def _copy(folder: Path) -> Path:
    """The flat program in a folder of its own: its stack file must not land in the checkout."""
    folder.mkdir()
    for file in ("Pulumi.yaml", "__main__.py"):
        (folder / file).write_bytes((FLAT / file).read_bytes())
    return folder


def api() -> dict[str, str]:
    """An AWS API of the local cloud on a free port of this machine, and the environment that leads to it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server.start("127.0.0.1", port)
    return {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
