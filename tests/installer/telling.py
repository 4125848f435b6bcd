"""A host of the tests that tells CloudWatch how it is: its files, its journal, and what was told."""

import datetime
import json
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from installer.python import journal, vitals
from tests.installer.cloudwatch import GROUP, MINUTE, Services
from tests.installer.servers import INSTANCE, SECRET, SESSION

JOURNALCTL = """#!{python}
import json, sys
given = dict(word.partition("=")[::2] for word in sys.argv[1:])
entries = [json.loads(line) for line in open({entries!r})]
open({asked!r}, "a").write(json.dumps(sys.argv[1:]) + "\\n")
if given.get("--after-cursor") == "damaged":
    sys.exit("Failed to seek to cursor: Invalid argument")
if "--after-cursor" in given:
    entries = [each for each in entries if int(each["__CURSOR"]) > int(given["--after-cursor"])]
if given.get("--since", "").startswith("@"):
    entries = [each for each in entries if int(each["__REALTIME_TIMESTAMP"]) >= int(given["--since"][1:]) * 1000000]
for each in entries if given.get("--lines") != "0" else []:
    print(json.dumps(each))
"""


class Host:
    """The files of a host, its journal, and what became of one run on it."""

    def __init__(self, folder: Path, services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.services, self.cloud = folder, services, services.account
        self.state, self.file = folder / "state", folder / "vitals.json"
        self.bootstrap, self.installer = folder / "bootstrap.log", folder / "installer.log"
        self.entries, self.asked = folder / "journal", folder / "asked"
        self.state.mkdir()
        self.entries.touch()
        program = folder / "journalctl"
        program.write_text(JOURNALCTL.format(python=sys.executable, entries=str(self.entries), asked=str(self.asked)))
        program.chmod(0o755)
        monkeypatch.setattr(journal, "COMMAND", (str(program),))
        monkeypatch.setattr(vitals, "FILES", {"bootstrap": str(self.bootstrap), "installer": str(self.installer)})
        monkeypatch.setenv("SSL_CERT_FILE", services.environment["SSL_CERT_FILE"])
        self.configuration: dict[str, Any] = {
            "region": "eu-west-1",
            "domain": "amazonaws.com",
            "group": GROUP,
            "role": "messaging",
            "certificate": False,
            "proxy": "",
            "proxyCredentials": "",
            "proxyExceptions": "",
        }

    def tell(self, *, environment: dict[str, str] | None = None, **changes: Any) -> int:
        self.file.write_text(json.dumps(self.configuration | changes))
        return vitals.main([str(self.file), str(self.state)], self.services.environment | (environment or {}))

    @property
    def answer(self) -> str:
        return (self.state / "answer").read_text()

    def say(self, message: object, **fields: object) -> None:
        """A new entry of the journal, of a minute ago."""
        number = len(self.entries.read_text().splitlines()) + 1
        entry = {
            "__CURSOR": str(number),
            "__REALTIME_TIMESTAMP": str(int((time.time() - 60) * 1_000_000) + number),
            "SYSLOG_IDENTIFIER": "dockerd",
            "_PID": "7",
            "MESSAGE": message,
            **fields,
        }
        with self.entries.open("a") as file:
            file.write(json.dumps(entry) + "\n")


def stamped(*words: str) -> str:
    """Lines as the bootstrap writes them, of this minute."""
    now = datetime.datetime.now(datetime.UTC)
    return "".join(f"{now:%Y-%m-%dT%H:%M:%SZ} files {word}\n" for word in words)


def values(host: Host) -> dict[str, float]:
    """The metrics that were told, with what goes with each of them checked."""
    for each in host.cloud.metrics:
        assert each["Namespace"] == "Wickr"
        assert (each["Dimensions.member.1.Name"], each["Dimensions.member.1.Value"]) == ("InstanceId", INSTANCE)
        told = datetime.datetime.strptime(each["Timestamp"], "%Y-%m-%dT%H:%M:%S%z")
        assert abs(told - host.cloud.now) < MINUTE
        assert each["Unit"] == ("None" if each["MetricName"] == "CertificateDays" else "Percent")
        assert "Dimensions.member.2.Name" not in each
    return {each["MetricName"]: float(each["Value"]) for each in host.cloud.metrics}


def refusal(host: Host) -> str:
    """The one sentence of a run that failed; nothing of the role's key is in it."""
    assert host.answer.count("\n") == 1
    assert not any(secret in host.answer for secret in (SECRET, SESSION))
    return host.answer
