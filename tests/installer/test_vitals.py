"""A host tells CloudWatch how it is: over real TLS, to a server that checks signatures by botocore and keeps limits."""

import datetime
import json
import ssl
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from guide.roles import Role
from installer import vitals as contract
from installer.python import journal, vitals
from tests.certificates import Issued, issue
from tests.installer import cloudwatch, servers
from tests.installer.cloudwatch import GROUP, MINUTE, CloudWatch, Services
from tests.installer.servers import INSTANCE, SECRET, SESSION

pytestmark = pytest.mark.slow

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


@pytest.fixture
def cloud() -> CloudWatch:
    return CloudWatch()


@pytest.fixture
def host(cloud: CloudWatch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    monkeypatch.setattr("installer.python.service.time.sleep", lambda seconds: None)
    with cloudwatch.serving(tmp_path, cloud) as services:
        yield Host(tmp_path, services, monkeypatch)


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


def test_a_host_tells_how_full_it_is_and_its_logs_to_streams_of_its_role(host: Host) -> None:
    host.bootstrap.write_text(stamped("begins", "done in 1 s"))
    host.installer.write_text("Installing\nInstalled\n")
    host.say("Daemon has completed initialization")
    assert host.tell() == 0
    found = values(host)
    assert found.keys() == {"DiskUsed", "MemoryUsed"}
    assert all(0 < each <= 100 for each in found.values())
    assert {stream: host.cloud.texts(stream) for stream in host.cloud.streams} == {
        "messaging/bootstrap": host.bootstrap.read_text().splitlines(),
        "messaging/installer": ["Installing", "Installed"],
        "messaging/application": ["dockerd[7]: Daemon has completed initialization"],
    }
    assert host.answer.endswith(
        ", 2 new in messaging/bootstrap, 2 new in messaging/installer, 1 new in messaging/application\n"
    )


def test_the_next_run_tells_the_measures_again_and_of_the_logs_what_is_new(host: Host) -> None:
    host.bootstrap.write_text(stamped("one"))
    host.say("one")
    assert (host.tell(), host.tell()) == (0, 0)
    with host.bootstrap.open("a") as file:
        file.write(stamped("two"))
    host.say("two")
    assert host.tell() == 0
    assert len(host.cloud.metrics) == 6
    assert host.cloud.asked.count("PutLogEvents") == 2 * (2 + 1)  # a stream is made when it is missed
    assert [text.rpartition(" ")[2] for text in host.cloud.texts("messaging/bootstrap")] == ["one", "two"]
    assert host.cloud.texts("messaging/application") == ["dockerd[7]: one", "dockerd[7]: two"]


def test_a_host_that_has_nothing_to_tell_makes_no_stream(host: Host) -> None:
    assert host.tell() == 0
    assert (host.cloud.streams, host.cloud.asked) == ({}, ["PutMetricData"])


def test_units_of_the_vendor_and_docker_are_what_the_journal_is_asked_for(host: Host) -> None:
    host.tell()
    (asked,) = map(json.loads, host.asked.read_text().splitlines())
    assert asked == ["--unit=replicated*", "--unit=docker.service", "--unit=containerd.service", "--since=-24h"]


def served(stack: ExitStack, folder: Path, certificate: Issued, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody serves this certificate where the host looks for its own."""
    (folder / "own.pem").write_text(certificate.key_pem() + certificate.pem)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(folder / "own.pem")
    address, _, port = stack.enter_context(servers.serving(servers.Handler, CloudWatch(), tls)).partition(":")
    monkeypatch.setattr(vitals, "SERVED", (address, int(port)))


@pytest.mark.parametrize(("ends", "days"), [(90.5, 90), (0.5, 0), (-0.5, -1), (-3.5, -4)])
def test_a_host_that_serves_a_certificate_tells_for_how_many_days_it_is_good(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ends: float, days: int
) -> None:
    with ExitStack() as stack:
        served(stack, tmp_path, issue("wickr.example.com", days=(-10, ends)), monkeypatch)
        assert host.tell(certificate=True) == 0
    assert values(host)["CertificateDays"] == days


def test_a_certificate_that_is_not_asked_for_or_not_served_is_no_metric(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vitals, "SERVED", ("127.0.0.1", 9))
    assert host.tell(certificate=True) == 0
    with ExitStack() as stack:
        served(stack, tmp_path, issue("wickr.example.com"), monkeypatch)
        assert host.tell(certificate=False) == 0
    assert values(host).keys() == {"DiskUsed", "MemoryUsed"}


def refusal(host: Host) -> str:
    """The one sentence of a run that failed; nothing of the role's key is in it."""
    assert host.answer.count("\n") == 1
    assert not any(secret in host.answer for secret in (SECRET, SESSION))
    return host.answer


BUSY = ["503 ServiceUnavailable"] * 9
FAULTS = {
    "no role": (CloudWatch(role=""), {}, "metadata: the instance's role has no credentials"),
    "no metadata": (CloudWatch(), {"METADATA_ADDRESS": "127.0.0.1:9"}, "metadata: the instance's metadata service"),
    "no metrics": (
        CloudWatch(denied={"PutMetricData"}),
        {},
        "permission: monitoring.eu-west-1.amazonaws.com answers with 403 AccessDenied (User: arn:aws:sts::123456789012:"
        "assumed-role/x is not authorized to perform: PutMetricData); the instance's role must be let do that",
    ),
    "no events": (
        CloudWatch(denied={"PutLogEvents"}),
        {},
        "permission: logs.eu-west-1.amazonaws.com answers with 400 AccessDeniedException (User: ",
    ),
    "no streams": (CloudWatch(denied={"CreateLogStream"}), {}, "permission: logs.eu-west-1.amazonaws.com answers"),
    "no group": (CloudWatch(groups=set()), {}, f"logs: there is no log group {GROUP}; somebody deleted it"),
    "fast clock": (CloudWatch(ahead=-20 * MINUTE), {}, "clock: this host's clock says "),
    "closed": (CloudWatch(), {"SERVICES_ADDRESS": "127.0.0.1:9"}, "network: monitoring.eu-west-1.amazonaws.com port"),
    "busy": (CloudWatch(faults={"monitoring": BUSY, "logs": []}), {}, "network: monitoring.eu-west-1.amazonaws.com an"),
    "cut": (CloudWatch(faults={"monitoring": [], "logs": ["cut"] * 9}), {}, "network: logs.eu-west-1.amazonaws.com g"),
    "strange": (
        CloudWatch(faults={"monitoring": ["400 InvalidParameterValue"], "logs": []}),
        {},
        "internal: monitoring.eu-west-1.amazonaws.com answers with 400 InvalidParameterValue",
    ),
}


@pytest.mark.parametrize(("cloud", "changes", "sentence"), FAULTS.values(), ids=FAULTS)
def test_what_goes_wrong_is_one_sentence_with_its_class(
    host: Host, cloud: CloudWatch, changes: dict[str, str], sentence: str
) -> None:
    host.bootstrap.write_text(stamped("one"))
    assert host.tell(environment=changes) == 1
    assert refusal(host).startswith(sentence), host.answer


@pytest.mark.parametrize("cloud", [CloudWatch(ahead=datetime.timedelta(minutes=-90))])
def test_a_clock_that_is_wrong_is_said_with_how_far(host: Host, cloud: CloudWatch) -> None:
    assert host.tell() == 1
    assert "90 minutes apart; set it" in refusal(host)


def test_a_name_that_does_not_resolve_and_a_certificate_of_somebody_else_are_the_network_s(host: Host) -> None:
    assert host.tell(domain="invalid", environment={"SERVICES_ADDRESS": ""}) == 1
    assert refusal(host).startswith("network: the name monitoring.eu-west-1.invalid does not resolve")
    assert host.tell(domain="example.com") == 1
    assert refusal(host).startswith("network: monitoring.eu-west-1.example.com shows a certificate that this host does")


def test_a_certificate_of_the_service_out_of_its_time_points_to_the_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = issue("CloudWatch", names=[*cloudwatch.HOSTS], days=(1, 2))
    with cloudwatch.serving(tmp_path, CloudWatch(), certificate=shown) as services:
        host = Host(tmp_path, services, monkeypatch)
        assert host.tell() == 1
    assert refusal(host).startswith("clock: the certificate of monitoring.eu-west-1.amazonaws.com is out of its time")


def test_what_passes_is_tried_again(host: Host) -> None:
    host.bootstrap.write_text(stamped("one"))
    host.cloud.faults["monitoring"] = ["503 ServiceUnavailable", "400 Throttling"]
    host.cloud.faults["logs"] = ["cut", "400 ThrottlingException"]
    assert host.tell() == 0
    assert len(host.cloud.texts("messaging/bootstrap")) == 1


def test_one_part_that_is_refused_does_not_keep_the_others_from_being_told(host: Host) -> None:
    host.bootstrap.write_text(stamped("one"))
    host.cloud.denied = {"PutMetricData"}
    assert host.tell() == 1
    assert len(host.cloud.texts("messaging/bootstrap")) == 1
    host.cloud.denied = {"PutLogEvents"}
    assert host.tell() == 0, "nothing was new"
    with host.bootstrap.open("a") as file:
        file.write(stamped("two"))
    assert host.tell() == 1
    assert values(host).keys() == {"DiskUsed", "MemoryUsed"}


def test_what_was_not_accepted_is_told_later_and_nothing_is_lost_meanwhile(host: Host) -> None:
    host.bootstrap.write_text(stamped("one"))
    host.say("one")
    assert host.tell(environment={"SERVICES_ADDRESS": "127.0.0.1:9"}) == 1
    with host.bootstrap.open("a") as file:
        file.write(stamped("two"))
    host.say("two")
    host.cloud.denied = {"PutLogEvents"}
    assert host.tell() == 1
    host.cloud.denied = set()
    assert host.tell() == 0
    assert [text.rpartition(" ")[2] for text in host.cloud.texts("messaging/bootstrap")] == ["one", "two"]
    assert host.cloud.texts("messaging/application") == ["dockerd[7]: one", "dockerd[7]: two"]


def test_a_call_that_was_accepted_is_not_told_again_though_a_later_one_fails(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.bootstrap.write_text("".join(f"line {number} {'x' * 1000}\n" for number in range(3000)))
    host.cloud.streams["messaging/bootstrap"] = []
    host.cloud.faults["logs"] = ["", "500 InternalFailure", "500 InternalFailure", "500 InternalFailure"]
    assert host.tell() == 1
    first = len(host.cloud.texts("messaging/bootstrap"))
    assert 900 < first < 1100, "one batch"
    assert host.tell() == 0
    numbers = [int(text.split(" ")[1]) for text in host.cloud.texts("messaging/bootstrap")]
    assert numbers == list(range(3000))


def test_a_stream_that_somebody_deletes_is_made_again(host: Host) -> None:
    host.bootstrap.write_text(stamped("one"))
    host.tell()
    del host.cloud.streams["messaging/bootstrap"]
    with host.bootstrap.open("a") as file:
        file.write(stamped("two"))
    assert host.tell() == 0
    assert [text.rpartition(" ")[2] for text in host.cloud.texts("messaging/bootstrap")] == ["two"]


def test_a_disk_without_room_is_told_and_the_logs_wait_for_room(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """Logs whose position could not be noted would be told again and again."""
    host.bootstrap.write_text(stamped("one"))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("installer.python.position.json.dump", full)
        assert host.tell() == 1
    assert host.answer.startswith("disk: how far the logs were told cannot be noted in ")
    assert values(host).keys() == {"DiskUsed", "MemoryUsed"}
    assert host.cloud.streams == {}


@pytest.mark.parametrize("left", ["", "{", "[]", '{"bootstrap": 3}', "\0\0"])
def test_a_damaged_note_of_how_far_it_came_begins_anew(host: Host, left: str) -> None:
    host.bootstrap.write_text(stamped("one"))
    host.tell()
    (host.state / "positions.json").write_text(left)
    assert host.tell() == 0
    assert len(host.cloud.texts("messaging/bootstrap")) == 2


def test_two_runs_at_once_are_one(host: Host) -> None:
    with vitals.alone(str(host.state)) as first:
        assert (first, host.tell()) == (True, 0)
    assert host.cloud.asked == []


def test_what_it_keeps_is_for_root_alone(host: Host) -> None:
    host.bootstrap.write_text(stamped("one"))
    host.tell()
    assert {each.name: each.stat().st_mode & 0o777 for each in host.state.iterdir()} == {
        "answer": 0o600,
        "lock": 0o600,
        "positions.json": 0o600,
    }


@pytest.mark.parametrize("credentials", ["", "lab-user:canary.word"])
def test_where_a_proxy_leads_out_it_leads_to_cloudwatch(host: Host, credentials: str) -> None:
    host.bootstrap.write_text(stamped("one"))
    host.cloud.credentials = credentials
    assert host.tell(proxy=host.services.proxy, proxyCredentials=credentials) == 0
    assert set(host.cloud.tunnels) == {f"{name}:443" for name in cloudwatch.HOSTS}
    assert values(host).keys() == {"DiskUsed", "MemoryUsed"}


@pytest.mark.parametrize("around", [".amazonaws.com", ",".join(cloudwatch.HOSTS)])
def test_what_is_reached_without_the_proxy_is_not_asked_of_it(host: Host, around: str) -> None:
    assert host.tell(proxy="http://127.0.0.1:9", proxyExceptions=f"localhost,{around}") == 0
    assert host.cloud.asked == ["PutMetricData"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"proxyCredentials": "lab-user:wrong.canary"},
            "proxy: http://127.0.0.1:PORT asks for credentials, or for ot",
        ),
        ({}, "proxy: http://127.0.0.1:PORT asks for credentials, or for others (HTTP status 407); set them with: "),
        ({"proxy": "http://127.0.0.1:9"}, "proxy: http://127.0.0.1:9 cannot be reached ("),
        ({"proxy": "http://proxy.invalid:3128"}, "proxy: the name in http://proxy.invalid:3128 does not resolve"),
        (
            {"proxyCredentials": "lab-user:canary.word", "domain": "example.com"},
            "proxy: http://127.0.0.1:PORT does not lead to monitoring.eu-west-1.example.com",
        ),
    ],
    ids=["wrong credentials", "no credentials", "closed", "no such name", "not let through"],
)
def test_a_proxy_that_does_not_lead_out_is_said_without_its_credentials(
    host: Host, changes: dict[str, Any], sentence: str
) -> None:
    host.cloud.credentials = "lab-user:canary.word"
    assert host.tell(**{"proxy": host.services.proxy, **changes}) == 1
    assert host.answer.startswith(sentence.replace("PORT", host.services.proxy.rpartition(":")[2])), host.answer
    assert "canary" not in host.answer


def test_a_run_ends_in_its_time_though_there_is_more_to_tell(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    host.bootstrap.write_text(stamped("one"))
    monkeypatch.setattr(vitals, "SECONDS", -1)
    assert host.tell() == 1
    assert refusal(host).startswith("timeout: the time for it was over before monitoring.eu-west-1.amazonaws.com was")


def test_of_one_log_a_run_tells_only_so_much_and_the_next_one_goes_on(host: Host) -> None:
    lines = [f"{number} {'x' * 990}" for number in range(20_000)]
    host.bootstrap.write_text("\n".join(lines) + "\n")
    seen = []
    for _ in range(4):
        assert host.tell() == 0
        seen.append(len(host.cloud.texts("messaging/bootstrap")))
    assert 8000 < seen[0] < 9000
    assert 16_000 < seen[1] < 18_000
    assert seen[2:] == [20_000, 20_000]
    assert host.cloud.texts("messaging/bootstrap") == lines
    assert max(host.cloud.batches) > 1_000_000, "calls are as large as they may be"


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


def test_the_phase_is_given_what_the_program_is_configured_with() -> None:
    proxy = {"PROXY": "http://proxy:3128", "PROXY_CREDENTIALS": "secret", "PROXY_EXCEPTIONS": "localhost"}
    given = {"region": "eu-west-1", "domain": "amazonaws.com", "group": GROUP}
    found = contract.values(**given, role=Role.CALLING, certificate=False, proxy=proxy)
    program = found.pop("PROGRAM")
    assert found == {
        "FILES": "/etc/wickr",
        "REGION": "eu-west-1",
        "DOMAIN": "amazonaws.com",
        "GROUP": GROUP,
        "ROLE": "calling",
        "TELLS_CERTIFICATE": "false",
        "PERIOD_MINUTES": "5",
        **proxy,
    }
    assert program.startswith('"""How a program ends')
    direct = contract.values(**given, role=Role.MESSAGING, certificate=True, proxy=None)
    assert (direct["TELLS_CERTIFICATE"], direct["PROXY"], direct["PROXY_CREDENTIALS"]) == ("true", "", "")
    assert contract.STREAMS == ("bootstrap", "installer", "application")


def test_files_are_read_where_the_phases_write_them() -> None:
    scripts = "".join(path.read_text() for path in (Path(contract.__file__).parent / "bash").glob("*.sh"))
    assert set(vitals.FILES.values()) == {"/var/log/wickr-bootstrap.log", "/var/log/wickr-installer.log"}
    assert all(f"={path}" in scripts for path in vitals.FILES.values())
