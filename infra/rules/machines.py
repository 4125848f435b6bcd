"""Operating systems that are accepted, against the guide's own list."""

from collections.abc import Iterator

from guide import hosts
from infra.settings import Settings


def accepted_anyway(settings: Settings) -> Iterator[str]:
    """`alsoAcceptOs` names what the guide's list lacks, each once."""
    groups = {"messaging": (settings.messaging.also_accept_os, hosts.OPERATING_SYSTEMS, "IG 3.1")}
    if settings.calling:
        groups["calling"] = (settings.calling.also_accept_os, hosts.OPERATING_SYSTEMS, "IG 3.1")
    if settings.compliance:
        groups["compliance"] = (settings.compliance.also_accept_os, hosts.COMPLIANCE_SYSTEMS, "CG 2.1")
    for key, (systems, known, section) in groups.items():
        for number, text in enumerate(systems):
            name, _, version = text.partition(" ")
            numbers = tuple(int(each) for each in version.split("."))
            if any(each.id == name and each.accepts(numbers) for each in known):
                yield (
                    f"{key}.alsoAcceptOs[{number}]: {text} is in the guide's list ({section}) and accepted anyway; "
                    "take it out"
                )
            if text in systems[:number]:
                yield f"{key}.alsoAcceptOs[{number}]: {text} stands there twice; name it once"


RULES = (accepted_anyway,)
