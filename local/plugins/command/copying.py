"""Copying a file, a text or a folder to a host, by SFTP."""

import os
from pathlib import Path

import asyncssh

from local.plugins.command.connection import Connection
from local.plugins.command.dial import connected
from local.plugins.command.transcript import CommandError, Voice
from local.plugins.framework import Archive, Asset


async def copy(
    connection: Connection, source: Asset | Archive, target: str, voice: Voice, dial_timeout: float | None = None
) -> None:
    """Puts the source at that path of the host, by the rules of the real plugin."""
    async with connected(connection, voice, dial_timeout) as client:
        try:
            async with client.start_sftp_client() as sftp:
                if isinstance(source, Asset) and source.path is None:
                    await _put_text(sftp, source.text or "", target)
                else:
                    await _put_path(sftp, source.path or "", target)
        except asyncssh.SFTPError as error:
            raise CommandError(f"failed to copy to remote path {target}: {error.reason}") from None
        except asyncssh.ChannelOpenError as error:
            raise CommandError(f"the server offers no SFTP (a line 'Subsystem sftp'): {error.reason}") from None
        except OSError as error:
            raise CommandError(f"open {error.filename}: {(error.strerror or str(error)).lower()}") from None


async def _put_text(sftp: asyncssh.SFTPClient, text: str, target: str) -> None:
    if await sftp.isdir(target):
        raise CommandError(f"remote path {target} is a directory: a text needs the path of a file")
    await _write(sftp, text.encode(), target)


async def _put_path(sftp: asyncssh.SFTPClient, source: str, target: str) -> None:
    """A file goes into an existing folder or to the path; a folder goes into the path, made if need be.

    With a slash at the end of its name it is the folder's contents that go there.
    """
    name = Path(source).name
    if not Path(source).is_dir():
        inside = f"{target.rstrip('/')}/{name}" if await sftp.isdir(target) else target
        await _write(sftp, Path(source).read_bytes(), inside)
        return
    if not source.endswith("/"):
        await _make_folder(sftp, target)
        target = f"{target.rstrip('/')}/{name}"
    for folder, _, files in os.walk(source):
        part = Path(folder).relative_to(source).as_posix()
        there = target if part == "." else f"{target.rstrip('/')}/{part}"
        await _make_folder(sftp, there)
        for file in sorted(files):
            await _write(sftp, (Path(folder) / file).read_bytes(), f"{there.rstrip('/')}/{file}")


async def _make_folder(sftp: asyncssh.SFTPClient, path: str) -> None:
    if await sftp.isdir(path):
        return
    if await sftp.exists(path):
        raise CommandError(f"remote path {path} exists but is not a directory")
    await sftp.mkdir(path)


async def _write(sftp: asyncssh.SFTPClient, content: bytes, path: str) -> None:
    async with sftp.open(path, "wb") as file:
        await file.write(content)
