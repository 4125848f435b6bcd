"""The data volume: found by its id alone, formatted when it is blank and only then, mounted by what is inside.

A file stands for the disk, so mkfs, blkid and resize2fs are the real ones; only what a kernel does is a stub.
"""

import subprocess
from pathlib import Path

import pytest

from installer.phase import VOLUME
from tests.installer.shell import Done, run_phase

pytestmark = pytest.mark.slow

MIB = 1024 * 1024
VALUES = {"VOLUME_ID": "vol-0123456789abcdef0", "DATA_GIB": "0", "LABEL": "wickr-compliance"}


@pytest.fixture
def host(tmp_path: Path) -> Path:
    """A host with a blank disk of 64 MiB."""
    for folder in ("etc", "dev/disk/by-id"):
        (tmp_path / folder).mkdir(parents=True)
    with (tmp_path / "disk").open("wb") as disk:
        disk.truncate(64 * MIB)
    link(tmp_path).symlink_to(tmp_path / "disk")
    return tmp_path


def link(host: Path) -> Path:
    return host / "dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol0123456789abcdef0"


def volume(host: Path, *, more: str = "", gib: str = "0") -> Done:
    """Runs the phase. Mounting writes into a file what is mounted where."""
    stubs = f"""
sleep() {{ STARTED=0; }}
mountpoint() {{ grep -qs . {host}/mounted; }}
mount() {{ echo mount >>{host}/done; readlink -f {host}/disk >{host}/mounted; }}
findmnt() {{ cat {host}/mounted; }}
systemctl() {{ echo "systemctl $*" >>{host}/done; }}
blockdev() {{ stat -L -c %s "$2"; }}
lsblk() {{ :; }}
{more}
"""
    values = {**VALUES, "DATA_GIB": gib, "DATA_FOLDER": f"{host}/opt/WickrIO"}
    return run_phase(VOLUME, values, host, stubs=stubs)


def told(host: Path) -> dict[str, str]:
    """What blkid says of the disk."""
    done = subprocess.run(["blkid", "-p", "-o", "export", host / "disk"], capture_output=True, text=True)
    return dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)


def fstab(host: Path) -> list[str]:
    return (host / "etc/fstab").read_text().splitlines()


def test_a_blank_volume_gets_a_file_system_with_the_program_s_name_and_is_mounted_by_its_uuid(host: Path) -> None:
    done = volume(host)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("volume: vol-0123456789abcdef0 formatted, ")
    found = told(host)
    assert (found["TYPE"], found["LABEL"]) == ("ext4", "wickr-compliance")
    assert fstab(host) == [
        f"UUID={found['UUID']} {host}/opt/WickrIO ext4 defaults,nofail,x-systemd.device-timeout=30s 0 2"
    ]
    assert (host / "done").read_text().splitlines() == ["systemctl daemon-reload", "mount"]


def test_the_second_run_changes_nothing_and_a_further_boot_only_mounts(host: Path) -> None:
    assert volume(host).code == 0
    first, table = told(host)["UUID"], fstab(host)
    (host / "done").unlink()
    again = volume(host)
    assert again.out.startswith("volume: vol-0123456789abcdef0 kept, ")
    assert (told(host)["UUID"], fstab(host), (host / "done").exists()) == (first, table, False)
    (host / "mounted").unlink()
    assert volume(host).code == 0
    assert (told(host)["UUID"], fstab(host)) == (first, table)
    assert (host / "done").read_text() == "mount\n"


def test_a_new_host_takes_the_volume_over_with_all_that_is_on_it(host: Path) -> None:
    subprocess.run(["mkfs.ext4", "-q", "-L", "wickr-compliance", host / "disk"], check=True)
    before = told(host)["UUID"]
    (host / "etc/fstab").write_text(f"UUID=root / ext4 defaults 0 1\nUUID=old {host}/opt/WickrIO ext4 defaults 0 2\n")
    assert volume(host).out.startswith("volume: vol-0123456789abcdef0 kept, ")
    assert told(host)["UUID"] == before
    assert [line.split()[0] for line in fstab(host)] == ["UUID=root", f"UUID={before}"]


