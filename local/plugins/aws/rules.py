"""Rules of security groups: one protocol, one range of ports, one source or destination."""

from collections.abc import Iterator, Mapping
from typing import Any

from local.plugins.aws import checks, tags
from local.plugins.aws.cloud import arn, client, unless_gone
from local.plugins.aws.shape import aws_resource
from local.plugins.framework import (
    INTEGER,
    UNKNOWN,
    Field,
    Problem,
    Property,
    Request,
    Resource,
    Values,
    between,
    exactly_one_of,
    outputs,
)

SOURCES = ("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId")
NAMES = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6", "all": "-1"}


def protocol(value: str) -> str:
    """The name of a protocol that AWS has a name for; else its number."""
    return NAMES.get(value.lower(), value.lower())


def _protocol_complaint(value: str) -> str | None:
    name = protocol(value)
    if name in ("tcp", "udp", "icmp", "icmpv6", "-1") or (name.isdigit() and int(name) <= 255):
        return None
    return f"must be tcp, udp, icmp, icmpv6, -1 (all) or a protocol's number up to 255, not {value}"


def ports(values: Mapping[str, Property]) -> Iterator[Problem]:
    """Ports belong to tcp, udp and icmp, as a pair, in order; with all protocols there are none."""
    first, last, given = values.get("fromPort"), values.get("toPort"), values.get("ipProtocol")
    if UNKNOWN in (first, last, given) or given is None:
        return
    name = protocol(given)
    if name == "-1" and (first, last) != (None, None):
        yield Problem("fromPort", "and toPort cannot be given when ipProtocol is -1 (all protocols)")
    elif name in ("tcp", "udp", "icmp", "icmpv6") and None in (first, last):
        yield Problem("fromPort", f"and toPort must both be given when ipProtocol is {given}")
    elif name in ("tcp", "udp") and None not in (first, last) and not 0 <= int(first or 0) <= int(last or 0):
        yield Problem("fromPort", f"must be 0 or more and not above toPort: {first} to {last} is no range of ports")


def _body(request: Request) -> dict[str, Any]:
    """The rule as ModifySecurityGroupRules spells it."""
    given = request.inputs
    keys = {
        "fromPort": "FromPort",
        "toPort": "ToPort",
        "description": "Description",
        "cidrIpv4": "CidrIpv4",
        "cidrIpv6": "CidrIpv6",
        "prefixListId": "PrefixListId",
        "referencedSecurityGroupId": "ReferencedGroupId",
    }
    body = {key: given[name] for name, key in keys.items() if given.get(name) is not None}
    return {"IpProtocol": protocol(given["ipProtocol"]), **body}


def _permission(request: Request) -> dict[str, Any]:
    """The rule as AuthorizeSecurityGroup… spells it."""
    body = _body(request)
    text = {"Description": body.pop("Description")} if body.get("Description") else {}
    if "CidrIpv4" in body:
        body["IpRanges"] = [{"CidrIp": body.pop("CidrIpv4"), **text}]
    elif "CidrIpv6" in body:
        body["Ipv6Ranges"] = [{"CidrIpv6": body.pop("CidrIpv6"), **text}]
    elif "PrefixListId" in body:
        body["PrefixListIds"] = [{"PrefixListId": body.pop("PrefixListId"), **text}]
    else:
        body["UserIdGroupPairs"] = [{"GroupId": body.pop("ReferencedGroupId"), **text}]
    return body


def _describe(request: Request, id: str) -> Values | None:
    api = client("ec2", request)
    found = unless_gone(lambda: api.describe_security_group_rules(SecurityGroupRuleIds=[id]))
    if not found or not found["SecurityGroupRules"]:
        return None
    rule = found["SecurityGroupRules"][0]
    first, last = (None if rule.get(key) == -1 and rule["IpProtocol"] == "-1" else rule.get(key) for key in _ENDS)
    return {
        "arn": arn(request, "ec2", f"security-group-rule/{id}", rule.get("GroupOwnerId", "")),
        "securityGroupRuleId": id,
        "securityGroupId": rule["GroupId"],
        "ipProtocol": rule["IpProtocol"],
        "fromPort": first,
        "toPort": last,
        "cidrIpv4": rule.get("CidrIpv4"),
        "cidrIpv6": rule.get("CidrIpv6"),
        "prefixListId": rule.get("PrefixListId"),
        "referencedSecurityGroupId": rule.get("ReferencedGroupInfo", {}).get("GroupId"),
        "description": rule.get("Description"),
        "tags": rule.get("Tags", []),
    }


_ENDS = ("FromPort", "ToPort")


def _update(request: Request) -> None:
    if request.changed("ipProtocol", "fromPort", "toPort", "description", *SOURCES):
        rules = [{"SecurityGroupRuleId": request.id, "SecurityGroupRule": _body(request)}]
        group = request.inputs["securityGroupId"]
        client("ec2", request).modify_security_group_rules(GroupId=group, SecurityGroupRules=rules)


def _other_kind_of_source(request: Request) -> tuple[str, ...]:
    """A rule keeps the kind of its source: from a network to a group it is another rule."""
    before = [name for name in SOURCES if request.old_inputs.get(name) is not None]
    after = [name for name in SOURCES if request.inputs.get(name) is not None]
    return () if before == after else tuple({*before, *after})


def _rule(noun: str, direction: str) -> Resource:
    def create(request: Request) -> str:
        authorize = getattr(client("ec2", request), f"authorize_security_group_{direction}")
        answer = authorize(
            GroupId=request.inputs["securityGroupId"],
            IpPermissions=[_permission(request)],
            TagSpecifications=tags.specification("security-group-rule", tags.all_tags(request)),
        )
        return str(answer["SecurityGroupRules"][0]["SecurityGroupRuleId"])

    def delete(request: Request) -> None:
        revoke = getattr(client("ec2", request), f"revoke_security_group_{direction}")
        group = request.inputs["securityGroupId"]
        unless_gone(lambda: revoke(GroupId=group, SecurityGroupRuleIds=[request.id]))

    return aws_resource(
        f"aws:vpc/{noun[0].lower()}{noun[1:]}:{noun}",
        inputs=(
            Field("securityGroupId", required=True, replaces=True, check=checks.identifier("sg")),
            Field(
                "ipProtocol",
                required=True,
                check=_protocol_complaint,
                same=lambda one, other: protocol(one) == protocol(other),
            ),
            Field("fromPort", INTEGER, check=between(-1, 65535)),
            Field("toPort", INTEGER, check=between(-1, 65535)),
            Field("cidrIpv4", check=checks.network_v4()),
            Field("cidrIpv6", check=checks.network_v6),
            Field("prefixListId", check=checks.identifier("pl")),
            Field("referencedSecurityGroupId", check=checks.identifier("sg")),
            Field("description", check=checks.words(255)),
        ),
        outputs=outputs("arn", "securityGroupRuleId"),
        create=create,
        describe=_describe,
        update=_update,
        delete=delete,
        rules=(exactly_one_of(*SOURCES), ports),
        expired=_other_kind_of_source,
    )


INGRESS_RULE = _rule("SecurityGroupIngressRule", "ingress")
EGRESS_RULE = _rule("SecurityGroupEgressRule", "egress")
