"""What the vendor answers to a request: the file, what its neighbours say went wrong, or an error text."""

import hashlib
import json
import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from local.vendor.docker_archive import archive

SCRIPTS_HOST = "get.replicated.com"
NOT_FOUND_SCRIPT = "#!/bin/bash\n\necho '404: Not Found' >&2\nexit 1\n"
"""The script host answers an unknown path with a script and with status 200: a saved file looks like success."""

VERSION = re.compile(r"\d+\.\d+\.\d+$")
INCLUDE = re.compile(r"^#include (\S+)$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One HTTP answer, with the faults that it is to show."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    delay: float = 0
    drip: bool = False
    truncate: int | None = None


def answer(folder: Path, host: str, path: str, query: Mapping[str, str]) -> Answer:
    """The answer of `host` for `path`. The folder is looked at on each request, links included."""
    parts = [part for part in path.split("/") if part]
    if not host or "/" in host or host.startswith(".") or ".." in parts:
        return Answer(status=400, body=b"Bad Request\n")
    site = folder / host
    target = site.joinpath(*parts)
    if target.is_dir():
        target /= "index"
    return _with_faults(target, _plain(site, target, host, parts, query))


def _plain(site: Path, target: Path, host: str, parts: list[str], query: Mapping[str, str]) -> Answer:
    if host == SCRIPTS_HOST:
        complaint = _bad_version(site, query)
        if complaint:
            return Answer(status=400, body=complaint.encode())
        if not target.is_file():
            return Answer(body=NOT_FOUND_SCRIPT.encode())
        pinned = len(parts) == 1  # a path with the product's name ignores the pin: its own range beats it
        return Answer(body=_render(site, target, query if pinned else {}))
    if not target.is_file():
        made = _made(target)
        return made or Answer(status=404, body=b"404 page not found\n")
    kind = mimetypes.guess_type(target.name)[0] or "application/octet-stream"
    return Answer(body=target.read_bytes(), content_type=kind)


def _made(target: Path) -> Answer | None:
    """What is no file of its own: an archive of Docker, and a manifest by its digest."""
    if target.suffix == ".tgz" and (target.with_suffix("") / "files").is_file():
        return Answer(body=archive(target.with_suffix("")), content_type="application/octet-stream")
    if target.parent.name == "manifests" and target.name.startswith("sha256:") and target.parent.is_dir():
        for body in (file.read_bytes() for file in sorted(target.parent.iterdir())):
            if hashlib.sha256(body).hexdigest() == target.name.removeprefix("sha256:"):
                return Answer(body=body, content_type="application/octet-stream")
    return None


def _versions(site: Path) -> dict[str, str]:
    """Version -> default Docker, newest first; a folder without the list does not know any."""
    file = site / "versions.json"
    return dict(json.loads(file.read_text())) if file.is_file() else {}


def _bad_version(site: Path, query: Mapping[str, str]) -> str | None:
    known = _versions(site)
    for name in ("replicated_tag", "replicated_ui_tag", "replicated_operator_tag"):
        value = query.get(name)
        if value is None:
            continue
        if not VERSION.match(value):
            return f"Invalid value for {name}"
        if known and value not in known:
            return f"version {value} does not exist"
    docker = query.get("docker_version")
    return "Invalid value for docker_version" if docker and not VERSION.match(docker) else None


def _render(site: Path, file: Path, query: Mapping[str, str]) -> bytes:
    """A script with its includes and versions put in. Any other file goes out as it is."""
    raw = file.read_bytes()
    versions = _versions(site)
    if not versions or (not raw.startswith(b"#!") and b"@" not in raw):
        return raw
    tag = query.get("replicated_tag") or query.get("replicated_operator_tag") or next(iter(versions))
    text = INCLUDE.sub(lambda found: (site / "_include" / found[1]).read_text(), raw.decode())
    text = text.replace("@REPLICATED_TAG@", tag).replace("@PINNED_DOCKER_VERSION@", versions[tag])
    text = text.replace("@DOCKER_VERSION@", query.get("docker_version") or versions[tag])
    return text.replace("@OPERATOR_TAGS@", _tags(query.get("operator_tags", ""))).encode()


def _tags(value: str) -> str:
    """Only what may stand in a shell script between quotes."""
    return value if re.fullmatch(r"[A-Za-z0-9,_-]*", value) else ""


def _with_faults(target: Path, reply: Answer) -> Answer:
    """`<path>.status`, `.delay` and `.truncate` beside a file make its answer go wrong."""
    status, delay, truncate = (_neighbour(target, name) for name in ("status", "delay", "truncate"))
    if status:
        code, _, text = status.partition(" ")
        reply = replace(reply, status=int(code), body=(text or f"stand-in fault {code}").encode() + b"\n")
    if delay:
        seconds, _, manner = delay.partition(" ")
        reply = replace(reply, delay=float(seconds), drip=manner == "drip")
    if truncate:
        reply = replace(reply, truncate=int(truncate))
    return reply


def _neighbour(target: Path, name: str) -> str:
    file = target.with_name(f"{target.name}.{name}")
    return file.read_text().strip() if file.is_file() else ""
