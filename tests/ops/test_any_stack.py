"""Whatever a stack says, as long as it is right: open as the tables say, no secret shown, no name shared, one plan."""

import ipaddress
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import Phase, assume, given, seed, settings

from guide import ports
from guide.ports import NetworkRange
from guide.releases import Release
from guide.roles import Role
from infra import provider
from ops import policy
from ops.check import check
from ops.diff import customer
from ops.diff.estate import Difference
from ops.plan import Plan, Veil, plan
from ops.reference import keys
from ops.report import markdown
from ops.stack_file import StackFile, read
from tests.ops.any_stack import CANARY, KEYS, Values, customers, values
from tests.ops.command import ops
from tests.ops.estate import Estate

PAIRS, SHARDS = 10, 8
"""Two customers are an example: a plan takes a third of a second."""

INSTANCE = "aws:ec2/instance:Instance"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"


def test_every_key_has_a_strategy() -> None:
    groups = {each.path.rpartition(".")[0].removesuffix("[]") for each in keys.every()}
    ours = {each.path for each in keys.every()} - groups
    assert set(KEYS) == ours | {f"aws:{key}" for key in provider.ARGUMENTS}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("any")


def written(folder: Path, name: str, config: Values) -> StackFile:
    path = folder / f"Pulumi.{name}.yaml"
    path.write_text(yaml.safe_dump({"config": config}, allow_unicode=True))
    return read(name, path)


@pytest.mark.slow
@settings(max_examples=10)
@given(values())
def test_a_stack_that_is_put_together_from_valid_keys_is_right(folder: Path, config: Values) -> None:
    verdict = check(written(folder, "acme", config))
    assert verdict.problems == ()
    assert CANARY not in str((verdict.unchecked, verdict.warnings))


@pytest.mark.slow
@settings(max_examples=1, phases=[Phase.generate])
@given(values(), values(), customers(), customers())
def test_two_customers(folder: Path, one: Values, other: Values, name: str, another: str) -> None:
    every_claim(folder, one, other, name, another)


@pytest.mark.slow
@pytest.mark.parametrize("shard", range(SHARDS))
def test_many_pairs_of_customers(folder: Path, shard: int) -> None:
    # Not made smaller where it fails: that takes minutes of plans.
    @seed(shard)
    @settings(max_examples=PAIRS, phases=[Phase.generate], database=None)
    @given(values(), values(), customers(), customers())
    def pairs(one: Values, other: Values, name: str, another: str) -> None:
        every_claim(folder, one, other, name, another)

    pairs()


def every_claim(folder: Path, one: Values, other: Values, name: str, another: str) -> None:
    """Two customers in one account, and what has to hold for any two."""
    assume(name != another)
    files = [written(folder, stack, config) for stack, config in ((name, one), (another, other))]
    first, second = (plan(each, Veil(digests=True)) for each in files)
    assert opened(first) == joined(tables(one))
    assert opened(second) == joined(tables(other))
    assert set(names(first)) & set(names(second)) == set()
    no_secret_shows(files, first, second)
    assert [each for each in policy.found(files[0]) if not allowed(each, one)] == []
    assert plan(files[0], Veil(digests=True)) == first


def allowed(finding: str, config: Values) -> bool:
    """The one rule that a stack may break on purpose."""
    return finding.startswith("policy guarded-data: ") and config.get("wickr:protectHosts") is False


Opening = tuple[str, str, int, int, str]


def opened(made: Plan) -> set[Opening]:
    """What a plan opens: the group by which a host is known, protocol, ports, source; lists are what they hold."""
    resources = {f"[id of {each['name']}]": each for each in made["resources"]}
    carried = [each["inputs"]["vpcSecurityGroupIds"] for each in made["resources"] if each["type"] == INSTANCE]
    # Every host's own group is the first that it carries.
    known = {group: groups[0] for groups in carried for group in groups if group != "[id of cluster-group]"}
    found = set()
    for each in made["resources"]:
        if each["type"] == "aws:ec2/securityGroup:SecurityGroup":
            assert not {"ingress", "egress"} & {key for key, value in each["inputs"].items() if value}
        if each["type"] == INGRESS:
            said = each["inputs"]
            (source,) = (
                said[key]
                for key in ("cidrIpv4", "cidrIpv6", "referencedSecurityGroupId", "prefixListId")
                if said.get(key)
            )
            listed = resources[source]["inputs"]["entries"] if "prefixListId" in said else [{"cidr": source}]
            group = known[said["securityGroupId"]]
            found |= {(group, said["ipProtocol"], said["fromPort"], said["toPort"], one["cidr"]) for one in listed}
    return joined(found)


