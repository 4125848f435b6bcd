"""Which stacks of a checkout a fleet is."""

import json
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from infra.configuration import PROJECT
from ops import checkout, stack_file
from ops.checkout import OpsError
from ops.stack_file import StackFile


def chosen(patterns: Iterable[str], tags: Iterable[str], files: Mapping[str, Path]) -> dict[str, Path]:
    """The stacks that match a name or pattern, all without any, and that carry every tag.

    Raises OpsError for a pattern that matches nothing, or when nothing is left.
    """
    found = checkout.chosen(patterns, dict(files))
    wanted = [_tag(each) for each in tags]
    found = {name: path for name, path in found.items() if _carries(stack_file.read(name, path), wanted)}
    if not found:
        raise OpsError("no stack has all of these tags" if wanted else "there is no stack file at all")
    return found


def canaries(given: Iterable[str], stacks: Iterable[str]) -> tuple[str, ...]:
    """The stacks that go first: by name or pattern, or how many of all. Raises OpsError for one that is not chosen."""
    stacks, found = list(stacks), list[str]()
    for each in given:
        if each.isdigit():
            found += stacks[: int(each)]
            continue
        matching = checkout.matching(each, stacks)
        if not matching:
            raise OpsError(f"--canary {each}: no chosen stack is called so; chosen are {', '.join(stacks)}")
        found += matching
    return tuple(dict.fromkeys(found))


def known(files: Mapping[str, Path], there: Collection[str], *, named: Iterable[str]) -> dict[str, Path]:
    """The chosen stacks that the back end has. One that was named and is not there is an OpsError; others are left out:
    an example's file, a customer's that is still being written.
    """
    missing = [name for name in named if name in files and name not in there]
    if missing:
        raise OpsError(f"the back end has no stack {missing[0]} yet: pulumi stack init {missing[0]}")
    found = {name: path for name, path in files.items() if name in there}
    if not found:
        raise OpsError("the back end has none of these stacks yet: pulumi stack init NAME")
    return found


def _tag(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise OpsError(f"--tag {text}: write NAME=TEXT, for example ring=first")
    return name, value


def _carries(file: StackFile, wanted: Iterable[tuple[str, str]]) -> bool:
    try:
        tags = json.loads(file.values.get(f"{PROJECT}:tags", "{}"))
    except json.JSONDecodeError:
        tags = {}
    return all(isinstance(tags, dict) and tags.get(name) == value for name, value in wanted)
