"""Several small stacks of one project under the real engine, and `wickr fleet` as somebody runs it on them."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from local.plugins.aws.__main__ import PROVIDER as AWS
from tests.engine import Engine, serving
from tests.ops.command import Answer
from tests.ops.estate import Estate
from tests.ops.fleet.gate import Gate
from tests.program.cloud import Cloud

PROJECT = """\
name: wickr
runtime: python
stackConfigDir: stacks
"""
PROGRAM = """\
import pulumi, pulumi_aws as aws, pulumi_command as command

config = pulumi.Config()
host = aws.ec2.Instance(
    "messaging-host-instance",
    ami="ami-0deb1200000000001",
    instance_type="t3.large",
    availability_zone=config.require("zone"),
    tags={"wickr:role": "messaging"},
)
command.remote.Command(
    "messaging-phase",
    connection=command.remote.ConnectionArgs(host="127.0.0.1", user="wickr", private_key="none"),
    create="true",
    triggers=[config.get("round") or "1"],
    opts=pulumi.ResourceOptions(depends_on=[host]),
)
"""
"""A host and a phase on it: what a fleet has to tell apart, in two seconds instead of a minute."""


class Fleet:
    """The stacks, in a checkout and a back end of their own; their commands wait at `gate`."""

    def __init__(self, folder: Path, region: str, *names: str) -> None:
        self.gate, self.cloud, self.names = Gate(), Cloud(region), names
        estate = Estate(folder / "checkout")
        self.root, self.files = estate.root, estate.stacks
        (self.root / "Pulumi.yaml").write_text(PROJECT)
        (self.root / "__main__.py").write_text(PROGRAM)
        self.engine = Engine(folder / "engine", program=self.root, environment=self.cloud.environment)
        for name in names:
            self.configure(name)

    def configure(self, name: str, **values: str) -> None:
        """Writes a stack's file: the round of its phase, the zone of its host (another one is another host)."""
        config = {"aws:region": self.cloud.region, "wickr:zone": f"{self.cloud.region}a"}
        self.engine.stack(config | {f"wickr:{key}": value for key, value in values.items()}, name=name)

    @contextmanager
    def begun(self, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
        """`wickr fleet …`, running."""
        with self.plugins() as environment:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "ops", "fleet", *arguments],
                cwd=self.root,
                env=environment | {"PYTHONPATH": str(self.root)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.kill()
                    process.communicate()

    def run(self, *arguments: str) -> Answer:
        """`wickr fleet …`, to its end."""
        with self.begun(*arguments) as process:
            return ended(process)

    @contextmanager
    def plugins(self) -> Iterator[dict[str, str]]:
        """The environment of a run, while plugins in this process answer it."""
        with serving([AWS, self.gate.plugin]) as where:
            yield self.engine.environment | where

    @property
    def locks(self) -> list[str]:
        """The stacks that somebody has locked."""
        return [path.parent.name for path in (self.engine.state / ".pulumi" / "locks").rglob("*.json")]

    def state(self, name: str) -> dict[str, Any]:
        """A stack's state, as the back end holds it."""
        exported = self.engine.run("stack", "export", "--stack", name)
        assert exported.code == 0, exported.text
        deployment: dict[str, Any] = json.loads(exported.text)["deployment"]
        return deployment

    def hosts(self, name: str) -> list[str]:
        """The ids of a stack's hosts."""
        rows = self.state(name).get("resources") or []
        return [row["id"] for row in rows if row["type"] == "aws:ec2/instance:Instance"]


def ended(process: "subprocess.Popen[str]") -> Answer:
    """What a run said in the end."""
    out, err = process.communicate(timeout=300)
    assert "Traceback" not in err, err
    return Answer(process.returncode, out, err)


def states(answer: Answer) -> dict[str, str]:
    """What became of each stack, by a report in JSON."""
    assert answer.out, answer.err
    return {row["stack"]: row["state"] for row in answer.data["stacks"]}
