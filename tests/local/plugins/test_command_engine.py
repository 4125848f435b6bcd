"""The stand-in for the command plugin under the real engine: plans, updates, replacements, secrets, failures."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine import Engine, Result
from tests.local.plugins.sshd import Sshd, needs_sshd, running

pytestmark = [pytest.mark.engine, needs_sshd]

TYPE = "command:remote:Command"
CANARY = "canary-of-the-stdin"

PROGRAM = """
import json, pulumi, pulumi_command as command

settings = json.load(open("settings.json"))
command.remote.Command(
    "greet",
    connection=command.remote.ConnectionArgs(**settings["connection"]),
    create=settings["create"],
    delete=settings.get("delete"),
    stdin=pulumi.Output.secret(settings["stdin"]),
    triggers=[settings["trigger"]],
    logging=command.remote.Logging.NONE,
    opts=pulumi.ResourceOptions(additional_secret_outputs=["stdout"]),
)
"""


class Program:
    """A program of one remote command, whose arguments a test changes between two runs."""

    def __init__(self, folder: Path, server: Sshd) -> None:
        self.folder = folder / "program"
        self.folder.mkdir()
        self.marks = folder / "marks"
        (self.folder / "Pulumi.yaml").write_text("name: commands\nruntime: python\n")
        (self.folder / "__main__.py").write_text(PROGRAM)
        self.settings: dict[str, object] = {
            "connection": {
                "host": "127.0.0.1",
                "port": server.port,
                "private_key": server.private_key,
                "host_key": server.host_key,
                "dial_error_limit": 1,
            },
            "create": f"cat; echo created >> {self.marks}",
            "delete": f"echo deleted >> {self.marks}",
            "stdin": CANARY,
            "trigger": "1",
        }
        self.engine = Engine(folder / "engine", program=self.folder)
        self.set()
        self.engine.stack()

    def set(self, **changes: object) -> None:
        import json

        self.settings |= changes
        (self.folder / "settings.json").write_text(json.dumps(self.settings))

    def happened(self) -> list[str]:
        """What the commands did on the host, in order."""
        return self.marks.read_text().split() if self.marks.exists() else []


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    with running(tmp_path) as server:
        yield Program(tmp_path, server)


def ops(result: Result) -> list[str]:
    assert result.code == 0, result.text
    return [step.op for step in result.of(TYPE)]


def test_a_command_lives_as_under_the_real_plugin(program: Program) -> None:
    assert ops(program.engine.preview()) == ["create"]
    assert program.happened() == []

    assert ops(program.engine.up()) == ["create"]
    assert program.happened() == ["created"]
    assert ops(program.engine.preview("--expect-no-changes")) == ["same"]

    program.set(stdin="another text")
    assert ops(program.engine.up()) == ["update"]
    assert program.happened() == ["created", "created"]

    program.set(trigger="2")
    replaced = program.engine.up()
    assert {step.op for step in replaced.of(TYPE)} >= {"create-replacement", "delete-replaced"}
    assert program.happened() == ["created", "created", "created", "deleted"]

    assert ops(program.engine.destroy()) == ["delete"]
    assert program.happened()[-1] == "deleted"


def test_a_secret_input_and_what_it_makes_secret_is_encrypted_in_the_state(program: Program) -> None:
    assert program.engine.up().code == 0
    files = [path for path in program.engine.state.rglob("*") if path.is_file()]
    assert any("command:remote:Command" in path.read_text() for path in files)
    for path in files:
        text = path.read_text()
        assert CANARY not in text, path
        assert "PRIVATE KEY" not in text, path


def test_a_failing_command_is_one_clear_error_and_the_next_run_tries_again(program: Program) -> None:
    program.set(create="echo what went wrong; exit 7")
    failed = program.engine.up()
    assert failed.code != 0
    assert 'Process exited with status 7: running "echo what went wrong; exit 7":\nwhat went wrong' in failed.text
    assert "Traceback" not in failed.text
    assert CANARY not in failed.text

    program.set(create="true")
    assert ops(program.engine.up()) == ["create"]


def test_a_wrong_host_key_ends_the_deployment_in_one_sentence(program: Program, tmp_path: Path) -> None:
    wrong = dict(program.settings["connection"], host_key=(tmp_path / "other.pub").read_text())  # type: ignore[call-overload]
    program.set(connection=wrong)
    failed = program.engine.up()
    assert failed.code != 0
    assert "after 1 failed attempts: ssh: handshake failed: ssh: host key mismatch" in failed.text
    assert program.happened() == []


def test_a_typo_in_the_connection_is_refused_at_preview_without_its_secrets(program: Program) -> None:
    path = program.folder / "__main__.py"
    path.write_text(path.read_text().replace("command.remote.ConnectionArgs(**", "dict(privatKey='canary', **"))
    refused = program.engine.preview()
    assert refused.code != 0
    assert "connection.privatKey is no argument; did you mean privateKey?" in refused.text
    assert "canary" not in refused.text
    assert "PRIVATE KEY" not in refused.text
