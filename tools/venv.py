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
    if LINK.is_dir() and not LINK.is_symlink():
        return (LINK / name()).exists()
    return cache.is_kept(name()) and LINK.is_symlink() and LINK.resolve() == cache.folder() / name()


def provide() -> None:
    """Make `.venv` hold what the pins ask for."""
    if LINK.is_dir() and not LINK.is_symlink():
        # Somebody's own folder, for example of `pulumi install`: theirs to keep, so it is filled where it is.
        pip(LINK, "install", "-r", REQUIREMENTS[0])
        (LINK / name()).touch()
        return

    def make(folder: Path) -> None:
        create(folder)
        # Compiled when imported: pulumi-aws alone has thousands of modules that nobody imports.
        pip(folder, "install", "--no-compile", "-r", REQUIREMENTS[0])

    kept = cache.kept(name(), make)
    new = LINK.with_name(f".venv.{os.getpid()}")
    new.symlink_to(kept)
    new.replace(LINK)
