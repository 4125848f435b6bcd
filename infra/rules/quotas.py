"""What AWS allows an account, against what the stack would make, with the arithmetic."""

from collections.abc import Iterator, Sequence

from components.room import PrefixList, arrange
from guide import ports
from guide.calls import DEFAULT_MAX_CALLS
from guide.ports import NetworkRange
from guide.roles import Role
from infra.settings import Settings

KEYS = {NetworkRange.ALL: ("clientCidrs", "client"), NetworkRange.ADMIN: ("adminCidrs", "admin")}


def security_groups(settings: Settings) -> Iterator[str]:
    """A host carries its own group, that of the cluster if it is a further node, and one for each list of networks."""
    room = settings.network.room
    for role in [Role.MESSAGING, *([Role.CALLING] if settings.calling else [])]:
        calls = settings.calling.max_calls if settings.calling else DEFAULT_MAX_CALLS
        rows = ports.inbound(role, calls, settings.installer.release)
        ranges = [row.network_range for row in rows]
        # A node is known by its group; the messaging host by its public address, too, if it has one.
        peers = 2 if settings.network.public_addresses else 1
        between = ranges.count(NetworkRange.INTERNAL) + ranges.count(NetworkRange.MESSAGING) * peers
        cidrs = {NetworkRange.ALL: settings.client_cidrs, NetworkRange.ADMIN: settings.admin_cidrs}
        lists = arrange(rows, cidrs, between, room).lists
        always = 2 if role is Role.CALLING else 1
        if always + len(lists) > room.groups:
            crowded = [each for each in KEYS if any(part.network_range is each for part in lists)]
            most = max(crowded, key=lambda each: sum(part.network_range is each for part in lists))
            told = " + ".join(_told(each, lists, ranges.count(each)) for each in crowded)
            yield (
                f"{KEYS[most][0]}: the {role} host needs {told} = {len(lists)} security groups of {room.rules} rules, "
                f"beside {always} of its own, and a network interface carries {room.groups}; name wider networks, or "
                "have AWS raise quota L-2AFB9258 (network.groupsPerInterface) or L-0EA8095F (network.rulesPerGroup) "
                "and write it into the stack"
            )


def _told(each: NetworkRange, lists: Sequence[PrefixList], rows: int) -> str:
    """A range of networks in its groups: neighbours are joined already."""
    mine = [part for part in lists if part.network_range is each]
    blocks = sum(len(part.networks) for part in mine)
    return f"{blocks} {KEYS[each][1]} networks x {rows} rules in {len(mine)}"


RULES = (security_groups,)
