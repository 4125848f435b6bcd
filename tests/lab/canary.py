"""Canaries: what to look for where no secret of an installation may be, and where they are found."""

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path

from tests.lab.installation import Installation


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


def holding(installation: Installation, canaries: dict[str, list[str]], host: str) -> list[str]:
    """The files of a host in which there is a secret."""
    patterns = "\n".join(texts[0] for texts in canaries.values())
    return installation.on(
        host,
        "grep -rlaFf /dev/stdin --exclude-dir=proc --exclude-dir=sys --exclude-dir=dev --exclude-dir=run /",
        stdin=patterns + "\n",
        timeout=300,
    ).stdout.split()
