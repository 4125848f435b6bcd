"""Whatever is in a stack file, the answer is a named error or a plan, and never a traceback."""

import re
from pathlib import Path

import pytest
from hypothesis import Phase, given, seed, settings

from ops.check import check
from ops.plan import PlanError, plan
from ops.stack_file import read
from tests.ops.any_file import PLANTED, contents

EXAMPLES, SHARDS = 10_000, 20
PLANNED, PLAN_SHARDS = 25, 4

NAMED = re.compile(
    r"""(?xs)
    [^\n]*?[\w.:\[\]'"-]*:\ \S.*                    # a key, then what is wrong with it
    | line\ \d+:\ .*                                # a place in the text
    | is\ no\ (YAML|stack\ file).* | cannot\ be\ read:\ .*
    """
)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("any") / "Pulumi.acme.yaml"


def judged(file: Path, content: bytes, *, licensed: bool = True) -> bool:
    """Whether a file of such content is right; each problem names where it is, and repeats no secret."""
    file.write_bytes(content)
    verdict = check(read("acme", file), licensed=licensed)
    assert [each for each in verdict.problems if not NAMED.fullmatch(each)] == []
    assert PLANTED not in "\n".join((*verdict.problems, *verdict.unchecked, *verdict.warnings))
    return not verdict.problems


@pytest.mark.slow
@given(contents())
def test_any_file_is_right_or_has_named_errors(file: Path, content: bytes) -> None:
    judged(file, content)


@pytest.mark.slow
@pytest.mark.parametrize("shard", range(SHARDS))
def test_thousands_of_files_are_right_or_have_named_errors(file: Path, shard: int) -> None:
    # The same files in every run: what is new is for those who change `shard`, or the strategies.
    @seed(shard)
    @settings(max_examples=EXAMPLES // SHARDS, database=None)
    @given(contents())
    def some(content: bytes) -> None:
        judged(file, content)

    some()


@pytest.mark.slow
@pytest.mark.parametrize("shard", range(PLAN_SHARDS))
def test_a_file_that_is_right_has_a_plan_and_one_that_is_wrong_has_none(file: Path, shard: int) -> None:
    @seed(shard)
    @settings(max_examples=PLANNED, phases=[Phase.generate], database=None)
    @given(contents())
    def some(content: bytes) -> None:
        right = judged(file, content, licensed=False)  # a plan has a placeholder for a licence that is still to come
        try:
            planned = bool(plan(read("acme", file)))
        except PlanError:
            planned = False
        assert planned == right

    some()
