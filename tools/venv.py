"""Virtual environments: how one is made and filled, and the one of this checkout."""

import subprocess
import sys
from pathlib import Path

from tools import cache

PYTHON = f"{sys.implementation.name}-{sys.version_info.major}.{sys.version_info.minor}-{sys.base_prefix}"
REQUIREMENTS = ("requirements.txt", "requirements-dev.txt", "constraints.txt")


def _run(*command: str | Path) -> None:
    result = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if result.returncode:
        tail = "\n".join((result.stdout + result.stderr).strip().splitlines()[-12:])
        raise cache.SetupError(f"`{' '.join(map(str, command))}` failed:\n{tail}")


def create(path: Path) -> None:
    """An empty environment at `path`."""
    base = Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    _run(base if base.exists() else sys.executable, "-m", "venv", path)


def pip(path: Path, *arguments: str | Path) -> None:
    """Run the environment's pip; indexes, proxies and certificates are those that pip is configured for."""
    _run(path / "bin" / "python", "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments)