FOREIGN = {
    "another file system": (["mkfs.ext4", "-q", "-L", "archive"], "(ext4, called 'archive')"),
    "one without a name": (["mkfs.ext4", "-q"], "(ext4)"),
    "swap": (["mkswap"], "(swap)"),
}


@pytest.mark.parametrize("what", FOREIGN)
def test_what_is_somebody_else_s_stays_as_it_is(host: Path, what: str) -> None:
    command, words = FOREIGN[what]
    subprocess.run([*command, host / "disk"], check=True, capture_output=True)
    before = (host / "disk").read_bytes()
    done = volume(host)
    assert done.code == 1
    assert done.err.startswith(
        f"filesystem: the data volume vol-0123456789abcdef0 holds something else already {words}"
    )
    assert (host / "disk").read_bytes() == before
    assert not (host / "done").exists()


@pytest.mark.parametrize("place", [0, 4096, 3 * MIB])
def test_data_without_a_signature_are_data_too(host: Path, place: int) -> None:
    with (host / "disk").open("r+b") as disk:
        disk.seek(place)
        disk.write(b"somebody's messages")
    before = (host / "disk").read_bytes()
    done = volume(host)
    assert done.err.startswith("filesystem: the data volume vol-0123456789abcdef0 holds something that no tool knows")
    assert (host / "disk").read_bytes() == before


def test_formatting_that_was_cut_off_begins_again(host: Path) -> None:
    fails = 'mkfs.ext4() { printf half | dd of="${!#}" bs=1 seek=2000000 conv=notrunc status=none; return 1; }'
    assert volume(host, more=fails).err.startswith("filesystem: no file system could be made on the data volume")
    assert volume(host).out.startswith("volume: vol-0123456789abcdef0 formatted, ")
    assert volume(host).out.startswith("volume: vol-0123456789abcdef0 kept, ")


def test_without_the_link_the_disk_s_serial_number_tells(host: Path) -> None:
    link(host).unlink()
    serial = f'lsblk() {{ echo "/dev/other vol0fff"; echo "{host}/disk vol0123456789abcdef0"; }}'
    assert volume(host, more=serial).code == 0
    assert told(host)["LABEL"] == "wickr-compliance"


def test_no_device_is_ever_guessed(host: Path) -> None:
    link(host).unlink()
    done = volume(host, more=f'lsblk() {{ echo "{host}/disk vol0fff"; echo "{host}/disk"; }}')
    assert done.err.startswith(
        "disk: the data volume vol-0123456789abcdef0 does not appear on this host; see that it is"
    )
    assert told(host) == {}


def test_a_volume_that_grew_grows_its_file_system_and_one_that_is_growing_is_waited_for(host: Path) -> None:
    subprocess.run(["mkfs.ext4", "-q", "-L", "wickr-compliance", host / "disk"], check=True)
    with (host / "disk").open("r+b") as disk:
        disk.truncate(1024 * MIB)
    assert volume(host, gib="1").code == 0
    size = subprocess.run(["dumpe2fs", "-h", host / "disk"], capture_output=True, text=True).stdout
    blocks, each = (
        int(line.split()[-1]) for line in size.splitlines() if line.startswith(("Block count", "Block size"))
    )
    assert blocks * each == 1024 * MIB
    waited = volume(host, gib="2")
    assert waited.err.startswith(
        "disk: the data volume vol-0123456789abcdef0 has less than 2 GiB on this host; AWS may"
    )


def test_files_that_the_volume_would_hide_are_not_hidden(host: Path) -> None:
    (host / "opt/WickrIO").mkdir(parents=True)
    (host / "opt/WickrIO/wickrbot.database.sqlite").touch()
    assert "/opt/WickrIO on the root volume is not empty, and the data volume would hide" in volume(host).err


def test_another_volume_in_its_place_is_told(host: Path) -> None:
    assert volume(host).code == 0
    (host / "mounted").write_text("/dev/other\n")
    assert "/opt/WickrIO is on /dev/other, not on the data volume" in volume(host).err
