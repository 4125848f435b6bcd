"""The program as a whole: what it tells, what it asks AWS first, and how it refuses."""

from typing import Any

import pytest

from infra import provider
from tests.infra.refusals_of_rules import OF_THE_PROVIDER
from tests.mock_cloud import Answer, Refused
from tests.recorder import deploy
from tests.stacks import CALLING, KEY_ARN, VARIANTS, VPC, deployed, stack

every_variant = pytest.mark.parametrize("variant", VARIANTS)

CONTRACT = {
    *("messagingUrl", "adminConsoleUrl", "installerUrl", "healthCheckUrl", "messagingAddress", "callingAddress"),
    *("mediaPorts", "egress", "complianceHost", "sshCommands", "knownHosts", "caCertificate", "installerPassword"),
    *("alarmTopic", "hostLogs", "snapshotsDestination"),
    *("complianceState", "nextSteps"),
}

INSTANCE_TYPE = "aws:ec2/getInstanceType:getInstanceType"
SUBNET = "aws:ec2/getSubnet:getSubnet"
BUCKET = "aws:s3/getBucket:getBucket"
ZONES = "aws:index/getAvailabilityZones:getAvailabilityZones"


@every_variant
def test_the_outputs_are_those_of_the_contract_in_every_stack(variant: str) -> None:
    assert deployed(variant).outputs.keys() == CONTRACT | {"sshPrivateKey"}


def test_the_outputs_say_where_it_answers() -> None:
    outputs = deployed().outputs
    assert {
        name: outputs[name] for name in CONTRACT if name.endswith(("Url", "Address", "Ports", "Host", "Hosts", "State"))
    } == {
        "messagingUrl": "https://wickr.example.com",
        "adminConsoleUrl": "https://wickr.example.com/admin",
        "installerUrl": "https://wickr.example.com:8800",
        "healthCheckUrl": "https://wickr.example.com/checkConfig.php?api=117",
        "messagingAddress": "203.0.113.100",
        "callingAddress": "",
        "mediaPorts": "",
        "complianceHost": "",
        "complianceState": "",
        "knownHosts": "203.0.113.100 ssh-ed25519 public-openssh-of-messaging-host-host-key\n",
    }


def test_with_calling_the_outputs_say_where_that_answers_too() -> None:
    alone, outputs = deployed().outputs, deployed("calling").outputs
    assert {name: value for name, value in outputs.items() if value != alone[name]} == {
        "callingAddress": "203.0.113.101",
        "mediaPorts": "16384-16484/udp: 50 calls x 2 ports from 16384; ORVILLE_MAX_CALLS=50",
        "knownHosts": "203.0.113.100 ssh-ed25519 public-openssh-of-messaging-host-host-key\n"
        "203.0.113.101 ssh-ed25519 public-openssh-of-calling-host-host-key\n",
        "sshCommands": outputs["sshCommands"],
        "nextSteps": outputs["nextSteps"],
    }


@pytest.mark.parametrize(
    ("variant", "told"),
    [
        ("500 calls", "16384-17384/udp: 500 calls x 2 ports from 16384; ORVILLE_MAX_CALLS=500"),
        ("1 call", "16384-16386/udp: 1 call x 2 ports from 16384; ORVILLE_MAX_CALLS=1"),
        ("calling of 6.32", "16384-16484/udp: 50 calls x 2 ports from 16384; ORVILLE_MAX_CALLS=50"),
    ],
)
def test_the_media_ports_are_told_with_their_arithmetic(variant: str, told: str) -> None:
    assert deployed(variant).outputs["mediaPorts"] == told


@pytest.mark.parametrize(
    ("variant", "said"),
    [
        (
            "complete",
            "TCP 80 and 443 at any address: the guide names hosts (IG 3.5), and a security group knows addresses, not "
            "names; what filters names is in docs/network.md",
        ),
        ("everything let out", "everything, everywhere"),
        ("through a proxy", "TCP 3128 at 10.9.0.10/32, the proxy, and nothing else"),
        (
            "airgap",
            "4 objects of the bucket bundles, by a gateway endpoint that knows them by name, and nothing else outside "
            "the installation",
        ),
        (
            "snapshots in an airgap",
            "4 objects of the bucket bundles, the folder of this stack's snapshots, by a gateway endpoint that knows "
            "them by name, and nothing else outside the installation",
        ),
        ("calling through a proxy", "TCP 3128 at 10.9.0.0/28, 198.51.100.202/32, the proxy, and nothing else"),
    ],
)
def test_what_the_hosts_may_reach_is_said_as_it_is(variant: str, said: str) -> None:
    assert deployed(variant).outputs["egress"] == said


