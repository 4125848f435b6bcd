"""Instances: launch, change while running or stopped, and the protection that keeps them."""

import base64
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from local.plugins.aws import checks, tags, volumes
from local.plugins.aws.cloud import arn, client, unless_gone
from local.plugins.aws.shape import aws_resource
from local.plugins.framework import (
    BOOLEAN,
    INTEGER,
    STRING,
    Field,
    ListOf,
    Made,
    MapOf,
    Object,
    Problem,
    Property,
    Refusal,
    Request,
    Unfinished,
    Values,
    between,
    conflict,
    one_of,
    outputs,
    required,
)

USER_DATA_LIMIT = 16 * 1024
STATE_LIMIT = 600.0
"""Seconds for an instance to reach a state, as in the real plugin."""

METADATA = {
    "httpEndpoint": "HttpEndpoint",
    "httpTokens": "HttpTokens",
    "httpPutResponseHopLimit": "HttpPutResponseHopLimit",
    "httpProtocolIpv6": "HttpProtocolIpv6",
    "instanceMetadataTags": "InstanceMetadataTags",
}


def user_data(values: Mapping[str, Property]) -> Iterator[Problem]:
    """AWS takes 16 KiB before encoding."""
    plain, encoded = values.get("userData"), values.get("userDataBase64")
    if isinstance(encoded, str):
        try:
            size = len(base64.b64decode(encoded, validate=True))
        except ValueError:
            yield Problem("userDataBase64", "must be base64")
            return
    elif isinstance(plain, str):
        size = len(plain.encode())
    else:
        return
    if size > USER_DATA_LIMIT:
        yield Problem("userData", f"must have at most {USER_DATA_LIMIT} bytes, not {size}")


def _encoded(request: Request) -> str:
    given = request.inputs
    return str(given.get("userDataBase64") or base64.b64encode((given.get("userData") or "").encode()).decode())


def _launch(request: Request) -> dict[str, Any]:
    given = request.inputs
    asked: dict[str, Any] = {
        "ImageId": given["ami"],
        "InstanceType": given["instanceType"],
        "MinCount": 1,
        "MaxCount": 1,
        "TagSpecifications": [
            *tags.specification("instance", tags.all_tags(request)),
            *tags.specification("volume", given.get("volumeTags") or {}),
        ],
        "DisableApiTermination": bool(given.get("disableApiTermination")),
        "DisableApiStop": bool(given.get("disableApiStop")),
        "Monitoring": {"Enabled": bool(given.get("monitoring"))},
    }
    simple = {
        "keyName": "KeyName",
        "instanceInitiatedShutdownBehavior": "InstanceInitiatedShutdownBehavior",
    }
    asked |= {key: given[name] for name, key in simple.items() if given.get(name)}
    if given.get("availabilityZone"):
        asked["Placement"] = {"AvailabilityZone": given["availabilityZone"]}
    if given.get("iamInstanceProfile"):
        asked["IamInstanceProfile"] = {"Name": given["iamInstanceProfile"]}
    if given.get("userData") or given.get("userDataBase64"):
        # boto3 encodes what it is given, so it gets the bytes.
        asked["UserData"] = base64.b64decode(_encoded(request))
    if given.get("metadataOptions"):
        asked["MetadataOptions"] = _metadata(given["metadataOptions"])
    image = _image(request)
    if given.get("rootBlockDevice"):
        asked["BlockDeviceMappings"] = [volumes.mapping(image["RootDeviceName"], given["rootBlockDevice"])]
    return asked | _interface(given)


def _interface(given: Values) -> dict[str, Any]:
    names = {"subnetId": "SubnetId", "privateIp": "PrivateIpAddress", "vpcSecurityGroupIds": "SecurityGroupIds"}
    asked = {key: given[name] for name, key in names.items() if given.get(name)}
    if given.get("associatePublicIpAddress") is None:
        return asked
    if "SecurityGroupIds" in asked:
        asked["Groups"] = asked.pop("SecurityGroupIds")
    public = {"DeviceIndex": 0, "AssociatePublicIpAddress": given["associatePublicIpAddress"]}
    return {"NetworkInterfaces": [{**public, **asked}]}


