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
    folders = [str(CHECKOUT / ".venv" / "bin"), str(engine.where()), path, str(_stand_ins(lab, base))]
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
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        "WICKR_LAB": str(lab.path),
    }


def real_plugin(name: str, base: Mapping[str, str]) -> bool:
    """Whether the vendor's own plugin is at hand: on PATH, or among the plugins that the user's engine has fetched."""
    found = shutil.which(f"pulumi-resource-{name}", path=base.get("PATH", os.defpath))
    if found and Path(found).resolve().parent != STAND_INS:  # ours are there in a shell of the lab
        return True
    version = metadata.version(f"pulumi-{name}")
    return (_fetched(base) / f"resource-{name}-v{version}").is_dir()


def _stand_ins(lab: LabFolder, base: Mapping[str, str]) -> Path:
    """A folder with stand-ins for just those plugins that are not at hand."""
    folder = _made(lab.path / "plugins")
    for name in PLUGINS:
        link = folder / f"pulumi-resource-{name}"
        if real_plugin(name, base):
            link.unlink(missing_ok=True)
        elif not link.is_symlink():
            link.symlink_to(STAND_INS / link.name)
    return folder


def _home(lab: LabFolder, base: Mapping[str, str]) -> Path:
    home = _made(lab.path / "pulumi")
    link, fetched = home / "plugins", _fetched(base)
    if fetched.is_dir() and not link.exists() and fetched != link:
        link.symlink_to(fetched)
    return home


def _fetched(base: Mapping[str, str]) -> Path:
    return Path(base.get("PULUMI_HOME") or Path(base.get("HOME", "/root")) / ".pulumi") / "plugins"


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
