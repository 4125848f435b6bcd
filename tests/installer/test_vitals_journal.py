"""Of the application a host tells what its journal says of Replicated and Docker, and nothing of containers."""

import json
import time

import pytest

from installer.python import journal
from tests.installer.telling import Host, stamped

pytestmark = pytest.mark.slow


def test_units_of_the_vendor_and_docker_are_what_the_journal_is_asked_for(host: Host) -> None:
    host.tell()
    (asked,) = map(json.loads, host.asked.read_text().splitlines())
    assert asked == ["--unit=replicated*", "--unit=docker.service", "--unit=containerd.service", "--since=-24h"]


def test_an_entry_of_the_journal_may_be_bytes_several_texts_or_nothing(host: Host) -> None:
    host.say([104, 105, 255])
    host.say(["one", "two"])
    host.say(None)
    host.say("no number", _PID=None, SYSLOG_IDENTIFIER=None, _COMM="replicated")
    host.say("lone \ud800 half")
    host.say("x" * 200_000)
    assert host.tell() == 0
    assert host.cloud.texts("messaging/application") == [
        "dockerd[7]: hi\N{REPLACEMENT CHARACTER}",
        "dockerd[7]: one two",
        "replicated: no number",
        "dockerd[7]: lone ? half",
        *("dockerd[7]: " + "x" * 64_988, "x" * 65_000, "x" * 65_000, "x" * 5_012),
    ]


def test_what_a_container_writes_is_not_told_though_docker_passes_it_to_the_journal(host: Host) -> None:
    """It may be what people wrote, or a password: Docker logs to the journal where somebody has set it to."""
    host.say("a password", CONTAINER_NAME="wickr-compliance", CONTAINER_ID="4711")
    host.say("a password", CONTAINER_ID_FULL="4711")
    host.say("Daemon has completed initialization")
    assert host.tell() == 0
    assert host.cloud.texts("messaging/application") == ["dockerd[7]: Daemon has completed initialization"]


def test_a_cursor_that_the_journal_cannot_read_goes_on_by_the_time_of_it(host: Host) -> None:
    host.say("one", __REALTIME_TIMESTAMP=str(int((time.time() - 90) * 1_000_000)))
    host.tell()
    kept = json.loads((host.state / "positions.json").read_text())
    kept["application"]["cursor"] = "damaged"
    (host.state / "positions.json").write_text(json.dumps(kept))
    host.say("two")
    assert host.tell() == 0
    assert host.cloud.texts("messaging/application") == ["dockerd[7]: one", "dockerd[7]: two"]


def test_a_host_without_a_journal_tells_the_rest(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "COMMAND", ("/nowhere/journalctl",))
    host.bootstrap.write_text(stamped("one"))
    assert host.tell() == 0
    assert set(host.cloud.streams) == {"messaging/bootstrap"}
