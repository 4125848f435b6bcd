"""What the engine's calls mean for a table of resources: check, plan and bookkeeping."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from local.plugins.difference import Change, changes, difference
from local.plugins.framework import Function, Made, Problem, Provider, Refusal, Request, Resource
from local.plugins.schema import (
    ANYTHING,
    Field,
    MapOf,
    Object,
    Scalar,
    fields_problems,
    unexpected,
    with_defaults,
)
from local.plugins.sdk import arguments
from local.plugins.values import UNKNOWN, Property, Secret, Values, bare, is_secret

_Entry = TypeVar("_Entry", Resource, Function)


def find(provider: Provider, entries: Iterable[_Entry], token: str) -> _Entry:
    """The table's entry for a token; a token that is not in the table is refused by name."""
    for entry in entries:
        if entry.token == token:
            return entry
    noun = "function" if token.split(":")[-1][:1].islower() else "resource type"
    real = arguments(provider.sdk, token)
    exists = "exists in the SDK but is not implemented by" if real else "is not known to"
    raise Refusal(f"The {noun} {token} {exists} the stand-in for the plugin '{provider.name}'")


def check(provider: Provider, entry: Resource | Function, given: Values) -> list[Problem]:
    """Everything that is wrong with the inputs of one resource or function."""
    found = list(fields_problems(entry.inputs, given))
    names = {field.name for field in entry.inputs}
    strangers = [name for name in given if name not in names and not name.startswith("__")]
    if strangers:
        real = arguments(provider.sdk, entry.token)
        found = [problem for problem in found if problem.path not in strangers]
        found += [unexpected(name, names, real) for name in strangers]
    if not found:
        plain = bare(given)
        found += [problem for rule in entry.rules for problem in rule(plain)]
    return found


def complete(resource: Resource, given: Values, old: Values, proposed: str) -> Values:
    """The inputs with defaults, invented names and secret marks; `__defaults` lists what was invented."""
    inputs = {name: value for name, value in given.items() if not name.startswith("__")}
    inputs = with_defaults(resource.inputs, inputs)
    invented = []
    for field in resource.inputs:
        if field.named and inputs.get(field.name) is None:
            kept = old.get(field.name) if field.name in old.get("__defaults", []) else None
            inputs[field.name] = kept or proposed
            invented.append(field.name)
        if field.secret and inputs.get(field.name) is not None and not isinstance(inputs[field.name], Secret):
            inputs[field.name] = Secret(inputs[field.name])
    return {**inputs, "__defaults": invented}


def differences(resource: Resource, request: Request, ignored: Iterable[str]) -> list[Change]:
    """What an update would change, and what of it makes a new resource."""
    before = _from_state(resource.inputs, request.old_inputs, request.state)
    found = list(changes(resource.inputs, before, request.inputs, replaces=resource.update is None))
    for name, value in resource.plan(request).items():
        kind = MapOf(ANYTHING) if isinstance(value, dict) else ANYTHING
        found += difference(kind, request.state.get(name), value, name, replaces=False)
    renewing = set(resource.expired(request))
    found = [replace(change, replaces=True) if change.top in renewing else change for change in found]
    found += [Change(name, "update", True) for name in sorted(renewing - {change.top for change in found})]
    skip = set(ignored)
    return [change for change in found if change.top not in skip and change.path not in skip]


def taken_name(resource: Resource, inputs: Mapping[str, Property], old: Mapping[str, Property]) -> bool:
    """Whether the new resource would have the old one's name: then the old one has to go first."""
    return any(
        inputs.get(field.name) == old.get(field.name) and field.name not in inputs.get("__defaults", [])
        for field in resource.inputs
        if field.named
    )


