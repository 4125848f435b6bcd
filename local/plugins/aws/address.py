"""Elastic addresses, and what they are tied to."""

from typing import Any

from local.plugins.aws import checks, tags
from local.plugins.aws.cloud import arn, client, region, unless_gone
from local.plugins.aws.shape import aws_resource
from local.plugins.framework import BOOLEAN, Field, Request, Values, conflict, exactly_one_of, one_of, outputs


def _address(request: Request, **wanted: list[Any]) -> Any:
    found = unless_gone(lambda: client("ec2", request).describe_addresses(**wanted))
    return found["Addresses"][0] if found and found["Addresses"] else None


def _target(request: Request) -> dict[str, str]:
    given = request.inputs
    names = {"instance": "InstanceId", "networkInterface": "NetworkInterfaceId"}
    target = {key: given[name] for name, key in names.items() if given.get(name)}
    if target and given.get("associateWithPrivateIp"):
        target["PrivateIpAddress"] = given["associateWithPrivateIp"]
    return target


def _create(request: Request) -> str:
    api = client("ec2", request)
    answer = api.allocate_address(
        Domain="vpc", TagSpecifications=tags.specification("elastic-ip", tags.all_tags(request))
    )
    id = str(answer["AllocationId"])  # noqa: A001
    if _target(request):
        api.associate_address(AllocationId=id, **_target(request))
    return id


def _describe(request: Request, id: str) -> Values | None:
    address = _address(request, AllocationIds=[id])
    if address is None:
        return None
    public, private, place = address["PublicIp"], address.get("PrivateIpAddress") or "", region(request)
    return {
        "allocationId": id,
        "arn": arn(request, "ec2", f"elastic-ip/{id}"),
        "domain": address["Domain"],
        "publicIp": public,
        "publicDns": f"ec2-{public.replace('.', '-')}.{place}.compute.amazonaws.com",
        "privateIp": private,
        "privateDns": f"ip-{private.replace('.', '-')}.{place}.compute.internal" if private else "",
        "associationId": address.get("AssociationId", ""),
        "instance": address.get("InstanceId", ""),
        "networkInterface": address.get("NetworkInterfaceId", ""),
        "associateWithPrivateIp": request.inputs.get("associateWithPrivateIp"),
        "carrierIp": "",
        "customerOwnedIp": "",
        "ptrRecord": "",
        "tags": address.get("Tags", []),
    }


def _update(request: Request) -> None:
    if not request.changed("instance", "networkInterface", "associateWithPrivateIp"):
        return
    api = client("ec2", request)
    if _target(request):
        api.associate_address(AllocationId=request.id, AllowReassociation=True, **_target(request))


def _delete(request: Request) -> None:
    api, address = client("ec2", request), _address(request, AllocationIds=[request.id])
    if address is None:
        return
    if address.get("AssociationId") and request.inputs.get("instance", request.inputs.get("networkInterface")):
        unless_gone(lambda: api.disassociate_address(AssociationId=address["AssociationId"]))
    unless_gone(lambda: api.release_address(AllocationId=request.id))


EIP = aws_resource(
    "aws:ec2/eip:Eip",
    inputs=(
        Field("domain", computed=True, replaces=True, check=one_of("vpc")),
        Field("instance", computed=True, check=checks.identifier("i")),
        Field("networkInterface", computed=True, check=checks.identifier("eni")),
        Field("associateWithPrivateIp", check=checks.address_v4),
    ),
    outputs=outputs(
        "allocationId",
        "arn",
        "associationId",
        "carrierIp",
        "customerOwnedIp",
        "privateDns",
        "privateIp",
        "ptrRecord",
        "publicDns",
        "publicIp",
    ),
    create=_create,
    describe=_describe,
    update=_update,
    delete=_delete,
    rules=(conflict("instance", "networkInterface"),),
)

_ASSOCIATION = {
    "allocationId": "AllocationId",
    "instanceId": "InstanceId",
    "networkInterfaceId": "NetworkInterfaceId",
    "privateIpAddress": "PrivateIpAddress",
    "publicIp": "PublicIp",
    "allowReassociation": "AllowReassociation",
}


def _associate(request: Request) -> str:
    given = {key: request.inputs[name] for name, key in _ASSOCIATION.items() if request.inputs.get(name) is not None}
    return str(client("ec2", request).associate_address(**given)["AssociationId"])


def _describe_association(request: Request, id: str) -> Values | None:
    address = _address(request, Filters=[{"Name": "association-id", "Values": [id]}])
    if address is None:
        return None
    return {
        "allocationId": address["AllocationId"],
        "instanceId": address.get("InstanceId", ""),
        "networkInterfaceId": address.get("NetworkInterfaceId", ""),
        "privateIpAddress": address.get("PrivateIpAddress", ""),
        "publicIp": address["PublicIp"],
    }


def _disassociate(request: Request) -> None:
    unless_gone(lambda: client("ec2", request).disassociate_address(AssociationId=request.id))


EIP_ASSOCIATION = aws_resource(
    "aws:ec2/eipAssociation:EipAssociation",
    inputs=(
        Field("allocationId", computed=True, replaces=True, check=checks.identifier("eipalloc")),
        Field("instanceId", computed=True, replaces=True, check=checks.identifier("i")),
        Field("networkInterfaceId", computed=True, replaces=True, check=checks.identifier("eni")),
        Field("privateIpAddress", computed=True, replaces=True, check=checks.address_v4),
        Field("publicIp", computed=True, replaces=True, check=checks.address_v4),
        Field("allowReassociation", BOOLEAN, replaces=True),
    ),
    outputs=(),
    create=_associate,
    describe=_describe_association,
    delete=_disassociate,
    retag=None,
    rules=(exactly_one_of("allocationId", "publicIp"), exactly_one_of("instanceId", "networkInterfaceId")),
)
