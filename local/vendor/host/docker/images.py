"""Images: Python programs that a registry hands out, kept below /var/lib/docker."""

import hashlib
import io
import json
import shutil
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..web import Missing, get
from ..wire import Refusal

CERTIFICATES = Path("/etc/docker/certs.d")
"""A folder for each registry that has a CA of its own."""
HUB = "registry-1.docker.io"
HUB_TOKEN = "https://auth.docker.io/token?service=registry.docker.io&scope=repository:{}:pull"


@dataclass(frozen=True)
class Image:
    """A program that is on this host."""

    id: str
    folder: Path
    manifest: dict[str, Any]


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
        found = known.get(name) or next((one for one in known.values() if one.startswith(reference)), None)
        if found is None:
            raise Refusal(f"No such image: {name}")
        folder = self.root / found
        return Image(found, folder, json.loads((folder / "image.json").read_text()))

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
        host, path, tag = split(reference)
        if host == HUB:
            _get(HUB_TOKEN.format(path), reference)
        manifest = json.loads(_get(f"https://{host}/v2/{path}/manifests/{tag}", reference))
        files = {name: _get(manifest["blobs"] + name, reference) for name in manifest["files"]}
        return self._keep(reference, manifest, files)

    def load(self, archive: bytes) -> str:
        """Take an image out of an archive made by the local cloud; returns its reference."""
        try:
            with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
                content = {one.name: file.read() for one in tar if (file := tar.extractfile(one))}
            manifest = json.loads(content.pop("image.json"))
        except (tarfile.TarError, KeyError, ValueError) as error:
            raise Refusal(f"this archive is no image of the local cloud: {error}") from error
        self._keep(manifest["reference"], manifest, {name: content[name] for name in manifest["files"]})
        return str(manifest["reference"])

    def _keep(self, reference: str, manifest: dict[str, Any], files: dict[str, bytes]) -> str:
        digest = hashlib.sha256(json.dumps(manifest, sort_keys=True).encode())
        for name in sorted(files):
            digest.update(name.encode() + files[name])
        made = digest.hexdigest()[:12]
        folder = self.root / made
        for name, content in files.items():
            if ".." in name or name.startswith("/"):
                raise Refusal(f"the image names a file outside itself: {name}")
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        (folder / "image.json").write_text(json.dumps(manifest))
        self._point(reference, made)
        return made

    def _point(self, reference: str, id: str) -> None:
        self.index.write_text(json.dumps({**self.references(), reference: id}))


def split(reference: str) -> tuple[str, str, str]:
    """Registry host, path and tag of a reference; a bare name belongs to Docker Hub."""
    first, slash, rest = reference.partition("/")
    host, path = (first, rest) if slash and ("." in first or ":" in first) else (HUB, reference)
    name, _, tag = path.partition(":")
    if not tag:
        raise Refusal(f"{reference}: name an image as [registry/]path:tag")
    return host, name, tag


def _get(url: str, reference: str) -> bytes:
    trusted = CERTIFICATES / url.split("/")[2] / "ca.crt"
    try:
        return get(url, trusted if trusted.is_file() else None)
    except Missing as missing:
        raise Refusal(f"manifest for {reference} not found: manifest unknown: manifest unknown") from missing
