"""`diff`: what changes for each customer, in the terms of the guide, and what it costs each host."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from installer import phase
from ops.diff import customer, hosts
from ops.diff.customer import CustomerChange
from ops.diff.estate import Difference
from ops.diff.ports import Port
from ops.diff.verdict import Verdict
from ops.plan import Plan, Veil, plan
from ops.report import markdown, words
from ops.stack_file import StackFile, read
from tests.ops.command import Answer, ops
from tests.ops.estate import Estate
from tests.stacks import IMAGE

pytestmark = pytest.mark.slow

Values = Mapping[str, Any]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Estate:
    return Estate(tmp_path_factory.mktemp("estate") / "checkout")


PLANS: dict[str, tuple[Plan, StackFile]] = {}


def side(estate: Estate, values: Values | None) -> tuple[Plan, StackFile]:
    """The plan of a customer, made once."""
    known = json.dumps(values)
    if known not in PLANS:
        estate.customer("acme", values)
        file = read("acme", estate.stacks / "Pulumi.acme.yaml")
        PLANS[known] = plan(file, Veil(digests=True)), file
    return PLANS[known]


def change(estate: Estate, after: Values, before: Values | None = None) -> CustomerChange:
    before = before or {}
    (old, old_file), (new, new_file) = side(estate, before), side(estate, {**before, **after})
    return customer.between("acme", old, new, customer.key_changes(old_file, new_file))


def messaging(**more: Any) -> Values:
    return {"wickr:messaging": {"imageId": IMAGE, **more}}


@pytest.mark.parametrize(
    ("after", "verdict"),
    [
        ({}, "nothing"),
        (messaging(imageId="ami-0123456789abcdef0"), "nothing"),
        ({"wickr:adminCidrs": ["203.0.113.0/28"]}, "update"),
        (messaging(diskGiB=300), "update"),
        ({"wickr:tags": {"owner": "me"}}, "update"),
        ({"wickr:protectHosts": False}, "update"),
        ({"wickr:snapshots": {"enabled": True}}, "update"),
        ({"wickr:hostname": "chat.example.com"}, "rerun"),
        ({"wickr:license": {"secure": "v1:n:n"}}, "rerun"),
        ({"wickr:settings": {"a": "b"}}, "rerun"),
        (messaging(instanceType="m5.xlarge"), "restart"),
        ({**messaging(instanceType="m5.xlarge"), "wickr:hostname": "chat.example.com"}, "restart"),
        (messaging(rebuild=1), "replace"),
        ({"wickr:network": {"cidr": "10.21.0.0/16"}}, "replace"),
        ({"aws:region": "eu-west-2"}, "replace"),
    ],
    ids=str,
)
def test_the_verdict_of_the_host(folder: Estate, after: Values, verdict: str) -> None:
    found = change(folder, after)
    assert {each.role: each.verdict.value for each in found.hosts} == {"messaging": verdict}
    assert found.verdict.value == verdict


def test_phases_are_counted_as_they_run(folder: Estate) -> None:
    (host,) = change(folder, {"wickr:license": {"secure": "v1:n:n"}}).hosts
    order = [each.name for each in phase.MESSAGING_PHASES]
    assert [(each.number, each.name) for each in host.phases] == [
        (order.index(name) + 1, name) for name in ("files", "configure", "application", "health")
    ]
    assert host.phases[0].title == phase.FILES.title


def test_a_new_bound_for_docker_is_a_re_run_of_the_installer_alone(folder: Estate) -> None:
    (host,) = change(folder, {"wickr:installer": {"release": "6.26"}}).hosts
    assert [each.name for each in host.phases] == ["install"]


def shown(ports: tuple[Port, ...]) -> set[str]:
    return {words.port(each) for each in ports}


def test_ports_are_told_by_role_source_and_purpose(folder: Estate) -> None:
    found = change(folder, {"wickr:adminCidrs": ["203.0.113.0/28", "2001:db8::/48"]})
    assert shown(found.opened) == {
        f"messaging tcp {ports} from {source}: {purpose} (IG 3.1.2, Admin Networks)"
        for source in ("203.0.113.0/28", "2001:db8::/48")
        for ports, purpose in (("22", "SSH"), ("8800", "Wickr Installer UI"))
    }
    assert {each.peer for each in found.closed} == {"198.51.100.64/26"}


def test_another_way_out_is_told_by_what_it_lets_out(folder: Estate) -> None:
    found = change(folder, {"wickr:egress": "open"})
    assert shown(found.opened) == {
        f"messaging any all to {whom}: everything (wickr:egress is open)" for whom in ("0.0.0.0/0", "::/0")
    }
    assert {(each.protocol, each.ports, each.peer) for each in found.closed} == {
        ("tcp", "80", "0.0.0.0/0"),
        ("tcp", "443", "0.0.0.0/0"),
    }
    assert {each.role: each.verdict.value for each in found.hosts} == {"messaging": "update"}


def test_another_wording_of_a_purpose_opens_nothing(folder: Estate) -> None:
    old, _ = side(folder, {})
    new = json.loads(json.dumps(old).replace("Wickr Installer UI", "Installer"))
    found = customer.between("acme", old, new, [])
    assert (found.opened, found.closed, found.verdict) == ((), (), Verdict.UPDATE)


def test_sizes_are_told_before_and_after(folder: Estate) -> None:
    (host,) = change(folder, messaging(instanceType="m5.xlarge", diskGiB=300)).hosts
    assert {(each.what, each.before, each.after) for each in host.sizes} == {
        ("instance type", "t3.large", "m5.xlarge"),
        ("disk, GiB", "200", "300"),
    }


@pytest.mark.parametrize(
    ("after", "told"),
    [
        ({"wickr:hostname": "chat.example.com"}, "a new server certificate for chat.example.com, [publicIp of "),
        ({"wickr:certificate": {"validityDays": 200}}, "a new server certificate, from the same CA"),
        ({"wickr:certificate": {"caValidityDays": 7300}}, "a new CA: every client that pinned the old one is locked"),
        ({"wickr:certificate": {"source": "installer"}}, "the stack's own CA is given up: clients that pinned it are"),
        ({"wickr:protectHosts": False}, None),
    ],
    ids=str,
)
def test_what_clients_trust_is_told(folder: Estate, after: Values, told: str | None) -> None:
    found = change(folder, after).certificate
    assert found[0].startswith(told) if told else found == ()


def test_a_stack_that_takes_to_its_own_ca_says_so(folder: Estate) -> None:
    found = change(folder, {"wickr:certificate": {"source": "issued"}}, {"wickr:certificate": {"source": "installer"}})
    assert found.certificate == ("the stack gets a CA of its own, which clients have to be given",)


def test_an_image_that_has_no_effect_is_a_note(folder: Estate) -> None:
    found = change(folder, messaging(imageId="ami-0123456789abcdef0"))
    assert found.notes == (
        f"messaging-host-instance: image ami-0123456789abcdef0 instead of {IMAGE} counts when the host is rebuilt, "
        "and not before",
    )


def test_what_snapshots_cost_is_a_note_for_whoever_reviews_the_change(folder: Estate) -> None:
    on: Values = {"wickr:snapshots": {"enabled": True}}
    off: Values = {}
    assert [each.partition(":")[2].partition(" ")[0] for each in change(folder, on, off).notes] == ["snapshots.enabled"]
    assert change(folder, off, on).notes == ()


def test_what_is_protected_and_would_go_is_named(folder: Estate) -> None:
    assert change(folder, messaging(rebuild=1)).refused == ("messaging-host-instance",)
    assert change(folder, messaging(rebuild=1), {"wickr:protectHosts": False}).refused == ()


def test_keys_are_told_with_their_values_and_secrets_without(folder: Estate) -> None:
    after = {"wickr:settings": {"a": {"secure": "v1:n:n"}, "b": "plain"}, "wickr:license": {"secure": "v1:n:m"}}
    found = {each.what: (each.before, each.after) for each in change(folder, after).keys}
    assert found == {
        "wickr:settings.a": ("not set", "[secret]"),
        "wickr:settings.b": ("not set", "plain"),
        "wickr:license": ("[secret]", "[another secret]"),
    }


def test_a_second_host_of_whatever_role_is_a_new_host(folder: Estate) -> None:
    base, _ = side(folder, {})
    calling = json.loads(json.dumps(base).replace("messaging", "calling"))
    both = {**base, "resources": [*base["resources"], *(e for e in calling["resources"] if "calling" in e["name"])]}
    assert {each.role: each.verdict for each in customer.between("acme", base, both, []).hosts} == {
        "calling": Verdict.NEW,
        "messaging": Verdict.NOTHING,
    }
    assert {each.role: each.verdict for each in customer.between("acme", both, base, []).hosts} == {
        "calling": Verdict.REMOVED,
        "messaging": Verdict.NOTHING,
    }


def test_verdicts_go_from_nothing_to_what_nobody_knows() -> None:
    assert sorted(Verdict, key=lambda each: each.rank) == list(Verdict)
    assert Verdict.NOTHING.rank < Verdict.UPDATE.rank < Verdict.RERUN.rank < Verdict.RESTART.rank < Verdict.REPLACE.rank


class Repository:
    """An estate under git, whose commands are run from inside."""

    def __init__(self, estate: Estate) -> None:
        self.estate = estate
        self.git("init", "-q", "-b", "main")
        self.commit()

    def git(self, *arguments: str) -> None:
        names = ["-c", "user.name=test", "-c", "user.email=test@example.com"]
        subprocess.run(["git", *names, *arguments], cwd=self.estate.root, check=True, capture_output=True)

    def commit(self) -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "state")

    def diff(self, *arguments: str) -> Answer:
        return ops("diff", *arguments, root=self.estate.root)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """Three customers committed; in the working tree one changed, one gone, one new, one broken."""
    estate = Estate(tmp_path_factory.mktemp("repository") / "checkout")
    for name in ("acme", "globex", "initech", "hooli"):
        estate.customer(name)
    made = Repository(estate)
    estate.customer("acme", {"wickr:adminCidrs": ["203.0.113.0/28"]})
    (estate.stacks / "Pulumi.globex.yaml").unlink()
    estate.customer("umbrella", {"wickr:license": None})
    return made


def test_every_customer_has_a_verdict_the_worst_first(repository: Repository) -> None:
    answer = repository.diff("--json")
    assert answer.code == 0
    assert [(each["stack"], each["verdict"]) for each in answer.data["customers"]] == [
        *(("globex", "removed"), ("acme", "update"), ("umbrella", "new")),
    ]
    assert answer.data["same"] == 2


@pytest.mark.parametrize(("allowed", "code"), [("replace", 1), ("removed", 0)])
def test_the_exit_code_says_whether_the_worst_is_allowed(repository: Repository, allowed: str, code: int) -> None:
    assert repository.diff("--allow", allowed).code == code


def test_a_customer_that_cannot_be_planned_is_never_allowed(repository: Repository) -> None:
    file = repository.estate.stacks / "Pulumi.hooli.yaml"
    text = file.read_text()
    repository.estate.customer("hooli", {"wickr:hostname": "x"})
    try:
        answer = repository.diff()
    finally:
        file.write_text(text)
    assert answer.code == 1
    assert answer.out.startswith("hooli  cannot be planned\n  problem     wickr:hostname: 'x' is no host name")


def test_a_change_of_the_program_shows_for_each_customer_by_the_program_of_each_side(repository: Repository) -> None:
    ports = repository.estate.root / "guide" / "ports.py"
    text = ports.read_text()
    ports.write_text(text.replace("(8800, 8800)", "(8801, 8801)"))
    try:
        found = repository.diff("--json").data["customers"]
    finally:
        ports.write_text(text)
    (initech,) = (each for each in found if each["stack"] == "initech")
    assert [(each["first"], each["purpose"]) for each in initech["opened"]] == [
        (8801, "Wickr Installer UI (IG 3.1.2, Admin Networks)")
    ]
    assert [each["first"] for each in initech["closed"]] == [8800]
    assert [each["name"] for each in initech["hosts"][0]["phases"]] == ["preflight", "firewall"]


def test_a_program_that_does_not_run_is_a_sentence(repository: Repository) -> None:
    program = repository.estate.root / "infra" / "program.py"
    text = program.read_text()
    program.write_text("import nothing_of_that_name\n")
    try:
        answer = repository.diff()
    finally:
        program.write_text(text)
    assert answer.code == 1
    assert "the program fails: ModuleNotFoundError: No module named 'nothing_of_that_name'" in answer.out


def test_two_revisions_and_two_folders_can_be_compared(repository: Repository, tmp_path: Path) -> None:
    assert repository.diff("HEAD", "main").out == "HEAD → main: 0 customers with changes, 4 without\n"
    other = Estate(tmp_path / "other")
    other.customer("acme", {"wickr:hostname": "chat.example.com"})
    found = repository.diff(str(repository.estate.root), str(other.root), "--json").data
    assert {each["stack"]: each["verdict"] for each in found["customers"]}["acme"] == "rerun"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("no-such-branch", "no-such-branch is neither a folder nor a revision of git: fatal: "),
        ("/", "/ is a folder without Pulumi.yaml; "),
        ("", "'' is neither a folder nor a revision of git; "),
    ],
)
def test_what_is_no_tree_is_a_sentence(repository: Repository, name: str, told: str) -> None:
    answer = repository.diff(name)
    assert (answer.code, answer.err[: len(told)]) == (2, told)


def test_nothing_is_left_behind(repository: Repository) -> None:
    def state() -> str:
        return subprocess.run(
            ["git", "status", "--porcelain", "--ignored"], cwd=repository.estate.root, capture_output=True, text=True
        ).stdout

    before = state()
    repository.diff("HEAD")
    assert state() == before


def test_the_comment_of_a_pull_request_is_folded_with_the_worst_first(repository: Repository) -> None:
    text = repository.diff("--markdown").out
    assert text.startswith("### Stacks: worst verdict **removed**\n\n`HEAD` → `working tree`: 3 customers with changes")
    assert text.count("<details>") == text.count("</details>") == 3
    assert "<summary>🟢 <b>acme</b> · messaging: update in place</summary>" in text
    assert "| opened | messaging tcp 22 from 203.0.113.0/28: SSH (IG 3.1.2, Admin Networks) |" in text


def comment(*changes: CustomerChange) -> str:
    return markdown.text(Difference(base="a", head="b", customers=changes, same=0, notes=()))


ONE = CustomerChange(stack="acme", verdict=Verdict.UPDATE, notes=("a note",))


def test_customers_with_the_same_changes_are_told_together() -> None:
    text = comment(*(replace(ONE, stack=f"c{number}") for number in range(200)))
    assert "<b>c0, c1, c2, c3, c4 and 195 more</b>" in text
    assert text.count("<details>") == 1


def test_a_comment_is_never_too_long_to_post() -> None:
    text = comment(*(replace(ONE, stack=f"c{number}", notes=(str(number) * 100,) * 20) for number in range(300)))
    assert len(text) < 65_536
    shown = text.count("<details>")
    assert f"{300 - shown} more customers with changes that do not fit here" in text
    assert shown > 10


def test_nothing_in_a_comment_is_taken_for_markup() -> None:
    text = comment(replace(ONE, notes=("<script>`a`|b|@team *x* [y](z)\nnext",)))
    assert "| note | &lt;script&gt;\\`a\\`\\|b\\|@\u200bteam \\*x\\* \\[y\\](z) next |" in text


def test_a_prefix_list_of_the_stack_is_what_it_holds(folder: Estate) -> None:
    old, _ = side(folder, {})
    row = {"ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "prefixListId": "[id of clients]", "description": "x"}
    common = {"options": {}, "dependsOn": [], "inputsFrom": {}, "parent": "messaging-firewall"}
    rule = {"name": "r", "type": "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "inputs": row, **common}
    entries = [{"cidr": "10.0.0.0/8"}, {"cidr": "192.0.2.0/24"}]
    clients = {"name": "clients", "type": "aws:ec2/managedPrefixList:ManagedPrefixList", **common}
    new = {**old, "resources": [*old["resources"], rule, {**clients, "inputs": {"entries": entries}}]}
    found = customer.between("acme", old, new, [])
    assert {(each.role, each.peer) for each in found.opened} == {
        ("messaging", "10.0.0.0/8"),
        ("messaging", "192.0.2.0/24"),
    }


def test_a_host_without_a_role_goes_by_its_name() -> None:
    assert hosts.role({"name": "odd", "inputs": {}}) == "odd"
