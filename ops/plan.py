"""The whole graph of a stack, from the real program and its stack file, rendered in this process."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ops import stand_in
from ops.checkout import OpsError
from ops.placeholders import Placeholders
from ops.record import Deployment, Request, Secret, reveal
from ops.recorder import record
from ops.stack_file import LICENSE, StackFile

NOTED = ("protect", "ignoreChanges", "replaceOnChanges", "deleteBeforeReplace", "retainOnDelete", "customTimeouts")
"""Options of a resource that decide what a change does to it."""

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""How the engine's protocol says that a value is known only after the deployment."""

Plan = dict[str, Any]
"""`stack`, `resources` (name, type, parent, inputs, options, dependencies by input), `outputs`, `warnings`, `notes`:
plain data, sorted, the same for the same stack file and program.
"""


class PlanError(OpsError):
    """A stack of which there is no plan, with all that is wrong with it."""

    def __init__(self, stack: str, problems: list[str]) -> None:
        super().__init__("\n".join(f"{stack}: {each}" for each in problems))
        self.problems = problems


@dataclass(frozen=True)
class Veil:
    """How secrets are shown: `[secret]`, or told apart by a digest for those who compare two plans.

    A digest is made of stand-ins and of what the program derives from them: no real secret is ever in a plan.
    """

    digests: bool = False

    def over(self, value: Any) -> Any:
        match value:
            case Secret():
                if not self.digests:
                    return "[secret]"
                text = json.dumps(reveal(value), sort_keys=True)
                return f"[secret {hashlib.sha256(text.encode()).hexdigest()[:16]}]"
            case dict():
                return {key: self.over(each) for key, each in value.items()}
            case list():
                return [self.over(each) for each in value]
            case str() if value == UNKNOWN:
                return "[known after the deployment]"
        return value


def plan(file: StackFile, veil: Veil = Veil(), main: Callable[[], None] | None = None) -> Plan:
    """The plan of a stack by `main`, the program's own if none is given.

    Raises PlanError for a stack that cannot be deployed as it is written.
    """
    asked = deployment(file, main)
    names = {each.urn: each.name for each in asked.requests}
    return {
        "stack": file.name,
        "resources": sorted(
            (_resource(each, names, veil) for each in asked.resources),
            key=lambda each: (each["name"], each["type"]),
        ),
        "outputs": veil.over(asked.outputs),
        "warnings": sorted(asked.said("warning")),
        "notes": [] if file.licensed else [f"{LICENSE}: is still to be set; planned with a placeholder"],
    }


def deployment(file: StackFile, main: Callable[[], None] | None = None) -> Deployment:
    """What a plan is made of: everything that the program asks for. Raises PlanError, as a plan does."""
    if file.problems:
        raise PlanError(file.name, list(file.problems))
    full = file.completed()
    try:
        with stand_in.unjudged(full.encrypted.values()):
            asked = record(main or _program(), full.stack, _placeholders(full.values), preview=True)
    except OpsError as error:
        raise PlanError(file.name, [str(error)]) from None
    except Exception as error:
        # A program that is being changed can fail in any way.
        raise PlanError(file.name, [f"the program fails: {type(error).__name__}: {error}"]) from error
    if asked.problem:
        raise PlanError(file.name, [_encrypted(each, file) for each in asked.said("error")])
    return asked


def _program() -> Callable[[], None]:
    """Not read before it is needed: a program that is broken must not break the commands that compare it."""
    from infra.start import main

    return main


def _resource(request: Request, names: Mapping[str, str], veil: Veil) -> dict[str, Any]:
    depends = request.options.get("propertyDependencies", {})
    by_input = {key: sorted(names[urn] for urn in each.get("urns", [])) for key, each in depends.items()}
    options = {key: request.options[key] for key in NOTED if request.options.get(key)}
    return {
        "name": request.name,
        "type": request.type,
        "parent": names.get(request.parent, ""),
        "inputs": veil.over(request.inputs),
        "options": {key: sorted(each) if isinstance(each, list) else each for key, each in options.items()},
        "dependsOn": sorted(names[urn] for urn in request.dependencies),
        "inputsFrom": {key: each for key, each in by_input.items() if each},
    }


def _placeholders(values: Mapping[str, str]) -> Placeholders:
    """What a stack says about things that are there is taken to be so: subnets are in its VPC, its zone is as told."""
    network, dns = (_group(values.get(key, "{}")) for key in ("wickr:network", "wickr:dns"))
    private = network.get("privateSubnetIds")
    return Placeholders(
        network.get("vpcId"),
        private_zone=dns.get("private") is True,
        private_subnets=private if isinstance(private, list) else (),
    )


def _group(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _encrypted(problem: str, file: StackFile) -> str:
    """A value that is encrypted and need not be is the reason for what is said about its stand-in."""
    where = problem.partition(": ")[0]
    if where in file.encrypted:
        return f"{where}: is encrypted, and a plan needs it in clear; it is no secret: pulumi config set {where}"
    return problem
