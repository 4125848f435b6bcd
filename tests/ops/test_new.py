"""`new`: a customer's stack file, right from the start but for the licence."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.names import host_name
from ops import checkout, stack_file
from ops.check import check
from ops.checkout import OpsError
from ops.new import command, text, write
from ops.new.customer import Calls, Customer, Existing, free_network
from ops.upload import keys
from tests.engine import Engine
from tests.ops.command import Answer, ops
from tests.ops.estate import Estate
from tests.stacks import AIRGAP, LICENSE

ACME = Customer(
    name="acme",
    hostname="chat.acme.example",
    region="eu-west-1",
    image="ami-0123456789abcdef0",
    admins=("203.0.113.0/28",),
    clients=("0.0.0.0/0",),
    network="10.21.0.0/16",
    users=250,
    gb_per_user=2,
    instance_type="t3.large",
    calls=None,
    bot=None,
    airgap=None,
    own_key=False,
    certificate="issued",
    accounts=(),
    tags={},
)
FLAGS = ("--hostname", "chat.acme.example", "--admin", "203.0.113.0/28", "--region", "eu-west-1", "--image", "ami-0a")

VARIANTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "calls": {"calls": Calls(hostname="calls.acme.example", most=80)},
    "compliance": {"bot": "wickr/bot-enterprise:6.36.20.02"},
    "a VPC that is there": {
        "network": Existing(vpc="vpc-0a", public_subnets=("subnet-0a",), private_subnets=("subnet-0b",))
    },
    "private": {"network": Existing(vpc="vpc-0a", public_subnets=(), private_subnets=("subnet-0b",), private=True)},
    "airgap": {
        "network": Existing(vpc="vpc-0a", public_subnets=(), private_subnets=("subnet-0b",), private=True),
        "airgap": AIRGAP,
    },
    "airgap of a later release": {
        "network": Existing(vpc="vpc-0a", public_subnets=(), private_subnets=("subnet-0b",), private=True),
        "airgap": AIRGAP | {"bundle": {"key": "wickrenterprise-1882.airgap", "sha256": "b" * 64}, "docker": []},
        "calls": Calls(hostname="calls.acme.example", most=80),
    },
    "a key of its own": {"own_key": True},
    "IPv6": {"admins": ("2001:db8::/48", "203.0.113.0/28"), "clients": ("0.0.0.0/0", "::/0")},
    "the installer's certificate": {"certificate": "installer"},
    "one account": {"accounts": ("012345678901",)},
    "tags that YAML would misread": {
        "tags": {"yes": "no", "cost center": "4711", "a: b": ": c", "n": "null", "e": "1e3"}
    },
    "an address for a name": {"hostname": "203.0.113.5"},
}


def written(folder: Path, customer: Customer) -> stack_file.StackFile:
    path = folder / f"Pulumi.{customer.name}.yaml"
    path.write_text(text.stack_file(customer))
    return stack_file.read(customer.name, path)


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_file_lacks_nothing_but_the_licence(tmp_path: Path, variant: str) -> None:
    file = written(tmp_path, replace(ACME, **VARIANTS[variant]))
    (problem,) = check(file).problems
    assert problem.startswith("wickr:license: is missing; ")
    assert check(file, licensed=False).problems == ()


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_file_says_what_was_asked_for(tmp_path: Path, variant: str) -> None:
    customer = replace(ACME, **VARIANTS[variant])
    config = yaml.safe_load(text.stack_file(customer))["config"]
    assert config["wickr:hostname"] == customer.hostname
    assert config["wickr:adminCidrs"] == list(customer.admins)
    assert config["wickr:clientCidrs"] == list(customer.clients)
    assert config["wickr:certificate"] == {"source": customer.certificate}
    assert config.get("wickr:tags", {}) == customer.tags
    assert config.get("aws:allowedAccountIds", []) == list(customer.accounts)
    assert config.get("wickr:calling", {}).get("maxCalls") == (customer.calls.most if customer.calls else None)
    assert config.get("wickr:compliance", {}).get("image") == customer.bot
    assert config.get("wickr:encryption", {}).get("ownKey", False) == customer.own_key
    assert config["wickr:installer"].get("airgap") == customer.airgap


def test_the_file_explains_itself_and_leads_editors_to_the_schema() -> None:
    lines = text.stack_file(ACME).splitlines()
    assert lines[0] == "# yaml-language-server: $schema=../docs/stack.schema.json"
    assert sum(line.strip().startswith("#") for line in lines) > 10
    assert max(map(len, lines)) <= 120
    assert not any(line != line.rstrip() for line in lines)


@pytest.mark.parametrize(
    ("users", "gb", "disk"),
    [(1, 1, 200), (40, 2, 200), (41, 2, 210), (200, 1, 320), (250, 2, 620), (300, 5, 1620), (3252, 5, 16380)],
)
def test_the_disk_is_the_table_s_and_room_for_the_files_of_the_users(users: int, gb: int, disk: int) -> None:
    assert replace(ACME, users=users, gb_per_user=gb).disk == disk


def test_the_arithmetic_of_the_disk_stands_in_the_file() -> None:
    assert "# GiB: 120 + 250 users x 2 GB = 620 (IG 3.1)." in text.stack_file(ACME)
    assert "# GiB: 120 + 10 users x 2 GB = 140 (IG 3.1), at least 200 (IG 4.4.5)." in text.stack_file(
        replace(ACME, users=10)
    )


@pytest.mark.parametrize(("users", "archive"), [(1, 100), (20, 100), (21, 105), (250, 1250), (3252, 16260)])
def test_the_compliance_host_s_volume_has_room_for_what_users_send(users: int, archive: int) -> None:
    customer = replace(ACME, users=users, gb_per_user=1, bot="bot:1")
    assert yaml.safe_load(text.stack_file(customer))["config"]["wickr:compliance"]["dataGiB"] == archive
    assert f"# GiB: {users:,} users x 5 GB, at least 100 (CG 2.1)" in text.stack_file(customer)


def test_more_users_than_the_table_is_meant_for_are_a_word_in_the_file() -> None:
    assert "ask the vendor" in text.stack_file(replace(ACME, users=301))
    assert "ask the vendor" not in text.stack_file(replace(ACME, users=300))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": "Acme"}, "'Acme' is no name of a stack: small letters, digits and hyphens"),
        ({"name": "a" * 48}, "is no name of a stack"),
        ({"name": "../x"}, "is no name of a stack"),
        ({"users": 0}, "--users is 0; an installation has at least one"),
        ({"gb_per_user": 6}, r"--gb-per-user is 6; the guide reckons with 1 to 5 \(IG 3.1\)"),
        ({"users": 9000}, r"120 \+ 9,000 users x 2 GB = 18,120 \(IG 3.1\): a volume holds 16,384 GiB at most"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_with_the_arithmetic(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(OpsError, match=told):
        replace(ACME, **changes)


def test_a_network_is_one_that_no_other_stack_has(tmp_path: Path) -> None:
    def stack(name: str, cidr: str | None) -> stack_file.StackFile:
        path = tmp_path / f"Pulumi.{name}.yaml"
        network = {"wickr:network": {"cidr": cidr}} if cidr else {}
        path.write_text(yaml.safe_dump({"config": network}))
        return stack_file.read(name, path)

    assert free_network([]) == "10.20.0.0/16"
    assert free_network([stack("a", None)]) == "10.21.0.0/16"
    assert free_network([stack("a", None), stack("b", "10.21.128.0/20"), stack("c", "10.23.0.0/16")]) == "10.22.0.0/16"
    with pytest.raises(OpsError, match="no private /16 is left"):
        free_network([stack("a", None), stack("b", "10.0.0.0/8")])


def test_the_release_of_an_installation_without_internet_is_that_of_its_bundle() -> None:
    customers = {name: replace(ACME, **VARIANTS[name]) for name in ("plain", "airgap", "airgap of a later release")}
    files = {name: yaml.safe_load(text.stack_file(each)) for name, each in customers.items()}
    assert {name: each["config"]["wickr:installer"]["release"] for name, each in files.items()} == {
        "plain": "6.26",
        "airgap": "guide",
        "airgap of a later release": "6.32",
    }


@pytest.fixture
def estate(tmp_path: Path) -> Iterator[Estate]:
    made = Estate(tmp_path / "checkout")
    made.customer("globex")
    yield made
    shutil.rmtree(made.root)


def new(estate: Estate, *arguments: str) -> Answer:
    return ops("new", *arguments, root=estate.root)


@pytest.mark.slow
def test_the_command_writes_the_file_and_says_what_is_left_to_do(estate: Estate) -> None:
    answer = new(estate, "acme", *FLAGS, "--secrets-provider", "awskms://alias/acme")
    assert answer.code == 0, answer.err
    steps = [line.strip().partition(". ")[2] for line in answer.out.splitlines()[1:]]
    assert steps[:2] == [
        "pulumi stack init acme --secrets-provider awskms://alias/acme",
        'pulumi config set --secret wickr:license "$(base64 -w0 license.rli)" --stack acme',
    ]
    assert ops("check", "--unlicensed", root=estate.root).code == 0
    assert "cidr: 10.21.0.0/16" in (estate.stacks / "Pulumi.acme.yaml").read_text()


@pytest.mark.slow
def test_a_key_of_the_stack_s_own_is_a_flag_and_nobody_is_asked(estate: Estate) -> None:
    assert new(estate, "acme", *FLAGS, "--own-key").code == 0
    config = yaml.safe_load((estate.stacks / "Pulumi.acme.yaml").read_text())["config"]
    assert config["wickr:encryption"] == {"ownKey": True}


@pytest.mark.slow
def test_what_upload_printed_is_all_that_an_installation_without_internet_takes(estate: Estate) -> None:
    printed = estate.root / "uploaded.yaml"
    found = {"archive": [AIRGAP["archive"]], "bundle": [AIRGAP["bundle"]], "docker": AIRGAP["docker"]}
    printed.write_text(keys.written("bundles", found))
    place = ("--vpc", "vpc-0a", "--private-subnet", "subnet-0b", "--calls", "calls.acme.example")
    answer = new(estate, "acme", *FLAGS, *place, "--airgap", str(printed))
    assert answer.code == 0, answer.err
    assert ops("check", "acme", "--unlicensed", root=estate.root).code == 0
    config = yaml.safe_load((estate.stacks / "Pulumi.acme.yaml").read_text())["config"]
    assert (config["wickr:installer"]["airgap"], config["wickr:egress"]) == (AIRGAP, "none")
    assert config["wickr:network"]["publicAddresses"] is False


@pytest.mark.slow
def test_a_bundle_that_is_none_is_told_as_in_any_stack(estate: Estate) -> None:
    printed = estate.root / "uploaded.yaml"
    wrong = AIRGAP | {"bundle": {"key": "wickr.airgap", "sha256": "b" * 64}}
    printed.write_text(yaml.safe_dump({"wickr:installer": {"source": "airgap", "airgap": wrong}}))
    answer = new(estate, "acme", *FLAGS, "--vpc", "vpc-0a", "--private-subnet", "subnet-0b", "--airgap", str(printed))
    assert answer.code == 2
    assert "wickr:installer.airgap: bundle wickr.airgap has no release in its name" in answer.err


@pytest.mark.slow
def test_a_stack_that_is_there_is_never_written_over(estate: Estate) -> None:
    before = (estate.stacks / "Pulumi.globex.yaml").read_text()
    answer = new(estate, "globex", *FLAGS)
    assert (answer.code, answer.err[:31]) == (2, "there is a stack globex already")
    with pytest.raises(OpsError, match="is there already and stays as it is"):
        write.write(replace(ACME, name="globex"), estate.root)
    assert (estate.stacks / "Pulumi.globex.yaml").read_text() == before


@pytest.mark.slow
def test_nothing_is_written_when_something_is_wrong_and_all_of_it_is_told(estate: Estate) -> None:
    answer = new(estate, "acme", *FLAGS, "--client", "10.0.0.1/8", "--instance-type", "large", "--image", "ubuntu")
    assert answer.code == 2
    assert [line.partition(": ")[0] for line in answer.err.splitlines()] == [
        *("wickr:clientCidrs[0]", "wickr:messaging.imageId", "wickr:messaging.instanceType"),
    ]
    assert list(checkout.stack_files(estate.root)) == ["globex"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ((), "--hostname is missing: the DNS name that clients use"),
        (("--hostname", "chat.acme.example"), "--admin is missing: the network of administrators, such as "),
        ((*FLAGS, "--vpc", "vpc-0a", "--network", "10.9.0.0/16"), "--network makes a new VPC, --vpc names one that is"),
        ((*FLAGS, "--private"), "--private needs --vpc and --private-subnet: the hosts are reached by that VPC"),
        (
            (*FLAGS, "--airgap", "uploaded.yaml"),
            "--airgap needs --vpc and --private-subnet: the hosts are reached by that",
        ),
        (
            (*FLAGS, "--airgap", "missing.yaml", "--vpc", "vpc-0a", "--private-subnet", "subnet-0b"),
            "--airgap missing.yaml: cannot be read: No such file or directory",
        ),
        (
            (*FLAGS, "--airgap", "/dev/null", "--vpc", "vpc-0a", "--private-subnet", "subnet-0b"),
            "--airgap /dev/null: has no wickr:installer with airgap; make it by `./wickr upload … > /dev/null`",
        ),
        ((*FLAGS, "--public-subnet", "subnet-0a"), "--public-subnet and --private-subnet are those of a VPC that is"),
        ((*FLAGS, "--tag", "owner"), "--tag owner: write NAME=TEXT, for example owner=messaging-team"),
    ],
    ids=str,
)
def test_a_flag_that_is_missing_or_does_not_fit_is_a_sentence(
    estate: Estate, flags: tuple[str, ...], told: str
) -> None:
    answer = new(estate, "acme", *flags)
    assert (answer.code, answer.err[: len(told)]) == (2, told)


def test_a_person_is_asked_until_the_answer_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["https://chat.acme.example", "chat.acme.example"])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("typer.prompt", lambda question: next(answers))
    assert command._given("--hostname", None, "DNS name", host_name) == "chat.acme.example"


@pytest.mark.engine
def test_the_engine_takes_the_file_and_leaves_its_comments(tmp_path: Path) -> None:
    engine = Engine(tmp_path / "engine")
    file = engine.stack_file("acme")
    file.write_text(text.stack_file(ACME))
    assert engine.run("stack", "init", "acme").code == 0
    done = engine.run("config", "set", "--secret", "wickr:license", "--stack", "acme", stdin=LICENSE)
    assert done.code == 0, done.text
    assert check(stack_file.read("acme", file)).problems == ()
    comments = [line for line in text.stack_file(ACME).splitlines() if line.strip().startswith("#")]
    assert [line for line in comments if line not in file.read_text().splitlines()] == []
