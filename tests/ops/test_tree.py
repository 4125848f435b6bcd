"""A revision of git, taken out into a folder."""

import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from ops.diff import tree as trees
from ops.diff.tree import tree


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one revision, in the place of this project's."""
    root = tmp_path / "repository"
    (root / "stacks").mkdir(parents=True)
    (root / "Pulumi.yaml").write_text("name: wickr\n")
    (root / "stacks" / "Pulumi.acme.yaml").write_text("config: {}\n")
    (root / "stacks" / "Pulumi.globex.yaml").symlink_to("Pulumi.acme.yaml")
    who = ["-c", "user.name=x", "-c", "user.email=x@example.com"]
    for command in (["init", "-q"], ["add", "-A"], [*who, "commit", "-q", "-m", "x"]):
        subprocess.run(["git", *command], cwd=root, check=True)
    monkeypatch.setattr(trees, "HERE", root)
    return root


def contents(root: Path) -> dict[str, str]:
    files = (each for each in root.rglob("*") if each.is_file() and ".git" not in each.parts)
    return {str(each.relative_to(root)): each.read_text() for each in files}


@pytest.mark.parametrize("filters", [True, False], ids=["this Python", "a Python before 3.11.4"])
def test_a_revision_is_taken_out_as_it_was(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, filters: bool
) -> None:
    if not filters:
        extract: Any = tarfile.TarFile.extractall

        def before(self: tarfile.TarFile, path: Any = ".", members: Any = None, *, numeric_owner: bool = False) -> None:
            extract(self, path, members, numeric_owner=numeric_owner)

        monkeypatch.setattr(tarfile.TarFile, "extractall", before)
        monkeypatch.delattr(tarfile, "data_filter", raising=False)
    assert contents(tree("HEAD", tmp_path / "scratch").root) == contents(repository)
