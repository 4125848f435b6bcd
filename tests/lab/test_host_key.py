"""A host that shows another key than the one that was planted is not talked to."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.installation import Installation

pytestmark = pytest.mark.lab

KEY = "/etc/ssh/ssh_host_ed25519_key"


@pytest.fixture
def impostor(installation: Installation) -> Iterator[None]:
    """Somebody answers at the messaging host's address with a key of their own."""
    made = installation.on(
        "messaging",
        f"cp -p {KEY} /root/key && cp -p {KEY}.pub /root/key.pub && rm {KEY} {KEY}.pub "
        f"&& ssh-keygen -q -t ed25519 -N '' -f {KEY} && systemctl restart ssh",
    )
    assert made.returncode == 0, made.stderr
    yield
    installation.on("messaging", f"mv /root/key {KEY} && mv /root/key.pub {KEY}.pub && systemctl restart ssh")


def test_a_wrong_host_key_stops_the_deployment_before_any_secret_is_sent(
    installation: Installation, impostor: None, tmp_path: Path
) -> None:
    before = installation.on("messaging", "cksum /etc/wickr/* /var/log/wickr-bootstrap.log").stdout
    changed = installation.changed_stack_file(tmp_path, {"wickr:settings": {"lab_hostname": "chat.example.com"}})
    began = time.monotonic()
    done = installation.pulumi("up", "--yes", "--skip-preview", config=changed)
    assert done.returncode != 0
    assert "host key" in done.stdout + done.stderr
    assert "messaging-replicated-files" in done.stdout + done.stderr
    assert "messaging-replicated-configure **" not in done.stdout
    assert installation.on("messaging", "cksum /etc/wickr/* /var/log/wickr-bootstrap.log").stdout == before
    assert time.monotonic() - began < 120


def test_known_hosts_and_the_ssh_command_of_the_outputs_lead_onto_the_host(
    installation: Installation, tmp_path: Path
) -> None:
    outputs = installation.outputs(secrets=True)
    key, known = tmp_path / "wickr.key", tmp_path / "wickr.known_hosts"
    key.touch(mode=0o600)
    key.write_text(outputs["sshPrivateKey"])
    known.write_text(outputs["knownHosts"])
    command = f"cd {tmp_path} && {outputs['sshCommands']['messaging']} -o BatchMode=yes sudo -n hostname"
    done = installation.on("admin", command)
    assert done.stdout.strip() == "wickr-local-messaging", done.stderr
    unpinned = command.replace("wickr.known_hosts", "/dev/null")
    assert installation.on("admin", f"{unpinned} -o StrictHostKeyChecking=yes").returncode != 0


def test_the_next_up_goes_on_from_there(installation: Installation) -> None:
    again = installation.pulumi("up", "--yes", "--skip-preview")
    assert again.returncode == 0, again.stdout + again.stderr
    assert installation.pulumi("preview", "--expect-no-changes").returncode == 0
