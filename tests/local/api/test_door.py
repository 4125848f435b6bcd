"""Hosts reach S3, Secrets Manager and the rest by their own names, with what their role allows and nothing else."""

import json
import socket
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal

import boto3
import pytest
import urllib3
from botocore.config import Config
from botocore.exceptions import ClientError, SSLError
from urllib3.util import connection

from local.api import services
from local.api.access.way import Way
from local.lab.addresses import S3_NETWORK
from local.lab.roles import Roles
from local.lab.snapshot import Instance
from local.vendor import authority
from tests.local.api.running import application, client

pytestmark = pytest.mark.slow

Style = Literal["virtual", "path"]
REGION = "eu-west-1"
BUCKET = "wickr-compliance"
TRUST = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
FROM_INTERNET = Way(address="203.0.113.101")


@dataclass
class Door:
    """The door on loopback, under the services' names, with a way that a test may choose."""

    files: authority.Authority
    port: int
    way: Way = field(default=FROM_INTERNET)


@cache
def opened() -> Door:
    from local.api import door

    files = authority.make(Path(tempfile.mkdtemp(prefix="door-")))
    listening = socket.create_server(("127.0.0.1", 0))
    found = Door(files, listening.getsockname()[1])
    door.open_door(application(), [listening], files.services_certificate, files.services_key, lambda _: found.way)
    return found


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Door:
    real, found = connection.create_connection, opened()

    def redirected(address: tuple[str, int], *rest: Any, **more: Any) -> socket.socket:
        to = ("127.0.0.1", found.port) if services.named(address[0]) else address
        made: socket.socket = real(to, *rest, **more)
        return made

    monkeypatch.setattr(connection, "create_connection", redirected)
    found.way = FROM_INTERNET
    return found


class Host:
    """An instance with a role; `allowed` is the role's policy."""

    number = 0

    def __init__(self, door: Door, *allowed: dict[str, Any], trust: dict[str, Any] = TRUST) -> None:
        Host.number += 1
        self.door, self.name = door, f"role-{Host.number}"
        self.iam = client("iam")
        self.iam.create_role(RoleName=self.name, AssumeRolePolicyDocument=json.dumps(trust))
        if allowed:
            self.allow(*allowed)
        profile = self.iam.create_instance_profile(InstanceProfileName=self.name)["InstanceProfile"]["Arn"]
        self.iam.add_role_to_instance_profile(InstanceProfileName=self.name, RoleName=self.name)
        self.instance = Instance(
            id=f"i-{Host.number:017x}", vpc="vpc-1", subnet="subnet-1", private="10.0.2.4", profile=profile
        )
        self.roles = Roles(iam=self.iam, sts=client("sts"))

    def allow(self, *statements: dict[str, Any]) -> None:
        document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **one} for one in statements]}
        self.iam.put_role_policy(RoleName=self.name, PolicyName="all", PolicyDocument=json.dumps(document))

    def client(self, service: str, style: Style = "virtual", changed: dict[str, str] | None = None) -> Any:
        given = self.roles.credentials(self.instance) | (changed or {})
        session: Any = boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["Token"], region_name=REGION)
        config = Config(
            signature_version="s3v4" if service == "s3" else None,
            s3={"addressing_style": style},
            retries={"max_attempts": 0},
            proxies={},
        )
        url = f"https://{service}.{services.SUFFIX}"
        return session.client(service, endpoint_url=url, verify=str(self.door.files.ca), config=config)


def refused(call: Callable[..., Any], **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return str(error["Code"]), str(error.get("Message", ""))


@pytest.fixture(scope="module")
def secret() -> str:
    return str(client("secretsmanager").create_secret(Name="bot", SecretString="for the bot")["ARN"])


@pytest.fixture(scope="module")
def bucket() -> str:
    s3 = client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket=BUCKET, Key="config/conf.wickr", Body=b"a configuration")
    s3.put_object(Bucket=BUCKET, Key="other", Body=b"of somebody else")
    return BUCKET


