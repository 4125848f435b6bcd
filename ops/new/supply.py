"""What an installation without internet is made of, from the file in which somebody kept what `upload` printed."""

from pathlib import Path
from typing import Any

import yaml

from ops.checkout import OpsError

INSTALLER = "wickr:installer"


def read(path: Path) -> dict[str, Any]:
    """The group `installer.airgap` of a file; what is in it is checked with the rest of the stack.

    Raises OpsError for a file without one.
    """
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise OpsError(f"--airgap {path}: cannot be read: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise _other(path) from None
    installer = found.get(INSTALLER) if isinstance(found, dict) else None
    group = installer.get("airgap") if isinstance(installer, dict) else None
    if not isinstance(group, dict):
        raise _other(path)
    return group


def _other(path: Path) -> OpsError:
    return OpsError(f"--airgap {path}: has no {INSTALLER} with airgap; make it by `./wickr upload … > {path}`")
