"""What an update makes in AWS, read from the API; that the next one finds nothing to do; and small changes, made."""

import base64
import json
from typing import Any

import pytest
import yaml
from cryptography import x509

from guide.outbound import outbound_ports
from guide.ports import MESSAGING, NetworkRange
from guide.roles import Role
from tests.engine import Result
from tests.program.graph import WHOLE
from tests.program.realstack import RealStack, Secret, touched
from tests.stacks import LICENSE, LICENSE_CANARY, VALUES

pytestmark = pytest.mark.engine

REGION = "eu-north-1"
RESOURCES = len(WHOLE)
OWN_TAGS = {"wickr:project": "wickr", "wickr:stack": "test"}

BOOTSTRAP = "messaging-replicated"
ADMINS, CLIENTS = VALUES["wickr:adminCidrs"], ["0.0.0.0/0"]


@pytest.fixture(scope="module")
def first(stack: RealStack) -> Result:
    """The update that made everything."""
    return stack.up()


@pytest.fixture(scope="module")
def deployed(stack: RealStack, first: Result) -> RealStack:
    """The stack, once it is there. A test that changes it puts it back, except for the last, which grows it."""
    assert first.changes == {"create": RESOURCES}
    return stack


def made(stack: RealStack, name: str) -> str:
    """The id of one resource of the stack."""
    (found,) = (row["id"] for row in stack.engine.resources() if row["urn"].endswith(f"::{name}"))
    return str(found)


def host(stack: RealStack) -> Any:
    identifier = made(stack, "messaging-host-instance")
    return stack.cloud.ec2.describe_instances(InstanceIds=[identifier])["Reservations"][0]["Instances"][0]


def disk(stack: RealStack) -> Any:
    (mapping,) = host(stack)["BlockDeviceMappings"]
    (volume,) = stack.cloud.ec2.describe_volumes(VolumeIds=[mapping["Ebs"]["VolumeId"]])["Volumes"]
    return mapping["Ebs"], volume


def user_data(stack: RealStack) -> str:
    answer = stack.cloud.ec2.describe_instance_attribute(
        InstanceId=made(stack, "messaging-host-instance"), Attribute="userData"
    )
    return base64.b64decode(answer["UserData"]["Value"]).decode()


def rules(stack: RealStack, group: str, *, egress: bool) -> set[tuple[str, int, int, str]]:
    """What a group lets through: protocol, first port, last port, and who."""
    found = stack.cloud.ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])
    return {
        (
            rule["IpProtocol"],
            rule["FromPort"],
            rule["ToPort"],
            rule.get("CidrIpv4") or rule["ReferencedGroupInfo"]["GroupId"],
        )
        for rule in found["SecurityGroupRules"]
        if rule["IsEgress"] is egress
    }


def tags(row: Any) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in row.get("Tags") or row.get("TagSet") or ()}


def test_what_comes_in_is_the_guides_table_and_nothing_else(deployed: RealStack) -> None:
    sources = {
        NetworkRange.ALL: CLIENTS,
        NetworkRange.ADMIN: ADMINS,
        NetworkRange.INTERNAL: [made(deployed, "cluster-group")],
    }
    assert rules(deployed, made(deployed, "messaging-firewall-group"), egress=False) == {
        (row.protocol, row.first, row.last, source) for row in MESSAGING for source in sources[row.network_range]
    }


def test_what_goes_out_is_what_the_guide_lists_and_nothing_else(deployed: RealStack) -> None:
    assert rules(deployed, made(deployed, "messaging-firewall-group"), egress=True) == {
        ("tcp", port, port, "0.0.0.0/0") for port in outbound_ports(Role.MESSAGING)
    }


def test_nothing_passes_the_groups_that_nobody_wears(deployed: RealStack) -> None:
    filters = [
        {"Name": "vpc-id", "Values": [made(deployed, "network-vpc")]},
        {"Name": "group-name", "Values": ["default"]},
    ]
    (default,) = deployed.cloud.ec2.describe_security_groups(Filters=filters)["SecurityGroups"]
    for group in (default["GroupId"], made(deployed, "cluster-group")):
        assert rules(deployed, group, egress=False) | rules(deployed, group, egress=True) == set()


def test_the_host_wears_its_group_alone_in_the_first_public_subnet(deployed: RealStack) -> None:
    found = host(deployed)
    assert [group["GroupId"] for group in found["SecurityGroups"]] == [made(deployed, "messaging-firewall-group")]
    assert found["SubnetId"] == made(deployed, "network-public-1")


