"""One changed value for every key of a stack that is deployed: what `pulumi up` would do, resource by resource.

Nobody loses a host, an address, the CA that clients pinned or the cluster's secret by changing a key. Where a key
cannot be changed otherwise, the preview is refused, and the row says why.
"""

import base64
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests import certificates
from tests.mock_cloud import ACCOUNT
from tests.program.graph import ALARMS, BACKUP, CALLING, COMPLIANCE, FLOW_LOGS, HOST, SNAPSHOT_BUCKET, VITALS
from tests.program.graph import BOOTSTRAP as PHASES
from tests.program.realstack import Changes, RealStack, Secret
from tests.program.rows import BOOTSTRAP, ISSUED_ANEW, PLACED, Previews, Row, check, keys
from tests.stacks import AIRGAP, BASTION
from tests.stacks import COMPLIANCE as BOT

pytestmark = pytest.mark.engine

REGION = "eu-central-1"

SSH, INSTALLER, CLIENTS = (f"messaging-firewall-in-{row}" for row in ("ssh", "installer-ui", "wickr-services"))
OUT = "messaging-firewall-out"
INSTALLED = {f"{BOOTSTRAP}-install": "update"}
PROXY: Changes = {"installer.proxy": "http://10.9.0.10:3128", "egress": "proxy"}
BY_PROXY = {f"{OUT}-proxy-10.9.0.10-32": "create", f"{OUT}-80": "delete", f"{OUT}-443": "delete"}
CHECKED = {f"{BOOTSTRAP}-preflight": "update"}


WITH_CALLING = {
    **ISSUED_ANEW,
    f"{BOOTSTRAP}-cluster": "replace",
    **dict.fromkeys((name for _, name in CALLING), "create"),
}
"""The voice and video host, what is new for the messaging host, and one certificate for both."""

PROVIDED: Changes = {
    "certificate.source": "provided",
    "certificate.chainPem": certificates.server().pem + certificates.intermediate().pem,
    "certificate.privateKeyPem": Secret(certificates.server().key_pem()),
}
WITH_RECORDS: Changes = {"dns.zoneId": "a zone, which the fixture makes"}
WITH_A_KEY: Changes = {"kmsKeyId": "a key, which the fixture makes"}
WITH_A_PROFILE: Changes = {"iam.instanceProfile": "a profile, which the fixture makes"}
WITH_A_TOPIC: Changes = {"monitoring.alarms.topicArn": "a topic, which the fixture makes"}
ELSEWHERE: Changes = {"network": "another VPC, which the fixture makes"}
ELSEWHERE_IN_PRIVATE: Changes = {**ELSEWHERE, "network.publicAddresses": False}
WITH_FILES: Changes = {"installer.airgap": "files in a bucket, which the fixture makes"}
OFFLINE: Changes = {**ELSEWHERE_IN_PRIVATE, "installer.source": "airgap", **WITH_FILES, "egress": "none"}
BY_A_BASTION: Changes = {
    **{f"bastion.{key}": value for key, value in BASTION.items()},
    "bastion.privateKey": Secret(str(BASTION["privateKey"])),
}
"""Another way to the same hosts: each phase runs again over it, and finds its work done."""

A_BUCKET: Changes = {"snapshots.bucket": "a bucket, which the fixture makes"}
ITS_KEY: Changes = {"snapshots.keyArn": "the ARN of a key, which the fixture makes"}

MADE = (ELSEWHERE, WITH_RECORDS, WITH_A_KEY, WITH_A_PROFILE, WITH_A_TOPIC, WITH_FILES, A_BUCKET, ITS_KEY)
MEANT = tuple(each for change in MADE for each in change.values())
NO_FLOW_LOGS = dict.fromkeys((name for _, name in FLOW_LOGS), "delete")
NO_VITALS = dict.fromkeys((name for _, name in VITALS), "delete")
OF_VITALS = {name for type_, name in VITALS if "metricAlarm" in type_}
NO_BACKUPS = dict.fromkeys((name for _, name in BACKUP), "delete")
SNAPSHOTS = {"messaging-host-instance": "update", "messaging-snapshots": "create"}
"""The host stays, and runs on: how far its credentials go is changed while it does."""
MOVED = "a host cannot move to another network: that is another installation, or a rebuild"
OTHER_TRUST = "clients have pinned the stack's CA: to give it up is a step of its own, after unprotecting it"

