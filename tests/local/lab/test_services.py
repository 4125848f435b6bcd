"""From a host, AWS's services answer under their own names: by its routes, through its groups, with its role."""

import json
from typing import Any

import pytest

from local.lab.addresses import S3_NETWORK
from tests.local.lab.conftest import AtOperator, Cloud, eventually

pytestmark = pytest.mark.lab

S3 = "s3.eu-west-1.amazonaws.com"
BUCKET = "lab-bundles"
TRUST = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
# What an SDK does: the role's credentials from the metadata service, and a signature with them.
SIGNED = """
base=http://169.254.169.254/latest
token=$(curl -sf -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' $base/api/token)
get() { curl -sf -H "X-aws-ec2-metadata-token: $token" $base/meta-data/iam/security-credentials/$1; }
get "$(get)" >/run/credentials.json
field() { python3 -c 'import json, sys; print(json.load(open("/run/credentials.json"))[sys.argv[1]])' $1; }
empty=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
signed() { service=$1; shift; curl -s -m 3 --aws-sigv4 "aws:amz:eu-west-1:$service" \\
    --user "$(field AccessKeyId):$(field SecretAccessKey)" -H "X-Amz-Security-Token: $(field Token)" "$@"; }
"""


@pytest.fixture(scope="module")
def api(cloud: Cloud) -> dict[str, Any]:
    return {name: AtOperator(cloud.lab.folder, name) for name in ("iam", "s3", "secretsmanager")}


@pytest.fixture(scope="module")
def secret(api: dict[str, Any]) -> str:
    return str(api["secretsmanager"].create_secret(Name="lab-bot", SecretString="for the bot")["ARN"])


@pytest.fixture(scope="module")
def bucket(api: dict[str, Any]) -> str:
    api["s3"].create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    api["s3"].put_object(Bucket=BUCKET, Key="bundle", Body=b"the bundle")
    api["s3"].put_object(Bucket=BUCKET, Key="other", Body=b"not for you")
    return BUCKET


@pytest.fixture(scope="module")
def subnet(cloud: Cloud) -> str:
    return str(cloud.ec2.create_subnet(VpcId=cloud.vpc, CidrBlock="10.0.7.0/24")["Subnet"]["SubnetId"])


@pytest.fixture(scope="module")
def table(cloud: Cloud, subnet: str) -> str:
    """The subnet's own route table, which leads nowhere."""
    made = str(cloud.ec2.create_route_table(VpcId=cloud.vpc)["RouteTable"]["RouteTableId"])
    cloud.ec2.associate_route_table(RouteTableId=made, SubnetId=subnet)
    return made


@pytest.fixture(scope="module")
def group(cloud: Cloud) -> str:
    return cloud.group("reader")


@pytest.fixture(scope="module")
def reader(cloud: Cloud, api: dict[str, Any], subnet: str, table: str, group: str, bucket: str, secret: str) -> str:
    """A private host whose role reads one secret and one object."""
    allowed = [
        {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": secret},
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/bundle"},
    ]
    iam, name = api["iam"], "lab-reader"
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [TRUST]}))
    policy = json.dumps({"Version": "2012-10-17", "Statement": allowed})
    iam.put_role_policy(RoleName=name, PolicyName="reads", PolicyDocument=policy)
    iam.create_instance_profile(InstanceProfileName=name)
    iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
    instance = cloud.host(name, group, subnet, gib=8, profile=name)
    cloud.ready(instance)
    return instance


def fetch(cloud: Cloud, url: str, script: str = 'signed s3 -H "x-amz-content-sha256: $empty"') -> str:
    """What the host gets from an address; empty if it gets nothing."""
    return cloud.lab.run("reader", ["bash", "-c", f"{SIGNED}\n{script} {url}"]).stdout


def ask_for(secret: str) -> str:
    body = json.dumps({"SecretId": secret})
    return (
        "signed secretsmanager -H 'Content-Type: application/x-amz-json-1.1' "
        f"-H 'X-Amz-Target: secretsmanager.GetSecretValue' -d '{body}'"
    )


def reach(cloud: Cloud, host: str) -> bool:
    return cloud.opens("reader", host, 443)


def test_names_are_known_and_lead_nowhere_without_a_route(cloud: Cloud, reader: str) -> None:
    assert cloud.on("reader", f"getent hosts {S3} any-bucket.{S3} | cut -d' ' -f1").split() == ["203.0.113.74"] * 2
    assert not reach(cloud, S3)
    assert not reach(cloud, "secretsmanager.eu-west-1.amazonaws.com")
    assert cloud.lab.run("reader", ["getent", "hosts", "example.org"]).returncode == 2


@pytest.fixture(scope="module")
def endpoint(cloud: Cloud, reader: str, table: str) -> str:
    made = cloud.ec2.create_vpc_endpoint(
        VpcId=cloud.vpc, ServiceName="com.amazonaws.eu-west-1.s3", VpcEndpointType="Gateway", RouteTableIds=[table]
    )
    eventually("S3 can be reached", lambda: reach(cloud, S3), 5)
    return str(made["VpcEndpoint"]["VpcEndpointId"])


def test_an_endpoint_leads_to_s3_and_to_nothing_else(cloud: Cloud, endpoint: str, bucket: str) -> None:
    for url in (f"https://{bucket}.{S3}/bundle", f"https://{S3}/{bucket}/bundle"):
        assert fetch(cloud, url) == "the bundle"
    assert not reach(cloud, "secretsmanager.eu-west-1.amazonaws.com")
    assert not reach(cloud, "203.0.113.10"), "the internet"