def test_the_metadata_service_answers_the_host_alone_and_only_with_a_token(deployed: RealStack) -> None:
    options = host(deployed)["MetadataOptions"]
    assert (options["HttpEndpoint"], options["HttpTokens"], options["HttpPutResponseHopLimit"]) == (
        "enabled",
        "required",
        1,
    )


def test_the_disk_is_encrypted_large_enough_and_outlives_the_host(deployed: RealStack) -> None:
    mapping, volume = disk(deployed)
    assert (volume["Size"], volume["VolumeType"], volume["Encrypted"]) == (200, "gp3", True)
    assert mapping["DeleteOnTermination"] is False


def test_aws_itself_refuses_to_terminate_the_host(deployed: RealStack) -> None:
    answer = deployed.cloud.ec2.describe_instance_attribute(
        InstanceId=made(deployed, "messaging-host-instance"), Attribute="disableApiTermination"
    )
    assert answer["DisableApiTermination"]["Value"] is True


def test_the_host_may_do_what_session_manager_needs_tell_of_itself_and_nothing_else(deployed: RealStack) -> None:
    iam, profile = deployed.cloud.iam, host(deployed)["IamInstanceProfile"]["Arn"].rpartition("/")[2]
    (role,) = iam.get_instance_profile(InstanceProfileName=profile)["InstanceProfile"]["Roles"]
    attached = iam.list_attached_role_policies(RoleName=role["RoleName"])["AttachedPolicies"]
    assert attached == []
    own = iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]
    policies = [iam.get_role_policy(RoleName=role["RoleName"], PolicyName=each)["PolicyDocument"] for each in own]
    assert {(each["Sid"], str(each["Resource"])) for policy in policies for each in policy["Statement"]} == {
        ("SessionManager", "*"),
        ("TellMetrics", "*"),
        ("TellLogs", "arn:aws:logs:eu-north-1:123456789012:log-group:/wickr/test/hosts:log-stream:messaging/*"),
    }
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "ec2.amazonaws.com"}


def test_the_address_that_clients_are_told_is_the_hosts(deployed: RealStack) -> None:
    (address,) = deployed.cloud.ec2.describe_addresses(AllocationIds=[made(deployed, "messaging-address-eip")])[
        "Addresses"
    ]
    assert address["InstanceId"] == made(deployed, "messaging-host-instance")
    assert address["PublicIp"] == host(deployed)["PublicIpAddress"] == deployed.engine.outputs()["messagingAddress"]


def test_the_user_data_lets_one_user_in_and_plants_the_key_that_is_pinned(deployed: RealStack) -> None:
    text, outputs = user_data(deployed), deployed.engine.outputs()
    assert text.startswith("#cloud-config\n")
    document = yaml.safe_load(text)
    address, _, planted = outputs["knownHosts"].partition(" ")
    assert document["ssh_keys"]["ed25519_public"] == planted
    assert address == outputs["messagingAddress"]
    assert [user["name"] for user in document["users"]] == ["wickr-deploy"]
    assert LICENSE_CANARY.decode() not in text
    assert outputs["sshPrivateKey"].splitlines()[-2] not in text


def test_everything_carries_the_stacks_tags(deployed: RealStack) -> None:
    ec2 = deployed.cloud.ec2
    mine = [{"Name": "vpc-id", "Values": [made(deployed, "network-vpc")]}]
    attached = [{"Name": "attachment.vpc-id", "Values": [made(deployed, "network-vpc")]}]
    rows = {
        "vpc": ec2.describe_vpcs(Filters=mine)["Vpcs"],
        "subnet": ec2.describe_subnets(Filters=mine)["Subnets"],
        # The main route table came with the VPC, and nothing follows it.
        "routes": [
            table
            for table in ec2.describe_route_tables(Filters=mine)["RouteTables"]
            if not any(each["Main"] for each in table["Associations"])
        ],
        "gateway": ec2.describe_internet_gateways(Filters=attached)["InternetGateways"],
        "group": ec2.describe_security_groups(Filters=mine)["SecurityGroups"],
        "address": ec2.describe_addresses(AllocationIds=[made(deployed, "messaging-address-eip")])["Addresses"],
        "instance": [host(deployed)],
        "rule": [
            rule
            for rule in ec2.describe_security_group_rules()["SecurityGroupRules"]
            if rule["GroupId"] == made(deployed, "messaging-firewall-group")
        ],
        "role": [deployed.cloud.iam.get_role(RoleName=made(deployed, "messaging-host-role"))["Role"]],
    }
    assert {kind: len(found) for kind, found in rows.items()} == {
        **dict.fromkeys(("vpc", "gateway", "address", "instance", "role"), 1),
        "subnet": 4,
        "routes": 2,
        "group": 3,
        "rule": 6,
    }
    untagged = [
        (kind, row) for kind, found in rows.items() for row in found if not OWN_TAGS.items() <= tags(row).items()
    ]
    assert untagged == []