def read_secret(arn: str) -> dict[str, Any]:
    return {"Action": "secretsmanager:GetSecretValue", "Resource": arn}


def read_object(key: str = "config/conf.wickr") -> dict[str, Any]:
    return {"Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/{key}"}


def test_a_role_reads_the_secret_that_it_may_read_and_no_other(door: Door, secret: str) -> None:
    host, other = Host(door, read_secret(secret)), client("secretsmanager").create_secret(Name="x", SecretString="y")
    secrets = host.client("secretsmanager")
    assert secrets.get_secret_value(SecretId=secret)["SecretString"] == "for the bot"
    assert secrets.get_secret_value(SecretId="bot")["SecretString"] == "for the bot", "by its name, too"
    code, text = refused(secrets.get_secret_value, SecretId=other["ARN"])
    assert code == "AccessDeniedException"
    assert text == (
        f"User: arn:aws:sts::123456789012:assumed-role/{host.name}/{host.instance.id} is not authorized to perform: "
        f"secretsmanager:GetSecretValue on resource: {other['ARN']} because no identity-based policy allows the "
        "secretsmanager:GetSecretValue action"
    )
    assert refused(secrets.get_secret_value, SecretId="not there")[0] == "AccessDeniedException"
    assert refused(secrets.describe_secret, SecretId=secret)[0] == "AccessDeniedException"


@pytest.mark.parametrize("style", ["virtual", "path"])
def test_a_role_reads_the_object_that_it_may_read_and_no_other(
    door: Door, bucket: str, style: Literal["virtual", "path"]
) -> None:
    s3 = Host(door, read_object()).client("s3", style)
    assert s3.get_object(Bucket=bucket, Key="config/conf.wickr")["Body"].read() == b"a configuration"
    assert s3.head_object(Bucket=bucket, Key="config/conf.wickr")["ContentLength"] == 15
    assert refused(s3.get_object, Bucket=bucket, Key="other")[0] == "AccessDenied"
    assert refused(s3.put_object, Bucket=bucket, Key="config/conf.wickr", Body=b"x")[0] == "AccessDenied"
    assert refused(s3.list_objects_v2, Bucket=bucket)[0] == "AccessDenied"
    assert refused(s3.list_buckets)[0] == "AccessDenied"


def test_only_who_may_list_a_bucket_learns_that_an_object_is_missing(door: Door, bucket: str) -> None:
    everything = read_object("*")
    listing = {"Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{bucket}"}
    missing = {"Bucket": bucket, "Key": "missing"}
    assert refused(Host(door, everything).client("s3").get_object, **missing)[0] == "AccessDenied"
    assert refused(Host(door, everything, listing).client("s3").get_object, **missing)[0] == "NoSuchKey"


def test_a_call_without_a_good_signature_is_refused(door: Door, secret: str) -> None:
    host = Host(door, read_secret(secret))
    cases = {
        ("SecretAccessKey", "x" * 40): "InvalidSignatureException",
        ("AccessKeyId", "test"): "UnrecognizedClientException",
        ("Token", "x"): "UnrecognizedClientException",
    }
    for (name, value), code in cases.items():
        secrets = host.client("secretsmanager", changed={name: value})
        assert refused(secrets.get_secret_value, SecretId=secret)[0] == code
    s3 = host.client("s3", changed={"SecretAccessKey": "x" * 40})
    assert refused(s3.get_object, Bucket="any", Key="any")[0] == "SignatureDoesNotMatch"