def _metadata(options: Values) -> dict[str, Any]:
    return {key: options[name] for name, key in METADATA.items() if options.get(name) is not None}


def _image(request: Request) -> Any:
    ami = request.inputs["ami"]
    images = client("ec2", request).describe_images(ImageIds=[ami])["Images"]
    if not images:
        raise Refusal(f"There is no machine image {ami} in this region")
    return images[0]


def _create(request: Request) -> str:
    api = client("ec2", request)
    _same_network(request)
    id = str(api.run_instances(**_launch(request))["Instances"][0]["InstanceId"])  # noqa: A001
    try:
        _wait(request, id, "running")
        if not request.inputs["sourceDestCheck"]:
            api.modify_instance_attribute(InstanceId=id, SourceDestCheck={"Value": False})
        if request.inputs.get("rootBlockDevice"):
            volumes.tag_root(request, instance(request, id))
    except Refusal as refusal:
        raise Unfinished(str(refusal), Made(id)) from refusal
    return id


def _same_network(request: Request) -> None:
    """Groups and subnet belong to one VPC; AWS says so, its stand-in does not."""
    subnet, groups = request.inputs.get("subnetId"), request.inputs.get("vpcSecurityGroupIds")
    if not subnet or not groups:
        return
    api = client("ec2", request)
    vpc = api.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["VpcId"]
    for group in api.describe_security_groups(GroupIds=groups)["SecurityGroups"]:
        if group["VpcId"] != vpc:
            raise Refusal(f"Security group {group['GroupId']} and subnet {subnet} belong to different networks")


def instance(request: Request, id: str) -> Any:
    """The instance as the API shows it; None when it is gone or going."""
    found = unless_gone(lambda: client("ec2", request).describe_instances(InstanceIds=[id]))
    rows = [row for reservation in (found or {}).get("Reservations", []) for row in reservation["Instances"]]
    return rows[0] if rows and rows[0]["State"]["Name"] not in ("terminated", "shutting-down") else None


def _wait(request: Request, id: str, state: str) -> None:
    end = time.monotonic() + (request.timeout or STATE_LIMIT)
    while True:
        found = instance(request, id)
        now = found["State"]["Name"] if found else "terminated"
        if now == state:
            return
        if time.monotonic() > end or now == "terminated" or request.cancelled.wait(1.0):
            raise Refusal(f"Instance {id} did not become {state}: it is {now}")


def _describe(request: Request, id: str) -> Values | None:
    found = instance(request, id)
    if found is None:
        return None

    def attribute(name: str) -> Any:
        answer = client("ec2", request).describe_instance_attribute(InstanceId=id, Attribute=name)
        return answer.get(name[0].upper() + name[1:], {}).get("Value")

    profile = found.get("IamInstanceProfile", {}).get("Arn", "")
    interfaces = found.get("NetworkInterfaces", [])
    options, data = found.get("MetadataOptions", {}), attribute("userData") or ""
    plain = {"userData": base64.b64decode(data).decode(errors="replace")} if data else {"userData": None}
    return {
        "ami": found["ImageId"],
        "arn": arn(request, "ec2", f"instance/{id}"),
        "instanceType": found["InstanceType"],
        "instanceState": found["State"]["Name"],
        "availabilityZone": found["Placement"]["AvailabilityZone"],
        "subnetId": found.get("SubnetId", ""),
        "vpcSecurityGroupIds": sorted(group["GroupId"] for group in found.get("SecurityGroups", [])),
        "privateIp": found.get("PrivateIpAddress", ""),
        "privateDns": found.get("PrivateDnsName", ""),
        "publicIp": found.get("PublicIpAddress", ""),
        "publicDns": found.get("PublicDnsName", ""),
        "associatePublicIpAddress": bool(found.get("PublicIpAddress")),
        "primaryNetworkInterfaceId": interfaces[0]["NetworkInterfaceId"] if interfaces else "",
        "iamInstanceProfile": profile.rsplit("/", 1)[-1],
        "keyName": found.get("KeyName", ""),
        "monitoring": found.get("Monitoring", {}).get("State") in ("enabled", "pending"),
        "sourceDestCheck": found.get("SourceDestCheck", True),
        "disableApiTermination": bool(attribute("disableApiTermination")),
        "disableApiStop": bool(attribute("disableApiStop")),
        "instanceInitiatedShutdownBehavior": attribute("instanceInitiatedShutdownBehavior") or "stop",
        "metadataOptions": {name: options[key] for name, key in METADATA.items() if key in options},
        "rootBlockDevice": volumes.root(request, found),
        **({"userDataBase64": data} if request.inputs.get("userDataBase64") else plain),
        "instanceLifecycle": found.get("InstanceLifecycle", ""),
        "outpostArn": "",
        "passwordData": "",
        "spotInstanceRequestId": "",
        "tags": found.get("Tags", []),
    }


