"""Bad input ends a preview in a sentence, once, without a traceback and before anything is made."""

import base64
import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests import certificates
from tests.program.cloud import Cloud
from tests.program.realstack import Changes, RealStack, Secret
from tests.stacks import LICENSE

pytestmark = pytest.mark.engine

REGION = "eu-west-3"


def provided(server: certificates.Issued, key: certificates.Issued) -> Changes:
    return {
        "certificate.source": "provided",
        "certificate.chainPem": server.pem + certificates.intermediate().pem,
        "certificate.privateKeyPem": Secret(key.key_pem()),
    }


@functools.cache
def expired() -> certificates.Issued:
    name = "wickr.example.com"
    return certificates.issue(name, by=certificates.intermediate(), names=[name], days=(-30, -1))


def foreign_subnet(cloud: Cloud) -> Changes:
    mine, theirs = cloud.vpc("10.30.0.0/16"), cloud.vpc("10.40.0.0/16")
    subnets = [cloud.subnet(mine, "10.30.1.0/24"), cloud.subnet(theirs, "10.40.1.0/24")]
    return {"network": {"vpcId": mine, "publicSubnetIds": subnets}}


def unknown_subnet(cloud: Cloud) -> Changes:
    return {"network": {"vpcId": cloud.vpc("10.30.0.0/16"), "publicSubnetIds": ["subnet-0123456789abcdef0"]}}