def joined(openings: set[Opening]) -> set[Opening]:
    """The same, with neighbouring networks as one, as a list has them."""
    blocks: dict[Any, list[Any]] = {}
    found: set[Opening] = set()
    for opening in openings:
        group, protocol, first, last, source = opening
        try:
            block = ipaddress.ip_network(source)
        except ValueError:
            found.add(opening)
        else:
            blocks.setdefault((group, protocol, first, last, block.version), []).append(block)
    for (group, protocol, first, last, _), each in blocks.items():
        found |= {(group, protocol, first, last, str(block)) for block in ipaddress.collapse_addresses(each)}
    return found


def tables(config: Values) -> set[Opening]:
    """What the guide's tables open for the roles of a stack, with its sources in the place of their words."""
    calling = config.get("wickr:calling")
    release = Release(str(config.get("wickr:installer", {}).get("release", "guide")))
    public = config.get("wickr:network", {}).get("publicAddresses", True)
    sources = {
        NetworkRange.ALL: config.get("wickr:clientCidrs", ["0.0.0.0/0"]),
        NetworkRange.ADMIN: config["wickr:adminCidrs"],
        NetworkRange.INTERNAL: ["[id of cluster-group]"],
        NetworkRange.MESSAGING: [
            "[id of messaging-firewall-group]",
            *(["[publicIp of messaging-address-eip]/32"] if public else []),
        ],
    }
    return beside_the_compliance_host(config) | {
        (f"[id of {role}-firewall-group]", row.protocol, row.first, row.last, source)
        for role in (Role.MESSAGING, *([Role.CALLING] if calling else []))
        for row in ports.inbound(role, (calling or {}).get("maxCalls", 50), release)
        for source in sources[row.network_range]
    }


def beside_the_compliance_host(config: Values) -> set[Opening]:
    """Its one port beyond CG 2.1, and where it is a client of the messaging host that "ALL" does not let in."""
    if "wickr:compliance" not in config:
        return set()
    host, messaging = "[id of compliance-firewall-group]", "[id of messaging-firewall-group]"
    clients = {host} if "vpcId" in config.get("wickr:network", {}) else {host, "[publicIp of nat-address-eip]/32"}
    everybody = "0.0.0.0/0" in config.get("wickr:clientCidrs", ["0.0.0.0/0"])
    return {(host, "tcp", 22, 22, messaging)} | {
        (messaging, "tcp", 443, 443, each) for each in (() if everybody else clients)
    }


def names(made: Plan) -> Iterator[tuple[str, str]]:
    """What a plan calls things in AWS, by their type: the stack's own names, and names of the account."""
    for each in made["resources"]:
        said = each["inputs"]
        tags = said.get("tags", {})
        for name in (tags.get("Name") if isinstance(tags, dict) else None, said.get("name"), said.get("namePrefix")):
            if name and each["type"].startswith("aws:"):
                yield each["type"], name


def no_secret_shows(files: list[StackFile], first: Plan, second: Plan) -> None:
    """Neither what is encrypted nor what stands for it, in no form in which somebody reads it."""
    change = customer.between("acme", first, second, customer.key_changes(*files))
    found = Difference(base="a", head="b", customers=(change,), same=0, notes=())
    shown = "\n".join(
        (json.dumps([first, second]), repr(change), markdown.text(found), *(str(check(each)) for each in files))
    )
    hidden = {CANARY, *(text for file in files for text in file.encrypted.values())}
    assert {each for each in hidden if each in shown} == set()


@pytest.mark.slow
def test_a_plan_does_not_depend_on_the_process_that_makes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    estate = Estate(tmp_path / "estate")
    many: dict[str, Any] = {
        "wickr:tags": {f"tag-{n}": "x" for n in range(20)},
        "wickr:settings": {f"key_{n}": "x" for n in range(20)},
        "wickr:calling": {"hostname": "calls.example.com"},
        "wickr:clientCidrs": ["198.51.100.0/24", *(f"192.0.2.{n}/32" for n in range(10))],
        "aws:maxRetries": 3,
        "aws:profile": "x",
    }
    estate.customer("acme", many)
    found = []
    for number in ("1", "2"):
        monkeypatch.setenv("PYTHONHASHSEED", number)
        found.append(ops("plan", "acme", "--json", root=estate.root))
    assert (found[0].code, found[0].err) == (0, "")
    assert found[0].out == found[1].out