def _update(request: Request) -> None:
    api, given, id = client("ec2", request), request.inputs, request.id  # noqa: A001

    def attribute(name: str, value: Any) -> None:
        api.modify_instance_attribute(InstanceId=id, **{name: value})

    if request.changed("vpcSecurityGroupIds") and given.get("vpcSecurityGroupIds"):
        _same_network(request)
        attribute("Groups", given["vpcSecurityGroupIds"])
    for name in ("sourceDestCheck", "disableApiTermination", "disableApiStop"):
        if request.changed(name) and given.get(name) is not None:
            attribute(name[0].upper() + name[1:], {"Value": given[name]})
    if request.changed("instanceInitiatedShutdownBehavior") and given.get("instanceInitiatedShutdownBehavior"):
        attribute("InstanceInitiatedShutdownBehavior", {"Value": given["instanceInitiatedShutdownBehavior"]})
    if request.changed("monitoring"):
        (api.monitor_instances if given.get("monitoring") else api.unmonitor_instances)(InstanceIds=[id])
    if request.changed("metadataOptions") and given.get("metadataOptions"):
        api.modify_instance_metadata_options(InstanceId=id, **_metadata(given["metadataOptions"]))
    if request.changed("iamInstanceProfile"):
        _profile(request)
    volumes.update(request, instance(request, id))
    if request.changed("instanceType", "userData", "userDataBase64"):
        _stopped(request, lambda: _change_at_rest(request, attribute))


def _change_at_rest(request: Request, attribute: Callable[[str, Any], None]) -> None:
    if request.changed("instanceType"):
        attribute("InstanceType", {"Value": request.inputs["instanceType"]})
    if request.changed("userData", "userDataBase64"):
        attribute("UserData", {"Value": base64.b64decode(_encoded(request))})


def _stopped(request: Request, change: Callable[[], None]) -> None:
    """Stops the instance, makes the change, and starts it again if it ran."""
    api = client("ec2", request)
    found = instance(request, request.id)
    ran = found is not None and found["State"]["Name"] != "stopped"
    if ran:
        api.stop_instances(InstanceIds=[request.id])
        _wait(request, request.id, "stopped")
    try:
        change()
    finally:
        if ran:
            api.start_instances(InstanceIds=[request.id])
    if ran:
        _wait(request, request.id, "running")


def _profile(request: Request) -> None:
    api = client("ec2", request)
    held = api.describe_iam_instance_profile_associations(Filters=[{"Name": "instance-id", "Values": [request.id]}])[
        "IamInstanceProfileAssociations"
    ]
    name = request.inputs.get("iamInstanceProfile")
    if held and name:
        association = held[0]["AssociationId"]
        api.replace_iam_instance_profile_association(AssociationId=association, IamInstanceProfile={"Name": name})
    elif held:
        api.disassociate_iam_instance_profile(AssociationId=held[0]["AssociationId"])
    elif name:
        api.associate_iam_instance_profile(InstanceId=request.id, IamInstanceProfile={"Name": name})


