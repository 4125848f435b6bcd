"""A state of the project to compare: a folder, or a revision of git taken out into one, with its program and stacks."""

import hashlib
import io
import subprocess
import tarfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ops import checkout
from ops.checkout import HERE, OpsError

PROGRAM = ("Pulumi.yaml", "__main__.py", "guide", "installer", "components", "infra")
"""What decides, together with a stack file, what is deployed."""


@dataclass(frozen=True)
class Tree:
    """`name` is what it was called on the command line."""

    name: str
    root: Path

    @cached_property
    def stacks(self) -> dict[str, Path]:
        return checkout.stack_files(self.root)

    @cached_property
    def program(self) -> str:
        """A digest of the program: equal programs make equal plans of equal stack files."""
        digest = hashlib.sha256()
        for part in PROGRAM:
            place = self.root / part
            for path in [place] if place.is_file() else sorted(place.rglob("*")):
                if path.is_file() and path.suffix != ".pyc":
                    digest.update(f"{path.relative_to(self.root)}\0".encode())
                    digest.update(path.read_bytes())
        return digest.hexdigest()

    @cached_property
    def requirements(self) -> bytes:
        """The packages that the program is written for."""
        path = self.root / "requirements.txt"
        return path.read_bytes() if path.exists() else b""


def tree(name: str, scratch: Path) -> Tree:
    """A folder by its path, or a revision of this repository. Raises OpsError for what is neither."""
    # As an unset variable of CI would have it: the working tree would be compared with itself.
    if not name.strip() or name.startswith("-"):
        raise OpsError(f"{name!r} is neither a folder nor a revision of git; name one, such as main")
    if (Path(name) / "Pulumi.yaml").is_file():
        return Tree(name, Path(name).resolve())
    if Path(name).is_dir():
        raise OpsError(f"{name} is a folder without Pulumi.yaml; name a checkout of the program, or a revision of git")
    archive = subprocess.run(["git", "archive", "--format=tar", name], cwd=HERE, capture_output=True)
    if archive.returncode:
        raise OpsError(f"{name} is neither a folder nor a revision of git: {_last(archive.stderr)}")
    root = scratch / f"revision-{hashlib.sha256(name.encode()).hexdigest()[:12]}"
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
        # As an attribute, not an argument: Debian 12's own Python knows no filters yet.
        files.extraction_filter = getattr(tarfile, "data_filter", None)
        files.extractall(root)  # noqa: S202 - git made the archive, of this very repository
    return Tree(name, root)


def commands_alone(scratch: Path) -> Path:
    """A folder in which there is the package of these commands, and nothing of the program that belongs to it."""
    place = scratch / "commands"
    place.mkdir()
    (place / "ops").symlink_to(HERE / "ops")
    return place


def working_tree() -> Tree:
    """This checkout as it stands, with what is not committed."""
    return Tree("working tree", HERE)


def _last(text: bytes) -> str:
    return (text.decode(errors="replace").strip().splitlines() or ["git says nothing"])[-1]