@pytest.mark.parametrize(
    ("variant", "addresses"),
    [
        ("complete", {"messaging": "203.0.113.100"}),
        ("calling", {"messaging": "203.0.113.100", "calling": "203.0.113.101"}),
    ],
)
def test_an_ssh_command_trusts_the_exported_key_and_no_other(variant: str, addresses: dict[str, str]) -> None:
    commands = deployed(variant).outputs["sshCommands"]
    trusting = "ssh -i wickr.key -o IdentitiesOnly=yes -o UserKnownHostsFile=wickr.known_hosts wickr-deploy@"
    assert {name: command for name, command in commands.items() if name != "prepare"} == {
        role: f"{trusting}{address}" for role, address in addresses.items()
    } | {f"{role}Session": f"aws ssm start-session --target i-{role}-host-instance" for role in addresses}
    assert commands["prepare"].startswith("(umask 077; ")


CALLING_STEPS = [
    "Make a DNS record for wickr.example.com that resolves to 203.0.113.100.",
    "Make a DNS record for calling.example.com that resolves to 203.0.113.101.",
    "Log in at",
    "Put the CA",
    "See to it that wickr:settings has the keys behind the labels Enable Calling and Calling Hostname (IG 5), "
    "the latter as calling.example.com: ",
]


@pytest.mark.parametrize(
    ("variant", "steps"),
    [
        ("complete", ["Make a DNS record", "Log in at", "Put the CA", "The installer's console"]),
        ("an address for a name", ["Log in at", "Put the CA", "The installer's console"]),
        ("provided certificate", ["Make a DNS record", "Log in at", "The installer's console"]),
        (
            "installer's certificate",
            ["Make a DNS record", "Log in at", "Take the certificate", "The installer's console"],
        ),
        ("calling", [*CALLING_STEPS, "The installer's console"]),
        (
            "500 calls",
            [*CALLING_STEPS, "Have the calling service started with ORVILLE_MAX_CALLS=500", "The installer's"],
        ),
        ("1 call", [*CALLING_STEPS, "Have the calling service started with ORVILLE_MAX_CALLS=1 ", "The installer's"]),
        (
            "calling at an address",
            [
                *("Make a DNS record for wickr.example.com", "Log in at", "Put the CA"),
                *("See to it that wickr:settings has the keys behind the labels", "The installer's console"),
            ],
        ),
    ],
)
def test_the_next_steps_are_what_is_left_for_a_person(variant: str, steps: list[str]) -> None:
    told = deployed(variant).outputs["nextSteps"]
    steps = [*steps[:-1], "Name who gets the alarms", steps[-1]]
    assert [step for step, start in zip(told, steps, strict=True) if not step.startswith(start)] == []


def refused(changes: dict[str, Any] | None = None, answers: dict[str, Answer] | None = None) -> list[str]:
    """What the program says where it refuses; it has asked for nothing but its provider then."""
    deployment = deploy(stack(changes), answers=answers)
    assert {each.type for each in deployment.resources} <= {"pulumi:providers:aws"}
    errors = deployment.said("error")
    count = len(errors)
    assert deployment.problem == (
        f"the stack is not deployed: {count} problem{'s' if count > 1 else ''} in its settings, listed above"
    )
    return errors


def test_a_stack_that_is_wrong_ends_in_sentences_before_anything_is_made() -> None:
    assert [each.partition(": ")[0] for each in refused({"wickr:hostname": "x", "wickr:license": "?"})] == [
        "wickr:hostname",
        "wickr:license",
    ]


def test_what_is_wrong_with_the_provider_is_told_along_with_the_rest() -> None:
    problems = refused({"aws:region": None, "wickr:hostname": "x"})
    assert [each.partition(": ")[0] for each in problems] == ["wickr:hostname", "aws:region"]


