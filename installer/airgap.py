"""What an installation without internet consists of (IG 4.2), and where on a host it lies."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

FOLDER = "/var/lib/wickr-airgap"
"""Folder of a host for what is fetched. The names in it stay from release to release: Replicated remembers them."""

ARCHIVE_FILE = f"{FOLDER}/replicated.tar.gz"
BUNDLE_FILE = f"{FOLDER}/wickrenterprise.airgap"
DOCKER_FOLDER = f"{FOLDER}/docker"


@dataclass(frozen=True, kw_only=True)
class Item:
    """An object of the bucket, and what must be in it."""

    key: str
    sha256: str

    @property
    def name(self) -> str:
        """The last part of the key: what the file was called."""
        return PurePosixPath(self.key).name


def table(*, archive: Item, bundle: Item | None, docker: Sequence[Item]) -> str:
    """What a host fetches, for bash: SHA-256, a tab, the file, a tab, the key, line by line."""
    files = [
        (archive, ARCHIVE_FILE),
        *([(bundle, BUNDLE_FILE)] if bundle else []),
        *((each, f"{DOCKER_FOLDER}/{each.name}") for each in docker),
    ]
    return "".join(f"{item.sha256}\t{file}\t{item.key}\n" for item, file in files)
