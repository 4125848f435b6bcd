"""Debian packages are named before they are installed, and only the missing ones."""

import os
from pathlib import Path

import pytest

from tools import cache, debian

DPKG_QUERY = """#!/bin/sh
echo 'nmap installed'
echo 'nftables config-files'
"""
APT_GET = """#!/bin/sh
echo "$@" >>"$APT_LOG"
if [ -x "$APT_POLICY" ]; then "$APT_POLICY" || echo "services forbidden: $?" >>"$APT_LOG"; fi
"""


@pytest.fixture
def apt_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in (("dpkg-query", DPKG_QUERY), ("apt-get", APT_GET)):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setenv("APT_LOG", str(tmp_path / "log"))
    monkeypatch.setenv("APT_POLICY", str(tmp_path / "policy-rc.d"))
    monkeypatch.setattr(debian, "POLICY", tmp_path / "policy-rc.d")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return tmp_path / "log"


def test_a_removed_package_that_left_its_configuration_is_missing(apt_log: Path) -> None:
    assert debian.missing(("nmap", "nftables", "debootstrap")) == ["nftables", "debootstrap"]
    assert not apt_log.exists()


def test_only_the_missing_packages_are_installed_and_named_before(
    apt_log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    debian.install(("nmap", "nftables"))
    update, install, *_ = apt_log.read_text().splitlines()
    assert update.endswith("update")
    assert install.endswith("install --yes --no-install-recommends nftables")
    assert capsys.readouterr().out.startswith("  packages     installing the Debian packages nftables\n")


def test_no_service_starts_and_the_rule_that_forbids_it_does_not_stay(apt_log: Path) -> None:
    debian.install(("nftables",))
    assert apt_log.read_text().splitlines()[-1] == "services forbidden: 101"
    assert not debian.POLICY.exists()


def test_a_rule_about_services_that_is_there_already_stays_as_it_is(apt_log: Path) -> None:
    debian.POLICY.write_text("theirs")
    debian.install(("nftables",))
    assert debian.POLICY.read_text() == "theirs"
    assert len(apt_log.read_text().splitlines()) == 2


def test_nothing_missing_means_no_apt_and_no_word(apt_log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    debian.install(("nmap",))
    assert not apt_log.exists()
    assert capsys.readouterr().out == ""


@pytest.mark.usefixtures("apt_log")
def test_who_is_not_root_is_told_what_to_ask_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(cache.SetupError, match="Not root: ask for `apt-get install nftables`"):
        debian.install(("nmap", "nftables"))


def test_the_packages_of_the_lab_are_read_from_their_list_without_comments() -> None:
    packages = debian.of_the_lab()
    assert "debootstrap" in packages
    assert all(name == name.strip() and "#" not in name for name in packages)
