"""What an account is allowed of security groups, by default: rules of a group, and groups of a network interface."""

from collections.abc import Iterable
from typing import Any

from moto.ec2.exceptions import EC2ClientError

RULES = 60
"""Of a direction and an IP version (L-0EA8095F)."""

GROUPS = 5
"""Of a network interface (L-2AFB9258)."""


def check_group(backend: Any, group: Any) -> None:
    """Refuses more rules than a group may hold."""
    for rules in (group.ingress_rules, group.egress_rules):
        if any(sum(_weight(backend, rule, version) for rule in rules) > RULES for version in (4, 6)):
            raise EC2ClientError(
                "RulesPerSecurityGroupLimitExceeded",
                "The maximum number of rules per security group has been reached.",
            )


def check_list(backend: Any, id: str) -> None:
    """The same, of every group that names a prefix list."""
    for groups in backend.groups.values():
        for group in groups.values():
            if any(_listed(rule) == id for rule in (*group.ingress_rules, *group.egress_rules)):
                check_group(backend, group)


def check_interface(groups: Iterable[Any]) -> None:
    """Refuses more groups than an interface may carry."""
    if len(set(map(str, groups))) > GROUPS:
        raise EC2ClientError(
            "SecurityGroupsPerInterfaceLimitExceeded",
            "The maximum number of security groups per interface has been reached.",
        )


def _weight(backend: Any, rule: Any, version: int) -> int:
    """What a rule counts as. A list counts as many entries as it may have; the service's own lists have weights of
    their own, that of S3 is 1. A group or a list counts in both versions: of groups that is said, of lists nothing is.
    """
    if rule.ip_range:
        return int(("CidrIpv6" in rule.ip_range) == (version == 6))
    held = backend.managed_prefix_lists.get(_listed(rule) or "")
    return int(held.max_entries or 1) if held is not None and held.owner_id == backend.account_id else 1


def _listed(rule: Any) -> str | None:
    found = rule.prefix_list_id
    return found.get("PrefixListId") if isinstance(found, dict) else found
