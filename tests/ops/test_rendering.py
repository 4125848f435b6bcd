"""Plans of many stacks by several processes: the same ones in the same order, and nobody is left at work."""

import contextlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

from ops import rendering as module
from ops.plan import Veil, plan
from ops.rendering import rendering
from ops.stack_file import read
from tests.ops.command import ops
from tests.ops.estate import Estate

pytestmark = pytest.mark.slow

NAMES = [f"customer-{number}" for number in range(5)]
WRONG = "customer-3"


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Estate:
    """Customers of which one is wrong."""
    made = Estate(tmp_path_factory.mktemp("rendering") / "checkout")
    for number, name in enumerate(NAMES):
        changes: dict[str, Any] = {"wickr:hostname": f"wickr-{number}.example.com"}
        made.customer(name, changes | ({"wickr:adminCidrs": []} if name == WRONG else {}))
    return made


@pytest.fixture(params=[1, 3], ids=lambda count: f"{count} at a time")
def processes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """So many processes render."""
    monkeypatch.setattr(module, "WORTH", 1)
    monkeypatch.setattr(module, "processors", lambda: request.param)
    return int(request.param)


def children() -> set[str]:
    """The processes that this one has started and that are not gone."""
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


def test_plans_are_those_of_each_stack_in_the_order_of_the_stacks(estate: Estate, processes: int) -> None:
    digests = processes > 1
    before = children()
    with rendering(estate.root, NAMES, digests=digests) as answers:
        found = dict(zip(NAMES, answers, strict=False))
        assert len(children() - before) == processes
    assert children() == before
    assert found.pop(WRONG) == {"problems": ["wickr:adminCidrs: is empty; name at least one"]}
    for name, answer in found.items():
        wanted = plan(read(name, estate.stacks / f"Pulumi.{name}.yaml"), Veil(digests=digests))
        assert answer == {"plan": json.loads(json.dumps(wanted))}


def test_who_asks_no_further_leaves_nobody_at_work(estate: Estate, processes: int) -> None:
    before = children()
    with contextlib.suppress(KeyboardInterrupt), rendering(estate.root, NAMES * 100):
        assert len(children() - before) == processes
        raise KeyboardInterrupt
    assert children() == before


def test_a_program_that_cannot_be_run_is_a_sentence_for_each_stack(tmp_path: Path, processes: int) -> None:
    broken = Estate(tmp_path / "broken")
    for name in NAMES:
        broken.customer(name)
    (broken.root / "ops" / "plan.py").write_text("1 / 0\n")
    with rendering(broken.root, NAMES, commands=broken.root, called="HEAD") as answers:
        found = [answer for _, answer in zip(NAMES, answers, strict=False)]
    assert found == [
        {"problems": ["the program of HEAD cannot be run: ZeroDivisionError: division by zero"]} for _ in NAMES
    ]


def test_plan_shows_each_stack_and_says_what_is_wrong_with_one_without_a_plan(estate: Estate) -> None:
    answer = ops("plan", "--json", root=estate.root)
    assert answer.code == 1
    assert answer.err.startswith(f"{WRONG}: wickr:adminCidrs: ")
    decoder, shown, rest = json.JSONDecoder(), [], answer.out
    while rest:
        document, end = decoder.raw_decode(rest)
        shown.append(document["stack"])
        rest = rest[end:].lstrip()
    assert shown == [name for name in NAMES if name != WRONG]
    table = ops("plan", "customer-[12]", root=estate.root)
    assert (table.code, table.err) == (0, "")
    assert [line for line in table.out.splitlines() if line.startswith("stack ")] == [
        "stack customer-1",
        "stack customer-2",
    ]
