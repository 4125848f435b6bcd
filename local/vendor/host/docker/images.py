"""Images: Python programs that a registry hands out, kept below /var/lib/docker."""

import hashlib
import io
import json
import re
import shutil
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..web import Missing, get
from ..wire import Refusal

CERTIFICATES = Path("/etc/docker/certs.d")
"""A folder for each registry that has a CA of its own."""
MANIFEST = "manifest"
"""The file of an image in which its manifest is kept as it came."""
HUB = "registry-1.docker.io"
TOKENS = {
    HUB: "https://auth.docker.io/token?service=registry.docker.io&scope=repository:{}:pull",
    "public.ecr.aws": "https://public.ecr.aws/token/?service=public.ecr.aws&scope=repository:{}:pull",
}
"""Registries that want a token first, for everybody."""


@dataclass(frozen=True)
class Image:
    """A program that is on this host."""

    id: str
    folder: Path
    manifest: dict[str, Any]

    @property
    def digest(self) -> str:
        """What a registry knows it by: the SHA-256 of its manifest."""
        return f"sha256:{hashlib.sha256((self.folder / MANIFEST).read_bytes()).hexdigest()}"


class Images:
    """What has been pulled or loaded, by reference."""

    def __init__(self, root: Path) -> None:
        self.root = root / "images"
        self.root.mkdir(parents=True, exist_ok=True)
        self.index = self.root / "references.json"

    def references(self) -> dict[str, str]:
        """Reference -> image id."""
        return dict(json.loads(self.index.read_text())) if self.index.exists() else {}

    def find(self, reference: str) -> Image:
        """The image that `reference` (or an id) names."""
        known = self.references()
        name = reference if ":" in reference.rsplit("/", 1)[-1] else f"{reference}:latest"
        start = reference.removeprefix("sha256:")
        found = known.get(name) or next((one for one in known.values() if one.startswith(start)), None)
        if found is None:
            raise Refusal(f"No such image: {name}")
        folder = self.root / found
        return Image(found, folder, json.loads((folder / MANIFEST).read_text()))

    def tag(self, source: str, target: str) -> None:
        """Let `target` name what `source` names."""
        self._point(target, self.find(source).id)

    def remove(self, reference: str) -> None:
        """Forget a reference, and the files with the last one."""
        gone = self.find(reference).id
        known = {name: other for name, other in self.references().items() if name != reference}
        if reference == gone or gone not in known.values():
            known = {name: other for name, other in known.items() if other != gone}
            shutil.rmtree(self.root / gone)
        self.index.write_text(json.dumps(known))

    def pull(self, reference: str) -> str:
        """Fetch an image from its registry; returns its id."""
        host, path, tag, digest = split(reference)
        if host in TOKENS:
            _get(TOKENS[host].format(path), reference)
        text = _get(f"https://{host}/v2/{path}/manifests/{digest or tag}", reference)
        if digest and f"sha256:{hashlib.sha256(text).hexdigest()}" != digest:
            raise Refusal(f"manifest for {reference} does not match its digest")
        manifest = json.loads(text)
        files = {name: _get(manifest["blobs"] + name, reference) for name in manifest["files"]}
        return self._keep(reference, text, files)

    def load(self, archive: bytes) -> str:
        """Take an image out of an archive made by the local cloud; returns its reference."""
        try:
            with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
                content = {one.name: file.read() for one in tar if (file := tar.extractfile(one))}
            text = content.pop("image.json")
            manifest = json.loads(text)
        except (tarfile.TarError, KeyError, ValueError) as error:
            raise Refusal(f"this archive is no image of the local cloud: {error}") from error
        self._keep(manifest["reference"], text, {name: content[name] for name in manifest["files"]})
        return str(manifest["reference"])

    def _keep(self, reference: str, manifest: bytes, files: dict[str, bytes]) -> str:
        digest = hashlib.sha256(manifest)
        for name in sorted(files):
            digest.update(name.encode() + files[name])
        made = digest.hexdigest()
        folder = self.root / made
        for name, content in files.items():
            if ".." in name or name.startswith("/"):
                raise Refusal(f"the image names a file outside itself: {name}")
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        (folder / MANIFEST).write_bytes(manifest)
        self._point(reference, made)
        return made

    def _point(self, reference: str, id: str) -> None:
        self.index.write_text(json.dumps({**self.references(), reference: id}))


def split(reference: str) -> tuple[str, str, str, str]:
    """Registry host, path, tag and digest of a reference, of which one of the last two may be empty.

    A bare name belongs to Docker Hub."""
    plain, _, digest = reference.partition("@")
    first, slash, rest = plain.partition("/")
    host, path = (first, rest) if slash and ("." in first or ":" in first) else (HUB, plain)
    name, _, tag = path.partition(":")
    if not (tag or digest):
        raise Refusal(f"{reference}: name an image as [registry/]path:tag or [registry/]path@sha256:digest")
    if digest and not re.fullmatch(r"sha256:[0-9a-f]{64}", digest):
        raise Refusal(f"invalid reference format: {reference}")
    return host, name, tag, digest


def _get(url: str, reference: str) -> bytes:
    trusted = CERTIFICATES / url.split("/")[2] / "ca.crt"
    try:
        return get(url, trusted if trusted.is_file() else None)
    except Missing as missing:
        raise Refusal(f"manifest for {reference} not found: manifest unknown: manifest unknown") from missing
