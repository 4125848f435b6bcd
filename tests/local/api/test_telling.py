"""A host tells CloudWatch what its role lets it: metrics of one namespace, and events of its own streams alone."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from components.vitals import telling
from guide.roles import Role
from local.api import services
from local.lab.addresses import ACCOUNT
from tests.local.api.running import client
from tests.local.api.test_door import REGION, Door, Host, door, refused

__all__ = ["door"]

pytestmark = pytest.mark.slow

GROUP = "/wickr/telling/hosts"
ARN = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{GROUP}"
FORM, JSON = "application/x-www-form-urlencoded", "application/x-amz-json-1.0"
FULL, TARGET = "MetricData.member.1.", "GraniteServiceVersion20100801."


@pytest.fixture(scope="module", autouse=True)
def group() -> None:
    for name in (GROUP, f"{GROUP}-of-somebody-else"):
        client("logs").create_log_group(logGroupName=name)


@pytest.fixture
def host(door: Door) -> Host:
    """A calling host, with what the program gives it."""
    found = Host(door)
    found.iam.put_role_policy(RoleName=found.name, PolicyName="tells", PolicyDocument=telling(ARN, Role.CALLING))
    return found


def put_metrics(host: Host, body: str, kind: str = FORM, query: str = "", **headers: str) -> tuple[int, str]:
    """CloudWatch's answer to metrics, signed by the host's role."""
    given = host.roles.credentials(host.instance)
    url = f"https://monitoring.{services.SUFFIX}/{query}"
    request: Any = AWSRequest("POST", url, headers={"content-type": kind, **headers}, data=body)
    own = Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["Token"])
    SigV4Auth(own, "monitoring", REGION).add_auth(request)
    with urllib3.PoolManager(ca_certs=str(host.door.files.ca), retries=False) as pool:
        answer = pool.request("POST", url, body=body, headers=dict(request.headers))
    return answer.status, answer.data.decode()


def metric(namespace: str, value: float = 42.5) -> str:
    return urlencode(
        {
            "Action": "PutMetricData",
            "Version": "2010-08-01",
            "Namespace": namespace,
            f"{FULL}MetricName": "DiskUsed",
            f"{FULL}Value": value,
            f"{FULL}Dimensions.member.1.Name": "InstanceId",
            f"{FULL}Dimensions.member.1.Value": "i-telling",
        }
    )


def known(namespace: str) -> list[str]:
    found = client("cloudwatch").list_metrics(Namespace=namespace)["Metrics"]
    return [each["MetricName"] for each in found]


def test_metrics_of_the_program_s_namespace_arrive(host: Host) -> None:
    status, text = put_metrics(host, metric("Wickr"))
    assert status == 200, text
    now = datetime.now(UTC)
    (point,) = client("cloudwatch").get_metric_statistics(
        Namespace="Wickr",
        MetricName="DiskUsed",
        Dimensions=[{"Name": "InstanceId", "Value": "i-telling"}],
        StartTime=now - timedelta(minutes=5),
        EndTime=now + timedelta(minutes=5),
        Period=600,
        Statistics=["Maximum"],
    )["Datapoints"]
    assert point["Maximum"] == 42.5


@pytest.mark.parametrize(
    ("body", "kind", "query", "target", "code"),
    [
        (metric("AWS/EC2"), FORM, "", "", "AccessDenied<"),
        (metric("wickr"), FORM, "", "", "AccessDenied<"),
        (f"{metric('Wickr')}&Namespace=Another", FORM, "", "", "InvalidAction<"),
        (metric("Wickr"), FORM, "?Namespace=Another", "", "InvalidAction<"),
        (metric("Wickr").replace("Namespace=Wickr&", ""), FORM, "", "", "InvalidAction<"),
        ('{"Namespace": "Another", "MetricData": []}', JSON, "", f"{TARGET}PutMetricData", '"AccessDeniedException"'),
        ("Action=ListMetrics", FORM, "", "", "AccessDenied<"),
        ("Action=PutMetricAlarm&AlarmName=wickr", FORM, "", "", "AccessDenied<"),
    ],
    ids=[
        *("AWS's own", "another spelling", "two namespaces", "one beside the body", "none", "in JSON", "reading"),
        "another call",
    ],
)
def test_no_other_metrics_and_no_other_calls_are_let_through(
    host: Host, body: str, kind: str, query: str, target: str, code: str
) -> None:
    before = {name: known(name) for name in ("AWS/EC2", "wickr", "Another")}
    headers = {"x-amz-target": target} if target else {}
    answer, text = put_metrics(host, body, kind, query, **headers)
    assert (answer >= 400, code in text) == (True, True), text
    assert {name: known(name) for name in before} == before


def test_a_host_writes_its_own_streams(host: Host) -> None:
    logs, stream = host.client("logs"), "calling/bootstrap"
    logs.create_log_stream(logGroupName=GROUP, logStreamName=stream)
    event = {"timestamp": int(datetime.now(UTC).timestamp() * 1000), "message": "ready: done"}
    logs.put_log_events(logGroupName=GROUP, logStreamName=stream, logEvents=[event])
    (found,) = client("logs").get_log_events(logGroupName=GROUP, logStreamName=stream)["events"]
    assert found["message"] == "ready: done"


@pytest.mark.parametrize(
    ("group", "stream"),
    [
        (GROUP, "messaging/bootstrap"),
        (GROUP, "calling"),
        (GROUP, "x/calling/bootstrap"),
        (f"{GROUP}-of-somebody-else", "calling/bootstrap"),
    ],
)
def test_a_host_that_was_taken_over_writes_into_no_other_stream(host: Host, group: str, stream: str) -> None:
    logs, event = host.client("logs"), {"timestamp": int(datetime.now(UTC).timestamp() * 1000), "message": "forged"}
    code, text = refused(logs.create_log_stream, logGroupName=group, logStreamName=stream)
    arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}:log-stream:{stream}"
    assert (code, f"logs:CreateLogStream on resource: {arn}" in text) == ("AccessDeniedException", True)
    client("logs").create_log_stream(logGroupName=group, logStreamName=stream)
    try:
        code, _ = refused(logs.put_log_events, logGroupName=group, logStreamName=stream, logEvents=[event])
        assert code == "AccessDeniedException"
        assert client("logs").get_log_events(logGroupName=group, logStreamName=stream)["events"] == []
    finally:
        client("logs").delete_log_stream(logGroupName=group, logStreamName=stream)


def test_a_host_reads_no_logs_and_deletes_none(host: Host) -> None:
    logs = host.client("logs")
    own = {"logGroupName": GROUP, "logStreamName": "calling/installer"}
    logs.create_log_stream(**own)
    assert refused(logs.get_log_events, **own)[0] == "UnknownOperationException"
    assert refused(logs.delete_log_stream, **own)[0] == "UnknownOperationException"
    assert refused(logs.delete_log_group, logGroupName=GROUP)[0] == "UnknownOperationException"
    there = client("logs").describe_log_streams(logGroupName=GROUP, logStreamNamePrefix="calling/installer")
    assert len(there["logStreams"]) == 1


def test_a_role_without_the_right_tells_nothing(door: Door) -> None:
    host = Host(door)
    assert put_metrics(host, metric("Wickr"))[0] == 403
    own = {"logGroupName": GROUP, "logStreamName": "calling/bootstrap"}
    assert refused(host.client("logs").create_log_stream, **own)[0] == "AccessDeniedException"
