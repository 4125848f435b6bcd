"""What is accepted has a reason and is said once; a new finding and an old acceptance are both objected to."""

import pytest

from ops.diff.rules import REPLACED_BY
from tests.scan import prowler
from tests.scan.accepted import CHECKOV, PROWLER, Accepted, objections
from tests.scan.terraform import TYPES

ALL = [*CHECKOV, *PROWLER]
ONE = Accepted(check="CKV_1", at=["a", "b"], reason="they are so")


def test_a_new_finding_and_an_acceptance_of_nothing_are_objected_to() -> None:
    assert objections([("CKV_1", "a"), ("CKV_1", "b")], [ONE]) == []
    assert objections([("CKV_1", "a"), ("CKV_2", "a")], [ONE]) == [
        "CKV_2 at a: mend it, or accept it with a reason",
        "CKV_1 at b: found no more; accept it no longer",
    ]


def test_each_acceptance_is_written_once_and_says_why() -> None:
    checks = [each.check for each in ALL]
    assert len(checks) == len(set(checks))
    assert [each.check for each in ALL if len(each.reason) < 30 or not each.at] == []


def test_no_type_of_the_program_is_kept_from_the_scanner() -> None:
    assert set(TYPES) == {each for each in REPLACED_BY if each.startswith("aws:")}


@pytest.mark.parametrize(
    ("arn", "owner"),
    [
        ("arn:aws:ec2:eu-west-1:123456789012:instance/i-01", "host"),
        ("arn:aws:ec2:eu-west-1:123456789012:instance/i-012", None),
        ("arn:aws:logs:eu-west-1:123456789012:log-group:/wickr/test/flow-logs:*", "logs"),
        ("arn:aws:sns:eu-west-1:123456789012:alarms", "topic"),
        ("arn:aws:cloudwatch:eu-west-1:123456789012:alarm:wickr/test/messaging", "alarm"),
        ("arn:aws:iam:eu-west-1:123456789012:password-policy", None),
    ],
)
def test_a_finding_is_of_the_resource_whose_id_ends_the_name_that_aws_gives_it(arn: str, owner: str | None) -> None:
    names = {
        "i-01": "host",
        "/wickr/test/flow-logs": "logs",
        "arn:aws:sns:eu-west-1:123456789012:alarms": "topic",
        "wickr/test/messaging": "alarm",
    }
    assert prowler.owner(arn, names) == owner
