"""Security groups: each rule is a resource of its own, so that a plan shows it and nothing else can undo it."""

from collections.abc import Iterator

from policy.graph import GROUP, Resource
from policy.rule import Rule

WITH_RULES = (GROUP, "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
OLD_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"


def _inline(resource: Resource) -> Iterator[str]:
    if resource.type in WITH_RULES:
        for key in ("ingress", "egress"):
            if resource.at(key):
                yield (
                    f"has {key} rules inside the group, which undo rules that are resources, and are undone by them; "
                    "make each a SecurityGroupIngressRule or SecurityGroupEgressRule"
                )
    if resource.type == OLD_RULE:
        yield "is a rule of the old kind, which cannot be told apart from another one; use aws.vpc.SecurityGroup…Rule"


INLINE_RULES = Rule(name="inline-rules", what="Every rule of a security group is a resource of its own.", each=_inline)
