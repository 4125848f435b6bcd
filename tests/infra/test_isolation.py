"""Before anything is made, AWS is asked whether the subnets lead nowhere, and the bucket has what the stack names."""

import json
from typing import Any

import pytest

from tests.mock_cloud import Answer, Refused
from tests.recorder import Deployment, deploy
from tests.stacks import AIRGAP, AIRGAPPED, ENDPOINT, PRIVATE, stack

pytestmark = pytest.mark.slow

TABLE = "aws:ec2/getRouteTable:getRouteTable"
OBJECT = "aws:s3/getObject:getObject"
FOUND = "aws:ec2/getVpcEndpoint:getVpcEndpoint"
ENDPOINT_KEY = "wickr:installer.airgap.endpointId"
SUBNET = PRIVATE["privateSubnetIds"][0]


def deployed(*, routes: list[dict[str, str]] | None = None, **answers: Answer) -> Deployment:
    """A deployment without internet where the subnet's table has these routes, and data sources answer otherwise."""
    known: dict[str, Answer] = {TABLE: lambda args: {"routeTableId": "rtb-1", "routes": routes or []}}
    named = {"table": TABLE, "object": OBJECT}
    return deploy(stack(AIRGAPPED), answers=known | {named[name]: answer for name, answer in answers.items()})


def raising(text: str) -> Answer:
    def answer(_: dict[str, Any]) -> dict[str, Any]:
        raise Refused(text)

    return answer


@pytest.mark.parametrize(
    "route",
    [
        {"cidrBlock": "0.0.0.0/0", "gatewayId": "igw-1"},
        {"cidrBlock": "0.0.0.0/0", "natGatewayId": "nat-1"},
        {"cidrBlock": "0.0.0.0/0", "networkInterfaceId": "eni-1", "instanceId": "i-1"},
        {"cidrBlock": "0.0.0.0/0", "transitGatewayId": "tgw-1"},
        {"cidrBlock": "0.0.0.0/0", "gatewayId": "vgw-1"},
        {"ipv6CidrBlock": "::/0", "egressOnlyGatewayId": "eigw-1"},
        {"cidrBlock": "203.0.113.0/24", "gatewayId": "igw-1"},
        {"cidrBlock": "203.0.113.0/24", "natGatewayId": "nat-1"},
        {"cidrBlock": "10.8.0.0/16", "networkInterfaceId": "eni-1"},
        {"destinationPrefixListId": "pl-1", "gatewayId": "igw-1"},
        {"cidrBlock": "10.8.0.0/16", "coreNetworkArn": "arn:aws:networkmanager::123456789012:core-network/x"},
    ],
    ids=str,
)
def test_a_subnet_that_leads_out_or_might_is_refused_before_anything_is_made(route: dict[str, str]) -> None:
    deployment = deployed(routes=[route])
    to = next(iter(route.values()))
    assert deployment.said("error") == [
        f"wickr:network.privateSubnetIds[0]: rtb-1, the route table of {SUBNET}, has a route to {to}; an installation "
        "without internet has none but inside the VPC and to networks by a VPN gateway, transit gateway or peering: "
        "take it out, or name another subnet"
    ]
    assert [each.type for each in deployment.resources] == ["pulumi:providers:aws"]


def test_networks_of_the_company_may_be_reached_by_private_ways() -> None:
    inside = [
        {"cidrBlock": "10.8.0.0/16", "transitGatewayId": "tgw-1"},
        {"cidrBlock": "10.9.0.0/16", "vpcPeeringConnectionId": "pcx-1"},
        {"cidrBlock": "10.10.0.0/16", "gatewayId": "vgw-1"},
        {"cidrBlock": "10.20.0.0/16", "gatewayId": "local"},
    ]
    assert deployed(routes=inside).problem is None


