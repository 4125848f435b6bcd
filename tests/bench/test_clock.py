"""The benchmark measures what ran, and nothing else."""

import sys

import pytest

from bench.__main__ import show
from bench.clock import BenchError, Row, run
from bench.previews import _compare
from tests.engine import Result

pytestmark = pytest.mark.slow


def test_a_command_that_fails_has_no_time_but_a_reason() -> None:
    with pytest.raises(BenchError, match=r"exit 3\):\nno engine"):
        run([sys.executable, "-c", "print('no engine'); exit(3)"])


def test_a_command_that_sleeps_takes_that_long() -> None:
    assert 0.2 <= run(["sleep", "0.2"]) < 5


def test_the_table_shows_the_median_beside_what_is_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    show([Row(what="quick", values=(9.0, 1.0, 2.0), limit=2), Row(what="slow", values=(3.0,), limit=2)])
    quick, slow = capsys.readouterr().out.splitlines()[-2:]
    assert " ".join(quick.split()) == "quick 2.00 s 1.00 s 9.00 s 3 at most 2 s met"
    assert slow.split()[-2:] == ["NOT", "met"]


@pytest.mark.parametrize(("value", "met"), [(1.5, False), (1.6, True), (2.0, True)])
def test_what_is_to_be_at_least_something_is_met_from_there_on(value: float, met: bool) -> None:
    row = Row(what="faster", values=(value,), least=1.6, unit="×")
    assert (row.wanted, row.met) == ("at least 1.6 ×", met)


def registering(*types: str) -> Result:
    rows = [{"op": "create", "urn": f"urn::{number}", "type": kind} for number, kind in enumerate(types)]
    return Result(code=0, text="", events=[{"resourcePreEvent": {"metadata": row}} for row in rows])


def test_programs_with_different_resources_are_not_compared() -> None:
    program = registering("wickr:host:Host", "aws:ec2/eip:Eip", "aws:ec2/eip:Eip")
    _compare(program, registering("aws:ec2/eip:Eip", "aws:ec2/eip:Eip"))
    with pytest.raises(BenchError, match=r"the program has \{'aws:ec2/eip:Eip': 1\} more, bench/flat has \{\} more"):
        _compare(program, registering("aws:ec2/eip:Eip"))