ROWS = {
    "hostname": Row(change={"hostname": "chat.example.com"}, does=ISSUED_ANEW),
    "adminCidrs": Row(
        change={"adminCidrs": ["198.51.100.64/26", "203.0.113.0/28"]},
        does={f"{SSH}-203.0.113.0-28": "create", f"{INSTALLER}-203.0.113.0-28": "create"},
    ),
    "clientCidrs": Row(
        change={"clientCidrs": ["198.51.100.0/24"]},
        does={f"{CLIENTS}-198.51.100.0-24": "create", f"{CLIENTS}-0.0.0.0-0": "delete"},
    ),
    "network.cidr": Row(change={"network.cidr": "10.21.0.0/16"}, guarded="messaging-host-instance", because=MOVED),
    "network.vpcId": Row(change=ELSEWHERE, guarded="messaging-host-instance", because=MOVED),
    "network.publicSubnetIds": Row(change=ELSEWHERE, guarded="messaging-host-instance", because=MOVED),
    "network.privateSubnetIds": Row(change=ELSEWHERE, guarded="messaging-host-instance", because=MOVED),
    "network.publicAddresses": Row(
        change=ELSEWHERE_IN_PRIVATE,
        guarded="messaging-host-instance",
        because="a host that loses its address stays where it is only in a VPC that is there: see test_private.py",
    ),
    "network.rulesPerGroup": Row(change={"network.cidr": "10.20.0.0/16", "network.rulesPerGroup": 100}, does={}),
    "network.groupsPerInterface": Row(
        change={"network.cidr": "10.20.0.0/16", "network.groupsPerInterface": 8}, does={}
    ),
    "bastion": Row(
        change=BY_A_BASTION,
        does={
            **dict.fromkeys((name for type_, name in PHASES | VITALS if type_ == "command:remote:Command"), "update"),
            f"{BOOTSTRAP}-health": "delete",
            f"{BOOTSTRAP}-health-from-bastion": "create",
        },
    ),
    "messaging.imageId": Row(change={"messaging.imageId": "ami-0123456789abcdef0"}, does={}),
    "messaging.instanceType": Row(
        change={"messaging.instanceType": "m5.xlarge"}, does={"messaging-host-instance": "update"}
    ),
    "messaging.diskGiB": Row(change={"messaging.diskGiB": 300}, does={"messaging-host-instance": "update"}),
    "messaging.alsoAcceptOs": Row(change={"messaging.alsoAcceptOs": ["debian 12"]}, does=CHECKED),
    "messaging.healthCheck": Row(change={"messaging.healthCheck": "none"}, does={f"{BOOTSTRAP}-health": "delete"}),
    "messaging.rebuild": Row(
        change={"messaging.rebuild": 1},
        guarded="messaging-host-instance",
        because="the host that goes has to be unprotected first, as before any deletion",
    ),
    "calling": Row(change={"calling.hostname": "calls.example.com"}, does=WITH_CALLING),
    "compliance": Row(change={"compliance": BOT}, does=dict.fromkeys((name for _, name in COMPLIANCE), "create")),
    "installer.source": Row(change=OFFLINE, guarded="messaging-host-instance", because=MOVED),
    "installer.airgap": Row(change=OFFLINE, guarded="messaging-host-instance", because=MOVED),
    # A disk has its key for life: another one counts for what is made from then on, as by a rebuild.
    "kmsKeyId": Row(change=WITH_A_KEY, does={}),
    "encryption.ownKey": Row(change={"encryption.ownKey": True}, does={"key": "create", "key-key": "create"}),
    "iam.instanceProfile": Row(
        change=WITH_A_PROFILE,
        does={
            "messaging-host-instance": "update",
            **dict.fromkeys((name for type_, name in HOST if type_.startswith("aws:iam/")), "delete"),
            # Whoever brings a profile wants no role to be made.
            **NO_FLOW_LOGS,
            **NO_VITALS,
            **NO_BACKUPS,
        },
    ),
    "iam.permissionsBoundary": Row(
        change={"iam.permissionsBoundary": "arn:aws:iam::123456789012:policy/boundary"},
        does={"messaging-host-role": "update", "flow-logs-role": "update", "backup-role": "update"},
    ),
    "monitoring.alarms.enabled": Row(
        change={"monitoring.alarms.enabled": False},
        does=dict.fromkeys((*(name for _, name in ALARMS), *OF_VITALS), "delete"),
    ),
    "monitoring.alarms.topicArn": Row(
        change=WITH_A_TOPIC,
        does={
            **dict.fromkeys((*(name for type_, name in ALARMS if "metricAlarm" in type_), *OF_VITALS), "update"),
            "alarms-topic": "delete",
        },
    ),
    "monitoring.alarms.emails": Row(
        change={"monitoring.alarms.emails": ["oncall@example.com"]},
        does={"alarms-to-oncall-at-example.com": "create"},
    ),
    "monitoring.alarms.recover": Row(
        change={"monitoring.alarms.recover": False}, does={"alarms-messaging-system-check": "update"}
    ),
    "monitoring.flowLogs.enabled": Row(change={"monitoring.flowLogs.enabled": False}, does=NO_FLOW_LOGS),
    "monitoring.flowLogs.retentionDays": Row(
        change={"monitoring.flowLogs.retentionDays": 365}, does={"flow-logs-group": "update"}
    ),
    "monitoring.flowLogs.traffic": Row(
        change={"monitoring.flowLogs.traffic": "reject"}, does={"flow-logs-log": "replace"}
    ),
    "monitoring.vitals.enabled": Row(change={"monitoring.vitals.enabled": False}, does=NO_VITALS),
    "monitoring.vitals.retentionDays": Row(
        change={"monitoring.vitals.retentionDays": 365}, does={"host-logs-group": "update"}
    ),
    "monitoring.vitals.diskPercent": Row(
        change={"monitoring.vitals.diskPercent": 70}, does={"alarms-messaging-disk": "update"}
    ),
    "monitoring.vitals.memoryPercent": Row(
        change={"monitoring.vitals.memoryPercent": 70}, does={"alarms-messaging-memory": "update"}
    ),
    "monitoring.vitals.certificateDays": Row(
        change={"monitoring.vitals.certificateDays": 20}, does={"alarms-messaging-certificate": "update"}
    ),
    "backup.enabled": Row(change={"backup.enabled": False}, does=NO_BACKUPS),
    "backup.schedule": Row(change={"backup.schedule": "cron(0 */6 ? * * *)"}, does={"backup-plan": "update"}),
    "backup.retentionDays": Row(change={"backup.retentionDays": 90}, does={"backup-plan": "update"}),
    "snapshots.enabled": Row(
        change={"snapshots.enabled": True},
        does={**SNAPSHOTS, **dict.fromkeys((name for _, name in SNAPSHOT_BUCKET), "create")},
    ),
    "snapshots.bucket": Row(change={"snapshots.enabled": True, **A_BUCKET}, does=SNAPSHOTS),
    "snapshots.keyArn": Row(change={"snapshots.enabled": True, **A_BUCKET, **ITS_KEY}, does=SNAPSHOTS),
    "dns": Row(change=WITH_RECORDS, does={"dns": "create", "dns-messaging": "create"}),
    "installer.url": Row(change={"installer.url": "https://mirror.example.com/install.sh"}, does=INSTALLED),
    "installer.sha256": Row(change={"installer.sha256": "0" * 64}, does=INSTALLED),
    "installer.docker": Row(change={"installer.docker": "preinstalled"}, does=INSTALLED),
    "installer.dockerVersion": Row(change={"installer.dockerVersion": "18.09.2"}, does=INSTALLED),
    "installer.operatorUrl": Row(change={"installer.operatorUrl": "https://mirror.example.com/operator.sh"}, does={}),
    # Nobody knows what a proxy lets through: hosts behind one tell only where the stack says so.
    "installer.proxy": Row(change=PROXY, does=INSTALLED | BY_PROXY | NO_VITALS),
    "installer.proxyCredentials": Row(
        change={**PROXY, "installer.proxyCredentials": Secret("user:password")},
        does=INSTALLED | BY_PROXY | NO_VITALS,
    ),
    "installer.proxyCidrs": Row(
        change={**PROXY, "installer.proxyCidrs": ["10.9.0.10/32"]}, does=INSTALLED | BY_PROXY | NO_VITALS
    ),
    "installer.noProxy": Row(
        change={"installer.proxy": "http://10.9.0.10:80", "installer.noProxy": [".example.net"]},
        does=INSTALLED | NO_VITALS,
    ),
    "installer.release": Row(change={"installer.release": "6.26"}, does=INSTALLED),
    "installer.securityModule": Row(change={"installer.securityModule": "keep"}, does=CHECKED),
    "egress": Row(
        change={"egress": "open"},
        does={
            **dict.fromkeys((f"{OUT}-all", f"{OUT}-all-6"), "create"),
            **dict.fromkeys((f"{OUT}-80", f"{OUT}-443"), "delete"),
        },
    ),
    "license": Row(
        change={"license": Secret(base64.b64encode(b"another-licence-" * 8).decode())},
        does=PLACED,
    ),
    "certificate.source": Row(
        change={"certificate.source": "installer"}, guarded="certificate-ca", because=OTHER_TRUST
    ),
    "certificate.organization": Row(change={"certificate.organization": "Example Ltd"}, does=ISSUED_ANEW),
    "certificate.validityDays": Row(
        change={"certificate.validityDays": 200}, does={"certificate-server": "replace", **PLACED}
    ),
    "certificate.renewBeforeDays": Row(
        change={"certificate.renewBeforeDays": 30},
        # Who is told of a renewal that was missed is told later, too.
        does={"certificate-server": "update", "alarms-messaging-certificate": "update"},
    ),
    "certificate.caValidityDays": Row(
        change={"certificate.caValidityDays": 7300},
        guarded="certificate-ca",
        because="a CA that is valid for another time is another CA, which every client would have to pin anew",
    ),
    "certificate.chainPem": Row(change=PROVIDED, guarded="certificate-ca", because=OTHER_TRUST),
    "certificate.privateKeyPem": Row(change=PROVIDED, guarded="certificate-ca", because=OTHER_TRUST),
    "certificate.caPem": Row(
        change={**PROVIDED, "certificate.caPem": certificates.authority().pem},
        guarded="certificate-ca",
        because=OTHER_TRUST,
    ),
    "settings": Row(change={"settings.some_key": "some value"}, does=PLACED),
    "tags": Row(
        change={"tags.owner": "messaging-team"},
        does=dict.fromkeys(
            (
                *("aws", "network-vpc", "network-gateway", "network-public-routes", "network-private-routes"),
                *("network-public-1", "network-public-2", "network-private-1", "network-private-2"),
                *("network-default-group", "cluster-group", "messaging-firewall-group"),
                *(f"{SSH}-198.51.100.64-26", f"{INSTALLER}-198.51.100.64-26", f"{CLIENTS}-0.0.0.0-0"),
                *("messaging-firewall-in-replicated-internal",),
                *("messaging-firewall-out-80", "messaging-firewall-out-443"),
                *("alarms-topic", "alarms-messaging-instance-check", "alarms-messaging-system-check"),
                *("flow-logs-group", "flow-logs-role", "flow-logs-log", "host-logs-group", *OF_VITALS),
                *("backup-vault", "backup-plan", "backup-role"),
                *("messaging-host-role", "messaging-host-profile", "messaging-host-instance", "messaging-address-eip"),
            ),
            "update",
        ),
    ),
    "protectHosts": Row(change={"protectHosts": False}, does={"messaging-host-instance": "update"}),
}


