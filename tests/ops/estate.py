"""A copy of the project with customers of a test's own."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from infra.configuration import PROJECT, SECRETS
from tests.stacks import VALUES, VARIANTS
from tools import cache

PARTS = ("__main__.py", "Pulumi.yaml", "requirements.txt", "guide", "installer", "components", "infra", "ops", "policy")
LICENSE = {"secure": "v1:aaaa:bbbb"}

CONFIG: dict[str, Any] = {**VALUES, "wickr:license": LICENSE}


def config(changes: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The complete stack as a file holds it, with some keys changed; None takes a key out."""
    return {key: value for key, value in {**CONFIG, **(changes or {})}.items() if value is not None}


def of_variant(variant: str) -> dict[str, Any]:
    """The changes of a variant as a file holds them: what is secret is encrypted, and the licence is the file's own."""
    changes = {key: value for key, value in VARIANTS[variant].items() if key != "wickr:license"}
    for key, path in SECRETS.items():
        group = changes.get(f"{PROJECT}:{key}")
        if isinstance(group, dict):
            changes[f"{PROJECT}:{key}"] = {**group, **{part: {"secure": "v1:a:b"} for part in path if part in group}}
    return changes


class Estate:
    """A checkout in a folder of its own. `stacks` is where its customers are."""

    def __init__(self, root: Path) -> None:
        self.root, self.stacks = root, root / "stacks"
        self.stacks.mkdir(parents=True)
        for part in PARTS:
            source = cache.CHECKOUT / part
            if source.is_dir():
                shutil.copytree(source, root / part, ignore=shutil.ignore_patterns("__pycache__", ".venv"))
            else:
                shutil.copy(source, root / part)

    def customer(self, name: str, changes: Mapping[str, Any] | None = None) -> None:
        """Writes the stack file of a customer."""
        self.write(name, yaml.safe_dump({"config": config(changes)}))

    def write(self, name: str, text: str) -> None:
        (self.stacks / f"Pulumi.{name}.yaml").write_text(text)
