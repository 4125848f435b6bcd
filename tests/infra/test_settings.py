"""What a stack may say: everything else is refused in a sentence that names the key, what is wrong, and the way out."""

import dataclasses
import re
from typing import Any

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.calling import Calling
from infra.configuration import parse
from infra.errors import SettingsError
from infra.settings import Settings
from tests import certificates
from tests.infra.refusals import HOST, REFUSALS, licence
from tests.stacks import CALLING, CREDENTIALS_CANARY, NAMED_PROXY, SECRETS, provided, stack


def settings(changes: dict[str, Any] | None = None) -> Settings:
    given = stack(changes)
    return parse(given.values, given.secrets)


def refusal(changes: dict[str, Any], *, secrets: tuple[str, ...] = SECRETS) -> list[str]:
    given = stack(changes, secrets=secrets)
    with pytest.raises(SettingsError) as refused:
        parse(given.values, given.secrets)
    return list(refused.value.problems)


@pytest.mark.parametrize(
    ("key", "value", "sentence"), REFUSALS, ids=[f"{key}={value!r:.30}" for key, value, _ in REFUSALS]
)
def test_what_cannot_work_is_refused_in_one_sentence(key: str, value: Any, sentence: str) -> None:
    (problem,) = refusal({f"wickr:{key}": value})
    assert problem.startswith(f"wickr:{key}{sentence}")


def test_two_halves_of_the_world_are_refused_both() -> None:
    problems = refusal({"wickr:adminCidrs": ["0.0.0.0/1", "128.0.0.0/1"]})
    assert [problem.partition(":")[2].partition(" ")[0] for problem in problems] == ["adminCidrs[0]:", "adminCidrs[1]:"]


def test_everything_that_is_wrong_is_told_at_once() -> None:
    problems = refusal(
        {
            "wickr:hostname": "wickr",
            "wickr:adminCidrs": ["0.0.0.0/0", "x"],
            "wickr:messaging": {"imageId": "ubuntu", "diskGiB": 1, "disk": 2},
            "wickr:license": "?",
            "wickr:network": "none",
            "wickr:calling": {"maxCalls": 0, "disk": 2},
            "wickr:certificate": provided() | {"privateKeyPem": "none"},
            "wickr:colour": "red",
        }
    )
    assert [re.match(r"wickr:[\w.\[\]]+", problem)[0] for problem in problems] == [  # type: ignore[index]
        "wickr:network",
        "wickr:colour",
        "wickr:hostname",
        "wickr:adminCidrs[0]",
        "wickr:adminCidrs[1]",
        "wickr:messaging.imageId",
        "wickr:messaging.diskGiB",
        "wickr:messaging.disk",
        "wickr:calling.hostname",
        "wickr:calling.maxCalls",
        "wickr:calling.disk",
        "wickr:license",
        "wickr:certificate",
    ]


@pytest.mark.parametrize(
    ("plain", "sentence"),
    [
        (
            "license",
            "wickr:license: stands in the stack file unencrypted; set it with: pulumi config set --secret license",
        ),
        (
            "certificate",
            "wickr:certificate.privateKeyPem: stands in the stack file unencrypted; "
            "set it with: pulumi config set --secret --path certificate.privateKeyPem",
        ),
        (
            "installer",
            "wickr:installer.proxyCredentials: stands in the stack file unencrypted; "
            "set it with: pulumi config set --secret --path installer.proxyCredentials",
        ),
    ],
)
def test_a_secret_that_stands_in_the_stack_file_in_clear_is_refused(plain: str, sentence: str) -> None:
    encrypted = tuple(key for key in SECRETS if key != f"wickr:{plain}")
    proxied = {"proxy": "http://10.9.0.10:80", "proxyCredentials": "user:password"}
    assert refusal({"wickr:certificate": provided(), "wickr:installer": proxied}, secrets=encrypted) == [sentence]


CANARY = "canary-in-a-message"