def test_no_secret_is_in_what_an_update_says_or_in_its_state_in_clear(deployed: RealStack, first: Result) -> None:
    # Without its debug lines: the SDK writes a stack's outputs into them, and `--json` shows them (README).
    lines = [event for event in first.events if event.get("diagnosticEvent", {}).get("severity") != "debug"]
    told = first.text + json.dumps(lines)
    kept = "".join(file.read_text() for file in deployed.engine.state.rglob("*") if file.is_file())
    outputs = deployed.engine.outputs()
    shown = {outputs["installerPassword"], outputs["sshPrivateKey"].splitlines()[-2]}
    secrets = {LICENSE, LICENSE_CANARY.decode(), *shown, *private_keys(deployed)}
    assert len(secrets) == 2 + 2 + 5
    assert {secret for secret in secrets if secret in told or secret in kept} == set()


def private_keys(stack: RealStack) -> set[str]:
    """A line of each private key that the stack holds."""
    shown = json.loads(stack.engine.run("stack", "export", "--show-secrets").text)
    keys = [
        row["outputs"] for row in shown["deployment"]["resources"] if row["type"] == "tls:index/privateKey:PrivateKey"
    ]
    return {json.loads(key["privateKeyPem"]["plaintext"]).splitlines()[1] for key in keys}


def test_the_next_update_finds_nothing_to_do_and_neither_does_a_refresh(deployed: RealStack) -> None:
    assert deployed.up().changes == {"same": RESOURCES}
    refreshed = deployed.engine.refresh()
    assert refreshed.code == 0, refreshed.text
    assert refreshed.changes == {"same": RESOURCES}


def test_an_admin_network_more_or_less_is_two_rules_more_or_less(deployed: RealStack) -> None:
    before = deployed.cloud.inventory()
    more = touched(deployed.up({"adminCidrs": [*ADMINS, "203.0.113.0/28"]}))
    rules = {f"messaging-firewall-in-{row}-203.0.113.0-28" for row in ("ssh", "installer-ui")}
    assert more == dict.fromkeys(rules, "create")
    assert {kind: len(ids) for kind, ids in deployed.cloud.since(before).items()} == {"SecurityGroupRuleId": 2}
    assert touched(deployed.up()) == dict.fromkeys(rules, "delete")
    assert deployed.cloud.inventory() == before


def test_a_phase_that_fails_ends_an_update_and_the_next_one_goes_on_there(deployed: RealStack) -> None:
    license_ = {"license": Secret(base64.b64encode(b"another-licence-" * 8).decode())}
    deployed.hosts.fails = f"{BOOTSTRAP}-configure"
    failed = deployed.try_up(license_)
    deployed.hosts.fails = None
    assert failed.code != 0
    assert failed.text.count("the host of this test says no") == 1
    assert "Traceback" not in failed.text
    phases = ("configure", "application", "health")
    assert touched(deployed.up(license_)) == {f"{BOOTSTRAP}-{phase}": "replace" for phase in phases}
    assert touched(deployed.up()) == {
        f"{BOOTSTRAP}-files": "update",
        **{f"{BOOTSTRAP}-{phase}": "replace" for phase in phases},
    }


def test_a_host_grows_and_gets_another_name_without_being_another(deployed: RealStack) -> None:
    before = deployed.cloud.inventory()
    old, volume = host(deployed), disk(deployed)[1]["VolumeId"]
    grown = {
        "messaging.instanceType": "m5.xlarge",
        "messaging.diskGiB": 300,
        "tags.owner": "messaging-team",
        "hostname": "chat.example.com",
    }
    deployed.up(grown)
    new = host(deployed)
    assert (new["InstanceId"], new["InstanceType"], new["State"]["Name"]) == (old["InstanceId"], "m5.xlarge", "running")
    assert (new["PublicIpAddress"], new["PrivateIpAddress"]) == (old["PublicIpAddress"], old["PrivateIpAddress"])
    assert (disk(deployed)[1]["VolumeId"], disk(deployed)[1]["Size"]) == (volume, 300)
    assert tags(new)["owner"] == "messaging-team"
    assert deployed.cloud.inventory() == before
    (server,) = (row for row in deployed.engine.resources() if row["urn"].endswith("::certificate-server"))
    leaf = x509.load_pem_x509_certificate(server["outputs"]["certPem"].encode())
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["chat.example.com"]
    ca = x509.load_pem_x509_certificate(deployed.engine.outputs()["caCertificate"].encode())
    leaf.verify_directly_issued_by(ca)
    assert deployed.up(grown).changes == {"same": RESOURCES}
