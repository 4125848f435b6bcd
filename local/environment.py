"""The environment of a run against the local cloud: which engine, which plugins, which API, which state."""

import os
import shutil
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

from local.lab.addresses import API_URL, REGION
from local.lab.folder import CHECKOUT, LabFolder
from tools import engine

STAND_INS = CHECKOUT / "local" / "plugins" / "bin"
PLUGINS = ("aws", "command", "tls")

# A person's own cloud, engine or proxy settings must not reach into the lab, nor the lab's commands out of it.
FOREIGN = ("AWS_", "PULUMI_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


def of(lab: LabFolder, base: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The whole environment, made from this process's own."""
    return {key: value for key, value in base.items() if not key.upper().startswith(FOREIGN)} | settings(lab, base)


def settings(lab: LabFolder, base: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What a run needs beyond an ordinary environment."""
    lab.claim()
    path = base.get("PATH", os.defpath)
    folders = [str(CHECKOUT / ".venv" / "bin"), str(engine.where()), path]
    return {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": API_URL,
        "AWS_REGION": REGION,
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "PATH": os.pathsep.join(folders),
        "PULUMI_BACKEND_URL": f"file://{_made(lab.path / 'state')}",
        "PULUMI_CONFIG_PASSPHRASE": "local",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_HOME": str(_home(lab, base)),
        # By itself the engine begins four things a core; while all of them take long it begins nothing else, whatever
        # has been waiting, and what a deployment waits for are hosts and services, not this machine's cores.
        "PULUMI_PARALLEL": "32",
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        "WICKR_LAB": str(lab.path),
    }


def stand_ins(base: Mapping[str, str] = os.environ) -> list[str]:
    """The plugins whose place a stand-in takes: those neither on PATH nor among what the user's engine has fetched."""
    return [name for name in PLUGINS if not _on_path(name, base) and not (_fetched(base) / _folder(name)).is_dir()]


def _on_path(name: str, base: Mapping[str, str]) -> bool:
    return shutil.which(f"pulumi-resource-{name}", path=base.get("PATH", os.defpath)) is not None


def _home(lab: LabFolder, base: Mapping[str, str]) -> Path:
    """An engine home of the lab's own. Plugins look as if the engine had fetched them: it uses them without a word."""
    home = _made(lab.path / "pulumi")
    plugins = _made(home / "plugins")
    for real in _fetched(base).glob("*"):
        if not (plugins / real.name).exists():
            (plugins / real.name).symlink_to(real)
    for name in stand_ins(base):
        link = _made(plugins / _folder(name)) / f"pulumi-resource-{name}"
        if not link.exists():
            link.symlink_to(STAND_INS / link.name)
    return home


def _folder(name: str) -> str:
    """What the engine calls a plugin of the version that requirements.txt pins."""
    return f"resource-{name}-v{metadata.version(f'pulumi-{name}')}"


def _fetched(base: Mapping[str, str]) -> Path:
    home = base.get("PULUMI_HOME") or Path(base.get("HOME", "/root")) / ".pulumi"
    return Path(home) / "plugins"


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