@pytest.fixture(scope="module")
def previews(stack: RealStack) -> Iterator[Previews]:
    """All previews, two at a time; the stack is deployed once."""
    stack.up()
    elsewhere = what_is_there(stack)
    # Rows that differ in nothing share a preview.
    distinct = {id(row.change): row.change for row in ROWS.values()}
    with ThreadPoolExecutor(2) as pool:
        runs = {number: pool.submit(stack.preview, placed(change, elsewhere)) for number, change in distinct.items()}
        yield {key: runs[id(row.change)] for key, row in ROWS.items()}
        pool.shutdown(cancel_futures=True)


def placed(change: Changes, elsewhere: Changes) -> Changes:
    """A change with what is there in the place of what stands for it: a network, a zone, a key, a profile, a topic."""
    return {key: elsewhere[key] if value in MEANT else value for key, value in change.items()}


def what_is_there(stack: RealStack) -> Changes:
    """A VPC, a zone, a key, an instance profile, a topic and a bucket that are there, as a stack names them."""
    vpc = stack.cloud.vpc("10.30.0.0/16")
    public, private = (stack.cloud.subnet(vpc, f"10.30.{number}.0/24") for number in (0, 1))
    bucket = f"bundles-{stack.cloud.region}"
    stack.cloud.bucket(bucket, [each["key"] for each in (AIRGAP["archive"], AIRGAP["bundle"], *AIRGAP["docker"])])
    return {
        "network": {"vpcId": vpc, "publicSubnetIds": [public], "privateSubnetIds": [private]},
        "dns.zoneId": stack.cloud.zone("example.com"),
        "kmsKeyId": (key := stack.cloud.key()),
        "snapshots.bucket": bucket,
        "snapshots.keyArn": f"arn:aws:kms:{stack.cloud.region}:{ACCOUNT}:key/{key}",
        "iam.instanceProfile": stack.cloud.profile("theirs"),
        "monitoring.alarms.topicArn": stack.cloud.topic("operations"),
        "installer.airgap": AIRGAP | {"bucket": bucket},
    }


def test_every_key_has_a_row() -> None:
    assert set(ROWS) == set(keys())


@pytest.mark.parametrize("key", ROWS)
def test_a_key_changes_what_it_says_and_nothing_else(previews: Previews, key: str) -> None:
    check(ROWS[key], previews[key].result())
