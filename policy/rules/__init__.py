"""All rules, one noun a file. Every one is mandatory until a pack's configuration says otherwise."""

from collections.abc import Iterator

from policy.graph import Graph
from policy.rule import Finding, Rule
from policy.rules import airgap, buckets, egress, groups, hosts, images, media, plain_text, ports, tags

RULES: tuple[Rule, ...] = (
    ports.ADMIN_PORTS,
    ports.PORT_TABLE,
    groups.INLINE_RULES,
    media.MEDIA_RANGE,
    hosts.IMDS_V2,
    hosts.ENCRYPTED_VOLUMES,
    hosts.GUARDED_DATA,
    buckets.CLOSED_BUCKETS,
    images.PINNED_IMAGE,
    tags.TAGS,
    plain_text.PLAIN_SECRETS,
    plain_text.COMMAND_TEXT,
    egress.EGRESS_MODE,
    airgap.AIRGAP,
)


def violations(graph: Graph) -> Iterator[tuple[Rule, Finding]]:
    """Everything in a stack that is against a rule, in the order of the rules."""
    for rule in RULES:
        for finding in rule.findings(graph):
            yield rule, finding
