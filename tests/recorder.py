"""A deployment on a recording mock engine: the real program, and every request that it made, as plain data.

    deployed = deploy(stack({"wickr:clientCidrs": ["10.0.0.0/8"]}))
    assert deployed.the("aws:ec2/instance:Instance").protect

The recorder is the one behind `plan`; here the tests' own cloud answers, with values that tests can name.
"""

# mypy: allow-untyped-calls

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from infra import start
from ops import recorder
from ops.record import Deployment, Request, Secret, Stack, plain, reveal
from tests.mock_cloud import COMPUTED, INVOKES, Answer

__all__ = ["Deployment", "Request", "Secret", "Stack", "deploy", "plain", "record", "reveal", "unmarked"]


class _Cloud:
    """Computed values by type; a data source that nobody thought of is an error, not an empty answer."""

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        self.answers = answers

    def resource(self, type_: str, name: str, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        computed = COMPUTED.get(type_, lambda name, inputs: {})(name, inputs)
        return computed.pop("id", f"{name}-id"), computed

    def answer(self, token: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if token not in self.answers:
            raise AssertionError(f"no answer is prepared for {token}")
        return self.answers[token](arguments)


def unmarked(value: Any) -> Iterator[str]:
    """Every text, and every name of a key, in a value that anybody may read: what is marked secret is left out."""
    match value:
        case dict():
            for key, each in value.items():
                yield key
                yield from unmarked(each)
        case list():
            for each in value:
                yield from unmarked(each)
        case str():
            yield value


def deploy(stack: Stack, *, answers: Mapping[str, Answer] | None = None) -> Deployment:
    """Runs the program on a stack; `answers` replace those of data sources."""
    return record(start.main, stack, answers=answers)


def record(run: Callable[[], None], stack: Stack, *, answers: Mapping[str, Answer] | None = None) -> Deployment:
    """Runs any program as the engine would."""
    return recorder.record(run, stack, _Cloud({**INVOKES, **(answers or {})}))
