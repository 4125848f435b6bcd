"""Licences of the lab: binary, signed, and refused when damaged."""

import subprocess
import sys
from pathlib import Path

import pytest

from local.vendor.host.replicated.license import License, pack, unpack
from local.vendor.host.wire import Refusal

LICENSE = License(id="ab" * 16, assignee="Test", channel="Stable", calling=True)


def test_a_license_is_read_back_as_it_was_made() -> None:
    assert unpack(pack(LICENSE)) == LICENSE


@pytest.mark.parametrize("where", [60, -40, -1])
def test_a_flipped_bit_anywhere_makes_it_unusable(where: int) -> None:
    data = bytearray(pack(LICENSE))
    data[where] ^= 1
    with pytest.raises(Refusal, match="signature"):
        unpack(bytes(data))


@pytest.mark.parametrize(("data", "reason"), [(b"", "empty"), (b"PK\x03\x04 something else", "not a license")])
def test_what_is_no_license_is_named_as_such(data: bytes, reason: str) -> None:
    with pytest.raises(Refusal, match=reason):
        unpack(data)


def test_a_license_is_valid_through_its_last_day_and_not_after() -> None:
    assert License(id="a", assignee="b", channel="Stable", expires="2020-01-31").expired
    assert not License(id="a", assignee="b", channel="Stable", expires="9999-01-31").expired


def test_the_command_line_writes_a_private_file(tmp_path: Path) -> None:
    file = tmp_path / "lab.rli"
    command = [sys.executable, "-m", "local.vendor.license", "--out", str(file), "--channel", "Beta", "--no-online"]
    subprocess.run(command, check=True, capture_output=True)
    made = unpack(file.read_bytes())
    assert (made.channel, made.online, made.calling) == ("Beta", False, False)
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_date_that_is_none_is_one_sentence() -> None:
    command = [sys.executable, "-m", "local.vendor.license", "--out", "/dev/null", "--expires", "soon"]
    tried = subprocess.run(command, capture_output=True, text=True)
    assert tried.returncode == 2
    assert "--expires 'soon'" in tried.stderr
    assert "Traceback" not in tried.stderr
