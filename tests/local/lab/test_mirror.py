"""The mirror is the one that the machine's own apt uses, in either format of its sources."""

from pathlib import Path

import pytest

from local.lab.mirror import MirrorError, debian

DEB822 = """\
Types: deb deb-src
# a comment
URIs: http://mirror.example.org/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example.org/debian-security
Suites: bookworm-security
Components: main

Enabled: no
Types: deb
URIs: http://off.example.org/debian
Suites: trixie
Components: main
"""
ONE_LINE = """\
# deb http://off.example.org/debian bookworm main
deb-src http://sources.example.org/debian bookworm main
deb [arch=amd64 signed-by=/etc/keys/debian.gpg] http://old.example.org/debian bookworm main
"""


@pytest.fixture
def apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("WICKR_LAB_MIRROR", raising=False)
    (tmp_path / "sources.list.d").mkdir()
    return tmp_path


def test_the_newer_format_is_read(apt: Path) -> None:
    (apt / "sources.list.d" / "debian.sources").write_text(DEB822)
    assert debian("bookworm", apt) == (
        "http://mirror.example.org/debian",
        "http://mirror.example.org/debian-security",
        "/usr/share/keyrings/debian-archive-keyring.gpg",
    )


def test_the_older_format_is_read_and_the_security_mirror_derived(apt: Path) -> None:
    (apt / "sources.list").write_text(ONE_LINE)
    assert debian("bookworm", apt) == (
        "http://old.example.org/debian",
        "http://old.example.org/debian-security",
        "/etc/keys/debian.gpg",
    )


def test_a_source_that_is_switched_off_is_none(apt: Path) -> None:
    (apt / "sources.list.d" / "debian.sources").write_text(DEB822)
    with pytest.raises(MirrorError, match="trixie"):
        debian("trixie", apt)


def test_a_machine_without_a_debian_mirror_is_told_how_to_name_one(apt: Path) -> None:
    with pytest.raises(MirrorError, match=r"no mirror for Debian bookworm.*WICKR_LAB_MIRROR"):
        debian("bookworm", apt)


def test_a_named_mirror_wins(apt: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (apt / "sources.list").write_text(ONE_LINE)
    monkeypatch.setenv("WICKR_LAB_MIRROR", "http://mine.example.org/debian")
    assert debian("bookworm", apt)[0] == "http://mine.example.org/debian"
