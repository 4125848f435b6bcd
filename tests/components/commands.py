"""The commands of a recorded deployment, by host and phase, and what their scripts are given."""

import base64
import re

from installer.phase import CALLS, COMPLIANCE_PHASES, HEALTH, MESSAGING_PHASES, NODE_PHASES, SUPPLY_PHASES
from tests.recorder import Request, reveal
from tests.stacks import deployed

REMOTE = "command:remote:Command"
LOCAL = "command:local:Command"
PHASES = [phase.name for phase in MESSAGING_PHASES]
WITH_CALLS = [*PHASES[:-1], CALLS.name, HEALTH.name]
NODE = [phase.name for phase in NODE_PHASES]
SUPPLY = [phase.name for phase in SUPPLY_PHASES]
COMPLIANCE = [phase.name for phase in COMPLIANCE_PHASES]
MESSAGING_HOST, CALLING_HOST, COMPLIANCE_HOST = "messaging-replicated", "calling-node", "compliance-bot"


def supplied(variant: str, names: list[str]) -> list[str]:
    """The phases of a host: without internet, those that bring what it needs come after the firewall."""
    place = names.index("firewall") + 1
    return [*names[:place], *SUPPLY, *names[place:]] if "airgap" in variant else names


def phases(variant: str = "complete", host: str = MESSAGING_HOST) -> dict[str, Request]:
    """The commands of a host by phase, in the order in which they were asked for."""
    commands = [each for each in deployed(variant).resources if each.type in (REMOTE, LOCAL)]
    return {each.name.removeprefix(f"{host}-"): each for each in commands if each.name.startswith(f"{host}-")}


def values(phase: str, variant: str = "complete", host: str = MESSAGING_HOST) -> dict[str, str]:
    """What a phase's script is given, as bash would read it."""
    text = reveal(phases(variant, host)[phase].inputs["stdin"])
    given = re.findall(
        r"^readonly ([A-Z_0-9]+)=('[^']*'|[^ \n]*)$", text.partition("# Shared by every phase")[0], re.MULTILINE
    )
    return {name: value.strip("'") for name, value in given}


def decoded(phase: str, name: str, variant: str = "complete") -> str:
    return base64.b64decode(values(phase, variant)[name]).decode()
