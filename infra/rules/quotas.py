"""What AWS allows an account, against what the stack would make, with the arithmetic."""

import ipaddress
from collections.abc import Iterator

from components.egress import ANYWHERE
from guide import ports
from guide.calls import DEFAULT_MAX_CALLS
from guide.ports import NetworkRange
from guide.roles import Role
from infra.settings import Settings


def security_group_rules(settings: Settings) -> Iterator[str]:
    """One rule a row of the port table and source; AWS counts IPv4 and IPv6 apart, and groups in both."""
    for role in [Role.MESSAGING, *([Role.CALLING] if settings.calling else [])]:
        calls = settings.calling.max_calls if settings.calling else DEFAULT_MAX_CALLS
        rows = [row.network_range for row in ports.inbound(role, calls, settings.installer.release)]
        ours = len(rows) - rows.count(NetworkRange.ALL) - rows.count(NetworkRange.ADMIN)
        # By its group, and by its public address if it has one: see components.calling.
        own = ours + (rows.count(NetworkRange.MESSAGING) if settings.network.public_addresses else 0)
        if role is Role.MESSAGING and settings.compliance and ANYWHERE not in settings.client_cidrs:
            # By its group, and by the NAT gateway's address if that is the stack's: see components.compliance.
            own += 2 if settings.network.cidr else 1
        for version in (4, 6):
            clients, admins = (_count(each, version) for each in (settings.client_cidrs, settings.admin_cidrs))
            needed = rows.count(NetworkRange.ALL) * clients + rows.count(NetworkRange.ADMIN) * admins + own
            allowed = settings.network.rules_per_group
            if needed > allowed:
                yield (
                    f"{'clientCidrs' if clients >= admins else 'adminCidrs'}: the {role} host needs "
                    f"{clients} client networks x {rows.count(NetworkRange.ALL)} rows + {admins} admin networks x "
                    f"{rows.count(NetworkRange.ADMIN)} rows + {own} between hosts = {needed} IPv{version} rules, and a "
                    f"security group holds {allowed}; join neighbouring networks, or have AWS raise quota L-0EA8095F "
                    "and write it into network.rulesPerGroup"
                )


def _count(texts: tuple[str, ...], version: int) -> int:
    return sum(ipaddress.ip_network(each).version == version for each in texts)


RULES = (security_group_rules,)
