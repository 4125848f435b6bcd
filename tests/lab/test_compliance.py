"""The compliance host of a running installation: who reaches it, whom it reaches, and its bot, configured later."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.lab.addresses import VENDOR
from tests.lab.installation import Installation
from tests.local.lab import test_bot
from tests.local.lab.conftest import eventually

pytestmark = pytest.mark.lab

PASSWORD = "canary-password-of-the-client-file"
BUCKET = "acme-configuration"
CLIENT: dict[str, Any] = test_bot.CLIENT | {
    "password": "canary-password-of-the-bot",
    "configS3File": {"key": "conf.wickr", "bucket": BUCKET, "region": "eu-west-1"},
    "configPassword": PASSWORD,
}
PREPARE = """
import boto3, sys
boto3.client("s3").create_bucket(Bucket=sys.argv[1], CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
boto3.client("s3").upload_file(sys.argv[2], sys.argv[1], "conf.wickr")
print(boto3.client("secretsmanager").create_secret(Name="acme-compliance", SecretString=sys.stdin.read())["ARN"])
"""
REBOOT = "import boto3, sys; boto3.client('ec2').reboot_instances(InstanceIds=[sys.argv[1]])"


@pytest.fixture(scope="module")
def address(installation: Installation) -> str:
    return str(installation.outputs()["complianceHost"])


@pytest.mark.parametrize("place", ["client", "admin", "operator"])
def test_nobody_outside_reaches_it(installation: Installation, address: str, place: str) -> None:
    assert installation.tcp_ports(place, address, "1-1024,9876,16384,49152") == set()
    assert installation.lab.host("compliance")["public"] == ""


def test_of_the_hosts_the_messaging_host_alone_reaches_ssh(installation: Installation, address: str) -> None:
    reached = {host: installation.tcp_ports_from_host(host, address) for host in ("messaging", "calling")}
    assert reached == {"messaging": {22}, "calling": set()}


def test_it_is_let_out_to_tcp_443_and_nowhere_else(installation: Installation) -> None:
    """The guide's one row for it (CG 2.2), at the vendor's servers and at the other hosts."""
    places = {name: installation.lab.host(name)["private"] for name in ("messaging", "calling")}
    places["vendor"] = VENDOR.ip
    reached = {name: installation.tcp_ports_from_host("compliance", at) for name, at in places.items()}
    assert reached == {"messaging": {443}, "calling": {443}, "vendor": {443}}
    assert installation.on("compliance", "timeout 3 ping -c 1 -W 2 10.20.0.1").returncode != 0


def test_it_is_prepared_and_says_what_is_missing(installation: Installation) -> None:
    outputs = installation.outputs()
    assert outputs["complianceState"] == "prepared"
    (step,) = (each for each in outputs["nextSteps"] if "compliance.configuration.secretArn" in each)
    assert step.startswith("The compliance host is prepared, and its bot is missing a configuration.")
    assert installation.on("compliance", "docker ps --all --quiet").stdout == ""


def restarted(installation: Installation, host: str) -> None:
    """After a reboot by the API, and all of the system up again."""
    assert installation.on(host, "touch /run/before").returncode == 0
    done = installation.lab.run("operator", ["python3", "-c", REBOOT, installation.lab.host(host)["id"]])
    assert done.returncode == 0, done.stderr

    def back() -> bool:
        ready = installation.lab.host(host)["state"] == "ready"
        return ready and installation.on(host, "test ! -e /run/before").returncode == 0

    eventually(f"{host} is back", back, 120)


def test_after_a_reboot_the_data_volume_is_in_its_place_and_docker_runs(installation: Installation) -> None:
    restarted(installation, "compliance")
    assert installation.on("compliance", "systemctl is-active docker").stdout.strip() == "active"
    mounted = installation.on("compliance", "findmnt -n -o TARGET,FSTYPE --mountpoint /opt/WickrIO").stdout.split()
    assert mounted == ["/opt/WickrIO", "ext4"]


@pytest.fixture(scope="module")
def configured(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """What the engine said when the bot's configuration was named, as nextSteps tell; in the end all is as before."""
    folder = tmp_path_factory.mktemp("configuration")
    (folder / "ca.pem").write_text(installation.outputs()["caCertificate"])
    make = f"python -m local.vendor.client_file --host wickr.example.com --user {CLIENT['name']}"
    made = installation.on("operator", f"{make} --ca {folder}/ca.pem --out {folder}/conf.wickr", stdin=PASSWORD + "\n")
    assert made.returncode == 0, made.stdout + made.stderr
    secret = json.dumps({"wickr_config": json.dumps({"clients": [CLIENT]})})
    words = ["python3", "-c", PREPARE, BUCKET, str(folder / "conf.wickr")]
    prepared = installation.lab.run("operator", words, stdin=secret)
    assert prepared.returncode == 0, prepared.stderr
    yield up(installation, folder, {"secretArn": prepared.stdout.strip(), "bucket": BUCKET, "key": "conf.wickr"})
    back = installation.pulumi("up", "--yes", "--skip-preview")
    assert back.returncode == 0, back.stdout + back.stderr


def up(installation: Installation, folder: Path, configuration: dict[str, str]) -> str:
    whole = installation.stack_file_value("wickr:compliance") | {"configuration": configuration}
    file = installation.changed_stack_file(folder, {"wickr:compliance": whole})
    with installation.processes:
        done = installation.pulumi("up", "--yes", "--skip-preview", config=file)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_named_later_the_configuration_makes_the_bot_run(installation: Installation, configured: str) -> None:
    assert "container: wickr-compliance was started" in configured
    assert "Client compliance_bot: Running" in installation.on("compliance", "docker logs wickr-compliance").stdout
    assert installation.outputs()["complianceState"] == "configured"


def test_that_gives_the_host_a_right_and_its_containers_a_hop_more_and_changes_nothing_else(
    installation: Installation, configured: str
) -> None:
    """Seen from what was done: the preview back to the stack file takes the same away again."""
    assert installation.planned() == {
        "delete": {"compliance-reads"},
        "update": {"compliance-host-instance", "compliance-bot-container"},
    }


def test_the_bots_secrets_are_in_no_log_no_argument_and_no_state(installation: Installation, configured: str) -> None:
    logs = installation.on("compliance", "cat /var/log/*.log; journalctl --no-pager -o cat").stdout
    state = "".join(
        each.read_text(errors="replace") for each in (installation.lab.path / "state").rglob("*") if each.is_file()
    )
    places = {"engine": configured, "logs": logs, "state": state, "processes": "\n".join(installation.processes.seen)}
    canaries = (PASSWORD, CLIENT["password"])
    assert {place: [each for each in canaries if each in text] for place, text in places.items()} == {
        place: [] for place in places
    }
    assert "container done" in logs


def test_with_its_host_the_bot_comes_back_as_the_same_one(installation: Installation, configured: str) -> None:
    restarted(installation, "compliance")

    def said() -> bool:
        logs = installation.on("compliance", "docker logs wickr-compliance 2>&1").stdout
        return "Client compliance_bot was registered before" in logs

    eventually("the bot logs in again", said, 60)