def planned(resource: Resource, request: Request) -> Values:
    """The state as a preview can know it."""
    plan = resource.plan(request)
    computed = [output.name for output in resource.outputs] + [f.name for f in resource.inputs if f.computed]
    if not request.state:
        return {**dict.fromkeys(computed, UNKNOWN), **request.inputs, **plan}
    volatile = {output.name: UNKNOWN for output in resource.outputs if output.volatile}
    return {**_kept(resource, request), **request.inputs, **volatile, **plan}


def settled(resource: Resource, request: Request, outputs: Values) -> Values:
    """The state after a call: what was asked, what the service answered, what is known from before."""
    known = {output.name for output in resource.outputs} | {field.name for field in resource.inputs}
    state = {**_kept(resource, request), **request.inputs, **resource.plan(request), **outputs}
    missing = [output.name for output in resource.outputs if output.name not in state]
    if missing or not known.issuperset(outputs):
        wrong = ", ".join(missing or sorted(set(outputs) - known))
        raise Refusal(f"The stand-in for {resource.token} has a fault: its outputs differ from its table ({wrong})")
    return state


def marked(resource: Resource, state: Values, *sources: Mapping[str, Property]) -> Values:
    """The state with secret marks: on what the table says is secret and on what was secret in the sources."""
    secret = {output.name for output in resource.outputs if output.secret}
    secret |= {field.name for field in resource.inputs if field.secret}
    secret |= {name for source in sources for name, value in source.items() if is_secret(value)}
    return {name: Secret(value) if name in secret else value for name, value in state.items()}


def inputs_of(resource: Resource, made: Made, old_inputs: Values) -> Values:
    """The inputs that a refresh or an import finds: those given before, or all that say something."""
    seen = {field.name: made.outputs.get(field.name) for field in resource.inputs if field.name in made.outputs}
    if not old_inputs:
        return {name: value for name, value in seen.items() if value not in (None, "", [], {})}
    planned = {output.name for output in resource.outputs} & set(old_inputs)
    drifted = {**old_inputs, **{name: made.outputs[name] for name in planned if name in made.outputs}}
    for field in resource.inputs:
        if field.name in seen and (field.name in old_inputs or not field.computed):
            now = _alike(field, old_inputs.get(field.name), seen[field.name])
            drifted.pop(field.name, None)
            if now not in (None, "", [], {}) or field.name in old_inputs:
                drifted[field.name] = now
    return drifted


def setting(field: Field, value: Property) -> Property:
    """A provider's setting, which arrives as JSON text where it is not a string."""
    if isinstance(value, Secret):
        return Secret(setting(field, value.value))
    plain_text = isinstance(field.type, Scalar) and str in field.type.classes
    if plain_text or not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _kept(resource: Resource, request: Request) -> Values:
    """What of the old state stays true: outputs, and what the service filled in."""
    names = {output.name for output in resource.outputs} | {f.name for f in resource.inputs if f.computed}
    return {name: value for name, value in request.state.items() if name in names}


def _from_state(fields: Iterable[Field], old_inputs: Mapping[str, Property], state: Mapping[str, Property]) -> Values:
    """The old inputs; where the service filled something in, what it filled in."""
    known = dict(old_inputs)
    for field in fields:
        held = state.get(field.name)
        if held is None:
            continue
        if field.computed and known.get(field.name) is None:
            known[field.name] = held
        elif isinstance(field.type, Object) and isinstance(held, dict) and isinstance(known.get(field.name), dict):
            known[field.name] = _from_state(field.type.fields, known[field.name], held)
    return known


def _alike(field: Field, old: Property, now: Property) -> Property:
    """The service's answer, reduced to the parts that were given, in their spelling if equal."""
    if isinstance(field.type, Object) and isinstance(old, dict) and isinstance(now, dict):
        parts = (part for part in field.type.fields if part.name in old)
        return {part.name: _alike(part, old[part.name], now.get(part.name)) for part in parts}
    same = old is not None and now is not None and (old == now or bool(field.same and field.same(old, now)))
    return old if same or not list(difference(field.type, old, now, "", False)) else now
