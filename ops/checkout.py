"""Where the stacks are: the folder of a checkout, its stack files, and the one that somebody named."""

import difflib
import fnmatch
from collections.abc import Iterable
from pathlib import Path

import yaml

HERE = Path(__file__).resolve().parents[1]
"""The checkout that these commands belong to, whatever folder they are run from."""

DEPLOYMENT = ".deploy"
"""What follows a stack's name in the file that is about its deployment by Pulumi Cloud."""


class OpsError(Exception):
    """Something that a command cannot do, as a sentence with the way out."""


def stack_files(root: Path = HERE) -> dict[str, Path]:
    """The stack files of a checkout by stack, in the order of their names."""
    return in_folder(folder(root))


def in_folder(folder: Path) -> dict[str, Path]:
    """The stack files in any folder, by stack."""
    found = sorted(folder.glob("Pulumi.*.yaml"))
    named = {path.name.removeprefix("Pulumi.").removesuffix(".yaml"): path for path in found}
    return {name: path for name, path in named.items() if not name.endswith(DEPLOYMENT)}


def completed(start: str) -> list[str]:
    """The stacks whose names begin like this, for a shell's completion."""
    return [name for name in stack_files() if name.startswith(start)]


def folder(root: Path = HERE) -> Path:
    """Where a checkout keeps its stack files, as its Pulumi.yaml says."""
    try:
        project = yaml.safe_load((root / "Pulumi.yaml").read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise OpsError(f"{root} is no checkout of the program: its Pulumi.yaml cannot be read ({error})") from None
    return root / str(project.get("stackConfigDir", "."))


def chosen(names: Iterable[str], files: dict[str, Path]) -> dict[str, Path]:
    """The files of the stacks that were named, also by patterns such as `acme-*`; of all, if none was.

    Raises OpsError for what no stack is called.
    """
    wanted: set[str] = set()
    for name in names or files:
        matches = matching(name, files)
        if not matches:
            one(name, files)
        wanted.update(matches)
    return {name: files[name] for name in files if name in wanted}


def one(name: str, files: dict[str, Path]) -> Path:
    """The file of one stack. Raises OpsError for a name without a file."""
    if name not in files:
        raise OpsError(f"there is no stack {name}{_nearest(name, files)}")
    return files[name]


def matching(pattern: str, names: Iterable[str]) -> list[str]:
    """The names that a pattern of a shell means; a plain name means itself."""
    return [name for name in names if fnmatch.fnmatchcase(name, pattern)]


def _nearest(name: str, files: dict[str, Path]) -> str:
    match = difflib.get_close_matches(name, files, n=1, cutoff=0.5)
    if match:
        return f"; did you mean {match[0]}?"
    return f"; the stacks are {', '.join(files)}" if files else "; there is no stack file at all"
