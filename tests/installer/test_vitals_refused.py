"""What keeps a host from telling CloudWatch is one sentence, and what was not told is told later."""

import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.certificates import issue
from tests.installer import cloudwatch
from tests.installer.cloudwatch import GROUP, MINUTE, CloudWatch
from tests.installer.telling import Host, refusal, stamped, values

pytestmark = pytest.mark.slow


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
