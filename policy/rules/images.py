"""Machine images: the one that the stack names, so that the same stack file makes the same host tomorrow."""

import re
from collections.abc import Iterator

from policy.graph import INSTANCE, Graph
from policy.rule import Finding, Rule

IMAGE = re.compile("ami-[0-9a-f]{8,17}")


def _found_somewhere(graph: Graph) -> Iterator[Finding]:
    named = {graph.setting(f"{group}.imageId") for group in graph.settings} - {None}
    for host in graph.of(INSTANCE):
        image = host.at("ami")
        if host.inputs_from.get("ami") or not isinstance(image, str) or not IMAGE.fullmatch(image):
            yield Finding(
                resource=host,
                message="has an image that is found when it is deployed, so that another day makes another host; "
                "name one: wickr:messaging.imageId",
            )
        elif image not in named:
            yield Finding(
                resource=host,
                message=f"has the image {image}, which the stack does not name: a lookup of the latest image does "
                "that; use what imageId says",
            )


PINNED_IMAGE = Rule(
    name="pinned-image",
    what="A host is made from the image that the stack names, not from the latest one.",
    whole=_found_somewhere,
)