# What is wrong, and each sentence that it ends in, by a part that says it all.
REFUSALS: dict[str, tuple[Changes | Callable[[Cloud], Changes], list[str]]] = {
    "no admin networks": (
        {"adminCidrs": None},
        ["Stack 'test' is missing configuration value 'wickr:adminCidrs'"],
    ),
    "everybody an administrator": (
        {"adminCidrs": ["198.51.100.64/26", "0.0.0.0/0"]},
        ["wickr:adminCidrs[1]: 0.0.0.0/0 is everybody; ports 22 and 8800 are for administrators (IG 3.1.2): name your"],
    ),
    "a host name that is none": (
        {"hostname": "wickr_example"},
        ["wickr:hostname: 'wickr_example' is no host name; write a full DNS name such as wickr.example.com"],
    ),
    "a disk under the table": (
        {"messaging.diskGiB": 100},
        ["wickr:messaging.diskGiB: 100 is below the 120 of the table (IG 3.1); 200 is what the vendor's preflight"],
    ),
    "a licence that is none": (
        {"license": Secret(base64.b64encode(b"<!DOCTYPE html>" + b" " * 99).decode())},
        ["wickr:license: is an HTML page, not a licence; set the .rli file that the vendor sent, in base64"],
    ),
    "a licence for everybody to read": (
        {"license": LICENSE},
        ["Stack 'test' with configuration key 'wickr:license' must be encrypted as it's secret"],
    ),
    "no licence": ({"license": None}, ["Stack 'test' is missing configuration value 'wickr:license'"]),
    "a key of another certificate": (
        provided(certificates.server(), certificates.authority()),
        ["wickr:certificate: privateKeyPem does not fit the first certificate of chainPem; provide the key that"],
    ),
    "a key for everybody to read": (
        {**provided(certificates.server(), certificates.server()), "certificate.privateKeyPem": "a key"},
        ["wickr:certificate.privateKeyPem: stands in the stack file unencrypted; set it with: pulumi config set"],
    ),
    "an expired certificate": (
        provided(expired(), expired()),
        [f"chainPem expired on {expired().certificate.not_valid_after_utc:%Y-%m-%d}; provide one that is valid"],
    ),
    "a subnet of another VPC": (
        foreign_subnet,
        ["; name a subnet of network.vpcId"],
    ),
    "a subnet that is not there": (
        unknown_subnet,
        ["wickr:network.publicSubnetIds[0]: AWS does not know subnet-0123456789abcdef0 in this region"],
    ),
    "too small a machine": (
        {"messaging.instanceType": "m3.large"},
        ["wickr:messaging.instanceType: m3.large has 7.5 GiB of memory, the table asks for 8 (IG 3.1)"],
    ),
    "a machine that is too small by its name": (
        {"messaging.instanceType": "t3.small"},
        ["wickr:messaging.instanceType: t3.small has about 2 GiB of memory, the tables ask for 8 (IG 3.1, 3.2)"],
    ),
    "networks that nobody is in": (
        {"adminCidrs": ["198.51.100.64/26", "10.20.16.0/20"], "network.cidr": "10.20.0.0/16"},
        ["wickr:adminCidrs[1]: 10.20.16.0/20 lies inside network.cidr 10.20.0.0/16, a VPC of this stack's own with no"],
    ),
    "a machine of another architecture": (
        {"messaging.instanceType": "m6g.large"},
        ["wickr:messaging.instanceType: m6g.large is not x86_64, which the vendor's images need"],
    ),
    "a machine that does not exist": (
        {"messaging.instanceType": "t9.large"},
        ["wickr:messaging.instanceType: AWS does not know t9.large in this region"],
    ),
    "several at once, each typing mistake with the key that is meant": (
        {"clientCidr": ["10.0.0.0/8"], "messaging.diskGib": 300, "hostname": "wickr.example.com:443"},
        [
            "wickr:clientCidr: there is no such key; did you mean clientCidrs?",
            "wickr:messaging.diskGib: there is no such key; did you mean diskGiB?",
            "wickr:hostname: 'wickr.example.com:443' carries a port; write the host name alone",
        ],
    ),
    "a key of the provider that would have no effect": (
        {"aws:defaultTags": {"tags": {"owner": "nobody"}}},
        ["aws:defaultTags: is not passed on to the provider; the keys that are: region"],
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_bad_input_is_refused_in_a_sentence(stack: RealStack, case: str) -> None:
    changes, sentences = REFUSALS[case]
    refused = stack.preview(changes(stack.cloud) if callable(changes) else changes)
    assert refused.code != 0
    assert {sentence: refused.text.count(sentence) for sentence in sentences} == dict.fromkeys(sentences, 1)
    assert "Traceback" not in refused.text
    assert "the stack is not deployed" not in refused.text or f": {len(sentences)} problem" in refused.text
    assert {step.type for step in refused.steps} <= {"pulumi:pulumi:Stack", "pulumi:providers:aws"}


@pytest.mark.parametrize("case", ["everybody an administrator", "too small a machine"])
def test_an_update_with_bad_input_makes_nothing(stack: RealStack, case: str) -> None:
    changes, (sentence,) = REFUSALS[case]
    assert not callable(changes)
    before = stack.cloud.inventory()
    refused = stack.try_up(changes)
    assert refused.code != 0
    assert refused.text.count(sentence) == 1
    assert stack.cloud.since(before) == {}


def test_an_image_that_is_not_there_ends_an_update_and_the_next_one_goes_on(stack: RealStack, tmp_path: Path) -> None:
    # It is not looked up before: an image may be gone from AWS long after its host was made, and that is no fault.
    fresh = RealStack(tmp_path / "engine", stack.cloud)
    refused = fresh.try_up({"messaging.imageId": "ami-0123456789abcdef0"})
    assert refused.code != 0
    assert refused.text.count("InvalidAMIID.NotFound") == 1
    assert "ami-0123456789abcdef0" in refused.text
    assert "Traceback" not in refused.text
    kept = {row["urn"] for row in fresh.engine.resources()}
    made = {step.urn for step in fresh.up().steps if step.op == "create"}
    everything = {row["urn"]: row for row in fresh.engine.resources()}
    # What does not wait for the host may have been made beside it, or not: the engine begins nothing after a failure.
    (instance,) = (urn for urn in everything if urn.endswith("::messaging-host-instance"))
    assert upstream(instance, everything) <= kept
    assert instance in made
    assert not kept & made
    assert {urn for urn in everything if "::pulumi:providers:" not in urn} <= kept | made


def upstream(urn: str, resources: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """All that a resource of the state waits for, at any distance."""
    nearest = set(resources[urn].get("dependencies") or ())
    return nearest.union(*(upstream(each, resources) for each in nearest))