def test_the_role_allows_what_it_says_and_no_more(cloud: Cloud, endpoint: str, bucket: str) -> None:
    assert "<Code>AccessDenied</Code>" in fetch(cloud, f"https://{bucket}.{S3}/other")
    assert "<Code>AccessDenied</Code>" in fetch(cloud, f"https://{bucket}.{S3}/bundle", "curl -s")


def test_a_bucket_sees_by_which_endpoint_its_visitors_come(
    cloud: Cloud, api: dict[str, Any], endpoint: str, bucket: str
) -> None:
    def only(allowed: str) -> None:
        deny = {
            "Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*",
            "Condition": {"StringNotEquals": {"aws:SourceVpce": allowed}},
        }  # fmt: skip
        api["s3"].put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Statement": [deny]}))

    only(endpoint)
    assert fetch(cloud, f"https://{bucket}.{S3}/bundle") == "the bundle"
    only("vpce-00000000000000000")
    assert "explicit deny in a resource-based policy" in fetch(cloud, f"https://{bucket}.{S3}/bundle")
    api["s3"].delete_bucket_policy(Bucket=bucket)


def test_a_group_may_let_a_host_out_to_s3_alone(
    cloud: Cloud, endpoint: str, table: str, group: str, bucket: str
) -> None:
    everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    named = [{"Name": "prefix-list-name", "Values": ["com.amazonaws.eu-west-1.s3"]}]
    (listed,) = cloud.ec2.describe_managed_prefix_lists(Filters=named)["PrefixLists"]  # type: ignore[arg-type]
    to_s3 = {
        "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "PrefixListIds": [{"PrefixListId": listed["PrefixListId"]}]
    }  # fmt: skip
    cloud.ec2.revoke_security_group_egress(GroupId=group, IpPermissions=[everything])  # type: ignore[list-item]
    eventually("nothing leaves", lambda: not reach(cloud, S3), 5)
    cloud.ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[to_s3])  # type: ignore[list-item]
    eventually(f"S3, at {S3_NETWORK}, can be reached", lambda: reach(cloud, S3), 5)
    assert fetch(cloud, f"https://{bucket}.{S3}/bundle") == "the bundle"
    cloud.ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[everything])  # type: ignore[list-item]


def test_a_nat_gateway_leads_to_all_services_and_lends_its_address(
    cloud: Cloud, api: dict[str, Any], reader: str, endpoint: str, table: str, secret: str
) -> None:
    url = "https://secretsmanager.eu-west-1.amazonaws.com/"
    allocated = cloud.ec2.allocate_address(Domain="vpc")
    gateway = cloud.ec2.create_nat_gateway(SubnetId=cloud.subnet, AllocationId=allocated["AllocationId"])
    nat = gateway["NatGateway"]["NatGatewayId"]
    cloud.ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat)
    eventually("Secrets Manager can be reached", lambda: reach(cloud, "secretsmanager.eu-west-1.amazonaws.com"), 5)
    assert json.loads(fetch(cloud, url, ask_for(secret)))["SecretString"] == "for the bot"
    assert json.loads(fetch(cloud, url, ask_for("other")))["__type"] == "AccessDeniedException"
    only_from = {
        "Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*",
        "Condition": {"IpAddress": {"aws:SourceIp": f"{allocated['PublicIp']}/32"}},
    }  # fmt: skip
    policy = json.dumps({"Version": "2012-10-17", "Statement": [only_from]})
    api["iam"].put_role_policy(RoleName="lab-reader", PolicyName="reads", PolicyDocument=policy)
    assert json.loads(fetch(cloud, url, ask_for(secret)))["SecretString"] == "for the bot"


def test_places_outside_reach_the_services_and_do_not_trust_them(cloud: Cloud, reader: str) -> None:
    probe = f"curl -s -m 3 -o /dev/null --resolve {S3}:443:203.0.113.74"
    assert cloud.lab.run("client", ["bash", "-c", f"{probe} -k https://{S3}/"]).returncode == 0
    assert cloud.lab.run("client", ["bash", "-c", f"{probe} https://{S3}/"]).returncode == 60


def test_names_of_route_53_are_told_to_whom_they_are_for(cloud: Cloud, reader: str) -> None:
    route53: Any = AtOperator(cloud.lab.folder, "route53")

    def zone(address: str, **private: Any) -> None:
        made = route53.create_hosted_zone(Name="lab.example.com", CallerReference=address, **private)["HostedZone"][
            "Id"
        ]
        row = {"Name": "chat.lab.example.com", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": address}]}
        change = {"Action": "CREATE", "ResourceRecordSet": row}
        route53.change_resource_record_sets(HostedZoneId=made, ChangeBatch={"Changes": [change]})

    def told(at: str) -> str:
        return cloud.lab.run(at, ["getent", "hosts", "chat.lab.example.com"]).stdout.partition(" ")[0]

    zone("203.0.113.200")
    eventually("the internet is told", lambda: told("client") == "203.0.113.200", 5)
    assert told("reader") == "203.0.113.200"
    zone("10.0.7.7", VPC={"VPCRegion": "eu-west-1", "VPCId": cloud.vpc})
    eventually("the network is told something else", lambda: told("reader") == "10.0.7.7", 5)
    assert told("client") == "203.0.113.200"