@pytest.mark.slow
def test_a_warning_does_not_stop_a_deployment() -> None:
    deployment = deploy(stack({"wickr:messaging": {**VARIANTS["rebuilt"]["wickr:messaging"], "diskGiB": 150}}))
    assert deployment.problem is None
    assert [each.partition(" ")[0] for each in deployment.said("warning")] == ["wickr:messaging.diskGiB"]


def instance_type(**changes: Any) -> dict[str, Answer]:
    offer = {"supportedArchitectures": ["x86_64"], "defaultVcpus": 2, "memorySize": 8192, **changes}
    return {INSTANCE_TYPE: lambda args: offer}


def unknown(_: dict[str, Any]) -> dict[str, Any]:
    raise Refused("the plugin returned an error: no matching thing found\nwith a second line")


def forbidden(_: dict[str, Any]) -> dict[str, Any]:
    raise Refused("the plugin returned an error: ExpiredToken: The token has expired")


@pytest.mark.parametrize(
    ("answers", "sentences"),
    [
        (
            {INSTANCE_TYPE: unknown},
            ["wickr:messaging.instanceType: AWS does not know t3.large in this region (no matching thing found)"],
        ),
        (
            {INSTANCE_TYPE: forbidden},
            [
                "wickr:messaging.instanceType: AWS could not be asked about t3.large; see to credentials, permissions "
                "and aws:region (ExpiredToken: The token has expired)"
            ],
        ),
        (
            instance_type(supportedArchitectures=["arm64"]),
            ["wickr:messaging.instanceType: t3.large is not x86_64, which the vendor's images need"],
        ),
        (
            instance_type(defaultVcpus=1),
            ["wickr:messaging.instanceType: t3.large has 1 vCPU, the table asks for 2 (IG 3.1)"],
        ),
        (
            instance_type(memorySize=7680),
            ["wickr:messaging.instanceType: t3.large has 7.5 GiB of memory, the table asks for 8 (IG 3.1)"],
        ),
        (
            instance_type(supportedArchitectures=["arm64"], defaultVcpus=1, memorySize=512),
            [
                "wickr:messaging.instanceType: t3.large is not x86_64, which the vendor's images need",
                "wickr:messaging.instanceType: t3.large has 1 vCPU, the table asks for 2 (IG 3.1)",
                "wickr:messaging.instanceType: t3.large has 0.5 GiB of memory, the table asks for 8 (IG 3.1)",
            ],
        ),
        (
            {ZONES: lambda args: {"names": ["eu-west-1a"]}},
            ["aws:region: the region offers 1 zone, the network needs 2"],
        ),
    ],
    ids=["unknown", "forbidden", "ARM", "one CPU", "small", "all of it", "one zone"],
)
def test_what_aws_contradicts_is_refused_before_anything_is_made(
    answers: dict[str, Answer], sentences: list[str]
) -> None:
    assert refused(answers=answers) == sentences


@pytest.mark.parametrize(
    ("key", "answer", "sentences"),
    [
        (
            None,
            lambda args: {"bucketRegion": "eu-central-1"},
            [
                "wickr:snapshots.bucket: theirs is in eu-central-1, and the messaging host in eu-west-1, from where it "
                "is addressed; name a bucket there, or leave it out, and the stack makes one"
            ],
        ),
        (None, unknown, ["wickr:snapshots.bucket: AWS does not know theirs in S3 (no matching thing found)"]),
        (
            KEY_ARN.replace("eu-west-1", "eu-west-2"),
            lambda args: {"bucketRegion": "eu-west-1"},
            [
                f"wickr:snapshots.keyArn: {KEY_ARN.replace('eu-west-1', 'eu-west-2')} is in eu-west-2, and a bucket of "
                "eu-west-1 is encrypted with keys of eu-west-1 alone; name the bucket's own"
            ],
        ),
        (
            KEY_ARN.replace("arn:aws:", "arn:aws-cn:"),
            lambda args: {"bucketRegion": "eu-west-1"},
            [
                f"wickr:snapshots.keyArn: {KEY_ARN.replace('arn:aws:', 'arn:aws-cn:')} is of the partition aws-cn, and "
                "aws:region is in aws; name one of aws"
            ],
        ),
    ],
    ids=["elsewhere", "not there", "a key elsewhere", "a key of another partition"],
)
def test_a_bucket_for_snapshots_is_there_and_in_the_region(
    key: str | None, answer: Answer, sentences: list[str]
) -> None:
    wanted = {"enabled": True, "bucket": "theirs", **({"keyArn": key} if key else {})}
    assert refused({"wickr:snapshots": wanted}, {BUCKET: answer}) == sentences


