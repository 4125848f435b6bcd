"""What the program's own policies let a host fetch, judged by the local cloud's gate: its objects, and nothing else."""

import hashlib
from pathlib import Path

import pytest

from components.endpoint import passing, reading
from components.policy_document import document
from components.supply import arns
from installer.airgap import Item
from installer.python import fetch
from installer.python.metadata import Credentials
from local.api.access.way import Way
from tests.local.api.running import client
from tests.local.api.test_door import REGION, Door, Host, door, opened

__all__ = ["door"]

pytestmark = pytest.mark.slow

CONTENT = b"the vendor's bundle" * 1000
MINE, OTHER = Item(key="611/a+b.airgap", sha256="0" * 64), Item(key="612/a+b.airgap", sha256="0" * 64)


@pytest.fixture(scope="module")
def buckets() -> tuple[str, str]:
    names = ("fetched-by-role", "of-somebody-else")
    for name in names:
        client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        for item in (MINE, OTHER):
            client("s3").put_object(Bucket=name, Key=item.key, Body=CONTENT)
    return names


def endpoint(policy: str) -> str:
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.90.0.0/16")["Vpc"]["VpcId"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    made = ec2.create_vpc_endpoint(
        VpcId=vpc, ServiceName=f"com.amazonaws.{REGION}.s3", RouteTableIds=[table], PolicyDocument=policy
    )
    return str(made["VpcEndpoint"]["VpcEndpointId"])


@pytest.mark.parametrize(
    ("role", "way", "bucket", "key", "said"),
    [
        ([MINE], [MINE], 0, MINE.key, ""),
        ([MINE], [MINE], 0, OTHER.key, "permission: S3 answers with 403 AccessDenied"),
        ([MINE], [MINE], 1, MINE.key, "permission: S3 answers with 403 AccessDenied"),
        ([], [MINE], 0, MINE.key, "permission: S3 answers with 403 AccessDenied"),
        ([MINE, OTHER], [MINE], 0, OTHER.key, "permission: S3 answers with 403 AccessDenied"),
    ],
    ids=["its object", "another object", "another bucket", "no right", "a right that the endpoint does not pass on"],
)
def test_a_host_gets_what_its_role_and_the_endpoint_both_name(
    door: Door,
    buckets: tuple[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    role: list[Item],
    way: list[Item],
    bucket: int,
    key: str,
    said: str,
) -> None:
    host = Host(door)
    names = {name: arns(bucket=buckets[0], partition="aws", items=items) for name, items in (("r", role), ("w", way))}
    if role:
        client("iam").put_role_policy(
            RoleName=host.name, PolicyName="reads", PolicyDocument=document(reading(names["r"]))
        )
    door.way = Way(address="10.90.0.4", vpc="vpc-1", endpoint=endpoint(passing(reading(names["w"]))))
    given = host.roles.credentials(host.instance)
    own = Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["Token"])
    monkeypatch.setattr(fetch, "credentials", lambda _: own)
    monkeypatch.setenv("SSL_CERT_FILE", str(opened().files.ca))
    target = tmp_path / "it.airgap"
    code = fetch.main(
        {
            "BUCKET": buckets[bucket],
            "KEY": key,
            "REGION": REGION,
            "DNS_SUFFIX": "amazonaws.com",
            "SHA256": hashlib.sha256(CONTENT).hexdigest(),
            "TARGET": str(target),
            "LIMIT": "60",
            "S3_ADDRESS": f"127.0.0.1:{door.port}",
        }
    )
    told = capsys.readouterr().err
    assert (code, target.exists()) == ((1, False) if said else (0, True)), told
    assert told.startswith(said)
