"""What a host measures of itself, compared with what others find."""

import os
import shutil
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives import serialization

from installer import compliance
from installer.python import measures
from installer.python.measures import disk_used, memory_used, not_after
from tests.certificates import issue

MEMINFO = "MemTotal:        8000000 kB\nMemFree:          100000 kB\nMemAvailable:    6000000 kB\nHugePages_Total: 0\n"


def test_memory_that_can_be_had_is_not_used() -> None:
    assert memory_used(MEMINFO) == 25


def test_disk_is_what_df_says() -> None:
    disk = shutil.disk_usage("/")
    assert disk_used(["/"]) >= 100 * disk.used / (disk.used + disk.free) - 0.1


Disks = Callable[..., None]


@pytest.fixture
def disks(monkeypatch: pytest.MonkeyPatch) -> Disks:
    """File systems by folder: blocks, free ones, those that others than root may have; and the same of inodes."""

    def there(**folders: tuple[int, int, int, int, int, int]) -> None:
        names = ("f_blocks", "f_bfree", "f_bavail", "f_files", "f_ffree", "f_favail")
        known = {f"/{name}": SimpleNamespace(**dict(zip(names, each, strict=True))) for name, each in folders.items()}

        def statvfs(folder: str) -> object:
            if folder not in known:
                raise FileNotFoundError(folder)
            return known[folder]

        monkeypatch.setattr(os, "statvfs", statvfs)

    return there


def test_the_fullest_of_them_counts_and_one_that_is_not_there_does_not(disks: Disks) -> None:
    disks(a=(100, 90, 90, 0, 0, 0), b=(100, 20, 20, 0, 0, 0))
    assert disk_used(["/a", "/b", "/nowhere"]) == 80


def test_what_is_kept_for_root_cannot_be_used_by_others(disks: Disks) -> None:
    disks(a=(100, 10, 0, 0, 0, 0))
    assert disk_used(["/a"]) == 100


def test_a_file_system_without_inodes_left_is_full(disks: Disks) -> None:
    disks(a=(100, 90, 90, 1000, 50, 50))
    assert disk_used(["/a"]) == 95


def test_the_data_volume_of_the_compliance_host_is_among_them() -> None:
    assert {"/", "/var/lib/docker", compliance.DATA_FOLDER} <= set(measures.FOLDERS)


@pytest.mark.parametrize("rsa_bits", [None, 2048])
@pytest.mark.parametrize("days", [-12_000.0, -5.0, 0.0, 30.0, 3650.0, 12_000.0], ids=str)
def test_the_end_of_a_certificate_is_the_one_that_cryptography_reads(days: float, rsa_bits: int | None) -> None:
    """The first one ended in another century; the last one ends in 2059, which is written in another way."""
    made = issue("wickr.example.com", names=["wickr.example.com"], days=(-13_000, days), rsa_bits=rsa_bits).certificate
    assert not_after(made.public_bytes(serialization.Encoding.DER)) == made.not_valid_after_utc


@pytest.mark.parametrize("content", [b"", b"0", b"0\x82", b"0" * 40, b"0\x030\x01\x00", b"0\x84" + b"\xff" * 40])
def test_what_is_no_certificate_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="this is no certificate"):
        not_after(content)
