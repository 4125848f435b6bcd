"""Docker's static archives: a folder `docker` with two programs that need nothing beside them but Python."""

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

PROGRAMS = ("docker", "dockerd")
INTERPRETER = b"#!/usr/bin/python3\n"


def archive(folder: Path) -> bytes:
    """The archive of the version that a folder `docker-VERSION` of the site stands for; the same bytes each time."""
    program = _program(folder)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name in PROGRAMS:
            entry = tarfile.TarInfo(f"docker/{name}")
            entry.size, entry.mode = len(program), 0o755
            tar.addfile(entry, io.BytesIO(program))
    return gzip.compress(buffer.getvalue(), mtime=0)


def _program(folder: Path) -> bytes:
    files = folder / ".files"
    content = {name: (files / name).read_bytes() for name in (folder / "files").read_text().split()}
    content["__main__.py"] = content["host/docker/launch.py"]
    content["VERSION"] = folder.name.removeprefix("docker-").encode() + b"\n"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, data in sorted(content.items()):
            zipped.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data)
    return INTERPRETER + buffer.getvalue()
