"""The port tables, written out again from the guide (IG 3.1.2, 3.2.2; CG 2.1) and the release notes, row by row."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guide import ports
from guide.calls import LARGEST_MAX_CALLS
from guide.ports import NetworkRange, PortRow
from guide.releases import Release
from guide.roles import Role

MESSAGING = """
TCP 443 | ALL | Wickr Services
TCP 22 | Admin Networks | SSH
TCP 8800 | Admin Networks | Wickr Installer UI
TCP 9870-9881 | Internal Network | Replicated Services
"""
CALLING = """
TCP 443 | ALL | TCP Proxy
TCP 8001 | ALL | SOCKS Proxy
UDP 16384-16484 | ALL | Audio/Video Streams
TCP 444 | Messaging Server IP | HTTP API
TCP 22 | Admin Networks | SSH
"""
TABLES = [(Role.MESSAGING, MESSAGING, "IG 3.1.2"), (Role.CALLING, CALLING, "IG 3.2.2"), (Role.COMPLIANCE, "", "CG 2.1")]

LATER = "TCP 8443 | Messaging Server IP | internal communication between the messaging and calling servers"
"""What infrastructure release 6.32 (build 1882) added to the calling host's table."""

every_release = pytest.mark.parametrize("release", list(Release))
every_table = pytest.mark.parametrize("role", list(Role))
numbers_of_calls = st.integers(min_value=1, max_value=LARGEST_MAX_CALLS)


def as_printed(row: PortRow) -> str:
    return f"{row.protocol.upper()} {row.ports} | {row.network_range} | {row.purpose}"


@pytest.mark.parametrize(("role", "table", "section"), TABLES)
def test_a_table_is_the_guide_s(role: Role, table: str, section: str) -> None:
    rows = ports.inbound(role)
    assert [as_printed(row) for row in rows] == table.strip().splitlines()
    assert {row.section for row in rows} <= {section}


@pytest.mark.parametrize(("release", "added"), [("guide", []), ("6.26", []), ("6.32", [LATER])])
def test_a_release_adds_to_the_calling_table_what_its_notes_say(release: str, added: list[str]) -> None:
    rows = ports.inbound(Role.CALLING, release=Release(release))
    assert [as_printed(row) for row in rows] == [*CALLING.strip().splitlines(), *added]
    assert [row.section for row in rows][5:] == ["release notes 6.32"] * len(added)


@every_release
@pytest.mark.parametrize("role", [Role.MESSAGING, Role.COMPLIANCE])
def test_no_release_changes_another_table(role: Role, release: Release) -> None:
    assert ports.inbound(role, release=release) == ports.inbound(role)


@every_release
@every_table
def test_a_row_has_a_name_of_its_own(role: Role, release: Release) -> None:
    names = [row.name for row in ports.inbound(role, release=release)]
    assert len(set(names)) == len(names)


@every_release
@every_table
def test_only_administrators_reach_ssh_and_the_installer(role: Role, release: Release) -> None:
    for port in (22, 8800):
        rows = [
            row
            for row in ports.inbound(role, release=release)
            if row.protocol == "tcp" and row.first <= port <= row.last
        ]
        assert {row.network_range for row in rows} <= {NetworkRange.ADMIN}


@every_release
def test_what_everybody_reaches_is_the_services_and_the_media(release: Release) -> None:
    rows = {
        (role, row.protocol, row.ports)
        for role in Role
        for row in ports.inbound(role, release=release)
        if row.network_range == "ALL"
    }
    assert rows == {
        (Role.MESSAGING, "tcp", "443"),
        (Role.CALLING, "tcp", "443"),
        (Role.CALLING, "tcp", "8001"),
        (Role.CALLING, "udp", "16384-16484"),
    }


@given(numbers_of_calls)
def test_more_calls_move_the_end_of_the_media_range_and_nothing_else(max_calls: int) -> None:
    rows, usual = ports.inbound(Role.CALLING, max_calls), ports.inbound(Role.CALLING)
    changed = {row.name: row.ports for row in set(rows) - set(usual)}
    assert changed == ({} if max_calls == 50 else {"media": f"16384-{16384 + 2 * max_calls}"})


@given(numbers_of_calls, st.sampled_from(Release))
def test_no_two_rows_of_a_table_overlap(max_calls: int, release: Release) -> None:
    for role in Role:
        rows = sorted(ports.inbound(role, max_calls, release), key=lambda row: (row.protocol, row.first))
        for one, next_one in pairwise(rows):
            assert one.protocol != next_one.protocol or one.last < next_one.first


@pytest.mark.parametrize(("first", "last"), [(0, 22), (443, 442), (65535, 65536), (-1, -1), (70000, 70000)])
def test_a_row_of_ports_that_do_not_exist_is_refused(first: int, last: int) -> None:
    with pytest.raises(ValueError, match=f"row odd: {first}-{last} is no range of ports"):
        PortRow(
            name="odd",
            protocol="tcp",
            first=first,
            last=last,
            network_range=NetworkRange.ALL,
            purpose="none",
            section="none",
        )
