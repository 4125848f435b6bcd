"""One lab for all faults, and the table of what came of them."""

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.faults.scene import Scene, lab_of


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Scene]:
    """A messaging host on a lab of its own; two processes of tests have one each."""
    with lab_of(request, "faults") as lab:
        made = Scene(lab, tmp_path_factory.mktemp("faults"))
        made.build()
        yield made


@pytest.fixture(scope="session")
def undisturbed(scene: Scene) -> set[str]:
    return scene.undisturbed


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line a fault: what came of it."""
    rows = [
        (dict(report.user_properties)["fault"], dict(report.user_properties).get("outcome", "FAILED"))
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, [])
        if "fault" in dict(getattr(report, "user_properties", ()))
    ]
    if not rows:
        return
    terminalreporter.section("faults")
    width = max(len(fault) for fault, _ in rows)
    for fault, outcome in sorted(rows):
        terminalreporter.write_line(f"{fault:<{width}}  {outcome}")
    kinds = Counter(outcome.partition(":")[0] for _, outcome in rows)
    terminalreporter.write_line(f"{len(rows)} faults: " + ", ".join(f"{n} {kind}" for kind, n in sorted(kinds.items())))
