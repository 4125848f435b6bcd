"""Rules about all resources of all variations: where they hang, what they are called, who makes them."""

import importlib
import inspect
import json
import pkgutil
import re

import pulumi
import pytest

import components
from tests.recorder import Deployment, Request
from tests.stacks import VARIANTS, deployed

every_variant = pytest.mark.parametrize("variant", VARIANTS)

PROVIDER = "pulumi:providers:aws"
TOP = {
    *("network", "cluster", "secrets", "certificate", "dns"),
    *("messaging", "messaging-address", "calling", "calling-address", "bucket-endpoint", "compliance"),
    *("nat", "flow-logs", "host-logs", "alarms", "backup", "key", "snapshots"),
}


def owner(deployment: Deployment, request: Request) -> Request:
    (found,) = (each for each in deployment.requests if each.urn == request.parent)
    return found


def customs(deployment: Deployment) -> list[Request]:
    return [each for each in deployment.resources if each.custom and each.type != PROVIDER]


def parts(deployment: Deployment) -> list[Request]:
    return [each for each in deployment.resources if not each.custom]


@every_variant
def test_every_resource_hangs_from_a_component(variant: str) -> None:
    deployment = deployed(variant)
    owners = {each.name: owner(deployment, each).type for each in customs(deployment)}
    assert {name: type_ for name, type_ in owners.items() if not type_.startswith("wickr:")} == {}


@every_variant
def test_every_component_says_that_it_is_done_and_has_no_outputs_for_the_state(variant: str) -> None:
    deployment = deployed(variant)
    own = {each.urn: deployment.registered.get(each.urn) for each in parts(deployment)}
    assert own == {urn: {} for urn in own}


@every_variant
def test_a_child_is_named_after_its_component(variant: str) -> None:
    deployment = deployed(variant)
    children = [(owner(deployment, each), each) for each in deployment.resources]
    below = {(above.name, each.name) for above, each in children if above.type.startswith("wickr:")}
    assert {
        (above, name) for above, name in below if not re.fullmatch(rf"{re.escape(above)}-[a-z0-9.-]+", name)
    } == set()
    assert {each.name for above, each in children if not above.type.startswith("wickr:")} <= TOP | {"aws"}


@every_variant
def test_no_two_resources_share_a_urn(variant: str) -> None:
    urns = [each.urn for each in deployed(variant).requests]
    assert len(set(urns)) == len(urns)


@every_variant
def test_every_aws_resource_and_question_goes_through_the_stack_s_own_provider(variant: str) -> None:
    deployment = deployed(variant)
    own = f"{deployment.the(PROVIDER).urn}::aws-id"
    assert {each.options.get("provider") for each in deployment.resources if each.type.startswith("aws:")} == {own}
    assert {provider for token, provider in deployment.invoked if token.startswith("aws:")} == {own}


@pytest.mark.slow
def test_every_component_of_the_folder_is_in_the_whole_installation_under_its_type() -> None:
    classes = set()
    for module in pkgutil.iter_modules(components.__path__, "components."):
        for name, found in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if issubclass(found, pulumi.ComponentResource) and found.__module__ == module.name:
                classes.add(f"wickr:{module.name.removeprefix('components.')}:{name}")
    variants = (
        *("all three hosts", "calling with records", "calling in an airgap"),
        "snapshots under a key of the stack's own",
    )
    assert {each.type for name in variants for each in parts(deployed(name))} == classes


def test_the_provider_has_the_region_and_the_tags_of_everything() -> None:
    inputs = deployed("tagged").the(PROVIDER).inputs
    assert inputs["region"] == "eu-west-1"
    assert json.loads(inputs["defaultTags"]) == {
        "tags": {"wickr:project": "wickr", "wickr:stack": "test", "owner": "messaging-team"}
    }


@pytest.mark.slow
def test_what_people_see_in_aws_says_which_stack_it_belongs_to() -> None:
    tagged = [each for each in customs(deployed("all three hosts", name="acme")) if "tags" in each.inputs]
    assert {each.name for each in tagged if not each.inputs["tags"]["Name"].startswith("wickr-acme")} == set()
    assert len(tagged) > 10


@pytest.mark.slow
def test_two_stacks_in_one_account_collide_nowhere() -> None:
    fixed = {"name", "roleName", "groupName", "keyName", "bucket", "identifier", "path"}
    aws = [each for each in customs(deployed("all three hosts")) if each.type.startswith("aws:")]
    # Log groups and alarms are found by their names, which have the stack's in them.
    named = {each.name: each.inputs[key] for each in aws for key in fixed & each.inputs.keys()}
    assert {name: each for name, each in named.items() if not each.lstrip("/").startswith("wickr/test/")} == {}
    names = [
        {
            each.inputs["tags"]["Name"]
            for each in customs(deployed("all three hosts", name=name))
            if "tags" in each.inputs
        }
        for name in ("acme", "globex")
    ]
    assert names[0] & names[1] == set()


@pytest.mark.parametrize(
    ("variant", "guarded"),
    [
        (
            "complete",
            {
                "messaging-host-instance",
                "messaging-address-eip",
                "certificate-ca-key",
                "certificate-ca",
                "secrets-seed",
            },
        ),
        ("installer's certificate", {"messaging-host-instance", "messaging-address-eip", "secrets-seed"}),
        (
            "rebuilt",
            {
                "messaging-host-instance-1",
                "messaging-address-eip",
                "certificate-ca-key",
                "certificate-ca",
                "secrets-seed",
            },
        ),
        ("unprotected", set()),
        (
            "calling",
            {
                "messaging-host-instance",
                "messaging-address-eip",
                "calling-host-instance",
                "calling-address-eip",
                "certificate-ca-key",
                "certificate-ca",
                "secrets-seed",
            },
        ),
        (
            "compliance",
            {
                *("messaging-host-instance", "messaging-address-eip", "certificate-ca-key", "certificate-ca"),
                *("secrets-seed", "compliance-host-instance", "compliance-data-volume", "nat-address-eip"),
            },
        ),
        ("compliance unprotected", set()),
    ],
)
def test_what_cannot_be_made_again_is_guarded_against_deletion(variant: str, guarded: set[str]) -> None:
    assert {each.name for each in deployed(variant).resources if each.protect} == guarded


@every_variant
def test_what_aws_or_the_vendor_renews_by_itself_is_no_change(variant: str) -> None:
    ignored = {each.name: each.ignored for each in deployed(variant).resources if each.ignored}
    hosts = {name: keys for name, keys in ignored.items() if "-host-instance" in name}
    subnets = {name: keys for name, keys in ignored.items() if name.startswith("network-")}
    assert hosts.keys() == {each.name for each in deployed(variant).of("aws:ec2/instance:Instance")}
    once = {"ami", "userData", "userDataBase64", "associatePublicIpAddress", "rootBlockDevice.kmsKeyId"}
    assert all(keys == once for keys in hosts.values())
    assert all(keys == {"availabilityZone"} for keys in subnets.values())
    authority = {each.name: {"subject"} for each in deployed(variant).resources if each.name == "certificate-ca"}
    volumes = {each.name: {"availabilityZone", "kmsKeyId"} for each in deployed(variant).of("aws:ebs/volume:Volume")}
    assert ignored == hosts | subnets | authority | volumes
