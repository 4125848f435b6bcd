"""Hosts without public addresses: nothing of the internet's is theirs, and what knew a public address knows the private
one.
"""

import json
import re
from typing import Any

import pytest

from tests.components.commands import CALLING_HOST, MESSAGING_HOST, phases, values
from tests.recorder import reveal
from tests.stacks import PRIVATE, VARIANTS, deployed

pytestmark = pytest.mark.slow

ADDRESSES = {"messaging": "10.20.0.10", "calling": "10.20.0.11"}
"""What the hosts are given in their subnet."""

PUBLIC = re.compile(r"203\.0\.113\.(?:100|101|250)|eipalloc|-address-eip")

both = pytest.mark.parametrize(("variant", "roles"), [("private", ["messaging"]), ("calling in private", ADDRESSES)])


def instances(variant: str) -> dict[str, dict[str, Any]]:
    found = deployed(variant).of("aws:ec2/instance:Instance")
    return {each.inputs["tags"]["wickr:role"]: each.inputs for each in found}


@both
def test_there_is_no_elastic_address_and_no_other_public_one_anywhere(variant: str, roles: Any) -> None:
    deployment = deployed(variant)
    kinds = ("aws:ec2/eip:Eip", "aws:ec2/eipAssociation:EipAssociation", "wickr:address:PublicAddress")
    assert {each.name for each in deployment.resources if each.type in kinds} == set()
    asked = json.dumps([reveal(each.inputs) for each in deployment.resources]) + json.dumps(reveal(deployment.outputs))
    assert PUBLIC.findall(asked) == []


@both
def test_a_host_stands_in_the_first_private_subnet_which_may_give_it_no_public_address(
    variant: str, roles: Any
) -> None:
    assert {role: each["subnetId"] for role, each in instances(variant).items()} == dict.fromkeys(
        roles, PRIVATE["privateSubnetIds"][0]
    )
    assert {each["associatePublicIpAddress"] for each in instances(variant).values()} == {False}


def test_a_host_with_an_elastic_address_leaves_it_to_its_subnet_as_ever() -> None:
    given = {"associatePublicIpAddress" in each for variant in VARIANTS for each in instances(variant).values()}
    named = {"associatePublicIpAddress" in each for each in instances("calling").values()}
    assert (given, named) == ({True, False}, {False})


@both
def test_pulumi_the_certificate_and_people_use_the_private_addresses(variant: str, roles: Any) -> None:
    deployment, outputs = deployed(variant), deployed(variant).outputs
    reached = {host: phases(variant, host)["ready"].inputs["connection"] for host in (MESSAGING_HOST,)}
    assert reveal(reached[MESSAGING_HOST])["host"] == ADDRESSES["messaging"]
    assert reveal(phases(variant)["health"].inputs["environment"])["ADDRESS"] == ADDRESSES["messaging"]
    names = deployment.the("tls:index/certRequest:CertRequest").inputs["ipAddresses"]
    assert names == [ADDRESSES[role] for role in roles]
    assert outputs["messagingAddress"] == ADDRESSES["messaging"]
    assert outputs["callingAddress"] == (ADDRESSES["calling"] if "calling" in roles else "")
    assert [line.partition(" ")[0] for line in outputs["knownHosts"].splitlines()] == names
    assert outputs["sshCommands"]["messaging"].endswith(f"wickr-deploy@{ADDRESSES['messaging']}")


def test_a_record_is_asked_for_with_the_word_that_its_address_is_private() -> None:
    steps = [each for each in deployed("calling in private").outputs["nextSteps"] if "DNS record" in each]
    assert steps == [
        f"Make a DNS record for {name} that resolves to {address}. It is a private address: clients come by your VPN."
        for name, address in (("wickr.example.com", "10.20.0.10"), ("calling.example.com", "10.20.0.11"))
    ]


def test_the_vendor_s_scripts_are_told_that_there_is_no_public_address() -> None:
    for phase, host, address in (("install", MESSAGING_HOST, "10.20.0.10"), ("join", CALLING_HOST, "10.20.0.11")):
        flags = values(phase, "calling in private", host)["INSTALLER_FLAGS"]
        assert flags.endswith(f"private-address={address}\nno-public-address")


def test_calls_are_expected_at_the_private_address_or_the_name() -> None:
    assert values("calls", "calling in private")["ENDPOINTS"] == "10.20.0.11 calling.example.com"