def test_a_subnet_without_a_table_of_its_own_follows_the_main_one() -> None:
    def table(args: dict[str, Any]) -> dict[str, Any]:
        if "subnetId" in args:
            raise Refused("no matching EC2 Route Table found")
        assert args["vpcId"] == PRIVATE["vpcId"]
        assert args["filters"] == [{"name": "association.main", "values": ["true"]}]
        return {"routeTableId": "rtb-main", "routes": []}

    deployment = deployed(table=table)
    assert deployment.the("aws:ec2/vpcEndpoint:VpcEndpoint").inputs["routeTableIds"] == ["rtb-main"]


def test_routes_that_cannot_be_looked_at_are_no_way_to_an_installation() -> None:
    (problem,) = deployed(table=raising("UnauthorizedOperation: you may not")).said("error")
    assert problem.startswith(f"wickr:network.privateSubnetIds[0]: AWS could not be asked about the routes of {SUBNET}")


@pytest.mark.parametrize("text", ["couldn't find resource", "AWS refused HeadObject: 404: Not Found", "NoSuchKey"])
def test_what_is_not_in_the_bucket_is_named_each(text: str) -> None:
    said = deployed(object=raising(text)).said("error")
    keys = [AIRGAP["archive"]["key"], AIRGAP["bundle"]["key"], *(each["key"] for each in AIRGAP["docker"])]
    assert [problem.partition(": ")[2] for problem in said] == [
        f"there is no s3://bundles/{key}; put it there with ./wickr upload, or correct the stack" for key in keys
    ]
    places = ("archive", "bundle", "docker[0]", "docker[1]")
    assert [problem.partition(": ")[0] for problem in said] == [f"wickr:installer.airgap.{each}" for each in places]


def test_an_object_that_was_uploaded_as_something_else_is_refused() -> None:
    wrong = deployed(object=lambda args: {"metadata": {"sha256": "b" * 64}}).said("error")
    bundle, archive = "wickr:installer.airgap.bundle", "wickr:installer.airgap.archive"
    assert [problem for problem in wrong if problem.startswith(bundle)] == []
    (problem,) = (problem for problem in wrong if problem.startswith(archive))
    assert f"was uploaded as SHA-256 {'b' * 64}, the stack names {'a' * 64}; correct one of the two" in problem


def test_an_object_that_this_machine_may_not_look_at_is_the_host_s_to_judge() -> None:
    deployment = deployed(object=raising("AccessDenied"))
    assert deployment.problem is None
    assert len([each for each in deployment.said("warning") if "cannot be looked at from here" in each]) == 4


def by_endpoint(**found: Any) -> Deployment:
    """A deployment by an endpoint that is there, of which AWS tells this."""
    told = {"policy": "", "prefixListId": "pl-of-s3", "routeTableIds": [f"rtb-of-{SUBNET}"]} | found
    return deployed_by(lambda args: told)


def deployed_by(answer: Answer, **more: Any) -> Deployment:
    installer = {"source": "airgap", "airgap": AIRGAP | {"endpointId": ENDPOINT}}
    return deploy(stack(AIRGAPPED | {"wickr:installer": installer} | more), answers={FOUND: answer})


def test_an_endpoint_that_is_there_is_asked_for_as_one_for_s3_in_the_vpc() -> None:
    asked: list[dict[str, Any]] = []

    def answer(args: dict[str, Any]) -> dict[str, Any]:
        asked.append(args)
        raise Refused("no matching EC2 VPC Endpoint found")

    deployment = deployed_by(answer)
    assert deployment.said("error") == [
        f"{ENDPOINT_KEY}: {ENDPOINT} is no gateway endpoint for S3 in {PRIVATE['vpcId']}; name the one that the route "
        "tables of network.privateSubnetIds have, or leave it out, and the stack makes one"
    ]
    assert asked == [
        {
            "id": ENDPOINT,
            "vpcId": PRIVATE["vpcId"],
            "serviceName": "com.amazonaws.eu-west-1.s3",
            "vpcEndpointType": "Gateway",
        }
    ]
    assert [each.type for each in deployment.resources] == ["pulumi:providers:aws"]