def _delete(request: Request) -> None:
    api = client("ec2", request)
    if instance(request, request.id) is None:
        return
    if request.inputs.get("forceDestroy"):
        for name in ("DisableApiTermination", "DisableApiStop"):
            api.modify_instance_attribute(InstanceId=request.id, **{name: {"Value": False}})
    unless_gone(lambda: api.terminate_instances(InstanceIds=[request.id]))
    end = time.monotonic() + (request.timeout or STATE_LIMIT)
    while instance(request, request.id) is not None:
        if time.monotonic() > end or request.cancelled.wait(1.0):
            raise Refusal(f"Instance {request.id} is still there after it was told to terminate")


def _new_user_data(request: Request) -> tuple[str, ...]:
    names = [name for name in ("userData", "userDataBase64") if request.changed(name)]
    return tuple(names) if request.inputs.get("userDataReplaceOnChange") else ()


def _root_tags(values: Mapping[str, Property]) -> Iterator[Problem]:
    root = values.get("rootBlockDevice")
    if isinstance(root, dict) and root.get("tags") and values.get("volumeTags"):
        yield Problem("rootBlockDevice.tags", "cannot be given together with volumeTags")


INSTANCE = aws_resource(
    "aws:ec2/instance:Instance",
    inputs=(
        Field("ami", computed=True, replaces=True, check=checks.identifier("ami")),
        Field("instanceType", computed=True),
        Field("availabilityZone", computed=True, replaces=True),
        Field("subnetId", computed=True, replaces=True, check=checks.identifier("subnet")),
        Field("vpcSecurityGroupIds", ListOf(checks.id_of("sg"), unordered=True), computed=True),
        Field("privateIp", computed=True, replaces=True, check=checks.address_v4),
        Field("associatePublicIpAddress", BOOLEAN, computed=True, replaces=True),
        Field("iamInstanceProfile", computed=True, check=checks.iam_name(128)),
        Field("keyName", computed=True, replaces=True),
        Field("userData"),
        Field("userDataBase64"),
        Field("userDataReplaceOnChange", BOOLEAN, default=False),
        Field("disableApiTermination", BOOLEAN, computed=True),
        Field("disableApiStop", BOOLEAN, computed=True),
        Field("forceDestroy", BOOLEAN, default=False),
        Field("instanceInitiatedShutdownBehavior", computed=True, check=one_of("stop", "terminate")),
        Field("monitoring", BOOLEAN, computed=True),
        Field("sourceDestCheck", BOOLEAN, default=True),
        Field(
            "metadataOptions",
            Object(
                (
                    Field("httpEndpoint", computed=True, check=one_of("enabled", "disabled")),
                    Field("httpTokens", computed=True, check=one_of("optional", "required")),
                    Field("httpPutResponseHopLimit", INTEGER, computed=True, check=between(1, 64)),
                    Field("httpProtocolIpv6", computed=True, check=one_of("enabled", "disabled")),
                    Field("instanceMetadataTags", computed=True, check=one_of("enabled", "disabled")),
                )
            ),
            computed=True,
        ),
        Field("rootBlockDevice", volumes.ROOT, computed=True),
        Field("volumeTags", MapOf(STRING)),
    ),
    outputs=outputs(
        "arn",
        "instanceLifecycle",
        "instanceState",
        "outpostArn",
        "passwordData",
        "primaryNetworkInterfaceId",
        "privateDns",
        "publicDns",
        "publicIp",
        "spotInstanceRequestId",
    ),
    create=_create,
    describe=_describe,
    update=_update,
    delete=_delete,
    rules=(required("ami", "instanceType"), conflict("userData", "userDataBase64"), user_data, _root_tags),
    expired=_new_user_data,
)