@pytest.mark.slow
def test_a_bucket_that_is_not_wanted_is_not_asked_for() -> None:
    off = {"wickr:snapshots": {"enabled": False, "bucket": "theirs"}}
    assert deploy(stack(off), answers={BUCKET: unknown}).problem is None


def test_both_instance_types_are_judged_by_their_own_tables() -> None:
    changes = {"wickr:calling": CALLING | {"instanceType": "c5.xlarge"}}
    assert refused(changes, instance_type(memorySize=4096)) == [
        "wickr:messaging.instanceType: t3.large has 4 GiB of memory, the table asks for 8 (IG 3.1)",
        "wickr:calling.instanceType: c5.xlarge has 4 GiB of memory, the table asks for 8 (IG 3.2)",
    ]


def test_what_aws_would_be_asked_about_a_calling_host_is_not_asked_without_one() -> None:
    asked = [token for token, _ in deployed().invoked if token == INSTANCE_TYPE]
    assert (len(asked), len([token for token, _ in deployed("calling").invoked if token == INSTANCE_TYPE])) == (1, 2)


def test_a_subnet_of_another_vpc_is_refused_by_its_place_in_the_stack_file() -> None:
    answers: dict[str, Answer] = {
        SUBNET: lambda args: {"vpcId": "vpc-0ff" if args["id"] in ("subnet-0a02", "subnet-0b01") else VPC["vpcId"]}
    }
    assert refused({"wickr:network": VPC}, answers) == [
        f"wickr:network.{place}: {subnet} belongs to vpc-0ff, not to {VPC['vpcId']}; name a subnet of network.vpcId"
        for place, subnet in (("publicSubnetIds[1]", "subnet-0a02"), ("privateSubnetIds[0]", "subnet-0b01"))
    ]


def test_a_subnet_that_is_not_there_is_refused() -> None:
    problems = refused({"wickr:network": VPC | {"privateSubnetIds": []}}, {SUBNET: unknown})
    assert [each.partition(" (")[0] for each in problems] == [
        f"wickr:network.publicSubnetIds[{n}]: AWS does not know subnet-0a0{n + 1} in this region" for n in (0, 1)
    ]


@pytest.mark.parametrize(
    ("values", "arguments"),
    [
        ({}, {}),
        ({"aws:profile": "acme"}, {"profile": "acme"}),
        ({"aws:skipRegionValidation": "true"}, {"skip_region_validation": True}),
        ({"aws:region": "us-gov-west-1"}, {"region": "us-gov-west-1"}),
        (
            {"aws:region": "here", "aws:skipRegionValidation": "true"},
            {"region": "here", "skip_region_validation": True},
        ),
        ({"aws:maxRetries": "3"}, {"max_retries": 3}),
        ({"aws:allowedAccountIds": '["123456789012"]'}, {"allowed_account_ids": ["123456789012"]}),
        ({"aws:allowedAccountIds": "[12345678901]"}, {"allowed_account_ids": ["012345678901"]}),
        ({"other:region": "x"}, {}),
    ],
    ids=str,
)
def test_keys_of_aws_reach_the_provider(values: dict[str, str], arguments: dict[str, Any]) -> None:
    found = provider.arguments({"aws:region": "eu-west-1", **values})
    assert found == ({"region": "eu-west-1", **arguments}, [])


@pytest.mark.parametrize(("key", "text", "sentence"), [(f"aws:{key}", *rest) for key, *rest in OF_THE_PROVIDER])
def test_a_key_of_aws_without_effect_is_refused(key: str, text: str, sentence: str) -> None:
    _, (problem,) = provider.arguments({"aws:region": "eu-west-1", key: text})
    assert problem.startswith(sentence)
    assert "CANARY" not in problem
