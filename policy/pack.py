"""The rules as a Pulumi policy pack: what the engine tells of a stack, judged as a plan is.

A rule about one resource is asked before that resource is made; one about the stack when all are known. Both see the
inputs that the program asked for, not what AWS made of them.
"""

from collections.abc import Callable, Mapping
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    PolicyPack,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)

from policy.graph import Graph, Resource
from policy.rule import Rule
from policy.rules import RULES
from policy.told import KEYS, keep, plain

NAME = "wickr"
STACK = "pulumi:pulumi:Stack"

asked: dict[str, Mapping[str, Any]] = {}
"""The inputs of each resource by URN, as far as the engine has told of them."""


def serve() -> None:
    """Answers the engine until it ends."""
    keep()
    policies = [_of_each(rule, rule.each) if rule.each else _of_all(rule) for rule in RULES]
    PolicyPack(name=NAME, enforcement_level=EnforcementLevel.MANDATORY, policies=policies)


def _of_each(rule: Rule, check: Callable[[Resource], Any]) -> ResourceValidationPolicy:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        asked[args.urn] = plain(args.props)
        resource = Resource(
            id=args.urn,
            name=args.name,
            type=args.resource_type,
            inputs=asked[args.urn],
            protect=bool(args.opts.protect),
            ignored=frozenset(args.opts.ignore_changes),
        )
        for message in check(resource):
            report(f"{resource.name}: {message}", None)

    return ResourceValidationPolicy(name=rule.name, description=rule.what, validate=validate)


def _of_all(rule: Rule) -> StackValidationPolicy:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        for finding in rule.findings(graph(args.resources)):
            where = finding.resource
            report(f"{where.name if where else 'the stack'}: {finding.message}", where.id if where else None)

    return StackValidationPolicy(name=rule.name, description=rule.what, validate=validate)


def graph(told: list[PolicyResource]) -> Graph:
    """A stack as rules see it, from what the engine tells in the end."""
    outputs: Mapping[str, Any] = next((plain(each.props) for each in told if each.resource_type == STACK), {})
    return Graph(
        stack=told[0].urn.split("::")[0].removeprefix("urn:pulumi:"),
        resources=tuple(_resource(each) for each in told if each.resource_type != STACK),
        outputs=outputs,
        settings=KEYS.settings(),
        secrets=KEYS.secrets(),
    )


def _resource(each: PolicyResource) -> Resource:
    return Resource(
        id=each.urn,
        name=each.name,
        type=each.resource_type,
        parent=each.parent.urn if each.parent else "",
        inputs=asked.get(each.urn, plain(each.props)),
        inputs_from={
            key: frozenset(one.urn for one in ones) for key, ones in each.property_dependencies.items() if ones
        },
        protect=bool(each.opts.protect),
        ignored=frozenset(each.opts.ignore_changes),
    )
