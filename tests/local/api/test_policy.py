"""Policies are judged as IAM judges them, and what cannot be judged is an error and no guess."""

from typing import Any

import pytest

from local.api.access.policy import Question, Unsupported, Verdict, judge

SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:bot-AbCdEf"
READ = Question(
    action="secretsmanager:GetSecretValue",
    resource=SECRET,
    principals=frozenset({"arn:aws:iam::123456789012:role/bot"}),
    keys={"aws:sourceip": "203.0.113.101", "aws:securetransport": "true"},
)
ALLOW: dict[str, Any] = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": SECRET}


def verdict(*statements: dict[str, Any], of_resource: bool = False) -> Verdict:
    return judge([{"Statement": list(statements)}], READ, of_resource=of_resource)


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"Action": "secretsmanager:Get*"},
        {"Action": "SecretsManager:getsecretvalue"},
        {"Action": ["s3:GetObject", "*"]},
        {"Resource": "arn:aws:secretsmanager:*:*:secret:bot-??????"},
        {"Resource": ["arn:aws:s3:::b/*", "*"]},
        {"Condition": {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "203.0.113.0/24"]}}},
        {"Condition": {"Bool": {"aws:SecureTransport": True}}},
        {"Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}},
        {"Condition": {"StringEqualsIfExists": {"aws:SourceVpce": "vpce-1"}}},
        {"Condition": {"Null": {"aws:SourceVpce": "true"}}},
    ],
)
def test_a_statement_that_fits_allows(changed: dict[str, Any]) -> None:
    assert verdict({**ALLOW, **changed}) is Verdict.ALLOWED


@pytest.mark.parametrize(
    "changed",
    [
        {"Action": "secretsmanager:DescribeSecret"},
        {"Action": "GetSecretValue"},
        {"Resource": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:bot"},
        {"Resource": SECRET.upper()},
        {"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}},
        {"Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}},
        {"Condition": {"Bool": {"aws:SecureTransport": "false"}}},
        {"Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}},
        {"Condition": {"Null": {"aws:SourceVpce": "false"}}},
        {"Condition": {"Bool": {"aws:SecureTransport": "true"}, "StringEquals": {"aws:SourceVpce": "vpce-1"}}},
    ],
)
def test_a_statement_that_does_not_fit_says_nothing(changed: dict[str, Any]) -> None:
    assert verdict({**ALLOW, **changed}) is Verdict.SILENT


def test_a_deny_wins_wherever_it_stands() -> None:
    deny = {**ALLOW, "Effect": "Deny"}
    assert verdict(ALLOW, deny) is verdict(deny, ALLOW) is Verdict.DENIED
    everything_else = {"Effect": "Deny", "NotAction": "secretsmanager:*", "Resource": "*"}
    assert verdict(ALLOW, everything_else) is Verdict.ALLOWED


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        ("*", Verdict.ALLOWED),
        ({"AWS": "*"}, Verdict.ALLOWED),
        ({"AWS": ["arn:aws:iam::123456789012:role/bot"]}, Verdict.ALLOWED),
        ({"AWS": "arn:aws:iam::123456789012:role/other"}, Verdict.SILENT),
        ({"Service": "ec2.amazonaws.com"}, Verdict.SILENT),
    ],
)
def test_the_policy_of_a_resource_holds_for_whom_it_names(principal: Any, expected: Verdict) -> None:
    assert verdict({**ALLOW, "Principal": principal}, of_resource=True) is expected


@pytest.mark.parametrize(
    "changed",
    [
        {"Resource": "arn:aws:s3:::${aws:username}/*"},
        {"Condition": {"StringEquals": {"aws:RequestTag/a": "b"}}},
        {"Condition": {"DateLessThan": {"aws:SourceIp": "2026-01-01"}}},
        {"Condition": {"ForAllValues:StringEquals": {"aws:SourceVpce": "vpce-1"}}},
        {"Effect": "allow"},
        {"Resources": "*"},
        {"Principal": "*"},
    ],
)
def test_what_is_not_known_is_not_guessed_at(changed: dict[str, Any]) -> None:
    with pytest.raises(Unsupported):
        verdict({**ALLOW, **changed})
