"""Scanners that judge the program from outside, each with an environment of its own.

They bring along hundreds of packages, and other versions of them than the rest of this project.
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools import cache, venv

SCANNERS = ("checkov", "prowler")
PINS = cache.CHECKOUT / "tools" / "scan"


def pins(scanner: str) -> Path:
    """The requirements of a scanner: itself and everything that it brings along."""
    return PINS / f"{scanner}.txt"


def name(scanner: str) -> str:
    """Name of its environment in the cache: it follows the pins and the Python that runs it."""
    return f"{scanner}-venv-{cache.key(pins(scanner), venv.PYTHON)}"


def command(scanner: str) -> list[str]:
    """How it is started, if it is there."""
    binaries = cache.folder() / name(scanner) / "bin"
    return [str(binaries / "python"), str(binaries / scanner)]


def ready() -> bool:
    """True if all of them are there."""
    return all(cache.is_kept(name(scanner)) for scanner in SCANNERS)


def provide() -> None:
    """Install them, side by side. Raises SetupError where that is not possible."""

    def filled(scanner: str) -> None:
        def make(folder: Path) -> None:
            venv.create(folder)
            venv.pip(folder, "install", "--no-compile", "-r", pins(scanner))

        cache.kept(name(scanner), make)

    with ThreadPoolExecutor() as pool:
        list(pool.map(filled, SCANNERS))
