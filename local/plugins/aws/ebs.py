"""Volumes of their own, and their places at instances."""

import time
from collections.abc import Iterator, Mapping
from typing import Any

from local.plugins.aws import checks, tags
from local.plugins.aws.cloud import account, client, partition, region, unless_gone
from local.plugins.aws.instance import instance
from local.plugins.aws.shape import aws_resource
from local.plugins.framework import (
    BOOLEAN,
    INTEGER,
    Field,
    Problem,
    Property,
    Refusal,
    Request,
    Values,
    between,
    one_of,
    outputs,
)

LIMIT = 300.0
"""Seconds for a volume or an attachment to reach a state, as in the real plugin."""

GROWS = {"size": "Size", "type": "VolumeType", "iops": "Iops", "throughput": "Throughput"}


def _create(request: Request) -> str:
    given = request.inputs
    names = {**GROWS, "encrypted": "Encrypted", "kmsKeyId": "KmsKeyId", "snapshotId": "SnapshotId"}
    answer = client("ec2", request).create_volume(
        AvailabilityZone=given["availabilityZone"],
        TagSpecifications=tags.specification("volume", tags.all_tags(request)),
        **{key: given[name] for name, key in names.items() if given.get(name) is not None},
    )
    made = str(answer["VolumeId"])
    _wait(request, made, "available")
    return made


def _volume(request: Request, id: str) -> Any:
    found = unless_gone(lambda: client("ec2", request).describe_volumes(VolumeIds=[id]))
    rows = found["Volumes"] if found else []
    return rows[0] if rows and rows[0]["State"] not in ("deleting", "deleted") else None


def _wait(request: Request, id: str, state: str) -> None:
    end = time.monotonic() + (request.timeout or LIMIT)
    while (found := _volume(request, id)) is None or found["State"] != state:
        if time.monotonic() > end or request.cancelled.wait(0.5):
            raise Refusal(f"Volume {id} did not become {state}: it is {found['State'] if found else 'gone'}")


def _update(request: Request) -> None:
    change = {
        key: request.inputs[name]
        for name, key in GROWS.items()
        if request.changed(name) and request.inputs.get(name) is not None
    }
    if change.get("Size", request.state["size"]) < request.state["size"]:
        raise Refusal(
            f"The volume {request.id} has {request.state['size']} GiB and cannot shrink to {change['Size']}: "
            "volumes only grow"
        )
    if change:
        client("ec2", request).modify_volume(VolumeId=request.id, **change)


def _describe(request: Request, id: str) -> Values | None:
    found = _volume(request, id)
    if found is None:
        return None
    place = region(request)
    return {
        "arn": f"arn:{partition(place)}:ec2:{place}:{account(request)}:volume/{id}",
        "availabilityZone": found["AvailabilityZone"],
        "createTime": found["CreateTime"].isoformat(),
        "size": found["Size"],
        "type": found["VolumeType"],
        "encrypted": found["Encrypted"],
        "kmsKeyId": found.get("KmsKeyId", ""),
        "snapshotId": found.get("SnapshotId", ""),
        "iops": found.get("Iops", 0),
        "throughput": found.get("Throughput", 0),
        "finalSnapshot": request.inputs.get("finalSnapshot", False),
        "tags": found.get("Tags", []),
    }


def _delete(request: Request) -> None:
    api, found = client("ec2", request), _volume(request, request.id)
    if found is None:
        return
    if request.inputs.get("finalSnapshot"):
        api.create_snapshot(VolumeId=request.id, Description=request.name)
    unless_gone(lambda: api.delete_volume(VolumeId=request.id))


def _some_size(values: Mapping[str, Property]) -> Iterator[Problem]:
    if values.get("size") is None and values.get("snapshotId") is None:
        yield Problem("size", "or snapshotId must be given")


VOLUME = aws_resource(
    "aws:ebs/volume:Volume",
    inputs=(
        Field("availabilityZone", required=True, replaces=True),
        Field("size", INTEGER, computed=True, check=between(1, 65536)),
        Field("type", computed=True, check=one_of("gp2", "gp3", "io1", "io2", "sc1", "st1", "standard")),
        Field("encrypted", BOOLEAN, computed=True, replaces=True),
        Field("kmsKeyId", computed=True, replaces=True, check=checks.arn),
        Field("snapshotId", computed=True, replaces=True, check=checks.identifier("snap")),
        Field("iops", INTEGER, computed=True, check=between(100, 256000)),
        Field("throughput", INTEGER, computed=True, check=between(125, 2000)),
        Field("finalSnapshot", BOOLEAN, default=False),
    ),
    outputs=outputs("arn", "createTime"),
    create=_create,
    describe=_describe,
    update=_update,
    delete=_delete,
    rules=(_some_size,),
)


def _attach(request: Request) -> str:
    given = request.inputs
    volume, machine = given["volumeId"], given["instanceId"]
    client("ec2", request).attach_volume(Device=given["deviceName"], InstanceId=machine, VolumeId=volume)
    _wait(request, volume, "in-use")
    return f"vai-{volume.removeprefix('vol-')}{machine.removeprefix('i-')}"


def _describe_attachment(request: Request, _: str) -> Values | None:
    given = request.inputs or request.state
    if not given.get("volumeId"):
        raise Refusal("An attachment is found by its volume and instance; this stand-in does not import attachments")
    found = _volume(request, given["volumeId"])
    for row in (found or {}).get("Attachments", []):
        if row["InstanceId"] == given["instanceId"] and row["State"] in ("attached", "attaching"):
            return {"deviceName": row["Device"], "instanceId": row["InstanceId"], "volumeId": row["VolumeId"]}
    return None


def _detach(request: Request) -> None:
    api, state = client("ec2", request), request.state
    if _describe_attachment(request, request.id) is None or request.inputs.get("skipDestroy"):
        return
    if request.inputs.get("stopInstanceBeforeDetaching") and instance(request, state["instanceId"]) is not None:
        api.stop_instances(InstanceIds=[state["instanceId"]])
        end = time.monotonic() + (request.timeout or LIMIT)
        while (found := instance(request, state["instanceId"])) and found["State"]["Name"] != "stopped":
            if time.monotonic() > end or request.cancelled.wait(1.0):
                raise Refusal(f"Instance {state['instanceId']} did not stop: it is {found['State']['Name']}")
    unless_gone(lambda: api.detach_volume(VolumeId=state["volumeId"], InstanceId=state["instanceId"]))
    _wait(request, state["volumeId"], "available")


VOLUME_ATTACHMENT = aws_resource(
    "aws:ec2/volumeAttachment:VolumeAttachment",
    inputs=(
        Field("deviceName", required=True, replaces=True),
        Field("instanceId", required=True, replaces=True, check=checks.identifier("i")),
        Field("volumeId", required=True, replaces=True, check=checks.identifier("vol")),
        Field("forceDetach", BOOLEAN),
        Field("skipDestroy", BOOLEAN),
        Field("stopInstanceBeforeDetaching", BOOLEAN),
    ),
    outputs=(),
    create=_attach,
    describe=_describe_attachment,
    update=lambda _: None,
    delete=_detach,
    retag=None,
)
