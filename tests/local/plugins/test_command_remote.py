"""Commands over SSH, on a real OpenSSH server."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from local.plugins.command import remote
from local.plugins.command.connection import Connection
from local.plugins.command.transcript import CommandError, Outcome, Transcript, Voice
from tests.local.plugins.sshd import Sshd, needs_sshd, running

pytestmark = [pytest.mark.slow, needs_sshd]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with running(tmp_path_factory.mktemp("sshd")) as sshd:
        yield sshd


class Heard:
    """What was said while a command ran."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.status: list[str] = []
        self.warnings: list[str] = []

    def run(self, connection: dict[str, Any], command: str, **options: Any) -> Outcome:
        work = remote.run(
            Connection.of(connection),
            command,
            Transcript(log=self.lines.append),
            voice=Voice(status=self.status.append, warn=self.warnings.append),
            **options,
        )
        return asyncio.run(work)


def test_it_runs_with_its_input_and_keeps_both_streams(server: Sshd) -> None:
    heard = Heard()
    said = heard.run(server.connection(), "cat; echo problem >&2", stdin="first\nsecond")
    assert said == Outcome(stdout="first\nsecond", stderr="problem")
    assert sorted(heard.lines) == ["first", "problem", "second"]
    assert heard.warnings == []


def test_the_input_ends_so_that_a_reader_ends(server: Sshd) -> None:
    assert Heard().run(server.connection(), "cat; echo end").stdout == "end"


def test_a_large_input_arrives_whole(server: Sshd) -> None:
    text = "0123456789abcdef" * 200_000
    assert Heard().run(server.connection(), "wc -c", stdin=text).stdout.strip() == str(len(text))


def test_an_input_that_nobody_reads_is_no_failure(server: Sshd) -> None:
    assert Heard().run(server.connection(), "true", stdin="x" * 3_000_000) == Outcome()


def test_a_failure_names_the_status_the_command_and_its_output(server: Sshd) -> None:
    with pytest.raises(CommandError) as told:
        Heard().run(server.connection(), "echo out; exit 3", stdin="canary")
    assert str(told.value) == 'Process exited with status 3: running "echo out; exit 3":\nout\n'


def test_a_command_that_a_signal_ends_names_the_signal(server: Sshd) -> None:
    with pytest.raises(CommandError, match="Process exited with status 137 from signal KILL"):
        Heard().run(server.connection(), "kill -9 $$")


def test_the_environment_reaches_the_command_where_the_server_accepts_it(server: Sshd) -> None:
    said = Heard().run(server.connection(), "echo $GREETING", environment={"GREETING": "two  words\nand lines"})
    assert said.stdout == "two words and lines"


def test_an_environment_that_the_server_refuses_is_an_error_before_the_command_runs(
    server: Sshd, tmp_path: Path
) -> None:
    with pytest.raises(CommandError, match=r'could not set environment variable "OTHER".*AcceptEnv'):
        Heard().run(server.connection(), f"touch {tmp_path}/ran", environment={"GREETING": "x", "OTHER": "y"})
    assert not (tmp_path / "ran").exists()


def test_a_previous_output_that_the_server_refuses_is_only_a_warning(server: Sshd) -> None:
    heard = Heard()
    said = heard.run(server.connection(), "echo ran", previous={"PULUMI_COMMAND_STDOUT": "before"})
    assert said.stdout == "ran"
    assert [text.split(".")[0] for text in heard.warnings] == ["Unable to set 'PULUMI_COMMAND_STDOUT'"]


def test_without_a_host_key_anybody_is_trusted_and_a_warning_says_so(server: Sshd) -> None:
    heard = Heard()
    assert heard.run(server.connection(hostKey=None), "echo ran").stdout == "ran"
    assert len(heard.warnings) == 1
    assert "hostKey is not set" in heard.warnings[0]


def test_a_wrong_host_key_ends_in_one_sentence_within_the_dial_limit(server: Sshd, tmp_path: Path) -> None:
    heard = Heard()
    wrong = server.connection(hostKey=server.other_host_key, dialErrorLimit=2)
    with pytest.raises(CommandError, match=r"after 2 failed attempts: .*host key mismatch: 127\.0\.0\.1:") as told:
        heard.run(wrong, f"touch {tmp_path}/ran")
    assert len(heard.status) == 2
    assert "\n" not in str(told.value)
    assert not (tmp_path / "ran").exists()


def test_only_the_pinned_type_of_host_key_is_accepted(server: Sshd) -> None:
    ecdsa = ec.generate_private_key(ec.SECP256R1()).public_key()
    text = ecdsa.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    with pytest.raises(CommandError, match=r"no common algorithm for host key|no ecdsa-sha2-nistp256 key"):
        Heard().run(server.connection(hostKey=text, dialErrorLimit=0), "true")


def test_a_stranger_cannot_log_in_and_the_error_holds_no_key(server: Sshd) -> None:
    with pytest.raises(CommandError, match=r"after 1 failed attempts: .*unable to authenticate") as told:
        Heard().run(server.connection(privateKey=server.stranger, dialErrorLimit=1), "true")
    assert "PRIVATE KEY" not in str(told.value)


def test_keys_that_are_no_keys_are_refused_at_once_and_not_repeated(server: Sshd) -> None:
    for wrong in ({"privateKey": "canary-key"}, {"hostKey": "canary-key"}, {"hostKey": "ssh-ed25519 Y2FuYXJ5"}):
        heard = Heard()
        with pytest.raises(CommandError) as told:
            heard.run(server.connection(**wrong, dialErrorLimit=-1), "true")
        assert "canary" not in str(told.value)
        assert heard.status == []


def test_a_connection_never_shows_its_secrets(server: Sshd) -> None:
    shown = repr(Connection.of(server.connection(password="canary")))
    assert "canary" not in shown
    assert "PRIVATE KEY" not in shown


def test_a_proxy_is_passed_through(server: Sshd, tmp_path_factory: pytest.TempPathFactory) -> None:
    with running(tmp_path_factory.mktemp("proxy")) as proxy:
        said = Heard().run(server.connection(proxy=proxy.connection()), "echo $SSH_CONNECTION; echo through")
        assert said.stdout.endswith("through")
        wrong = proxy.connection(hostKey=server.host_key, dialErrorLimit=0)
        with pytest.raises(CommandError, match=f"host key mismatch: 127.0.0.1:{proxy.port}"):
            Heard().run(server.connection(proxy=wrong), "true")
