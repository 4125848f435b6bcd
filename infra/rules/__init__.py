"""Rules between keys: each allowed by itself, and wrong together.

What a single key may be stands in infra.settings and infra.names. A rule here takes the settings and yields sentences
that begin with the key. It is run even where other keys are wrong by themselves, as far as it does not need those:
whoever corrects a stack shall not find the next problem only afterwards.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from infra.rules import (
    compliance,
    egress,
    encryption,
    identity,
    installation,
    isolation,
    machines,
    networks,
    quotas,
    tagging,
    watching,
    ways,
)
from infra.settings import Settings

Rule = Callable[[Settings], Iterator[str]]

RULES: tuple[Rule, ...] = (
    *networks.RULES,
    *egress.RULES,
    *quotas.RULES,
    *identity.RULES,
    *encryption.RULES,
    *ways.RULES,
    *machines.RULES,
    *installation.RULES,
    *isolation.RULES,
    *compliance.RULES,
    *watching.RULES,
    *tagging.RULES,
)
"""All of them, in the order in which their sentences come."""


class _UnknownError(Exception):
    """A rule needs a key that is wrong itself: there is nothing to say yet."""


class _Known:
    """The settings as far as they are right."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.__dict__.update(values)

    def __getattr__(self, name: str) -> Any:
        raise _UnknownError(name)


def broken(settings: Settings) -> list[str]:
    """What is wrong with settings whose keys are right one by one."""
    return [sentence for rule in RULES for sentence in rule(settings)]


def broken_so_far(values: Mapping[str, Any]) -> list[str]:
    """The same, of the keys that are right; `values` has them by their fields."""
    sentences: list[str] = []
    for rule in RULES:
        try:
            sentences += rule(_Known(values))  # type: ignore[arg-type]
        except _UnknownError:
            continue
    return sentences
