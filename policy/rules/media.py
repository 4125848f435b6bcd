"""The range for audio and video: as many ports as the calls that the stack promises need (IG 6.4)."""

from collections.abc import Iterator

from guide.calls import DEFAULT_MAX_CALLS, FIRST_MEDIA_PORT, PORTS_PER_CALL, last_media_port
from guide.roles import Role
from policy.graph import INSTANCE, Graph
from policy.rule import Finding, Rule
from policy.rules.ports import rules_of
from policy.rules.sources import Ports

ANNOUNCED = "mediaPorts"
"""The output that tells clients' networks what to open."""


def _other_range(graph: Graph) -> Iterator[Finding]:
    for host in graph.of(INSTANCE):
        if host.role is not Role.CALLING:
            continue
        calls = int(graph.setting("calling.maxCalls") or DEFAULT_MAX_CALLS)
        last = last_media_port(calls)
        arithmetic = f"{FIRST_MEDIA_PORT} + {PORTS_PER_CALL} x {calls} = {last} (IG 6.4)"
        for rule in rules_of(graph, host):
            ports = Ports.of(rule)
            if ports.protocol == "udp" and (ports.first, ports.last) != (FIRST_MEDIA_PORT, last):
                yield Finding(resource=rule, message=f"opens {ports} for {calls} calls, which need {arithmetic}")
        told = graph.outputs.get(ANNOUNCED)
        if isinstance(told, str) and not told.startswith(f"{FIRST_MEDIA_PORT}-{last}/"):
            yield Finding(
                resource=None, message=f"the output {ANNOUNCED} says {told!r}, but {calls} calls need {arithmetic}"
            )


MEDIA_RANGE = Rule(
    name="media-range",
    what="The UDP range of the calling host, and what the stack says of it, is that of wickr:calling.maxCalls.",
    whole=_other_range,
)