def test_a_signature_holds_for_the_request_that_was_signed(door: Door, bucket: str) -> None:
    url = Host(door, read_object("*")).client("s3").generate_presigned_url(
        "get_object", Params={"Bucket": bucket, "Key": "other"}, ExpiresIn=60
    )  # fmt: skip
    with urllib3.PoolManager(ca_certs=str(door.files.ca), retries=False) as pool:
        assert pool.request("GET", url).data == b"of somebody else"
        assert pool.request("GET", url.replace("/other", "/config/conf.wickr")).status == 403
        assert pool.request("PUT", url, body=b"x").status == 403
        unsigned = f"https://{bucket}.s3.{services.SUFFIX}/other"
        assert pool.request("GET", unsigned).status == 403


def test_credentials_end_with_their_time_and_with_their_role(door: Door, secret: str) -> None:
    from moto.sts.models import sts_backends

    host = Host(door, read_secret(secret))
    secrets = host.client("secretsmanager")
    key = host.roles.credentials(host.instance)["AccessKeyId"]
    session = sts_backends["123456789012"]["aws"].get_assumed_role_from_access_key(key)
    session.expiration -= timedelta(hours=7)
    assert refused(secrets.get_secret_value, SecretId=secret)[0] == "ExpiredTokenException"
    session.expiration += timedelta(hours=7)
    host.iam.delete_role_policy(RoleName=host.name, PolicyName="all")
    assert refused(secrets.get_secret_value, SecretId=secret)[0] == "AccessDeniedException"


def test_a_session_is_the_instances_own_and_lasts_some_hours(door: Door) -> None:
    host = Host(door)
    given = host.roles.credentials(host.instance)
    assert host.roles.credentials(host.instance) == given
    ends = datetime.strptime(given["Expiration"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert timedelta(hours=5) < ends - datetime.now(UTC) <= timedelta(hours=6)
    who = host.client("sts").get_caller_identity()
    assert who["Arn"].endswith(f"assumed-role/{host.name}/{host.instance.id}")


def test_a_role_that_does_not_trust_instances_gives_them_nothing(door: Door) -> None:
    other = {"Statement": [{**TRUST["Statement"][0], "Principal": {"Service": "lambda.amazonaws.com"}}]}
    host = Host(door, trust=other)
    assert host.roles.credentials(host.instance)["Code"] == "AssumeRoleUnauthorizedAccess"


def test_a_boundary_limits_what_policies_allow(door: Door, secret: str) -> None:
    host = Host(door, read_secret("*"))
    only_s3 = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [only_s3]})
    arn = host.iam.create_policy(PolicyName=f"{host.name}-boundary", PolicyDocument=text)["Policy"]["Arn"]
    host.iam.put_role_permissions_boundary(RoleName=host.name, PermissionsBoundary=arn)
    code, message = refused(host.client("secretsmanager").get_secret_value, SecretId=secret)
    assert (code, "no permissions boundary" in message) == ("AccessDeniedException", True)


def test_a_secret_under_a_key_of_the_account_needs_the_key_too(door: Door) -> None:
    key = client("kms").create_key()["KeyMetadata"]
    secret = client("secretsmanager").create_secret(Name="locked", SecretString="s", KmsKeyId=key["KeyId"])["ARN"]
    host = Host(door, read_secret(secret))
    code, message = refused(host.client("secretsmanager").get_secret_value, SecretId=secret)
    assert (code, "kms:Decrypt" in message) == ("AccessDeniedException", True)
    host.allow(read_secret(secret), {"Action": "kms:Decrypt", "Resource": key["Arn"]})
    assert host.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"] == "s"


