"""The policy pack's rules over a plan: what they find in a stack without a cloud, a secret or the engine."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from infra.configuration import MAY_HOLD_SECRETS, PROJECT, SECRETS
from ops import record
from ops.checkout import HERE
from ops.plan import Plan, Veil, plan
from ops.stack_file import StackFile
from policy.graph import Graph, Resource, Secret
from policy.rules import violations

KEY = "tls:index/privateKey:PrivateKey"
KEY_OUTPUTS = ("privateKeyPem", "privateKeyPemPkcs8", "privateKeyOpenssh")


@dataclass(frozen=True)
class Marks(Veil):
    """Secrets as rules want them: with their mark, and what is beneath it, which in a plan is never a real one."""

    def over(self, value: Any) -> Any:
        return Secret(record.reveal(value)) if isinstance(value, record.Secret) else super().over(value)


def found(file: StackFile) -> Iterable[str]:
    """What is against the rules in a stack, as sentences. Raises PlanError for a stack of which there is no plan."""
    for rule, finding in violations(graph(plan(file, Marks()), file)):
        where = finding.resource.name if finding.resource else "the stack"
        yield f"policy {rule.name}: {where}: {finding.message}"


def graph(rendered: Plan, file: StackFile, root: Path = HERE) -> Graph:
    """A plan with marks as rules see it."""
    keys = [each["name"] for each in rendered["resources"] if each["type"] == KEY]
    private = {f"[{output} of {name}]" for name in keys for output in KEY_OUTPUTS}
    given = {text for path, text in file.completed().encrypted.items() if _is_secret(path)}
    return Graph(
        stack=rendered["stack"],
        resources=tuple(_resource(each) for each in rendered["resources"]),
        outputs=rendered["outputs"],
        settings=settings(file.values, root),
        secrets=frozenset(private | given),
    )


def settings(values: Mapping[str, str], root: Path = HERE) -> dict[str, Any]:
    """The keys of a stack as the engine completes them: with the defaults that Pulumi.yaml declares."""
    declared = yaml.safe_load((root / "Pulumi.yaml").read_text(encoding="utf-8"))["config"]
    defaults = {key: each["default"] for key, each in declared.items() if "default" in each}
    given = {key: _value(text) for key, text in values.items()}
    return {key.partition(":")[2]: each for key, each in {**defaults, **given}.items() if key.startswith(f"{PROJECT}:")}


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _is_secret(path: str) -> bool:
    """A hostname that somebody encrypted is not secret: it is in every certificate."""
    key = path.removeprefix(f"{PROJECT}:").partition(".")[0].partition("[")[0]
    return key in SECRETS or key in MAY_HOLD_SECRETS


def _resource(row: Mapping[str, Any]) -> Resource:
    options = row["options"]
    return Resource(
        id=row["name"],
        name=row["name"],
        type=row["type"],
        parent=row["parent"],
        inputs=row["inputs"],
        inputs_from={key: frozenset(each) for key, each in row["inputsFrom"].items()},
        protect=bool(options.get("protect")),
        ignored=frozenset(options.get("ignoreChanges", [])),
    )
