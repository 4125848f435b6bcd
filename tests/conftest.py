"""Tiers: which tests this machine can run. What it cannot run is skipped with the reason, and summed up.

unit (no marker) and `slow` need Python alone, `engine` the Pulumi engine, `scan` the scanners as
well, `lab` and `fault` a machine that can run the local cloud.
"""

import gc
import signal
from collections import Counter

import hypothesis
import pytest

from local.lab import ability
from tools import engine, scanners

TIERS = ("unit", "slow", "engine", "scan", "lab", "fault")

# A deployment leaves some ten thousand objects behind: to look for them as often as by default takes a fifth of a run.
gc.set_threshold(50_000, 20, 100)

# No deadline and no judgement of slowness: a machine that is busy with other things is no reason to fail.
hypothesis.settings.register_profile(
    "calm", deadline=None, max_examples=30, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("calm")

# Where SIGINT is ignored (a job in the background of a script) each `pulumi` command would take 5 s more.
signal.signal(signal.SIGINT, signal.default_int_handler)


def tier(item: pytest.Item) -> str:
    """The most demanding tier that a test is marked with."""
    marks = {mark.name for mark in item.iter_markers()}
    return next((name for name in reversed(TIERS) if name in marks), "unit")


def refusals() -> dict[str, str]:
    """Why this machine cannot run a tier, for those that it cannot."""
    reasons = {}
    if not engine.ready():
        reasons["engine"] = "the Pulumi engine is not there: `tools/engine` provides it"
    if not scanners.ready():
        reasons["scan"] = "the scanners are not there: `python3 -m tools.setup scanners` provides them"
    elif "engine" in reasons:
        reasons["scan"] = reasons["engine"]
    no_lab = ability.refusal() or reasons.get("engine")
    if no_lab:
        reasons["lab"] = reasons["fault"] = no_lab
    return reasons


def held_to_a_rare_variant(item: pytest.Item) -> bool:
    """Whether a claim about every stack is held to one here that the unit tier does without."""
    from tests.stacks import QUICK, VARIANTS  # not by the process that only hands tests out

    parameters = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    variant = parameters.get("variant")
    return isinstance(variant, str) and variant in VARIANTS and variant not in QUICK


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Quick tiers first; a tier that cannot run is skipped visibly."""
    for item in filter(held_to_a_rare_variant, items):
        item.add_marker(pytest.mark.slow)
    tiers = {item: tier(item) for item in items}
    items.sort(key=lambda item: TIERS.index(tiers[item]))
    reasons = refusals()
    for item in items:
        item.user_properties.append(("tier", tiers[item]))
        if reason := reasons.get(tiers[item]):
            item.add_marker(pytest.mark.skip(reason=reason))


def pytest_collection_finish() -> None:
    """The tests and the SDKs' modules are a million objects that stay: not to be looked through again."""
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line a tier: what ran, and why the rest did not."""
    counts: Counter[tuple[str, str]] = Counter()
    for outcome in ("passed", "failed", "error", "skipped"):
        for report in terminalreporter.stats.get(outcome, []):
            counts[dict(getattr(report, "user_properties", ())).get("tier", "unit"), outcome] += 1
    terminalreporter.section("tiers")
    reasons = refusals()
    for name in TIERS:
        if told := ", ".join(f"{n} {outcome}" for (of, outcome), n in counts.items() if of == name):
            reason = reasons.get(name)
            terminalreporter.write_line(f"{name:<7} {told}" + (f": {reason}" if reason else ""))
