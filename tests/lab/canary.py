"""Canaries: what to look for where no secret of an installation may be, and the places in which it is looked for."""

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path

from tests.lab.installation import Installation

ON_MESSAGING = {
    "/etc/wickr/certificate.key",
    "/etc/wickr/console-auth.json",
    # The vendor's own files: the token of the daemon and of its operator.
    "/etc/default/replicated",
    "/etc/default/replicated-operator",
}
"""The files in which secrets of the stack may lie on the messaging host, for who reads them."""
THEIRS = ("/var/lib/replicated", "/var/lib/docker/containers/")
"""What the vendor's daemon and Docker keep for themselves: the token is in a container's environment."""

USER_DATA = """
import base64, boto3
ec2 = boto3.client("ec2")
for reservation in ec2.describe_instances()["Reservations"]:
    for instance in reservation["Instances"]:
        data = ec2.describe_instance_attribute(InstanceId=instance["InstanceId"], Attribute="userData")
        print(base64.b64decode(data["UserData"]["Value"]).decode())
"""
CREDENTIALS = """
set -e
at=http://169.254.169.254/latest
token=$(curl -sSf -X PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 60" $at/api/token)
told() { curl -sSf -H "X-aws-ec2-metadata-token: $token" "$at/meta-data/iam/security-credentials/$1"; }
told "$(told)"
"""


def of(installation: Installation, config: Path | None = None) -> dict[str, list[str]]:
    """What to look for, by secret: the text itself, and what it looks like encoded. The licence is the stack file's."""
    state = json.loads(installation.pulumi("stack", "export", "--show-secrets").stdout)
    resources = {r["urn"].rpartition("::")[2]: r for r in state["deployment"]["resources"]}
    outputs = installation.outputs(secrets=True)
    license_text = installation.pulumi("config", "get", "license", config=config).stdout.strip()
    conf = script_value(resources["messaging-replicated-files"], "REPLICATED_CONF")
    keys = {
        name: plain(resources[f"{name}"]["outputs"]["privateKeyPem"])
        for name in ("certificate-ca-key", "certificate-server-key", "secrets-login-key", "secrets-seed")
    }
    secrets = {
        "licence": license_text,
        "console password": outputs["installerPassword"],
        "cluster token": json.loads(conf)["DaemonToken"],
        **keys,
    }
    assert all(len(text) >= 32 for text in secrets.values())
    return {name: list(forms(text)) for name, text in secrets.items()}


def of_role(installation: Installation, host: str) -> dict[str, list[str]]:
    """The same of what a host's role gives it: the credentials by which it signs what it asks AWS for."""
    given = json.loads(installation.on(host, CREDENTIALS).stdout)
    secrets = {f"{name} of the role of {host}": given[name] for name in ("SecretAccessKey", "Token")}
    assert all(len(text) >= 32 for text in secrets.values())
    return {name: list(forms(text)) for name, text in secrets.items()}


def plain(value: object) -> str:
    """A secret of an exported state as text."""
    return str(json.loads(value["plaintext"])) if isinstance(value, dict) else str(value)


def script_value(resource: dict[str, dict[str, object]], name: str) -> str:
    """A value that a phase's script carries in base64."""
    found = re.search(rf"^readonly {name}=(\S*)$", plain(resource["inputs"]["stdin"]), re.MULTILINE)
    assert found
    return base64.b64decode(found[1]).decode()


def forms(text: str) -> Iterator[str]:
    """A secret as it is, a telling line of it, and in base64 at each alignment."""
    lines = [line for line in text.splitlines() if len(line) > 20 and "-----" not in line]
    core = lines[len(lines) // 2] if lines else text
    yield core
    for shift in range(3):
        encoded = base64.b64encode(b" " * shift + core.encode()).decode()
        yield encoded[4:-4]


def found(canaries: dict[str, list[str]], text: str) -> set[str]:
    return {name for name, texts in canaries.items() for each in texts if each in text}


def state(installation: Installation) -> dict[str, str]:
    """The files of the state, by name."""
    files = [each for each in (installation.lab.path / "state").rglob("*") if each.is_file()]
    assert files
    return {str(file): file.read_text(errors="replace") for file in files}


def logs(installation: Installation, host: str) -> str:
    """What a host notes of what goes on, the bootstrap's own log first of all."""
    return installation.on(host, "cat /var/log/*.log /var/log/cloud-init*; journalctl --no-pager -o cat").stdout


def user_data(installation: Installation) -> str:
    """What all instances were given to boot with."""
    text = installation.lab.run("operator", ["python3", "-c", USER_DATA]).stdout
    assert text.startswith("#cloud-config")
    assert "ed25519_private" in text
    return text


def holding(
    installation: Installation, canaries: dict[str, list[str]], host: str, *, left_out: tuple[str, ...] = THEIRS
) -> set[str]:
    """The files of a host in which there is a secret, but for those that begin so."""
    patterns = "\n".join(texts[0] for texts in canaries.values())
    listing = installation.on(
        host,
        "grep -rlaFf /dev/stdin --exclude-dir=proc --exclude-dir=sys --exclude-dir=dev --exclude-dir=run /",
        stdin=patterns + "\n",
        timeout=300,
    ).stdout.split()
    return {path for path in listing if not path.startswith(left_out)}