@pytest.mark.parametrize(
    "changes",
    [
        {"wickr:license": CANARY},
        {"wickr:license": licence(CANARY.encode())},
        {"wickr:license": licence(b"#!" + CANARY.encode() * 9)},
        {"wickr:certificate": {"source": "provided", "chainPem": "x", "privateKeyPem": CANARY}},
        {"wickr:certificate": provided() | {"privateKeyPem": CANARY}},
        {"wickr:certificate": {"source": "issued", "privateKeyPem": CANARY}},
        {"wickr:certificate": {"source": "provided", "chainPem": "x", "privateKeyPem": [CANARY]}},
        {"wickr:certificate": f'"{CANARY}"'},
        {"wickr:certificate": CANARY},
        {"wickr:installer": {"proxy": f"http://user:{CANARY}@10.0.0.10:80"}},
        {"wickr:installer": {"proxy": f"{CANARY}@"}},
        {"wickr:installer": {"proxy": "http://10.0.0.10:80", "proxyCredentials": CANARY}},
        {"wickr:installer": {"proxy": "http://10.0.0.10:80", "proxyCredentials": [CANARY]}},
        {"wickr:installer": f'"{CANARY}"'},
        {"wickr:settings": {"mysql_password": [CANARY]}},
        {"wickr:settings": f'"{CANARY}"'},
    ],
)
def test_no_message_repeats_a_secret(changes: dict[str, Any]) -> None:
    text = "\n".join(refusal(changes))
    assert text
    assert CANARY not in text
    assert licence(CANARY.encode())[:20] not in text


def test_nothing_shows_the_licence_or_the_key_of_a_parsed_stack() -> None:
    parsed = settings({"wickr:certificate": provided()})
    shown = f"{parsed!r} {parsed} {parsed.model_dump_json()}"
    assert stack().values["wickr:license"][:40] not in shown
    assert provided()["privateKeyPem"].splitlines()[1] not in shown


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"wickr:hostname": "Wickr.Example.COM."}, "hostname", "wickr.example.com"),
        ({"wickr:hostname": "203.0.113.5"}, "hostname", "203.0.113.5"),
        ({"wickr:hostname": "2001:DB8::5"}, "hostname", "2001:db8::5"),
        (
            {"wickr:adminCidrs": ["198.51.100.0/24", "2001:db8::/32"]},
            "admin_cidrs",
            ("198.51.100.0/24", "2001:db8::/32"),
        ),
        ({}, "client_cidrs", ("0.0.0.0/0",)),
        ({"wickr:clientCidrs": ["::/0", "0.0.0.0/0"]}, "client_cidrs", ("::/0", "0.0.0.0/0")),
        (
            {"wickr:settings": {"a": True, "b": False, "c": 7, "d": "x"}},
            "settings",
            {"a": "1", "b": "0", "c": "7", "d": "x"},
        ),
        ({"wickr:tags": {"cost": 4711, "paid": True, "at": "x"}}, "tags", {"cost": "4711", "paid": "true", "at": "x"}),
        ({"wickr:protectHosts": False}, "protect_hosts", False),
    ],
    ids=str,
)
def test_what_people_write_is_understood(changes: dict[str, Any], field: str, value: object) -> None:
    assert getattr(settings(changes), field) == value


@pytest.mark.parametrize(
    ("written", "release"), [("6.26", "6.26"), (6.26, "6.26"), (6.32, "6.32"), ("guide", "guide"), (None, "guide")]
)
def test_a_release_may_have_lost_its_quotes(written: object, release: str) -> None:
    parsed = settings({"wickr:installer": {} if written is None else {"release": written}})
    assert parsed.installer.release == release


def test_a_release_says_which_docker_may_be_asked_for() -> None:
    parsed = settings({"wickr:installer": {"release": "6.26", "dockerVersion": "24.0.2"}})
    assert parsed.installer.release.docker.oldest == (20, 10, 10)


@pytest.mark.parametrize("absent", [{}, {"wickr:calling": {}}, {"wickr:calling": "null"}], ids=str)
def test_a_calling_host_is_optional(absent: dict[str, Any]) -> None:
    parsed = settings(absent)
    assert (parsed.calling, parsed.names) == (None, ["wickr.example.com"])


def test_a_calling_host_needs_a_name_and_nothing_else() -> None:
    parsed = settings({"wickr:calling": {"hostname": "Calling.Example.COM."}})
    assert parsed.calling == Calling(hostname="calling.example.com")
    assert parsed.calling.model_dump() == {
        "hostname": "calling.example.com",
        "max_calls": 50,
        "image_id": None,
        "instance_type": "t3.large",
        "disk_gib": 80,
        "also_accept_os": (),
        "rebuild": 0,
    }
    assert parsed.names == ["wickr.example.com", "calling.example.com"]


@pytest.mark.parametrize(("calls", "warned"), [(1, False), (50, False), (8191, False), (8192, True), (24575, True)])
def test_calls_that_reach_the_ports_of_outgoing_connections_are_warned_of(calls: int, warned: bool) -> None:
    warnings = settings({"wickr:calling": CALLING | {"maxCalls": calls}}).warnings()
    told = (
        f"wickr:calling.maxCalls is {calls}: its range reaches port 32768, from which Linux takes the ports of outgoing"
    )
    assert [each.startswith(told) for each in warnings] == [True] * warned
    assert [each.endswith("set net.ipv4.ip_local_port_range on the host") for each in warnings] == [True] * warned


