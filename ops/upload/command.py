"""`upload` on the command line."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from ops import screen
from ops.checkout import OpsError
from ops.upload import keys, parts
from ops.upload.keys import ARCHIVE, BUNDLE, DOCKER

ENDINGS = {".tar.gz": ARCHIVE, ".airgap": BUNDLE, ".deb": DOCKER, ".rpm": DOCKER}


def upload(
    files: Annotated[
        list[Path],
        typer.Argument(help="Replicated's archive (.tar.gz), the vendor's bundle (.airgap), Docker (.deb or .rpm)."),
    ],
    bucket: Annotated[str, typer.Option(help="A bucket of the region that the stack is in.")],
    prefix: Annotated[str, typer.Option(help="What the keys begin with, such as 611/.")] = "",
) -> None:
    """Put what an installation without internet needs into its bucket, and print what the stack has to say of it."""
    # Here, so that its library is loaded by this command alone.
    from ops.upload.bucket import Bucket

    kinds = {file: _kind(file) for file in files}
    _one_of_each(kinds)
    target = Bucket(bucket)
    found: dict[str, list[dict[str, str]]] = {ARCHIVE: [], BUNDLE: [], DOCKER: []}
    for file, kind in kinds.items():
        key = prefix + file.name
        size = file.stat().st_size if file.is_file() else 0
        with _progress() as progress:
            task = progress.add_task(f"reading   {file.name}", total=size)
            content = parts.read(file, lambda count: progress.advance(task, count))  # noqa: B023 - used at once
        with _progress() as progress:
            task = progress.add_task(f"uploading {file.name}", total=size)
            new = target.put(key, file, content, lambda count: progress.advance(task, count))  # noqa: B023
        said = "uploaded and verified" if new else "is there already, verified"
        screen.err.print(f"[green]s3://{bucket}/{key}[/green] {said}, {content.size} bytes")
        found[kind].append({"key": key, "sha256": content.sha256})
    screen.err.print(f"\nFor stacks in {target.region}:")
    print(keys.written(bucket, found), end="")


def _kind(file: Path) -> str:
    for ending, kind in ENDINGS.items():
        if file.name.endswith(ending):
            return kind
    raise OpsError(f"{file}: its name ends in none of {', '.join(ENDINGS)}; keep the names that the vendors gave")


def _one_of_each(kinds: dict[Path, str]) -> None:
    for kind in (ARCHIVE, BUNDLE):
        named = [str(file) for file, each in kinds.items() if each == kind]
        if len(named) > 1:
            raise OpsError(f"{' and '.join(named)}: a stack names one {kind}; upload them one after the other")


def _progress() -> AbstractContextManager[Progress]:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    return Progress(*columns, TimeRemainingColumn(), console=screen.err, transient=True)
