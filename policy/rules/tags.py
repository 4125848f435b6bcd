"""Tags: who finds something in the account must see which installation it belongs to."""

import json
from collections.abc import Iterator
from typing import Any

from policy.graph import INSTANCE, PROVIDER, ROLE_TAG, Graph, Resource
from policy.rule import Finding, Rule

ON_EVERYTHING = ("wickr:project", "wickr:stack")
"""Default tags of the provider."""


def _untagged(graph: Graph) -> Iterator[Finding]:
    for provider in graph.of(PROVIDER):
        tags = _default_tags(provider)
        for key in ON_EVERYTHING:
            if not tags.get(key):
                yield Finding(resource=provider, message=f"does not tag everything with {key}; add it to defaultTags")
        if tags.get("wickr:stack") not in (None, graph.stack):
            yield Finding(
                resource=provider,
                message=f"tags everything as of the stack {tags['wickr:stack']}: this is {graph.stack}",
            )
    for host in graph.of(INSTANCE):
        tags = host.at("tags") or {}
        if not tags.get("Name"):
            yield Finding(resource=host, message="has no tag Name")
        if host.role is None:
            yield Finding(resource=host, message=f"has no tag {ROLE_TAG} with a role of the guide")


def _default_tags(provider: Resource) -> dict[str, Any]:
    given = provider.at("defaultTags") or {}
    # The engine hands a provider's groups over as JSON.
    found = json.loads(given) if isinstance(given, str) else given
    tags: dict[str, Any] = dict(found.get("tags") or {})
    return tags


TAGS = Rule(name="tags", what="All that AWS holds says which stack it is of, and a host its role.", whole=_untagged)
