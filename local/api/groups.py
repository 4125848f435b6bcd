"""Security groups: rules that the service refuses, changes that moto forgets, and groups that are in use."""

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Any

from moto.ec2.exceptions import DependencyViolationError, EC2ClientError
from moto.ec2.models.security_groups import SecurityGroupBackend, SecurityGroupRule

from local.api import quotas

_make_rule = SecurityGroupRule.__init__
_modify = SecurityGroupBackend.modify_security_group_rules
_delete = SecurityGroupBackend.delete_security_group


def patch() -> None:
    """Puts the functions below in place of moto's."""
    for name in ("authorize_security_group_ingress", "authorize_security_group_egress"):
        setattr(SecurityGroupBackend, name, _strict(getattr(SecurityGroupBackend, name)))
    SecurityGroupRule.__init__ = make_rule
    SecurityGroupRule.description = property(description)
    SecurityGroupBackend.modify_security_group_rules = modify_security_group_rules
    SecurityGroupBackend.delete_security_group = delete_security_group
    # moto's own counts IPv4 and IPv6 together, and no prefix list.
    SecurityGroupBackend._verify_group_will_respect_rule_count_limit = lambda *_, **__: None


def check_ports(protocol: str, first: Any, last: Any) -> None:
    """Refuses what the service refuses of a protocol and its ports."""
    names = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}
    protocol = names.get(str(protocol), str(protocol))
    if protocol not in names.values() and not (protocol.lstrip("-").isdigit() and -1 <= int(protocol) <= 255):
        raise EC2ClientError("InvalidParameterValue", f"Invalid value '{protocol}' for IP protocol. Unknown protocol.")
    if protocol not in ("tcp", "udp"):
        return
    if first is None or last is None:
        text = "Invalid value for portRange. Must specify both from and to ports with TCP/UDP."
        raise EC2ClientError("InvalidParameterValue", text)
    if int(first) > int(last):
        text = f"Invalid value '{first}' for portRange. fromPort ({first}) > toPort ({last})"
        raise EC2ClientError("InvalidParameterValue", text)
    for port in (int(first), int(last)):
        if not 0 <= port <= 65535:
            raise EC2ClientError("InvalidParameterValue", f"Invalid value '{port}' for port. Must be 0-65535.")


def make_rule(self: Any, *given: Any, **named: Any) -> None:
    """Keeps the description of a prefix list's rule, which moto drops."""
    prefix_list = signature(_make_rule).bind(self, *given, **named).arguments.get("prefix_list_id") or {}
    self.prefix_list_text = prefix_list.get("Description")
    _make_rule(self, *given, **named)


def description(self: Any) -> str | None:
    """The description, whatever the source is; moto shows it for networks only."""
    text = self.ip_range.get("Description") or self.source_group.get("Description") or self.prefix_list_text
    return text or None


def _strict(authorize: Callable[..., Any]) -> Callable[..., Any]:
    """The same call, behind checks of ports and of groups that it names."""
    parameters = signature(authorize)

    @wraps(authorize)
    def checked(*given: Any, **named: Any) -> Any:
        asked = parameters.bind(*given, **named).arguments
        check_ports(asked["ip_protocol"], asked["from_port"], asked["to_port"])
        backend, group = asked["self"], asked["group_name_or_id"]
        found = backend.get_security_group_by_name_or_id(group)
        for source in asked.get("source_groups") or []:
            other = backend.get_security_group_from_id(source.get("GroupId", ""))
            if found is not None and other is not None and other.vpc_id != found.vpc_id:
                text = f"You have specified two resources that belong to different networks: {group}, {other.id}"
                raise EC2ClientError("InvalidGroup.NotFound", text)
        answer = authorize(*given, **named)
        try:
            quotas.check_group(backend, answer[1])
        except EC2ClientError:
            for rule in answer[0]:
                for held in (answer[1].ingress_rules, answer[1].egress_rules):
                    if rule in held:
                        held.remove(rule)
            raise
        return answer

    return checked


def modify_security_group_rules(self: Any, group_id: str, rules: dict[str, dict[str, Any]]) -> None:
    """Checks ports, and keeps a changed source whatever its kind; moto keeps IPv4 networks only."""
    for new in rules.values():
        check_ports(new.get("IpProtocol", ""), new.get("FromPort"), new.get("ToPort"))
    filled = {name: {"FromPort": -1, "ToPort": -1, **new} for name, new in rules.items()}
    _modify(self, group_id, filled)
    group = self.get_security_group_by_name_or_id(group_id)
    for name, new in rules.items():
        rule = group.get_rule(name)
        text = {"Description": new["Description"]} if new.get("Description") else {}
        ports = [new.get("FromPort"), new.get("ToPort")]
        rule.from_port, rule.to_port = (None if str(new["IpProtocol"]) == "-1" else int(port or 0) for port in ports)
        rule.ip_range, rule.source_group, rule.prefix_list_id, rule.prefix_list_text = {}, {}, None, None
        if new.get("CidrIpv4"):
            rule.ip_range = {"CidrIp": new["CidrIpv4"], **text}
        elif new.get("CidrIpv6"):
            rule.ip_range = {"CidrIpv6": new["CidrIpv6"], **text}
        elif new.get("ReferencedGroupId"):
            rule.source_group = {"GroupId": new["ReferencedGroupId"], "OwnerId": self.account_id, **text}
        else:
            rule.prefix_list_id, rule.prefix_list_text = new["PrefixListId"], new.get("Description")


def delete_security_group(self: Any, name: str | None = None, group_id: str | None = None) -> None:
    """Refuses while an interface wears the group or another group's rule names it."""
    group = self.get_security_group_by_name_or_id(group_id or name)
    if group is not None:
        if group.is_default:
            raise EC2ClientError("CannotDelete", f'the specified group: "{group.id}" name: "default" cannot be deleted')
        worn = any(group.id in (held.id for held in eni.group_set) for eni in self.enis.values())
        others = [other for groups in self.groups.values() for other in groups.values() if other is not group]
        rules = [rule for other in others for rule in (*other.ingress_rules, *other.egress_rules)]
        if worn or any(rule.source_group.get("GroupId") == group.id for rule in rules):
            raise DependencyViolationError(f"resource {group.id} has a dependent object")
    _delete(self, name, group_id)
