"""The version that this Docker goes under: a file beside its programs, in a folder or in an archive."""

import sys
from pathlib import Path
from typing import Any


def version() -> str:
    """Such as 24.0.2."""
    loader: Any = getattr(sys.modules[__name__].__spec__, "loader", None)
    data: bytes = loader.get_data(str(Path(__file__).parents[2] / "VERSION"))
    return data.decode().strip()