def provided_for(*names: str) -> dict[str, str]:
    """A certificate that somebody brings along, for these names."""
    leaf = certificates.issue(names[0], by=certificates.intermediate(), names=names)
    chain = leaf.pem + certificates.intermediate().pem
    return {"source": "provided", "chainPem": chain, "privateKeyPem": leaf.key_pem()}


@pytest.mark.parametrize(
    ("names", "missing"),
    [
        (("wickr.example.com", "calling.example.com"), []),
        (("*.example.com",), []),
        (("wickr.example.com",), ["calling.example.com"]),
        (("calling.example.com",), ["wickr.example.com"]),
        (("other.example.com",), ["wickr.example.com", "calling.example.com"]),
    ],
    ids=" ".join,
)
def test_a_certificate_that_is_brought_along_is_for_both_hosts(names: tuple[str, ...], missing: list[str]) -> None:
    changes = {"wickr:calling": CALLING, "wickr:certificate": provided_for(*names)}
    if not missing:
        assert settings(changes).names == ["wickr.example.com", "calling.example.com"]
        return
    (problem,) = refusal(changes)
    assert problem == "wickr:certificate: " + "; ".join(
        f"chainPem is for {', '.join(names)} and not for {name}; clients compare the subject alternative names: "
        "provide one that has it"
        for name in missing
    )


def test_one_host_needs_a_certificate_for_its_own_name_alone() -> None:
    assert settings({"wickr:certificate": provided_for("wickr.example.com")}).calling is None


def test_a_licence_in_lines_is_the_licence() -> None:
    lines = re.sub("(.{76})", r"\1\n", stack().values["wickr:license"])
    assert settings({"wickr:license": lines}).license == settings().license


@pytest.mark.parametrize(("disk", "warned"), [(120, True), (199, True), (200, False), (500, False)])
def test_a_disk_between_table_and_preflight_is_allowed_with_a_warning(disk: int, warned: bool) -> None:
    warnings = settings({"wickr:messaging": {**HOST, "diskGiB": disk}}).warnings()
    told = f"wickr:messaging.diskGiB is {disk}: the table allows it (IG 3.1), the vendor's preflight asks for 200 (IG"
    assert [each.startswith(told) for each in warnings] == [True] * warned


def test_keys_of_other_namespaces_are_not_judged() -> None:
    assert settings({"other:key": "value", "aws:region": "eu-west-1"}) == settings()


def test_settings_are_frozen_at_every_depth() -> None:
    parsed = settings({"wickr:calling": CALLING})
    parts = [
        (parsed, "hostname"),
        (parsed.messaging, "disk_gib"),
        (parsed.network, "cidr"),
        (parsed.calling, "rebuild"),
    ]
    for thing, field in parts:
        with pytest.raises((pydantic.ValidationError, dataclasses.FrozenInstanceError)):
            setattr(thing, field, "changed")


words = st.text(min_size=1, max_size=30)


@given(words, words)
def test_any_text_for_a_name_or_a_network_is_refused_or_understood_and_never_a_crash(name: str, network: str) -> None:
    given = stack({"wickr:hostname": name, "wickr:adminCidrs": [network], "wickr:network": {"cidr": network}})
    problems: tuple[str, ...] = ()
    try:
        parse(given.values, given.secrets)
    except SettingsError as error:
        problems = error.problems
    assert [problem for problem in problems if not problem.startswith("wickr:")] == []


@pytest.mark.parametrize(
    ("written", "understood"),
    [
        ("http://10.9.0.10:3128", "http://10.9.0.10:3128"),
        ("http://Proxy.Example.NET:80/", "http://proxy.example.net:80"),
        ("http://a.elb.eu-west-1.amazonaws.com:3128", "http://a.elb.eu-west-1.amazonaws.com:3128"),
    ],
)
def test_a_proxy_is_understood(written: str, understood: str) -> None:
    parsed = settings({"wickr:installer": {"proxy": written}, "wickr:egress": "open"})
    assert parsed.installer.proxy == understood


def test_nothing_shows_the_credentials_of_a_parsed_stack() -> None:
    parsed = settings({"wickr:installer": NAMED_PROXY, "wickr:egress": "proxy"})
    assert CREDENTIALS_CANARY not in f"{parsed!r} {parsed} {parsed.model_dump_json()}"
