"""What a stack may say: everything else is refused in a sentence that names the key, what is wrong, and the way out."""

import base64
import dataclasses
import re
from typing import Any

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.configuration import parse
from infra.errors import SettingsError
from infra.settings import Settings
from tests.stacks import IMAGE, SECRETS, VPC, provided, stack

HOST = {"imageId": IMAGE}


def licence(content: bytes) -> str:
    return base64.b64encode(content).decode()


def settings(changes: dict[str, Any] | None = None) -> Settings:
    given = stack(changes)
    return parse(given.values, given.secrets)


def refusal(changes: dict[str, Any], *, secrets: tuple[str, ...] = SECRETS) -> list[str]:
    given = stack(changes, secrets=secrets)
    with pytest.raises(SettingsError) as refused:
        parse(given.values, given.secrets)
    return list(refused.value.problems)


REFUSALS: list[tuple[str, Any, str]] = [
    # key, its value (None: not there), the sentence after the key; a key below is named by the sentence itself
    ("hostname", None, ": is missing; set the name that clients use: pulumi config set hostname wickr.example.com"),
    ("hostname", "", ": '' is no host name; write a full DNS name such as wickr.example.com"),
    ("hostname", "wickr", ": 'wickr' is no host name; write a full DNS name"),
    ("hostname", "42", ": '42' is no host name; write a full DNS name"),
    ("hostname", "wickr_a.example.com", ": 'wickr_a.example.com' is no host name; write a full DNS name"),
    ("hostname", "-a.example.com", ": '-a.example.com' is no host name; write a full DNS name"),
    ("hostname", "*.example.com", ": '*.example.com' is no host name; write a full DNS name"),
    ("hostname", "a..example.com", ": 'a..example.com' is no host name; write a full DNS name"),
    ("hostname", f"{'x' * 64}.example.com", f": '{'x' * 64}.example.com' is no host name; write a full DNS name"),
    ("hostname", "wickr.example.com\n", r": 'wickr.example.com\n' is no host name; write a full DNS name"),
    ("hostname", "https://wickr.example.com", ": 'https://wickr.example.com' is a URL; write the host name alone"),
    ("hostname", "wickr.example.com/x", ": 'wickr.example.com/x' is a URL; write the host name alone"),
    ("hostname", "wickr.example.com:443", ": 'wickr.example.com:443' carries a port; write the host name alone"),
    ("hostname", "300.1.2.3", ": '300.1.2.3' looks like an IP address but is none; four numbers from 0 to 255 are"),
    ("adminCidrs", None, ": is missing; name the networks that may use SSH and the installer, there is no default"),
    ("adminCidrs", [], ": is empty; name at least one"),
    ("adminCidrs", ["0.0.0.0/0"], "[0]: 0.0.0.0/0 is everybody; ports 22 and 8800 are for administrators (IG 3.1.2)"),
    ("adminCidrs", ["10.0.0.0/8", "::/0"], "[1]: ::/0 is everybody; ports 22 and 8800 are for administrators"),
    (
        "adminCidrs",
        ["10.0.0.0/7"],
        "[0]: 10.0.0.0/7 holds 33,554,432 addresses; an admin network is at most a /8: name",
    ),
    ("adminCidrs", ["128.0.0.0/1"], "[0]: 128.0.0.0/1 holds 2,147,483,648 addresses; an admin network is at most a /8"),
    ("adminCidrs", ["2001::/16"], "[0]: 2001::/16 holds "),
    ("adminCidrs", ["10.0.0.1/8"], "[0]: '10.0.0.1/8' has bits beyond its prefix, which AWS refuses; write 10.0.0.0/8"),
    (
        "adminCidrs",
        ["203.0.113.7"],
        "[0]: '203.0.113.7' has no prefix length; for this one address write 203.0.113.7/32",
    ),
    (
        "adminCidrs",
        ["2001:db8::1"],
        "[0]: '2001:db8::1' has no prefix length; for this one address write 2001:db8::1/128",
    ),
    ("adminCidrs", ["office"], "[0]: 'office' is no address block; write one such as 203.0.113.0/24"),
    ("adminCidrs", ["office/24"], "[0]: 'office/24' is no address block; write one such as 203.0.113.0/24"),
    ("adminCidrs", ["10.0.0.0/33"], "[0]: '10.0.0.0/33' is no address block; write one such as 203.0.113.0/24"),
    (
        "adminCidrs",
        ["10.0.0.0/8", "10.0.0.0/8"],
        ": 10.0.0.0/8 stands there twice, which AWS refuses; name each block once",
    ),
    ("adminCidrs", "10.0.0.0/8", ": its value is no list; see the example stack for its form"),
    ("adminCidrs", '"10.0.0.0/8"', ": must be a list, not '10.0.0.0/8'"),
    ("adminCidrs", {"a": 1}, ": must be a list"),
    ("adminCidrs", [7], "[0]: must be a text, not 7"),
    ("clientCidrs", [], ": is empty; name at least one"),
    ("clientCidrs", ["x"], "[0]: 'x' is no address block; write one such as 203.0.113.0/24"),
    (
        "clientCidrs",
        ["10.0.0.1/8"],
        "[0]: '10.0.0.1/8' has bits beyond its prefix, which AWS refuses; write 10.0.0.0/8",
    ),
    ("clientCidrs", ["10.0.0.0/8"] * 2, ": 10.0.0.0/8 stands there twice, which AWS refuses; name each block once"),
    ("network", {}, ": name cidr, for a new VPC, or vpcId with publicSubnetIds, for one that is there"),
    ("network", {"publicSubnetIds": ["subnet-1"]}, ": name cidr, for a new VPC, or vpcId with publicSubnetIds"),
    (
        "network",
        {"cidr": "10.0.0.0/16", **VPC},
        ": name either cidr, for a new VPC, or vpcId with its subnets, not both",
    ),
    ("network", {"vpcId": "vpc-1"}, ": vpcId needs publicSubnetIds: the messaging host stands in the first of them"),
    ("network", {**VPC, "vpcId": "my-vpc"}, ".vpcId: 'my-vpc' is no VPC; write its id, such as vpc-0123456789abcdef0"),
    (
        "network",
        {**VPC, "publicSubnetIds": ["no"]},
        ".publicSubnetIds[0]: 'no' is no subnet; write its id, such as subnet-",
    ),
    ("network", {**VPC, "privateSubnetIds": ["subnet-0a01"]}, ": a subnet is named twice; name each one once"),
    ("network", {"cidr": "10.0.0.0/8"}, ".cidr: 10.0.0.0/8 is a /8; AWS takes /16 at most, and below /24 four subnets"),
    (
        "network",
        {"cidr": "10.0.0.0/25"},
        ".cidr: 10.0.0.0/25 is a /25; AWS takes /16 at most, and below /24 four subnets",
    ),
    (
        "network",
        {"cidr": "172.17.0.0/16"},
        ".cidr: 172.17.0.0/16 overlaps 172.17.0.0/16, which Docker takes for docker0",
    ),
    ("network", {"cidr": "172.17.128.0/20"}, ".cidr: 172.17.128.0/20 overlaps 172.17.0.0/16, which Docker takes"),
    (
        "network",
        {"cidr": "fd00::/56"},
        ".cidr: fd00::/56 is IPv6; a VPC's main block is IPv4, for example 10.20.0.0/16",
    ),
    (
        "network",
        {"cidr": "10.0.0.5/16"},
        ".cidr: '10.0.0.5/16' has bits beyond its prefix, which AWS refuses; write 10.0.0.0",
    ),
    ("network", {"cdir": "10.0.0.0/16"}, ".cdir: there is no such key; did you mean cidr?"),
    ("network", "10.0.0.0/16", ": its value is no group of keys; see the example stack for its form"),
    ("network", ["10.0.0.0/16"], ": must be a group of keys"),
    (
        "messaging",
        None,
        ": is missing; set at least the machine image: pulumi config set --path messaging.imageId ami-",
    ),
    ("messaging", {}, ".imageId: is missing; name the machine image, for example Canonical's Ubuntu 22.04"),
    ("messaging", {"imageId": "ubuntu"}, ".imageId: 'ubuntu' is no machine image; write its id, such as ami-"),
    (
        "messaging",
        {**HOST, "diskGiB": 100},
        ".diskGiB: 100 is below the 120 of the table (IG 3.1); 200 is what the vendor",
    ),
    (
        "messaging",
        {**HOST, "diskGiB": 119},
        ".diskGiB: 119 is below the 120 of the table (IG 3.1); 200 is what the vendor",
    ),
    (
        "messaging",
        {**HOST, "diskGiB": -1},
        ".diskGiB: -1 is below the 120 of the table (IG 3.1); 200 is what the vendor",
    ),
    ("messaging", {**HOST, "diskGiB": 20000}, ".diskGiB: must be at most 16384, not 20000"),
    ("messaging", {**HOST, "diskGiB": "large"}, ".diskGiB: must be a whole number, not 'large'"),
    ("messaging", {**HOST, "diskGiB": 150.5}, ".diskGiB: must be a whole number, not 150.5"),
    ("messaging", {**HOST, "diskGiB": [200]}, ".diskGiB: must be a whole number"),
    ("messaging", {**HOST, "diskGib": 200}, ".diskGib: there is no such key; did you mean diskGiB?"),
    ("messaging", {**HOST, "disk_gib": 200}, ".disk_gib: there is no such key; did you mean diskGiB?"),
    ("messaging", {**HOST, "image": "x"}, ".image: there is no such key; did you mean imageId?"),
    (
        "messaging",
        {**HOST, "instanceType": "huge"},
        ".instanceType: 'huge' is no instance type; write one such as t3.large",
    ),
    ("messaging", {**HOST, "rebuild": -1}, ".rebuild: must be at least 0, not -1"),
    ("messaging", {**HOST, "healthCheck": "yes"}, ".healthCheck: must be 'deployer' or 'none', not 'yes'"),
    ("messaging", {**HOST, "alsoAcceptOs": "debian 12"}, ".alsoAcceptOs: must be a list, not 'debian 12'"),
    (
        "messaging",
        {**HOST, "alsoAcceptOs": ["Debian"]},
        ".alsoAcceptOs[0]: 'Debian' is no operating system; write ID and",
    ),
    ("installer", {"source": "airgap"}, ".source: must be 'online', not 'airgap'"),
    ("installer", {"url": "http://example.com/i"}, ".url: 'http://example.com/i' is no https:// URL; without TLS"),
    ("installer", {"url": "https://example.com/'x"}, '.url: "https://example.com/\'x" is no https:// URL'),
    ("installer", {"sha256": "abc"}, ".sha256: 'abc' is no SHA-256; write the 64 hexadecimal digits, in lower case"),
    ("installer", {"sha256": "A" * 64}, f".sha256: '{'A' * 64}' is no SHA-256; write the 64 hexadecimal digits"),
    ("installer", {"dockerVersion": "latest"}, ".dockerVersion: 'latest' is no version of Docker; write three numbers"),
    (
        "installer",
        {"dockerVersion": "24.0.2"},
        ": dockerVersion 24.0.2 is outside what guide 1.2.0 accepts (1.7.1 to 18.09.2",
    ),
    (
        "installer",
        {"dockerWindow": "6.26", "dockerVersion": "18.09.2"},
        ": dockerVersion 18.09.2 is outside what 6.26.1 (build 1799) and later accepts (20.10.10 or later",
    ),
    ("installer", {"dockerWindow": "7"}, ".dockerWindow: must be 'guide' or '6.26', not '7'"),
    ("installer", {"securityModule": "enforcing"}, ".securityModule: must be 'permissive' or 'keep', not 'enforcing'"),
    ("installer", {"dockerVerison": "18.09.2"}, ".dockerVerison: there is no such key; did you mean dockerVersion?"),
    ("license", None, ': is missing; set it with: pulumi config set --secret license "$(base64 -w0 FILE.rli)"'),
    ("license", "", ": holds 0 bytes, a licence has 64 to 262144; set the .rli file in base64"),
    ("license", "no base64!", ": is no base64 text; set it with: pulumi config set --secret license"),
    ("license", licence(b"short"), ": holds 5 bytes, a licence has 64 to 262144; set the .rli file in base64"),
    ("license", licence(b"x" * 300_000), ": holds 300000 bytes, a licence has 64 to 262144; set the .rli file"),
    (
        "license",
        licence(b"-----BEGIN PRIVATE KEY-----\n" * 9),
        ": is a PEM file (a certificate or key), not a licence; set",
    ),
    ("license", licence(b"\n<!doctype html>" + b" " * 99), ": is an HTML page, not a licence; set the .rli file"),
    ("license", licence(b"<HTML>" + b" " * 99), ": is an HTML page, not a licence; set the .rli file"),
    ("license", licence(b"PK\x03\x04" + b"x" * 99), ": is a ZIP archive, not a licence; set the .rli file"),
    ("license", licence(b"%PDF-1.7" + b"x" * 99), ": is a PDF document, not a licence; set the .rli file"),
    ("license", licence(b"#!/bin/bash\n" + b"x" * 99), ": is a script, not a licence; set the .rli file"),
    ("certificate", {"source": "acm"}, ".source: must be 'issued', 'provided' or 'installer', not 'acm'"),
    (
        "certificate",
        {"source": "provided"},
        ": source provided needs chainPem and privateKeyPem; set the key with: pulumi",
    ),
    ("certificate", {"chainPem": "x"}, ": chainPem given, but source is issued; set source to provided"),
    (
        "certificate",
        {"source": "installer", "caPem": "x"},
        ": caPem given, but source is installer; set source to provided",
    ),
    (
        "certificate",
        provided() | {"source": "issued"},
        ": chainPem, privateKeyPem given, but source is issued; set source",
    ),
    ("certificate", {"validityDays": 0}, ".validityDays: must be at least 1, not 0"),
    ("certificate", {"validityDays": 900}, ".validityDays: must be at most 825, not 900"),
    (
        "certificate",
        {"renewBeforeDays": 397},
        ": renewBeforeDays 397 is not below validityDays 397: the certificate would",
    ),
    (
        "certificate",
        {"caValidityDays": 365},
        ": caValidityDays 365 is below validityDays 397: the certificate would outlive",
    ),
    ("certificate", {"caValidityDays": 10}, ".caValidityDays: must be at least 365, not 10"),
    ("certificate", {"organization": ""}, ".organization: must have at least 1 character, not ''"),
    ("certificate", {"organisation": "x"}, ".organisation: there is no such key; did you mean organization?"),
    ("settings", {"a": {"b": 1}}, ".a: must be a text"),
    ("settings", {"a": None}, ".a: must be a text"),
    ("settings", [1], ": must be a group of keys"),
    ("tags", {"aws:x": "y"}, ": 'aws:x' begins with aws:, which AWS keeps for itself; choose another name"),
    ("tags", {"AWS:x": "y"}, ": 'AWS:x' begins with aws:, which AWS keeps for itself; choose another name"),
    ("tags", {"": "y"}, ": '': AWS allows 128 characters in a tag's name and 256 in its value"),
    ("tags", {"a": "y" * 257}, ": 'a': AWS allows 128 characters in a tag's name and 256 in its value"),
    (
        "tags",
        {str(n): "y" for n in range(41)},
        ": 41 tags; AWS allows 50 on a resource and some are the program's own: 40",
    ),
    ("protectHosts", "yes", ": its value is no yes or no (true, false); see the example stack for its form"),
    ("protectHosts", 7, ": must be true or false, not 7"),
    ("protectHosts", [True], ": must be true or false"),
    ("hostnam", "x", ": there is no such key; did you mean hostname?"),
    ("admin_cidrs", [], ": there is no such key; did you mean adminCidrs?"),
    ("licence", "x", ": there is no such key; did you mean license?"),
    (
        "zzz",
        "x",
        ": there is no such key; the keys are adminCidrs, certificate, clientCidrs, hostname, installer, license, ",
    ),
    ("calling", {"maxCalls": 50}, ": the voice and video host is not part of this program yet; take the key out"),
    ("compliance", {}, ": the compliance host is not part of this program yet; take the key out"),
]


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
    ],
)
def test_a_secret_that_stands_in_the_stack_file_in_clear_is_refused(plain: str, sentence: str) -> None:
    encrypted = tuple(key for key in SECRETS if key != f"wickr:{plain}")
    assert refusal({"wickr:certificate": provided()}, secrets=encrypted) == [sentence]


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
        {"wickr:settings": {"mysql_password": [CANARY]}},
        {"wickr:settings": f'"{CANARY}"'},
    ],
    ids=str,
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
        ({"wickr:adminCidrs": ["10.0.0.0/8", "2001:db8::/32"]}, "admin_cidrs", ("10.0.0.0/8", "2001:db8::/32")),
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


@pytest.mark.parametrize("written", ["6.26", 6.26])
def test_a_docker_window_may_have_lost_its_quotes(written: object) -> None:
    parsed = settings({"wickr:installer": {"dockerWindow": written, "dockerVersion": "24.0.2"}})
    assert parsed.installer.window.oldest == (20, 10, 10)


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
    parsed = settings()
    for thing, field in [(parsed, "hostname"), (parsed.messaging, "disk_gib"), (parsed.network, "cidr")]:
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
