"""A tier that a machine cannot run is skipped with its reason, and told at the end; the rest runs."""

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

SAMPLE = """
import pytest

def test_plain(): assert True

@pytest.mark.engine
def test_with_engine(): assert True

@pytest.mark.engine
@pytest.mark.lab
def test_on_the_lab(): assert True
"""


@pytest.fixture
def without_engine(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.Pytester:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    pytester.makeini("[pytest]\nmarkers =\n    engine: x\n    lab: x\n    slow: x\n")
    pytester.makepyfile(test_sample=SAMPLE)
    return pytester


def test_the_end_says_for_each_tier_what_ran_and_why_the_rest_did_not(without_engine: pytest.Pytester) -> None:
    done = without_engine.runpytest_inprocess("-p", "tests.conftest")
    done.assert_outcomes(passed=1, skipped=2)
    done.stdout.fnmatch_lines(
        [
            "unit    1 passed",
            "engine  1 skipped: the Pulumi engine is not there: `tools/engine` provides it",
            "lab     1 skipped: *",
            "=*1 passed, 2 skipped*",
        ]
    )


CLAIMS = """
import pytest

@pytest.mark.parametrize("variant", ["complete", "IPv6", "of no stack"])
def test_claim(variant): assert variant
"""


def test_a_claim_about_every_stack_is_held_to_the_rarer_ones_by_the_slow_tier(without_engine: pytest.Pytester) -> None:
    without_engine.makepyfile(test_claims=CLAIMS)
    done = without_engine.runpytest_inprocess("-p", "tests.conftest", "test_claims.py", "-v", "-m", "slow")
    done.assert_outcomes(passed=1, deselected=2)
    done.stdout.fnmatch_lines(["test_claims.py::test_claim?IPv6? PASSED*", "slow    1 passed"])


def test_a_run_without_any_test_is_a_failure(without_engine: pytest.Pytester) -> None:
    done = without_engine.runpytest_inprocess("-p", "tests.conftest", "-k", "nothing")
    assert done.ret == pytest.ExitCode.NO_TESTS_COLLECTED
