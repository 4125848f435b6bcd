"""`check`: everything that is wrong with every stack, without a cloud, a secret or the engine."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from ops import checkout
from ops.check import Verdict, check
from ops.checkout import OpsError
from ops.stack_file import read
from tests import certificates
from tests.ops.command import ops
from tests.ops.estate import Estate, config
from tools import cache

KEY = {"secure": "v1:key:key"}


def checked(
    folder: Path, changes: dict[str, Any] | None = None, *, licensed: bool = True, policy: bool = False
) -> Verdict:
    path = folder / "Pulumi.test.yaml"
    path.write_text(yaml.safe_dump({"config": config(changes)}))
    return check(read("test", path), licensed=licensed, policy=policy)


def provided(name: str = "wickr.example.com") -> dict[str, Any]:
    leaf = certificates.issue("leaf", by=certificates.intermediate(), names=[name])
    return {"source": "provided", "chainPem": leaf.pem, "privateKeyPem": KEY}


def test_a_complete_stack_is_right_and_its_licence_counts_as_present(tmp_path: Path) -> None:
    verdict = checked(tmp_path)
    assert (verdict.problems, verdict.warnings) == ((), ())
    assert verdict.unchecked == ("wickr:license: is encrypted: present, and its content not checked",)


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    verdict = checked(
        tmp_path, {"wickr:hostname": "x", "wickr:adminCidrs": ["0.0.0.0/0"], "aws:region": None, "wickr:hots": 1}
    )
    assert {each.partition(": ")[0] for each in verdict.problems} == {
        *("wickr:hostname", "wickr:adminCidrs[0]", "aws:region", "wickr:hots")
    }


def test_a_licence_in_clear_is_refused_and_not_repeated(tmp_path: Path) -> None:
    (problem,) = checked(tmp_path, {"wickr:license": "CANARY" * 40}).problems
    assert problem.startswith("wickr:license: stands in the stack file unencrypted; ")
    assert "CANARY" not in problem


def test_a_provided_certificate_is_checked_without_its_key(tmp_path: Path) -> None:
    assert checked(tmp_path, {"wickr:certificate": provided()}).problems == ()
    (problem,) = checked(tmp_path, {"wickr:certificate": provided("other.example.com")}).problems
    assert problem.startswith("wickr:certificate: chainPem is for other.example.com and not for wickr.example.com")


def test_a_key_that_need_not_be_secret_is_said_not_to_be_checked(tmp_path: Path) -> None:
    verdict = checked(tmp_path, {"wickr:messaging": {"imageId": KEY, "diskGiB": 3}})
    assert [each.partition(": ")[0] for each in verdict.problems] == ["wickr:messaging.diskGiB"]
    assert "wickr:messaging.imageId: is encrypted, so its value is not checked; " in "".join(verdict.unchecked)


def test_a_licence_that_is_still_to_come_may_be_allowed(tmp_path: Path) -> None:
    assert len(checked(tmp_path, {"wickr:license": None}).problems) == 1
    verdict = checked(tmp_path, {"wickr:license": None}, licensed=False)
    assert (verdict.problems, verdict.unchecked) == ((), ("wickr:license: is still to be set",))


def test_what_is_allowed_but_deserves_a_sentence_is_a_warning(tmp_path: Path) -> None:
    verdict = checked(tmp_path, {"wickr:messaging": {"imageId": "ami-0a", "diskGiB": 150}})
    assert verdict.problems == ()
    assert verdict.warnings[0].startswith("wickr:messaging.diskGiB is 150")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("lokal", "there is no stack lokal; did you mean local?"),
        ("zzzzzz", "there is no stack zzzzzz; the stacks are example, local"),
    ],
)
def test_a_stack_that_does_not_exist_names_the_nearest(name: str, told: str) -> None:
    with pytest.raises(OpsError, match=told.replace("?", r"\?")):
        checkout.chosen([name], {"example": Path(), "local": Path()})


@pytest.mark.slow
def test_the_stacks_of_the_project_are_right() -> None:
    answer = ops("check", "--unlicensed", "--json")
    assert answer.data["ok"], answer.out
    assert answer.code == 0
    assert {"example", "local"} <= {each["stack"] for each in answer.data["stacks"]}


@pytest.mark.slow
def test_the_command_works_from_any_folder_of_the_checkout() -> None:
    answer = ops("check", "local", cwd=cache.CHECKOUT / "guide")
    assert (answer.code, answer.out.split()[:2]) == (0, ["local", "ok"])


@pytest.mark.slow
def test_one_wrong_stack_among_many_is_the_exit_code(tmp_path: Path) -> None:
    estate = Estate(tmp_path / "estate")
    estate.customer("acme")
    estate.customer("globex", {"wickr:hostname": "https://x"})
    answer = ops("check", root=estate.root)
    assert answer.code == 1
    assert "acme    ok\nglobex  1 problem\n" in answer.out
    assert "2 stacks, 1 with problems" in answer.out
    assert ops("check", "acme", root=estate.root).code == 0


@pytest.mark.slow
def test_a_stack_that_is_not_there_is_an_error_of_the_command() -> None:
    answer = ops("check", "lokal")
    assert (answer.code, answer.out, answer.err) == (2, "", "there is no stack lokal; did you mean local?\n")
