"""A machine that cannot run the local cloud is told why, and what still works on it."""

import os
import platform
import shutil

import pytest

from local.lab import LabError, ability


def test_another_system_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    with pytest.raises(LabError, match=r"this is Darwin.\n.*`make test`.*`pulumi preview`"):
        ability.demand()


def test_a_person_who_is_not_root_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert ability.refusal() == "it makes network namespaces and boots hosts, which needs root"


def test_missing_tools_are_named_by_their_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda tool: None if tool in ("nft", "systemd-nspawn") else tool)
    assert ability.refusal() == "Debian packages are missing: apt-get install nftables systemd-container"
