"""What an installation without internet needs: python -m local.vendor.airgap --out FOLDER

Makes the archive of Replicated (scripts and images), the application's airgap package, and a Debian package of the
stand-in Docker. The same files come out byte for byte each time, so their checksums can stand in a stack.
"""

import argparse
import gzip
import hashlib
import io
import json
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from local.vendor.answer import answer
from local.vendor.host.replicated.airgap import INDEX
from local.vendor.host.replicated.components import COMPONENTS, REGISTRY

SITE: Final = Path(__file__).parent / "site"
PROGRAMS: Final = SITE.parent
SERVICES: Final = ("replicated", "replicated-ui", "replicated-operator")
RELEASE: Final = 611
"""The release of July 2020 that the guide names (6.4): the first one with ORVILLE_MAX_CALLS."""
WINDOW: Final = {"minimum": "1.7.1", "maximum": "18.09.2"}  # guide 3.1.1
DOCKER_CONTROL: Final = """Package: docker-ce
Version: {version}
Architecture: all
Maintainer: local cloud
Depends: python3, iproute2
Description: stand-in of the local cloud for Docker
"""
AFTER_DOCKER: Final = """#!/bin/sh
set -e
getent group docker > /dev/null || groupadd --system docker
if [ -d /run/systemd/system ]; then systemctl daemon-reload; systemctl enable --now docker; fi
"""


def archive(version: str) -> bytes:
    """Replicated's tarball: both scripts, and the images that they load from the folder they are in."""
    old = version.startswith("2.44.")  # images came from another registry before 2.45.0
    host, prefix = ("quay.io", "quay.io/") if old else ("registry-1.docker.io", "")
    content = {
        "install.sh": answer(SITE, "get.replicated.com", "/docker", {"replicated_tag": version}).body,
        "operator_install.sh": answer(
            SITE, "get.replicated.com", "/operator", {"replicated_operator_tag": version}
        ).body,
    }
    for name in SERVICES:
        manifest = SITE / host / "v2" / "replicated" / name / "manifests" / version
        content[f"{name}.tar"] = image(manifest, f"{prefix}replicated/{name}:{version}")
    return zipped(content)


def package(release: int, channel: str) -> bytes:
    """The application's airgap package."""
    images = {}
    for container in (one for containers in COMPONENTS.values() for one in containers):
        manifests = SITE / REGISTRY / "v2" / "wickrenterprise" / container.name / "manifests"
        images[f"{container.name}.tar"] = image(max(manifests.iterdir()), container.image(release))
    index = {
        "standIn": "airgap package of the local cloud; not the vendor's",
        "channel": channel,
        "release": {"Sequence": release, "Version": str(release), "Docker": WINDOW},
        "images": {name: hashlib.sha256(content).hexdigest() for name, content in images.items()},
    }
    return zipped({INDEX: json.dumps(index, indent=1).encode(), **images})


def image(manifest: Path, reference: str) -> bytes:
    """An image as `docker load` takes it."""
    about: dict[str, Any] = {**json.loads(manifest.read_text()), "reference": reference}
    programs = {name: (PROGRAMS / name).read_bytes() for name in about["files"]}
    return tarred({"image.json": json.dumps(about).encode(), **programs})


def tarred(content: Mapping[str, bytes]) -> bytes:
    """A tar in which nothing depends on when or by whom it was made."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, data in content.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), 0o644
            tar.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def zipped(content: Mapping[str, bytes]) -> bytes:
    """A gzipped tar, the same each time."""
    return gzip.compress(tarred(content), mtime=0)


def docker_package(version: str, file: Path) -> None:
    """A Debian package of the stand-in Docker, for the package manager of a host without internet."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        home = root / "usr/lib/docker-stand-in"
        listed = SITE / "download.docker.com/linux/static/stable/x86_64" / f"docker-{version}" / "files"
        for name in listed.read_text().split():
            copy(PROGRAMS / name, home / name)
        (home / "VERSION").write_text(f"{version}\n")
        for name in ("docker", "dockerd"):
            copy(PROGRAMS / "host/docker/launch.py", root / "usr/bin" / name, 0o755)
        copy(PROGRAMS / "host/docker/docker.service", root / "lib/systemd/system/docker.service")
        copy_text(DOCKER_CONTROL.format(version=version), root / "DEBIAN/control", 0o644)
        copy_text(AFTER_DOCKER, root / "DEBIAN/postinst", 0o755)
        for one in (root, *(found for found in root.rglob("*") if found.is_dir())):
            one.chmod(0o755)
        subprocess.run(
            ["dpkg-deb", "--root-owner-group", "--build", str(root), str(file)],
            env={"PATH": "/usr/bin:/bin", "SOURCE_DATE_EPOCH": "1577836800"},
            check=True,
            capture_output=True,
        )


def copy(source: Path, target: Path, mode: int = 0o644) -> None:
    """A file, in a folder that is made for it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(mode)


def copy_text(text: str, target: Path, mode: int) -> None:
    """A text as a file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
    target.chmod(mode)


def make(folder: Path, *, replicated: str, release: int, channel: str, docker: str) -> list[Path]:
    """All files, in this order: archive, package, Docker (where this machine can make Debian packages)."""
    folder.mkdir(parents=True, exist_ok=True)
    made = [folder / f"replicated-{'+'.join([replicated] * 3)}.tar.gz", folder / f"wickrenterprise-{release}.airgap"]
    made[0].write_bytes(archive(replicated))
    made[1].write_bytes(package(release, channel))
    if shutil.which("dpkg-deb"):
        made.append(folder / f"docker-ce_{docker}_all.deb")
        docker_package(docker, made[2])
    return made


def main() -> None:
    """The command line."""
    versions = json.loads((SITE / "get.replicated.com" / "versions.json").read_text())
    dockers = [one.name.removeprefix("docker-") for one in sorted(SITE.glob("download.docker.com/**/docker-*"))]
    parser = argparse.ArgumentParser(prog="python -m local.vendor.airgap", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="the folder to write to")
    parser.add_argument("--replicated", default="2.44.2", choices=versions)
    parser.add_argument("--release", default=str(RELEASE), help=f"three digits, as in the guide; {RELEASE} if left out")
    parser.add_argument("--channel", default="Stable")
    parser.add_argument("--docker", default="18.09.2", choices=dockers)
    options = parser.parse_args()
    if not re.fullmatch(r"[1-9]\d\d", options.release):
        parser.error(f"--release {options.release!r}: a release of the guide has three digits")
    wanted = {**vars(options), "release": int(options.release)}
    for file in make(wanted.pop("out"), **wanted):
        print(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file}")


if __name__ == "__main__":
    main()
