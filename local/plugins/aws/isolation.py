"""Functions: where a subnet leads, and what is in a bucket."""

from typing import Any

from local.plugins.aws.cloud import account, client, partition, region
from local.plugins.aws.lookups import FILTERS, REGION, filtered, tagged, the_one
from local.plugins.framework import STRING, Field, Function, MapOf, Request, Values, required

TARGETS = {
    "carrierGatewayId": "CarrierGatewayId",
    "coreNetworkArn": "CoreNetworkArn",
    "egressOnlyGatewayId": "EgressOnlyInternetGatewayId",
    "gatewayId": "GatewayId",
    "instanceId": "InstanceId",
    "localGatewayId": "LocalGatewayId",
    "natGatewayId": "NatGatewayId",
    "networkInterfaceId": "NetworkInterfaceId",
    "odbNetworkArn": "OdbNetworkArn",
    "transitGatewayId": "TransitGatewayId",
    "vpcPeeringConnectionId": "VpcPeeringConnectionId",
}


def _route_table(request: Request) -> Values:
    names = {
        "subnetId": "association.subnet-id",
        "vpcId": "vpc-id",
        "gatewayId": "association.gateway-id",
        "routeTableId": "route-table-id",
    }
    rows = client("ec2", request).describe_route_tables(Filters=filtered(request, names))["RouteTables"]
    found = the_one("EC2 Route Table", rows)
    id, owner = found["RouteTableId"], found.get("OwnerId") or account(request)  # noqa: A001
    return {
        "id": id,
        "routeTableId": id,
        "arn": f"arn:{partition(region(request))}:ec2:{region(request)}:{owner}:route-table/{id}",
        "associations": [
            {
                "main": row["Main"],
                "routeTableAssociationId": row["RouteTableAssociationId"],
                "routeTableId": id,
                "subnetId": row.get("SubnetId", ""),
                "gatewayId": row.get("GatewayId", ""),
            }
            for row in found["Associations"]
        ],
        "gatewayId": request.inputs.get("gatewayId", ""),
        "ownerId": owner,
        "region": region(request),
        "routes": [_route(row) for row in found["Routes"] if _is_told(row)],
        "subnetId": request.inputs.get("subnetId", ""),
        "tags": tagged(found.get("Tags", [])),
        "vpcId": found["VpcId"],
    }


def _is_told(row: Any) -> bool:
    """The real plugin leaves out the route inside the VPC, and those of gateway endpoints."""
    gateway = row.get("GatewayId", "")
    return gateway != "local" and not gateway.startswith("vpce-")


def _route(row: Any) -> Values:
    return {
        "cidrBlock": row.get("DestinationCidrBlock", ""),
        "ipv6CidrBlock": row.get("DestinationIpv6CidrBlock", ""),
        "destinationPrefixListId": row.get("DestinationPrefixListId", ""),
        "vpcEndpointId": "",
        **{name: row.get(key, "") for name, key in TARGETS.items()},
    }


def _object(request: Request) -> Values:
    given = request.inputs
    version = {"VersionId": given["versionId"]} if given.get("versionId") else {}
    found = client("s3", request).head_object(Bucket=given["bucket"], Key=given["key"], **version)
    return {
        **given,
        "id": f"{given['bucket']}/{given['key']}",
        "arn": f"arn:{partition(region(request))}:s3:::{given['bucket']}/{given['key']}",
        "body": "",
        "bodyBase64": "",
        "bucketKeyEnabled": False,
        "cacheControl": "",
        "checksumCrc32": "",
        "checksumCrc32c": "",
        "checksumCrc64nvme": "",
        "checksumSha1": "",
        "checksumSha256": "",
        "contentDisposition": "",
        "contentEncoding": "",
        "contentLanguage": "",
        "contentLength": found["ContentLength"],
        "contentType": found.get("ContentType", ""),
        "etag": found["ETag"].strip('"'),
        "expiration": "",
        "expires": "",
        "lastModified": found["LastModified"].strftime("%a, %d %b %Y %H:%M:%S UTC"),
        "metadata": found.get("Metadata", {}),
        "objectLockLegalHoldStatus": "",
        "objectLockMode": "",
        "objectLockRetainUntilDate": "",
        "region": region(request),
        "serverSideEncryption": found.get("ServerSideEncryption", ""),
        "sseKmsKeyId": "",
        "storageClass": "STANDARD",
        "tags": {},
        "versionId": found.get("VersionId", ""),
        "websiteRedirectLocation": "",
    }


FUNCTIONS = (
    Function(
        token="aws:ec2/getRouteTable:getRouteTable",
        inputs=(
            Field("subnetId"),
            Field("vpcId"),
            Field("gatewayId"),
            Field("routeTableId"),
            FILTERS,
            Field("tags", MapOf(STRING)),
            REGION,
        ),
        call=_route_table,
    ),
    Function(
        token="aws:s3/getObject:getObject",
        inputs=(Field("bucket"), Field("key"), Field("versionId"), REGION),
        rules=(required("bucket"), required("key")),
        call=_object,
    ),
)