def test_an_endpoint_that_a_subnet_does_not_lead_to_is_refused() -> None:
    assert by_endpoint(routeTableIds=["rtb-of-another"]).said("error") == [
        f"{ENDPOINT_KEY}: {ENDPOINT} is not in rtb-of-{SUBNET}, a route table of network.privateSubnetIds, so hosts "
        "there do not reach the bucket; associate it with that table"
    ]


def test_the_endpoint_of_the_stack_itself_is_not_named_since_it_would_be_deleted() -> None:
    own = {"wickr:project": "wickr", "wickr:stack": "test"}
    assert by_endpoint(tags=own).said("error") == [
        f"{ENDPOINT_KEY}: {ENDPOINT} is the one that this stack has made, and would delete where another is named; "
        "leave the key out"
    ]
    assert by_endpoint(tags=own | {"wickr:stack": "another"}).problem is None


def test_an_endpoint_that_aws_does_not_tell_of_is_no_way_to_an_installation() -> None:
    (problem,) = deployed_by(raising("UnauthorizedOperation: you may not")).said("error")
    assert problem.startswith(f"{ENDPOINT_KEY}: AWS could not be asked about {ENDPOINT}")


def allowing(action: Any, resource: Any) -> str:
    return json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": action, "Resource": resource}]})


@pytest.mark.parametrize(
    ("policy", "wide"),
    [
        (allowing("*", "*"), True),
        (allowing("s3:GetObject", "*"), True),
        (allowing(["s3:GetObject"], ["arn:aws:s3:::bundles/611/*"]), True),
        (allowing(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::bundles/611/a.airgap"), True),
        ("no policy", True),
        (allowing("s3:GetObject", "a").replace("Resource", "NotResource"), True),
        (allowing("s3:GetObject", "arn:aws:s3:::bundles/a").replace("Action", "NotAction"), True),
        (allowing("s3:GetObject", "arn:aws:s3:::bundles/611/a.airgap"), False),
        (allowing(["s3:GetObject"], ["arn:aws:s3:::bundles/a", "arn:aws:s3:::bundles/b"]), False),
        ('{"Statement": {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}}', False),
    ],
)
def test_a_policy_that_lets_more_through_than_named_objects_is_warned_of(policy: str, wide: bool) -> None:
    deployment = by_endpoint(policy=policy)
    assert deployment.problem is None
    warned = [each for each in deployment.said("warning") if each.startswith(f"{ENDPOINT_KEY}: the policy of")]
    assert len(warned) == int(wide)


KEEPING = allowing(["s3:PutObject", "s3:GetObject", "s3:DeleteObject"], "arn:aws:s3:::theirs/wickr/test/*")


@pytest.mark.parametrize(
    ("policy", "wanted", "wide"),
    [
        (KEEPING, True, False),
        (allowing(["s3:ListBucket", "s3:GetBucketLocation"], "arn:aws:s3:::theirs"), True, False),
        (KEEPING, False, True),
        (KEEPING.replace("/wickr/test/", "/wickr/test-2/"), True, True),
        (KEEPING.replace("theirs", "*"), True, True),
        (KEEPING.replace("s3:PutObject", "s3:PutObjectAcl"), True, True),
        (KEEPING.replace("theirs/wickr/test/*", "bundles/611/a.airgap"), True, True),
    ],
    ids=["the folder", "what finds it", "without snapshots", "another's folder", "any bucket", "more", "a file"],
)
def test_of_snapshots_a_policy_may_let_the_stack_s_folder_through_and_no_other(
    policy: str, wanted: bool, wide: bool
) -> None:
    told = {"policy": policy, "prefixListId": "pl-of-s3", "routeTableIds": [f"rtb-of-{SUBNET}"]}
    deployment = deployed_by(lambda args: told, **{"wickr:snapshots": {"enabled": wanted}})
    assert deployment.problem is None
    warned = [each for each in deployment.said("warning") if each.startswith(f"{ENDPOINT_KEY}: the policy of")]
    assert len(warned) == int(wide)
    steps = [each for each in deployment.outputs["nextSteps"] if each.startswith(f"Let {ENDPOINT} through")]
    assert len(steps) == int(wanted)
