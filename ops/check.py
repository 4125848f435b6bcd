"""Whether stacks can be deployed as far as that can be known without a cloud, a secret or the engine."""

from collections.abc import Iterable
from dataclasses import dataclass

from infra import configuration
from infra.errors import SettingsError, one_line
from ops import policy as rules
from ops import stand_in
from ops.plan import PlanError
from ops.stack_file import LICENSE, StackFile

READABLE = "is encrypted, so its value is not checked; only secrets need to be encrypted"
CLOSED = "is encrypted: present, and its content not checked"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What is wrong with a stack, what could not be looked at, and what is allowed but deserves a sentence."""

    stack: str
    file: str
    problems: tuple[str, ...]
    unchecked: tuple[str, ...]
    warnings: tuple[str, ...]


def check(file: StackFile, *, licensed: bool = True, policy: bool = False) -> Verdict:
    """Everything that is wrong with one stack. `licensed` False takes a licence that is still to come for granted;
    `policy` holds the rules of the policy pack to the plan of a stack that has no other problem.
    """
    given = file if licensed else file.completed()
    problems: Iterable[str] = file.problems
    warnings: Iterable[str] = ()
    if not file.problems:
        with stand_in.unjudged(file.encrypted.values()):
            try:
                warnings = configuration.judge(given.values, given.secrets).warnings()
            except SettingsError as error:
                problems = error.problems
    hidden = {problem: path for problem in problems for path in file.encrypted if _about(problem, path)}
    told = tuple(problem for problem in problems if problem not in hidden)
    if policy and not told:
        # Told, whatever it is about: without a plan no rule was held to anything.
        told = tuple(_violations(given))
    return Verdict(
        stack=file.name,
        file=file.path.name,
        problems=told,
        unchecked=(
            *(f"{one_line(path)}: {READABLE if path in hidden.values() else CLOSED}" for path in file.encrypted),
            *([] if licensed or file.licensed else [f"{LICENSE}: is still to be set"]),
        ),
        warnings=tuple(warnings),
    )


def _violations(file: StackFile) -> Iterable[str]:
    try:
        return list(rules.found(file))
    except PlanError as error:
        return error.problems


def _about(problem: str, path: str) -> bool:
    """Whether a problem is one of a value at a path or below it."""
    where = problem.partition(": ")[0]
    return where == path or where.startswith((f"{path}.", f"{path}["))