def test_a_bucket_may_insist_on_an_endpoint_and_shuts_its_owner_out_with_that(door: Door) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="bundles", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="bundles", Key="a", Body=b"a")
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    endpoint = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=f"com.amazonaws.{REGION}.s3")["VpcEndpoint"]
    policy = {
        "Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bundles/*",
        "Condition": {"StringNotEquals": {"aws:SourceVpce": endpoint["VpcEndpointId"]}},
    }  # fmt: skip
    s3.put_bucket_policy(Bucket="bundles", Policy=json.dumps({"Statement": [policy]}))
    there = Host(door, {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::bundles/*"}).client("s3")
    object_ = {"Bucket": "bundles", "Key": "a"}
    assert "explicit deny in a resource-based policy" in refused(there.get_object, **object_)[1]
    door.way = Way(address="10.0.2.4", vpc=vpc, endpoint=endpoint["VpcEndpointId"])
    assert there.get_object(**object_)["Body"].read() == b"a"
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint["VpcEndpointId"], PolicyDocument=json.dumps({"Statement": []}))
    assert "no VPC endpoint policy" in refused(there.get_object, **object_)[1]
    assert refused(s3.get_object, **object_)[0] == "403"


def test_a_policy_that_asks_for_encrypted_transport_lets_the_owner_in(bucket: str) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="tls-only", CreateBucketConfiguration={"LocationConstraint": REGION})
    policy = {
        "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::tls-only/*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }  # fmt: skip
    s3.put_bucket_policy(Bucket="tls-only", Policy=json.dumps({"Statement": [policy]}))
    s3.put_object(Bucket="tls-only", Key="a", Body=b"a")
    assert s3.get_object(Bucket="tls-only", Key="a")["Body"].read() == b"a"


def test_what_the_stand_in_cannot_judge_is_refused(door: Door, bucket: str) -> None:
    strange = {**read_object(), "Condition": {"StringEquals": {"aws:RequestTag/a": "b"}}}
    code, text = refused(Host(door, strange).client("s3").get_object, Bucket=bucket, Key="config/conf.wickr")
    assert (code, "aws:requesttag/a" in text) == ("AccessDenied", True)
    tagging = Host(door, {"Action": "s3:*", "Resource": "*"}).client("s3")
    assert refused(tagging.get_bucket_lifecycle_configuration, Bucket=bucket)[0] == "NotImplemented"


def test_big_files_go_in_and_out_in_parts(door: Door, bucket: str, tmp_path: Path) -> None:
    part, size = 5 << 20, 12 << 20
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(bytes(range(256)) * (size // 256))
    s3 = Host(door, {"Action": ["s3:GetObject", "s3:PutObject"], "Resource": f"arn:aws:s3:::{bucket}/*"}).client("s3")
    from boto3.s3.transfer import TransferConfig

    in_parts = TransferConfig(multipart_threshold=part, multipart_chunksize=part, max_concurrency=2)
    s3.upload_file(str(source), bucket, "big", Config=in_parts)
    assert s3.head_object(Bucket=bucket, Key="big")["ContentLength"] == size
    assert s3.head_object(Bucket=bucket, Key="big")["ETag"].strip('"').endswith("-3")
    s3.download_file(bucket, "big", str(target), Config=in_parts)
    assert target.read_bytes() == source.read_bytes()
    ranged = s3.get_object(Bucket=bucket, Key="big", Range="bytes=10-19")
    assert (ranged["ContentRange"], ranged["Body"].read()) == (f"bytes 10-19/{size}", bytes(range(10, 20)))


def test_nobody_else_trusts_the_certificate(door: Door, secret: str) -> None:
    session: Any = boto3.Session("ASIA", "x", "y", region_name=REGION)
    config = Config(retries={"max_attempts": 0}, proxies={})
    with pytest.raises(SSLError):
        session.client("sts", endpoint_url=f"https://sts.{services.SUFFIX}", config=config).get_caller_identity()


def test_the_list_of_s3_says_where_s3_is() -> None:
    ec2 = client("ec2")
    named = [{"Name": "prefix-list-name", "Values": [f"com.amazonaws.{REGION}.s3"]}]
    (found,) = ec2.describe_managed_prefix_lists(Filters=named)["PrefixLists"]
    entries = ec2.get_managed_prefix_list_entries(PrefixListId=found["PrefixListId"])["Entries"]
    assert [entry["Cidr"] for entry in entries] == [S3_NETWORK]
