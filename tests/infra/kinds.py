"""The different rules that a stack is checked against, told from the refusals: `python -m tests.infra.kinds`.

A rule is what is wrong and the way out, whatever the key and the value: the same check of two keys counts once.
"""

import re

from infra import provider
from infra.configuration import parse
from infra.errors import SettingsError
from tests.infra import refusals, refusals_of_rules
from tests.stacks import stack

KEY = re.compile(r"^[A-Za-z]+:\w*([.\[]\w+\]?)*: ")
VALUES = re.compile(
    r"""'[^']*'|"[^"]*"|\S*[\d@]\S*|\w+(\.\w+)+|\b(messaging|calling|ubuntu|rhel|debian|guide)\b|\w+(Pem|Cidrs)\b"""
)
SAME = (
    *("there is no such key", "is missing", "its value is no", "must be a whole number", "must be a list"),
    *("must be a group of keys", "must be true or false", "must be a text", "must be …,", "must be … or …"),
    *("not a licence", "no packet comes from there", "no client finds a host there", "there is no namespace"),
    *("given, but source is", "to which you can add no record", "which IAM refuses; letters", "is below the … of the"),
    *("and hosts have … addresses",),
)
"""Parts that make sentences the same rule, however they begin."""


def problems() -> list[str]:
    """One sentence for each row that a test refuses."""
    changes = [
        *({f"wickr:{key}": value} for key, value, _ in refusals.REFUSALS),
        *({f"wickr:{key}": value for key, value in each.items()} for each, _ in refusals_of_rules.REFUSALS),
        *({key: "x"} for key, _ in refusals_of_rules.ELSEWHERE_NAMESPACE),
    ]
    found: list[str] = []
    for each in changes:
        made = stack(each)
        try:
            parse(made.values, made.secrets)
        except SettingsError as error:
            found += error.problems
    for key, text, _ in refusals_of_rules.OF_THE_PROVIDER:
        found += provider.arguments({"aws:region": "eu-west-1", f"aws:{key}": text})[1]
    return found


def kind(problem: str) -> str:
    """A sentence without its key and its values."""
    text = re.sub(r"(… ?|, )*…", "…", VALUES.sub("…", KEY.sub("", problem)))
    return next((each for each in SAME if each in text), text[:35])


def kinds() -> dict[str, list[str]]:
    """The rules, each with the sentences in which it was met."""
    found: dict[str, list[str]] = {}
    for problem in problems():
        found.setdefault(kind(problem), []).append(problem)
    return found


if __name__ == "__main__":
    for number, sentences in enumerate(kinds().values(), start=1):
        print(f"{number:3}  {sentences[0]}")
