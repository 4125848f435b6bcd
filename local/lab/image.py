"""The machine image of the lab's hosts: a Debian 12 root file system, built once and kept.

    python -m local.lab.image          build it, if it is not there yet

Needs root, debootstrap and a Debian mirror: the one that this machine's apt uses.
Standard library only, so that it can be built while the virtual environment is still being filled.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from local.lab import mirror
from local.lab.command import LabError
from local.lab.recipe import CLOUD_INIT, CONFIGURE, KEY, PACKAGES, SUITE
from tools import cache

DEFAULT_GIB = 200  # the root disk of the messaging host; other sizes are made when first asked for


class ImageError(LabError):
    """The image cannot be built; the message says why and what to do."""


def folder() -> Path:
    """Where the built image is kept."""
    return cache.folder() / f"image-{KEY}"


def disk_path(gib: int) -> Path:
    """Where the pristine disk of a size is, or will be."""
    return folder() / f"disk-{gib}GiB.img"


def disk(gib: int = DEFAULT_GIB, say: Callable[[str], None] = print) -> Path:
    """A pristine disk image of this size with the root file system on it; made if it is missing."""
    with cache.locked(cache.folder() / f"image-{KEY}.lock"):
        root = _root(say)
        path = disk_path(gib)
        if not path.exists():
            with _step(f"image: a disk of {gib} GiB", say):
                _make_disk(root, gib, path)
        return path


def _root(say: Callable[[str], None]) -> Path:
    root = folder() / "root"
    if root.exists():
        return root
    if os.geteuid() != 0:
        raise ImageError("building the image of the lab's hosts needs root: run this as root")
    if not shutil.which("debootstrap"):
        raise ImageError("debootstrap is missing: apt-get install debootstrap")
    main, security, keyring = mirror.debian(SUITE)
    building = folder().with_suffix(".building")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    fresh, log = building / "root", folder().with_suffix(".log")
    log.unlink(missing_ok=True)
    with _step(f"image: Debian 12 base system ({log} has the details)", say):
        signed = [f"--keyring={keyring}"] if keyring else []
        _run(["debootstrap", "--variant=minbase", *signed, SUITE, str(fresh), main], log)
    with _step(f"image: {len(PACKAGES)} packages on top, cloud-init among them", say):
        sources = [
            f"deb {main} {SUITE} main",
            f"deb {main} {SUITE}-updates main",
            f"deb {security} {SUITE}-security main",
        ]
        (fresh / "etc/apt/sources.list").write_text("".join(f"{line}\n" for line in sources))
        (fresh / "etc/apt/apt.conf.d/99lab").write_text(mirror.apt_settings())
        shutil.copyfile("/etc/resolv.conf", fresh / "etc/resolv.conf")
        inside = ["unshare", "--mount", "--pid", "--fork", f"--mount-proc={fresh}/proc", "chroot", str(fresh)]
        _run([*inside, "sh", "-c", CONFIGURE], log)
        (fresh / "etc/cloud/cloud.cfg.d/95_lab.cfg").write_text(CLOUD_INIT)
    building.rename(folder())
    return root


def _make_disk(root: Path, gib: int, path: Path) -> None:
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    with partial.open("wb") as file:
        file.truncate(gib << 30)
    lazy = "lazy_itable_init=1,lazy_journal_init=1"
    _run(["mke2fs", "-q", "-t", "ext4", "-E", lazy, "-d", str(root), str(partial)], folder().with_suffix(".log"))
    partial.rename(path)


def _run(command: list[str], log: Path) -> None:
    with log.open("ab") as output:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False)
    if done.returncode:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-8:])
        raise ImageError(f"{command[0]} failed (exit {done.returncode}); the end of {log}:\n{tail}")


@contextmanager
def _step(what: str, say: Callable[[str], None]) -> Iterator[None]:
    say(f"{what} …")
    started = time.monotonic()
    yield
    say(f"{what.split(' (')[0]}: {time.monotonic() - started:.0f} s")


def main() -> int:
    """Command line of this module."""
    try:
        print(f"image: {disk()}", flush=True)
    except LabError as error:
        print(f"image: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
