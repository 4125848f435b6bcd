"""Route 53: records, and the zones that are there."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from local.plugins.aws import checks
from local.plugins.aws.cloud import client, partition, region, unless_gone
from local.plugins.aws.shape import aws_resource
from local.plugins.framework import (
    BOOLEAN,
    INTEGER,
    STRING,
    Field,
    Function,
    ListOf,
    Problem,
    Refusal,
    Request,
    Values,
    between,
    one_of,
    outputs,
    required,
)


def _bare(name: str) -> str:
    """A name as the plugin keeps it: in small letters, without the dot at its end, an asterisk as one."""
    return name.lower().removesuffix(".").replace("\\052", "*")


def _zone(request: Request) -> str:
    found = client("route53", request).get_hosted_zone(Id=request.inputs["zoneId"])
    return _bare(found["HostedZone"]["Name"])


def _row(given: Values, name: str) -> dict[str, Any]:
    rows = [{"Value": value} for value in given["records"]]
    return {"Name": name, "Type": given["type"], "TTL": given["ttl"], "ResourceRecords": rows}


def _change(request: Request, action: str, row: dict[str, Any], zone: str) -> None:
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": row}]}
    client("route53", request).change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)


def _found(request: Request, zone: str, name: str, kind: str) -> Any:
    api = client("route53", request)
    answer = unless_gone(
        lambda: api.list_resource_record_sets(
            HostedZoneId=zone, StartRecordName=name, StartRecordType=kind, MaxItems="1"
        )
    )
    rows = (answer or {}).get("ResourceRecordSets", [])
    return next((row for row in rows if (_bare(row["Name"]), row["Type"]) == (name, kind)), None)


def _create(request: Request) -> str:
    given = request.inputs
    name, zone = _bare(given["name"]), _zone(request)
    if name != zone and not name.endswith(f".{zone}"):
        # The real plugin would take it for a name without its end; here nobody means that.
        raise Refusal(f"{name} is not inside the zone {zone}: write the whole name")
    # The service refuses to create what is there; the local cloud's API would write over it.
    if not given["allowOverwrite"] and _found(request, given["zoneId"], name, given["type"]):
        raise Refusal(
            f"InvalidChangeBatch: [Tried to create resource record set [name='{name}.', type='{given['type']}'] but it "
            "already exists]"
        )
    _change(request, "UPSERT", _row(given, name), given["zoneId"])
    return f"{given['zoneId']}_{name}_{given['type']}"


def _update(request: Request) -> None:
    _change(request, "UPSERT", _row(request.inputs, _bare(request.inputs["name"])), request.inputs["zoneId"])


def _describe(request: Request, id: str) -> Values | None:
    zone, name, kind = id.split("_", 1)[0], *id.split("_", 1)[1].rsplit("_", 1)
    found = _found(request, zone, name, kind)
    if found is None:
        return None
    return {
        "zoneId": zone,
        "name": name,
        "type": kind,
        "ttl": found["TTL"],
        "records": [row["Value"] for row in found["ResourceRecords"]],
        "allowOverwrite": bool(request.inputs.get("allowOverwrite")),
        "fqdn": name,
    }


def _delete(request: Request) -> None:
    zone, rest = request.id.split("_", 1)
    name, kind = rest.rsplit("_", 1)
    found = _found(request, zone, name, kind)
    if found is not None:
        _change(request, "DELETE", found, zone)


def _zone_id(value: str) -> str | None:
    return None if re.fullmatch(r"Z[A-Z0-9]+", value) else f"must be the id of a zone, such as Z0123456789, not {value}"


def _addresses(given: Mapping[str, Any]) -> Iterator[Problem]:
    for number, value in enumerate(given.get("records") or []):
        problem = checks.address_v4(value) if given.get("type") == "A" and isinstance(value, str) else None
        if problem:
            yield Problem(f"records[{number}]", problem)


RECORD = aws_resource(
    "aws:route53/record:Record",
    inputs=(
        Field("zoneId", required=True, replaces=True, check=_zone_id),
        Field("name", required=True, replaces=True, same=lambda one, other: _bare(one) == _bare(other)),
        Field("type", required=True, replaces=True, check=one_of("A", "AAAA", "CNAME", "TXT", "MX", "SRV")),
        Field("ttl", INTEGER, check=between(0, 2147483647)),
        Field("records", ListOf(STRING, unordered=True)),
        Field("allowOverwrite", BOOLEAN, default=False),
    ),
    outputs=outputs("fqdn"),
    create=_create,
    describe=_describe,
    update=_update,
    delete=_delete,
    retag=None,
    regional=False,
    rules=(required("records"), required("ttl"), _addresses),
)


def _get_zone(request: Request) -> Values:
    api, given = client("route53", request), request.inputs
    answer = unless_gone(lambda: api.get_hosted_zone(Id=given["zoneId"]))
    if answer is None:
        raise Refusal(f"no matching Route 53 Hosted Zone found: {given['zoneId']}")
    found, servers = answer["HostedZone"], answer.get("DelegationSet", {}).get("NameServers", [])
    identifier = found["Id"].rpartition("/")[2]
    return {
        "id": identifier,
        "zoneId": identifier,
        "arn": f"arn:{partition(region(request))}:route53:::hostedzone/{identifier}",
        "name": _bare(found["Name"]),
        "privateZone": bool(found["Config"]["PrivateZone"]),
        "comment": found["Config"].get("Comment", ""),
        "callerReference": found["CallerReference"],
        "resourceRecordSetCount": found["ResourceRecordSetCount"],
        "nameServers": servers,
        "primaryNameServer": servers[0] if servers else "",
        "enableAcceleratedRecovery": False,
        "linkedServiceDescription": "",
        "linkedServicePrincipal": "",
        "tags": {},
    }


ZONE = Function(
    token="aws:route53/getZone:getZone",
    inputs=(Field("zoneId"),),
    rules=(required("zoneId"),),
    call=_get_zone,
)
