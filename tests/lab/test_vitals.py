"""What hosts tell CloudWatch: each how it fares and what is in its logs, under its own name, and no secret."""

import json
import time
from typing import Any

import pytest

from tests.lab import canary
from tests.lab.installation import Installation

pytestmark = pytest.mark.lab

HOSTS = ("messaging", "calling", "compliance")
UNIT = "wickr-vitals.service"
GROUP = "/wickr/local/hosts"

METRICS = """
import boto3, datetime, json
api, now = boto3.client("cloudwatch"), datetime.datetime.now(datetime.timezone.utc)
found = []
for each in api.list_metrics(Namespace="Wickr")["Metrics"]:
    asked = {**each, "StartTime": now - datetime.timedelta(hours=2), "EndTime": now + datetime.timedelta(minutes=1)}
    points = api.get_metric_statistics(**asked, Period=7200, Statistics=["Maximum"])["Datapoints"]
    dimensions = {one["Name"]: one["Value"] for one in each["Dimensions"]}
    found.append([each["MetricName"], dimensions, max((point["Maximum"] for point in points), default=None)])
print(json.dumps(found))
"""
STREAMS = f"""
import boto3, json
api, found = boto3.client("logs"), {{}}
for each in api.describe_log_streams(logGroupName="{GROUP}")["logStreams"]:
    name, token, lines = each["logStreamName"], None, []
    while True:
        more = {{"nextToken": token}} if token else {{}}
        answer = api.get_log_events(logGroupName="{GROUP}", logStreamName=name, startFromHead=True, **more)
        lines += [event["message"] for event in answer["events"]]
        if answer["nextForwardToken"] == token or not answer["events"]:
            break
        token = answer["nextForwardToken"]
    found[name] = lines
print(json.dumps(found))
"""


def asked(installation: Installation, script: str) -> Any:
    done = installation.lab.run("operator", ["python3", "-c", script])
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def streams(installation: Installation) -> dict[str, list[str]]:
    """The lines of each stream, once every host has told of all that happened to it."""
    for host in HOSTS:
        # Its own run may be under way, and then this one waits for it and is not a further one.
        for _ in range(2):
            told = installation.on(host, f"systemctl start {UNIT}")
            assert told.returncode == 0, installation.on(host, f"journalctl --no-pager -u {UNIT}").stdout
            time.sleep(1)
    found: dict[str, list[str]] = asked(installation, STREAMS)
    return found


@pytest.mark.usefixtures("streams")
def test_every_host_tells_how_full_it_is_and_the_messaging_host_of_the_certificate(installation: Installation) -> None:
    names = {installation.lab.host(host)["id"]: host for host in HOSTS}
    found = asked(installation, METRICS)
    assert {(metric, *(names[each] for each in dimensions.values())) for metric, dimensions, _ in found} == {
        *((metric, host) for metric in ("DiskUsed", "MemoryUsed") for host in HOSTS),
        ("CertificateDays", "messaging"),
    }
    assert {key for _, dimensions, _ in found for key in dimensions} == {"InstanceId"}
    assert [row for row in found if row[0] != "CertificateDays" and not 0 < row[2] < 100] == []
    # A stack's own certificate is valid for 397 days, and some minutes old.
    assert [row[2] for row in found if row[0] == "CertificateDays"] == [pytest.approx(397, abs=1.5)]


def test_each_writes_into_streams_of_its_own_name_what_its_bootstrap_did(streams: dict[str, list[str]]) -> None:
    logs = {"messaging": ("bootstrap", "installer", "application"), "compliance": ("bootstrap", "application")}
    logs["calling"] = logs["messaging"]
    assert set(streams) == {f"{host}/{log}" for host in HOSTS for log in logs[host]}
    ends = {"messaging": "calls done", "calling": "join done", "compliance": "container done"}
    for host, end in ends.items():
        told = "\n".join(streams[f"{host}/bootstrap"])
        assert "ready done" in told
        assert end in told
        assert not [other for other in set(ends) - {host} if ends[other] in told]


def test_of_the_application_what_replicated_and_docker_said_is_told(streams: dict[str, list[str]]) -> None:
    application = {host: "\n".join(streams[f"{host}/application"]) for host in HOSTS}
    assert "Started docker.service" in application["compliance"]
    assert "Started replicated.service" in application["messaging"]
    assert "Started replicated-operator.service" in application["calling"]
    assert all("sshd" not in text for text in application.values())


@pytest.mark.usefixtures("streams")
@pytest.mark.parametrize("host", HOSTS)
def test_a_further_run_has_nothing_new(installation: Installation, host: str) -> None:
    assert installation.on(host, f"systemctl start {UNIT}").returncode == 0
    answer = installation.on(host, "cat /var/lib/wickr-vitals/answer").stdout.strip()
    assert answer.endswith(", ".join(f"0 new in {host}/{log}" for log in ("bootstrap", "installer", "application")))


@pytest.mark.parametrize("host", HOSTS)
def test_the_timer_is_there_after_a_reboot_and_systemd_keeps_the_program_small(
    installation: Installation, host: str
) -> None:
    timer = UNIT.replace("service", "timer")
    assert installation.on(host, f"systemctl is-enabled {timer}; systemctl is-active {timer}").stdout.split() == [
        "enabled",
        "active",
    ]
    assert installation.on(host, f"systemd-analyze verify /etc/systemd/system/{UNIT} 2>&1 | grep vitals").stdout == ""
    kept = {
        "CapabilityBoundingSet": "",
        "CPUQuotaPerSecUSec": "250ms",
        "MemoryMax": "134217728",
        "NoNewPrivileges": "yes",
        "PrivateTmp": "yes",
        "ProtectHome": "yes",
        "ProtectSystem": "strict",
        "ReadWritePaths": "/var/lib/wickr-vitals",
        "TasksMax": "16",
        "TimeoutStartUSec": "3min",
    }
    shown = installation.on(host, f"systemctl show {UNIT} --property {','.join(kept)}").stdout.splitlines()
    assert dict(line.partition("=")[::2] for line in shown) == kept


def test_no_line_is_told_twice(installation: Installation, streams: dict[str, list[str]]) -> None:
    for host in HOSTS:
        log = installation.on(host, "cat /var/log/wickr-bootstrap.log").stdout.splitlines()
        told = streams[f"{host}/bootstrap"]
        assert told == [line for line in log if line][: len(told)]


def test_no_secret_of_the_installation_is_told(installation: Installation, streams: dict[str, list[str]]) -> None:
    text = "\n".join(line for lines in streams.values() for line in lines)
    assert len(text) > 1000
    assert canary.found(canary.of(installation), text) == set()


def test_every_alarm_looks_at_a_metric_that_is_told(installation: Installation) -> None:
    script = 'import boto3, json; print(json.dumps(boto3.client("cloudwatch").describe_alarms()["MetricAlarms"]'
    alarms = asked(installation, script + ", default=str))")
    wanted = {
        (each["MetricName"], *(one["Value"] for one in each["Dimensions"]))
        for each in alarms
        if each["Namespace"] == "Wickr"
    }
    told = {(metric, *dimensions.values()) for metric, dimensions, _ in asked(installation, METRICS)}
    assert wanted == told
