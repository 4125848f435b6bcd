"""Virtual environments: how one is made and filled, and the one of this checkout."""

import os
import subprocess
import sys
from pathlib import Path

from tools import cache, steps

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro} of {sys.base_prefix}"
REQUIREMENTS = tuple(cache.CHECKOUT / f for f in ("requirements-dev.txt", "requirements.txt", "constraints.txt"))
LINK = cache.CHECKOUT / ".venv"


def _run(*command: str | Path) -> None:
    result = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if result.returncode:
        tail = "\n".join((result.stdout + result.stderr).strip().splitlines()[-12:])
        raise cache.SetupError(f"`{' '.join(map(str, command))}` failed:\n{tail}")


def create(path: Path) -> None:
    """An empty environment at `path`."""
    base = Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    _run(base if base.exists() else sys.executable, "-m", "venv", path)


def pip(path: Path, *arguments: str | Path) -> None:
    """Run the environment's pip; indexes, proxies and certificates are those that pip is configured for."""
    _run(*steps.BESIDE, path / "bin" / "python", "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments)


def name() -> str:
    """Name of the environment in the cache: it follows the pins and the Python that runs it."""
    return f"venv-{cache.key(*REQUIREMENTS, PYTHON)}"


def ready() -> bool:
    """True if `.venv` holds what the pins ask for."""
    return holds(LINK, name())


def provide() -> None:
    """Make `.venv` hold what the pins ask for."""
    fill(LINK, name(), REQUIREMENTS[0])


def holds(link: Path, kept: str) -> bool:
    """True if the environment at `link` is the one that the cache keeps as `kept`, or was filled like it."""
    if link.is_dir() and not link.is_symlink():
        return (link / kept).exists()
    return cache.is_kept(kept) and link.is_symlink() and link.resolve() == cache.folder() / kept


def fill(link: Path, kept: str, requirements: Path) -> None:
    """Make the environment at `link` hold these packages; the cache keeps it under the name `kept`."""
    if holds(link, kept):
        return
    if link.is_dir() and not link.is_symlink():
        # Somebody's own folder, for example of `pulumi install`: theirs to keep, so it is filled where it is.
        pip(link, "install", "-r", requirements)
        (link / kept).touch()
        return

    def make(folder: Path) -> None:
        create(folder)
        # Compiled when imported: pulumi-aws alone has thousands of modules that nobody imports.
        pip(folder, "install", "--no-compile", "-r", requirements)

    made = cache.kept(kept, make)
    new = link.with_name(f"{link.name}.{os.getpid()}")
    new.symlink_to(made)
    new.replace(link)
