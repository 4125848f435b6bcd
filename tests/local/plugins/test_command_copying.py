"""Copies to a host by SFTP, on a real OpenSSH server."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.plugins.command.resources import COPY
from local.plugins.command.transcript import CommandError
from local.plugins.framework import Archive, Asset, Request
from tests.local.plugins.sshd import Sshd, needs_sshd, running

pytestmark = [pytest.mark.slow, needs_sshd]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with running(tmp_path_factory.mktemp("sshd")) as sshd:
        yield sshd


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a file at its top and one below."""
    (tmp_path / "source" / "deep").mkdir(parents=True)
    (tmp_path / "source" / "top.txt").write_text("top")
    (tmp_path / "source" / "deep" / "low.txt").write_text("low")
    return tmp_path / "source"


def asked(server: Sshd, source: Asset | Archive, target: Path, old: dict[str, Any] | None = None) -> Request:
    inputs = {"connection": server.connection(), "source": source, "remotePath": str(target)}
    return Request(inputs=inputs, old_inputs=inputs | (old or {}), settings={})


def files(target: Path) -> dict[str, str]:
    return {str(p.relative_to(target)): p.read_text() for p in target.rglob("*") if p.is_file()}


def test_a_text_and_a_file_arrive_at_their_path(server: Sshd, folder: Path, tmp_path: Path) -> None:
    COPY.create(asked(server, Asset(text="some text"), tmp_path / "text"))
    COPY.create(asked(server, Asset(path=str(folder / "top.txt")), tmp_path / "file"))
    assert (tmp_path / "text").read_text() == "some text"
    assert (tmp_path / "file").read_text() == "top"


def test_a_file_goes_into_a_folder_that_exists_and_a_text_does_not(server: Sshd, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    COPY.create(asked(server, Asset(path=str(folder / "top.txt")), tmp_path / "there"))
    assert files(tmp_path / "there") == {"top.txt": "top"}
    with pytest.raises(CommandError, match="is a directory: a text needs the path of a file"):
        COPY.create(asked(server, Asset(text="x"), tmp_path / "there"))


def test_a_folder_goes_into_the_path_and_with_a_slash_its_contents(server: Sshd, folder: Path, tmp_path: Path) -> None:
    COPY.create(asked(server, Archive(path=str(folder)), tmp_path / "whole"))
    assert files(tmp_path / "whole") == {"source/top.txt": "top", "source/deep/low.txt": "low"}
    COPY.create(asked(server, Archive(path=f"{folder}/"), tmp_path / "contents"))
    assert files(tmp_path / "contents") == {"top.txt": "top", "deep/low.txt": "low"}


def test_what_cannot_be_copied_is_named(server: Sshd, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="open /nowhere/file: no such file or directory"):
        COPY.create(asked(server, Asset(path="/nowhere/file"), tmp_path / "x"))
    with pytest.raises(CommandError, match="failed to copy to remote path /nowhere/x: No such file"):
        COPY.create(asked(server, Asset(text="x"), Path("/nowhere/x")))


def test_only_another_source_or_path_copies_again(server: Sshd, tmp_path: Path) -> None:
    assert COPY.update
    target = tmp_path / "x"
    COPY.update(asked(server, Asset(text="new"), target, {"connection": {"host": "elsewhere"}}))
    assert not target.exists()
    COPY.update(asked(server, Asset(text="new"), target, {"source": Asset(text="old")}))
    assert target.read_text() == "new"
