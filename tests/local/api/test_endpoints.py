"""A gateway endpoint leads the route tables that it names to S3, through every change, and goes without a trace."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.slow

S3 = "com.amazonaws.eu-west-1.s3"


def table(ec2: Any, vpc: str) -> str:
    return str(ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"])


def leads_to(ec2: Any, table: str) -> list[str]:
    """Where a table leads beside its own network."""
    (found,) = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"]
    return [row["GatewayId"] for row in found["Routes"] if "DestinationPrefixListId" in row]


def endpoint(ec2: Any, vpc: str, *tables: str) -> str:
    made = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=S3, RouteTableIds=list(tables))["VpcEndpoint"]
    assert made["VpcEndpointType"] == "Gateway"
    return str(made["VpcEndpointId"])


def refusal(call: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return str(caught.value.response["Error"]["Code"])


def test_its_routes_follow_its_route_tables_and_it_can_be_deleted_then(ec2: Any, vpc: str) -> None:
    first, second = table(ec2, vpc), table(ec2, vpc)
    made = endpoint(ec2, vpc, first)
    assert (leads_to(ec2, first), leads_to(ec2, second)) == ([made], [])
    ec2.modify_vpc_endpoint(VpcEndpointId=made, AddRouteTableIds=[second], RemoveRouteTableIds=[first])
    assert (leads_to(ec2, first), leads_to(ec2, second)) == ([], [made])
    assert ec2.describe_vpc_endpoints(VpcEndpointIds=[made])["VpcEndpoints"][0]["RouteTableIds"] == [second]
    assert refusal(ec2.delete_vpc, VpcId=vpc) == "DependencyViolation"
    ec2.delete_vpc_endpoints(VpcEndpointIds=[made])
    assert leads_to(ec2, second) == []
    assert refusal(ec2.describe_vpc_endpoints, VpcEndpointIds=[made]) == "InvalidVpcEndpointId.NotFound"


def test_it_forgets_a_route_table_that_goes(ec2: Any, vpc: str) -> None:
    gone = table(ec2, vpc)
    made = endpoint(ec2, vpc, gone)
    ec2.delete_route_table(RouteTableId=gone)
    assert ec2.describe_vpc_endpoints(VpcEndpointIds=[made])["VpcEndpoints"][0]["RouteTableIds"] == []
    ec2.delete_vpc_endpoints(VpcEndpointIds=[made])
    ec2.delete_vpc(VpcId=vpc)


def test_its_route_is_taken_away_at_the_endpoint_alone(ec2: Any, vpc: str) -> None:
    held = table(ec2, vpc)
    made = endpoint(ec2, vpc, held)
    (row,) = (
        row
        for row in ec2.describe_route_tables(RouteTableIds=[held])["RouteTables"][0]["Routes"]
        if "DestinationPrefixListId" in row
    )
    route = {"RouteTableId": held, "DestinationPrefixListId": row["DestinationPrefixListId"]}
    assert refusal(ec2.delete_route, **route) == "InvalidParameterValue"
    assert leads_to(ec2, held) == [made]


def test_one_table_has_one_endpoint_for_a_service_and_of_its_own_network(ec2: Any, vpc: str) -> None:
    held = table(ec2, vpc)
    endpoint(ec2, vpc, held)
    asked = {"VpcId": vpc, "ServiceName": S3, "RouteTableIds": [held]}
    assert refusal(ec2.create_vpc_endpoint, **asked) == "RouteAlreadyExists"
    other = str(ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"])
    assert refusal(ec2.create_vpc_endpoint, **{**asked, "VpcId": other}) == "InvalidParameter"
    wrong = {**asked, "ServiceName": "com.amazonaws.eu-west-1.secretsmanager", "RouteTableIds": []}
    assert refusal(ec2.create_vpc_endpoint, **wrong) == "InvalidServiceName"


def test_its_policy_can_be_set_and_reset(ec2: Any, vpc: str) -> None:
    made = endpoint(ec2, vpc)

    def policy() -> str:
        return str(ec2.describe_vpc_endpoints(VpcEndpointIds=[made])["VpcEndpoints"][0]["PolicyDocument"])

    everything = policy()
    ec2.modify_vpc_endpoint(VpcEndpointId=made, PolicyDocument='{"Statement": []}')
    assert policy() == '{"Statement": []}'
    ec2.modify_vpc_endpoint(VpcEndpointId=made, ResetPolicy=True)
    assert policy() == everything
