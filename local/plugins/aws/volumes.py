"""The volumes of an instance: above all its root, which grows in place."""

from collections.abc import Mapping
from typing import Any

from local.plugins.aws.cloud import client
from local.plugins.aws.tags import defaults, listed
from local.plugins.framework import (
    BOOLEAN,
    INTEGER,
    STRING,
    Field,
    MapOf,
    Object,
    Refusal,
    Request,
    Values,
    between,
    one_of,
)

ROOT = Object(
    (
        Field("volumeSize", INTEGER, computed=True, check=between(1, 65536)),
        Field("volumeType", computed=True, check=one_of("gp2", "gp3", "io1", "io2", "sc1", "st1", "standard")),
        Field("encrypted", BOOLEAN, computed=True, replaces=True),
        Field("kmsKeyId", computed=True, replaces=True),
        Field("iops", INTEGER, computed=True, check=between(100, 256000)),
        Field("throughput", INTEGER, computed=True, check=between(125, 2000)),
        Field("deleteOnTermination", BOOLEAN, default=True),
        Field("tags", MapOf(STRING)),
    ),
    unimplemented=frozenset({"deviceName", "volumeId", "tagsAll"}),
)

_EBS = {
    "volumeSize": "VolumeSize",
    "volumeType": "VolumeType",
    "encrypted": "Encrypted",
    "kmsKeyId": "KmsKeyId",
    "iops": "Iops",
    "throughput": "Throughput",
    "deleteOnTermination": "DeleteOnTermination",
}


def mapping(device: str, block: Values) -> dict[str, Any]:
    """The root volume as RunInstances takes it."""
    return {
        "DeviceName": device,
        "Ebs": {key: block[name] for name, key in _EBS.items() if block.get(name) is not None},
    }


def _attached(request: Request, instance: Any) -> tuple[Any, Any]:
    """The root's device mapping and its volume."""
    device = instance["RootDeviceName"]
    row = next((row for row in instance["BlockDeviceMappings"] if row["DeviceName"] == device), None)
    if row is None:
        return None, None
    volume = client("ec2", request).describe_volumes(VolumeIds=[row["Ebs"]["VolumeId"]])["Volumes"][0]
    return row, volume


def root(request: Request, instance: Any) -> Values | None:
    """The root volume as the resource shows it."""
    row, volume = _attached(request, instance)
    if row is None:
        return None
    found = {tag["Key"]: tag["Value"] for tag in volume.get("Tags", [])}
    given = (request.inputs.get("rootBlockDevice") or {}).get("tags") or {}
    shared = defaults(request.settings)
    return {
        "deviceName": row["DeviceName"],
        "volumeId": volume["VolumeId"],
        "volumeSize": volume["Size"],
        "volumeType": volume["VolumeType"],
        "encrypted": volume["Encrypted"],
        "kmsKeyId": volume.get("KmsKeyId", ""),
        "iops": volume.get("Iops", 0),
        "throughput": volume.get("Throughput", 0),
        "deleteOnTermination": row["Ebs"].get("DeleteOnTermination", False),
        "tags": {key: value for key, value in found.items() if key in given or shared.get(key) != value},
        "tagsAll": found,
    }


def tag_root(request: Request, instance: Any) -> None:
    """The root's own tags over the provider's."""
    wanted = _wanted(request)
    _, volume = _attached(request, instance)
    if wanted and volume is not None:
        client("ec2", request).create_tags(Resources=[volume["VolumeId"]], Tags=listed(wanted))


def _wanted(request: Request) -> dict[str, str]:
    if request.inputs.get("volumeTags"):
        return dict(request.inputs["volumeTags"])
    block = request.inputs.get("rootBlockDevice") or {}
    return {**defaults(request.settings), **(block.get("tags") or {})}


def update(request: Request, instance: Any) -> None:
    """Grows the root, changes its kind, its tags, and whether it outlives the instance."""
    new, old = request.inputs.get("rootBlockDevice") or {}, request.state.get("rootBlockDevice") or {}
    api = client("ec2", request)
    row, volume = _attached(request, instance)
    if row is None:
        return
    change = {
        key: new[name]
        for name, key in (
            ("volumeSize", "Size"),
            ("volumeType", "VolumeType"),
            ("iops", "Iops"),
            ("throughput", "Throughput"),
        )
        if new.get(name) is not None and new[name] != old.get(name)
    }
    if change.get("Size", volume["Size"]) < volume["Size"]:
        raise Refusal(
            f"The root volume {volume['VolumeId']} has {volume['Size']} GiB and cannot shrink to {change['Size']}: "
            "volumes only grow"
        )
    if change:
        api.modify_volume(VolumeId=volume["VolumeId"], **change)
    keep = new.get("deleteOnTermination")
    if keep is not None and keep != old.get("deleteOnTermination"):
        mappings = [{"DeviceName": row["DeviceName"], "Ebs": {"DeleteOnTermination": keep}}]
        api.modify_instance_attribute(InstanceId=request.id, BlockDeviceMappings=mappings)
    _retag(request, volume, {tag["Key"]: tag["Value"] for tag in volume.get("Tags", [])})


def _retag(request: Request, volume: Any, found: Mapping[str, str]) -> None:
    api, wanted = client("ec2", request), _wanted(request)
    before = (request.state.get("rootBlockDevice") or {}).get("tagsAll") or {}
    gone = [key for key in before if key not in wanted]
    fresh = {key: value for key, value in wanted.items() if found.get(key) != value}
    if gone:
        api.delete_tags(Resources=[volume["VolumeId"]], Tags=[{"Key": key} for key in gone])
    if fresh:
        api.create_tags(Resources=[volume["VolumeId"]], Tags=listed(fresh))
