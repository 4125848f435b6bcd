"""The tests' own engine helper tells the truth about what the engine did."""

from pathlib import Path

import pytest

from tests.engine import Engine

pytestmark = pytest.mark.engine

PROGRAM = """
import pulumi
config = pulumi.Config()
pulumi.export("plain", config.require("plain"))
pulumi.export("hidden", config.require_secret("hidden"))
"""


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    program = tmp_path / "program"
    program.mkdir()
    (program / "Pulumi.yaml").write_text("name: sample\nruntime: python\n")
    (program / "__main__.py").write_text(PROGRAM)
    return Engine(tmp_path / "engine", program=program)


def test_outputs_come_back_in_clear_and_secrets_are_encrypted_in_the_state(engine: Engine) -> None:
    engine.stack({"sample:plain": "seen"}, secrets={"sample:hidden": "canary\nof two lines"})
    result = engine.up()
    assert result.code == 0, result.text
    assert result.changes == {"create": 1}
    assert engine.outputs() == {"plain": "seen", "hidden": "canary\nof two lines"}
    assert not [path for path in engine.state.rglob("*.json") if "canary" in path.read_text()]


def test_a_failing_program_gives_its_message_and_a_code(engine: Engine) -> None:
    engine.stack({"sample:plain": "seen"})
    result = engine.preview()
    assert result.code != 0
    assert "sample:hidden" in result.text


def test_changes_are_counted_and_named_by_operation(engine: Engine) -> None:
    engine.stack({"sample:plain": "seen"}, secrets={"sample:hidden": "x"})
    engine.up()
    again = engine.preview("--expect-no-changes")
    assert (again.code, again.changes) == (0, {"same": 1}), again.text
    assert [(step.op, step.name) for step in again.of("pulumi:pulumi:Stack")] == [("same", "sample-test")]
