"""What a stack file says of the files in a bucket: as `upload` prints it, and as `new` takes it."""

from pathlib import Path
from typing import Any

import yaml

from ops.checkout import OpsError

ARCHIVE, BUNDLE, DOCKER = "archive", "bundle", "docker"
INSTALLER = "wickr:installer"


def written(bucket: str, found: dict[str, list[dict[str, str]]]) -> str:
    """The part of a stack file that names what is in the bucket, as YAML."""
    single = {kind: entries[0] for kind, entries in found.items() if entries and kind != DOCKER}
    several = {DOCKER: found[DOCKER]} if found[DOCKER] else {}
    airgap = {"bucket": bucket, **single, **several}
    keys = {INSTALLER: {"source": "airgap", "airgap": airgap}, "wickr:egress": "none"}
    return yaml.safe_dump(keys, sort_keys=False, width=1000)


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
