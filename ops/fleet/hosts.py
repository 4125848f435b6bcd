"""What the engine's own steps mean for hosts, in the verdicts of `diff`."""

from collections.abc import Iterable
from typing import Any

from pulumi.automation.events import StepEventMetadata, StepEventStateMetadata

from ops.diff import hosts
from ops.diff.operations import Kind, Operation
from ops.diff.verdict import Verdict
from ops.plan import Plan

KINDS = {
    "create": Kind.CREATE,
    "import": Kind.CREATE,
    "update": Kind.UPDATE,
    "replace": Kind.REPLACE,
    "create-replacement": Kind.REPLACE,
    "import-replacement": Kind.REPLACE,
    "delete-replaced": Kind.REPLACE,
    "delete": Kind.DELETE,
    "discard": Kind.DELETE,
}


def verdicts(steps: Iterable[StepEventMetadata]) -> dict[str, Verdict]:
    """What happens to each host of a stack, by role, when these steps are done."""
    steps = list(steps)
    base, head = _plan(each.old for each in steps), _plan(each.new for each in steps if each.op.value != "delete")
    # As in `diff`: a component is not more than its parts.
    parts = (each for each in steps if not each.type.startswith(("wickr:", "pulumi:pulumi:")))
    found = {each.urn: _operation(each) for each in parts if each.op.value in KINDS}
    changes = hosts.changes(base, head, found.values())
    return {each.role: each.verdict for each in changes}


def _plan(states: Iterable[StepEventStateMetadata | None]) -> Plan:
    """The resources of one side, as far as verdicts need them; a replaced one has several steps, and is one."""
    return {"resources": list({each.urn: _resource(each) for each in states if each}.values())}


def _resource(state: StepEventStateMetadata) -> dict[str, Any]:
    return {
        "name": _name(state.urn),
        "type": state.type,
        # The stack itself is no parent: in plans, what stands at the top has none.
        "parent": "" if "pulumi:pulumi:Stack" in state.parent.rpartition("::")[0] else _name(state.parent),
        "inputs": state.inputs or {},
        "dependsOn": [],
    }


def _operation(step: StepEventMetadata) -> Operation:
    state = step.new or step.old
    if state is None:
        raise ValueError(f"the engine tells nothing of {step.urn}")
    paths = tuple(step.detailed_diff or step.diffs or ())
    return Operation(kind=KINDS[step.op.value], resource=_resource(state), paths=paths)


def _name(urn: str) -> str:
    return urn.rpartition("::")[2]
