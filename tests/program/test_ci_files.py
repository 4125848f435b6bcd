"""The commands of the files for CI systems that need the engine, as they stand there."""

from pathlib import Path

import pytest

from tests.ops import ci_files
from tests.program.cloud import Cloud
from tests.program.realstack import RealStack
from tools import cache

pytestmark = pytest.mark.engine

REGION = "us-east-2"
PREVIEW, DRIFT = "what an update would do, held to the rules", "whether AWS is still as the program left it"
SCRIPTS = ci_files.github("preview")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> RealStack:
    """A stack in a checkout that has its tools, too."""
    found = RealStack(tmp_path_factory.mktemp("ci") / "engine", Cloud(REGION))
    for part in ("tools", "policy"):
        (found.engine.program / part).symlink_to(cache.CHECKOUT / part)
    return found


def run(stack: RealStack, script: str) -> tuple[int, str]:
    done = ci_files.run(script, stack.engine.program, stack.engine.environment | {"STACK": "test"})
    return done.returncode, done.stdout + done.stderr


def test_both_systems_run_the_same() -> None:
    assert [SCRIPTS[PREVIEW]] == ci_files.gitlab("preview")
    assert [SCRIPTS[DRIFT]] == ci_files.gitlab("drift")


def test_a_preview_is_held_to_the_rules(stack: RealStack) -> None:
    code, text = run(stack, SCRIPTS[PREVIEW])
    assert code == 0, text
    assert "wickr" in text.partition("Policies:")[2]
    file: Path = stack.engine.stack_file()
    before = file.read_text()
    assert stack.engine.run("config", "set", "protectHosts", "false").code == 0
    code, text = run(stack, SCRIPTS[PREVIEW])
    file.write_text(before)
    assert code != 0
    assert "guarded-data" in text


def test_the_night_is_quiet_until_somebody_changes_aws(stack: RealStack) -> None:
    stack.up()
    code, text = run(stack, SCRIPTS[DRIFT])
    assert code == 0, text
    rule = next(row for row in stack.engine.resources() if row["urn"].endswith("messaging-firewall-out-80"))
    group = rule["inputs"]["securityGroupId"]
    stack.cloud.ec2.revoke_security_group_egress(GroupId=group, SecurityGroupRuleIds=[rule["id"]])
    code, text = run(stack, SCRIPTS[DRIFT])
    assert code != 0
    assert "messaging-firewall-out-80" in text
