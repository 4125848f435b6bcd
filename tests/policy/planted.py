"""A good stack as rules see it, and ways to spoil it: what is planted is all that is wrong with it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from ops import policy as of_plans
from ops.plan import plan
from ops.stack_file import read
from policy.graph import Graph, Resource
from policy.rules import violations
from tests.ops.estate import config

Spoil = Callable[[Graph], Graph]
KEYS = {"wickr:calling": {"hostname": "calls.example.com", "maxCalls": 60}, "wickr:tags": {"owner": "messaging-team"}}
KEYS["wickr:snapshots"] = {"enabled": True}


@cache
def good(name: str = "acme") -> Graph:
    """The whole installation, as its plan has it."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"Pulumi.{name}.yaml"
        path.write_text(yaml.safe_dump({"config": config(KEYS)}))
        file = read(name, path)
    return of_plans.graph(plan(file, of_plans.Marks()), file)


def found(graph: Graph) -> set[tuple[str, str]]:
    """What is against the rules: the rule, and the resource."""
    return {(rule.name, finding.resource.name if finding.resource else "") for rule, finding in violations(graph)}


def said(graph: Graph) -> list[str]:
    """The sentences."""
    return [finding.message for _, finding in violations(graph)]


def inputs(name: str, **changes: Any) -> Spoil:
    """Other inputs of one resource; None takes an input out. A literal value comes from no resource."""

    def change(each: Resource) -> Resource:
        merged = {key: value for key, value in {**each.inputs, **changes}.items() if value is not None}
        made_of = {key: ids for key, ids in each.inputs_from.items() if key not in changes}
        return replace(each, inputs=merged, inputs_from=made_of)

    return _changed(name, change)


def options(name: str, **changes: Any) -> Spoil:
    """Other options of one resource."""
    return _changed(name, lambda each: replace(each, **changes))


def added(type_: str, name: str = "planted", made_of: Mapping[str, str] | None = None, **given: Any) -> Spoil:
    """One resource more."""
    one = Resource(
        id=name,
        name=name,
        type=type_,
        inputs=given,
        inputs_from={k: frozenset({v}) for k, v in (made_of or {}).items()},
    )
    return lambda graph: replace(graph, resources=(*graph.resources, one))


def without(name: str) -> Spoil:
    """One resource less."""
    return lambda graph: replace(graph, resources=tuple(each for each in graph.resources if each.name != name))


def output(**changes: Any) -> Spoil:
    """Other outputs of the stack."""
    return lambda graph: replace(graph, outputs={**graph.outputs, **changes})


def setting(**changes: Any) -> Spoil:
    """Other keys of the stack, with the same resources."""
    return lambda graph: replace(graph, settings={**graph.settings, **changes})


def _changed(name: str, change: Callable[[Resource], Resource]) -> Spoil:
    def spoil(graph: Graph) -> Graph:
        assert name in {each.name for each in graph.resources}
        return replace(graph, resources=tuple(change(e) if e.name == name else e for e in graph.resources))

    return spoil
