"""What the Pulumi Kubernetes operator publishes of its Stack resources, from its pinned sources, for the tests."""

import json
import os
import shutil
import subprocess
from pathlib import Path

from tools import cache, go_toolchain

PINS = cache.CHECKOUT / "tools" / "go" / "operator"
MODULE = "github.com/pulumi/pulumi-kubernetes-operator"
IN_MODULE = "deploy/crds/pulumi.com_stacks.yaml"


def name() -> str:
    """Name of its folder in the cache: it follows the pins."""
    return f"operator-{cache.key(PINS / 'go.mod', PINS / 'go.sum')}"


def file() -> Path | None:
    """The definition, as a cluster would be given it, if it is there."""
    return cache.folder() / name() / "stacks.yaml" if cache.is_kept(name()) else None


def provide() -> None:
    """Fetch it. Raises SetupError where the sources cannot be had, or are not the pinned ones."""

    def make(folder: Path) -> None:
        modules = folder / "modules"
        environment = os.environ | {"GOMODCACHE": str(modules), "GOFLAGS": "-modcacherw", "GOWORK": "off"}
        command = [go_toolchain.find(), "mod", "download", "-json", MODULE]
        result = subprocess.run(command, cwd=PINS, env=environment, capture_output=True, text=True, check=False)
        if result.returncode:
            raise cache.SetupError(f"`go mod download {MODULE}` failed:\n{(result.stdout + result.stderr)[-600:]}")
        source = Path(json.loads(result.stdout)["Dir"]) / IN_MODULE
        shutil.copyfile(source, folder / "stacks.yaml")
        shutil.rmtree(modules)

    cache.kept(name(), make)
