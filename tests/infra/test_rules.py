"""Rules between keys, and how many different ones a stack is checked against."""

import json
import reprlib
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from infra import rules
from infra.configuration import TEXTS, parse
from infra.errors import SettingsError
from infra.settings import Settings
from tests.counted import strangers
from tests.infra.kinds import kinds
from tests.infra.refusals_of_rules import ELSEWHERE_NAMESPACE, REFUSALS
from tests.stacks import CALLING, IMAGE, NAMED_PROXY, SECRETS, VPC, stack


def given(changes: dict[str, Any]) -> Settings:
    """The settings of the complete stack with some keys changed."""
    made = stack({f"wickr:{key}": value for key, value in changes.items()})
    return parse(made.values, made.secrets)


def refusal(changes: dict[str, Any]) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        given(changes)
    return list(refused.value.problems)


@pytest.mark.parametrize(("changes", "sentence"), REFUSALS, ids=[sentence[:70] for _, sentence in REFUSALS])
def test_what_cannot_work_together_is_refused_in_one_sentence(changes: dict[str, Any], sentence: str) -> None:
    (problem,) = refusal(changes)
    assert problem.startswith(f"wickr:{sentence}")
    assert "canary" not in problem
    assert "hunter2" not in problem


@pytest.mark.parametrize(("key", "sentence"), ELSEWHERE_NAMESPACE)
def test_a_namespace_that_is_nearly_one_of_ours_is_a_typing_mistake(key: str, sentence: str) -> None:
    made = stack({key: "x"})
    with pytest.raises(SettingsError) as refused:
        parse(made.values, made.secrets)
    assert list(refused.value.problems) == [sentence]


@pytest.mark.parametrize(
    "changes",
    [
        {"installer": {"proxy": "http://10.9.0.10:443"}},
        {"installer": {"proxy": "http://proxy.example.net:80", "noProxy": [".example.net", "10.9.0.9"]}},
        {"egress": "open", "installer": {"proxy": "http://proxy.example.net:3128"}},
        {"egress": "proxy", "installer": {"proxy": "http://10.9.0.10:3128"}},
        {"egress": "proxy", "installer": NAMED_PROXY},
        {"adminCidrs": strangers(120)},
        {"adminCidrs": strangers(30), "clientCidrs": ["198.51.100.0/24", *strangers(120)[1:]]},
        {"calling": CALLING, "clientCidrs": strangers(60)},
        {"adminCidrs": strangers(200), "network": {"cidr": "10.20.0.0/16", "groupsPerInterface": 8}},
        {"adminCidrs": strangers(200), "network": {"cidr": "10.20.0.0/16", "rulesPerGroup": 100}},
        {"adminCidrs": [f"11.0.{number}.0/24" for number in range(200)]},
        {"network": {"cidr": "10.20.0.0/16", "rulesPerGroup": 200, "groupsPerInterface": 5}},
        {"adminCidrs": ["10.0.0.0/8"], "network": VPC},
        {"adminCidrs": ["10.0.0.0/8", "198.51.100.0/24"]},
        {"clientCidrs": ["198.51.100.70/32"]},
        {"clientCidrs": ["192.0.2.0/24"], "messaging": {"imageId": IMAGE, "healthCheck": "none"}},
        {"hostname": f"{'x' * 39}.example.com"},
        {"hostname": f"{'x' * 40}.example.com", "certificate": {"source": "installer"}},
        {"hostname": "wickr.notamazonaws.com"},
        {"messaging": {"imageId": IMAGE, "instanceType": "g5.xlarge"}},
        {"messaging": {"imageId": IMAGE, "instanceType": "g4dn.xlarge"}},
        {"messaging": {"imageId": IMAGE, "instanceType": "r5.large"}},
        {"messaging": {"imageId": IMAGE, "instanceType": "c6i.xlarge"}},
        {"messaging": {"imageId": IMAGE, "alsoAcceptOs": ["ubuntu 16.04", "rhel 8"]}},
        {"installer": {"url": "https://mirror.example.com:8443/install?v=1"}},
        {"installer": {"url": "https://[2001:db8::1]/install"}},
        {"monitoring": {"vitals": {"certificateDays": 59}}},
        {"monitoring": {"vitals": {"certificateDays": 60}}, "certificate": {"source": "installer"}},
        {"iam": {"instanceProfile": "theirs"}, "monitoring": {"vitals": {"enabled": False}}},
        {
            "egress": "proxy",
            "installer": {"proxy": "http://10.9.0.10:3128"},
            "monitoring": {"vitals": {"enabled": True}},
        },
        {"settings": {"minimum_password": "12", "require_password": True, "password_hint": "x"}},
        {"tags": {"kosten:stelle/9": "Größe = a+b_c.d@e", "Owner": ""}},
    ],
    ids=reprlib.repr,
)
def test_what_is_just_inside_a_rule_is_let_through(changes: dict[str, Any]) -> None:
    assert given(changes)


def test_a_secret_that_is_encrypted_may_be_called_one() -> None:
    made = stack({"wickr:settings": {"smtp_password": "x"}}, secrets=(*SECRETS, "wickr:settings"))
    assert parse(made.values, made.secrets).settings == {"smtp_password": "x"}


def test_a_key_that_would_act_upon_a_terminal_is_written_out() -> None:
    (problem,) = refusal({"host\n\x1b[2Jname": "x"})
    assert problem.startswith(r"wickr:host\n\x1b[2Jname: there is no such key; did you mean hostname?")


def test_rules_between_keys_are_told_along_with_keys_that_are_wrong_themselves() -> None:
    problems = refusal(
        {
            "hostname": "https://x",
            "adminCidrs": ["10.0.0.0/8"],
            "tags": {"Name": "x"},
            "messaging": {"imageId": IMAGE, "alsoAcceptOs": ["rhel 7"], "disk": 2},
            "installer": {"dockerVersion": "18.9.2"},
        }
    )
    assert [each.partition(": ")[0] for each in problems] == [
        "wickr:hostname",
        "wickr:messaging.disk",
        "wickr:adminCidrs",
        "wickr:installer.dockerVersion",
        "wickr:tags",
    ]


def test_every_rule_between_keys_is_broken_by_somebody() -> None:
    broken: set[rules.Rule] = set()
    for changes, sentence in REFUSALS:
        for rule, said in alone(changes):
            broken |= {rule} if any(each.startswith(sentence) for each in said) else set()
    assert broken == set(rules.RULES)


def alone(changes: dict[str, Any]) -> Iterator[tuple[rules.Rule, list[str]]]:
    """What each rule says of a stack, where its keys are right one by one."""
    texts = stack({f"wickr:{key}": value for key, value in changes.items()}).values
    ours = {key.removeprefix("wickr:"): text for key, text in texts.items() if key.startswith("wickr:")}
    try:
        settings = Settings.model_validate({k: text if k in TEXTS else json.loads(text) for k, text in ours.items()})
    except ValidationError:
        return
    yield from ((rule, list(rule(settings))) for rule in rules.RULES)


@pytest.mark.slow
def test_a_stack_is_checked_against_at_least_eighty_different_rules() -> None:
    found = kinds()
    print(f"{len(found)} rules, shown by {sum(map(len, found.values()))} refusals: python -m tests.infra.kinds")
    assert len(found) >= 80, "\n".join(found)
