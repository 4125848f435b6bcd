"""Operating systems that are accepted, against the guide's own list."""

from collections.abc import Iterator

from guide import hosts
from infra.settings import Settings


def accepted_anyway(settings: Settings) -> Iterator[str]:
    """`alsoAcceptOs` names what the guide's list lacks, each once."""
    groups = {"messaging": settings.messaging.also_accept_os}
    if settings.calling:
        groups["calling"] = settings.calling.also_accept_os
    for key, systems in groups.items():
        for number, text in enumerate(systems):
            name, _, version = text.partition(" ")
            numbers = tuple(int(each) for each in version.split("."))
            if any(each.id == name and each.accepts(numbers) for each in hosts.OPERATING_SYSTEMS):
                yield (
                    f"{key}.alsoAcceptOs[{number}]: {text} is in the guide's list (IG 3.1) and accepted anyway; take "
                    "it out"
                )
            if text in systems[:number]:
                yield f"{key}.alsoAcceptOs[{number}]: {text} stands there twice; name it once"


RULES = (accepted_anyway,)
