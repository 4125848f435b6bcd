"""Policies as IAM evaluates them: an explicit deny wins, and what nothing allows is refused.

Pure: documents and a question in, a verdict out. A policy that uses what is not implemented here (a variable, a rare
condition) is not guessed at: `Unsupported` is raised, and the caller refuses.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from typing import Any

Document = Mapping[str, Any]

ELEMENTS = frozenset(
    {
        "Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition",
    }
)  # fmt: skip


class Unsupported(Exception):  # noqa: N818 - it says what a policy is, not what went wrong
    """A policy says something that the stand-in cannot judge; the message names it."""


class Verdict(Enum):
    """What a set of policies says."""

    DENIED = "denied"
    ALLOWED = "allowed"
    SILENT = "silent"


@dataclass(frozen=True, kw_only=True)
class Question:
    """May this caller do this? `keys` are the condition keys of the request, in lower case."""

    action: str
    resource: str
    principals: frozenset[str] = frozenset()  # every ARN or number that a policy may know the caller by
    service: str = ""  # the caller's name, if it is a service of AWS
    keys: Mapping[str, str] = field(default_factory=dict)


def judge(documents: Iterable[Document], question: Question, *, of_resource: bool = False) -> Verdict:
    """What these policies say. Those of a resource name the principals that they hold for; those of an identity do not.

    Raises Unsupported."""
    from local.api.access.conditions import holds

    found = Verdict.SILENT
    for document in documents:
        for statement in many(document.get("Statement", [])):
            _check(statement, of_resource=of_resource)
            if (
                (not of_resource or _element(statement, "Principal", lambda named: _is(named, question)))
                and _element(statement, "Action", lambda named: _any(named, question.action, fold=True))
                and _element(statement, "Resource", lambda named: _any(named, question.resource))
                and all(holds(name, tests, question.keys) for name, tests in statement.get("Condition", {}).items())
            ):
                if statement["Effect"] == "Deny":
                    return Verdict.DENIED
                found = Verdict.ALLOWED
    return found


def like(pattern: str, text: str, *, fold: bool = False) -> bool:
    """Whether a pattern with * and ? fits the whole text; `fold` ignores case, as names of actions do."""
    if "${" in pattern:
        raise Unsupported(f"the variable in {pattern!r}")
    return _compiled(pattern, fold).fullmatch(text) is not None


def many(value: Any) -> list[Any]:
    """One or several, as policies write it."""
    return list(value) if isinstance(value, list | tuple) else [value]


@cache
def _compiled(pattern: str, fold: bool) -> re.Pattern[str]:
    wild = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(wild, re.DOTALL | (re.IGNORECASE if fold else 0))


def _check(statement: Document, *, of_resource: bool) -> None:
    unknown = ", ".join(sorted(set(statement) - ELEMENTS))
    if unknown:
        raise Unsupported(f"the element {unknown}")
    if statement.get("Effect") not in ("Allow", "Deny"):
        raise Unsupported(f"the effect {statement.get('Effect')!r}")
    if not of_resource and {"Principal", "NotPrincipal"} & set(statement):
        raise Unsupported("a principal in the policy of an identity")


def _element(statement: Document, name: str, fits: Callable[[Any], bool]) -> bool:
    if name in statement:
        return fits(statement[name])
    if f"Not{name}" in statement:
        return not fits(statement[f"Not{name}"])
    return name == "Resource"  # a trust policy has none; the API refuses others without it


def _any(patterns: Any, text: str, *, fold: bool = False) -> bool:
    return any(like(pattern, text, fold=fold) for pattern in many(patterns))


def _is(named: Any, question: Question) -> bool:
    if named == "*":
        return True
    kinds = set(named) - {"AWS", "Service"}
    if kinds:
        raise Unsupported(f"a principal of the kind {', '.join(sorted(kinds))}")
    people = many(named.get("AWS", []))
    return (
        question.service in many(named.get("Service", []))
        or (not question.service and "*" in people)
        or bool(question.principals & set(people))
    )
