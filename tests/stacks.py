"""Stacks that tests deploy: a complete one, whose licence is a canary, and its variations."""

import base64
import functools
import json
from collections.abc import Mapping
from typing import Any

from tests import certificates, sshkeys
from tests.mock_cloud import PRIVATE_ZONE, PUBLIC_ZONE
from tests.recorder import Deployment, Stack, deploy

LICENSE_CANARY = b"canary-licence-" * 8
LICENSE = base64.b64encode(LICENSE_CANARY).decode()
IMAGE = "ami-0deb1200000000001"

VALUES: dict[str, Any] = {
    "aws:region": "eu-west-1",
    "wickr:hostname": "wickr.example.com",
    "wickr:adminCidrs": ["198.51.100.64/26"],
    "wickr:messaging": {"imageId": IMAGE},
    "wickr:license": LICENSE,
}
SECRETS = ("wickr:license", "wickr:certificate", "wickr:installer", "wickr:bastion")


def stack(changes: Mapping[str, Any] | None = None, *, name: str = "test", secrets: tuple[str, ...] = SECRETS) -> Stack:
    """The complete stack with some keys changed; None takes a key out."""
    values = {key: value for key, value in {**VALUES, **(changes or {})}.items() if value is not None}
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}
    return Stack(name=name, values=texts, secrets=tuple(key for key in secrets if key in texts))


def provided() -> dict[str, str]:
    """A certificate that somebody brings along, as a stack names it."""
    chain = certificates.server().pem + certificates.intermediate().pem
    return {"source": "provided", "chainPem": chain, "privateKeyPem": certificates.server().key_pem()}


CREDENTIALS_CANARY = "canary-user:canary-password-of-the-proxy"
PROXY = {"proxy": "http://10.9.0.10:3128"}
NAMED_PROXY = {
    "proxy": "http://proxy.example.net:3128",
    "proxyCidrs": ["10.9.0.0/28", "198.51.100.202/32"],
    "proxyCredentials": CREDENTIALS_CANARY,
}
AROUND_PROXY = ["mirror.example.net", ".corp.example.net", "10.9.0.99"]

VPC = {
    "vpcId": "vpc-0a1b2c3d4e5f60718",
    "publicSubnetIds": ["subnet-0a01", "subnet-0a02"],
    "privateSubnetIds": ["subnet-0b01"],
}

PRIVATE: dict[str, Any] = {key: value for key, value in VPC.items() if key != "publicSubnetIds"} | {
    "publicAddresses": False
}

AIRGAP: dict[str, Any] = {
    "bucket": "bundles",
    "archive": {"key": "611/replicated-2.44.2+2.44.2+2.44.2.tar.gz", "sha256": "a" * 64},
    "bundle": {"key": "611/wickrenterprise-611.airgap", "sha256": "b" * 64},
    "docker": [
        {"key": "611/containerd.io_1.2.0_amd64.deb", "sha256": "c" * 64},
        {"key": "611/docker-ce_18.09.2_amd64.deb", "sha256": "d" * 64},
    ],
}
ENDPOINT = "vpce-0123456789abcdef0"
AIRGAPPED: dict[str, Any] = {
    "wickr:network": PRIVATE,
    "wickr:installer": {"source": "airgap", "airgap": AIRGAP},
    "wickr:egress": "none",
}

KEY = "0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f"
KEY_ARN = f"arn:aws:kms:eu-west-1:123456789012:key/{KEY}"
BOUNDARY = "arn:aws:iam::123456789012:policy/boundary"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:operations"
BASTION = {
    "host": "198.51.100.70",
    "user": "ec2-user",
    "port": 2222,
    "hostKey": sshkeys.public("the bastion"),
    "privateKey": sshkeys.private("Pulumi at the bastion"),
}

ALONE: dict[str, dict[str, Any]] = {
    "complete": {},
    "three admin networks": {"wickr:adminCidrs": ["10.1.0.0/16", "198.51.100.64/26", "203.0.113.7/32"]},
    "IPv6": {"wickr:adminCidrs": ["198.51.100.64/26", "2001:db8:a::/48"], "wickr:clientCidrs": ["0.0.0.0/0", "::/0"]},
    "few clients": {"wickr:clientCidrs": ["10.0.0.0/8", "198.51.100.0/24"]},
    "an address for a name": {"wickr:hostname": "203.0.113.100"},
    "a VPC that is there": {"wickr:network": VPC},
    "private": {"wickr:network": PRIVATE},
    "airgap": AIRGAPPED,
    "by a bastion": {"wickr:bastion": BASTION},
    "a key for the disk": {"wickr:kmsKeyId": KEY},
    "a key of the stack's own": {"wickr:encryption": {"ownKey": True}},
    "a profile for the host": {"wickr:iam": {"instanceProfile": "theirs"}},
    "bounded": {"wickr:iam": {"permissionsBoundary": BOUNDARY}},
    "records": {"wickr:dns": {"zoneId": PUBLIC_ZONE}},
    "provided certificate": {"wickr:certificate": provided()},
    "provided certificate of a private CA": {"wickr:certificate": provided() | {"caPem": certificates.authority().pem}},
    "installer's certificate": {"wickr:certificate": {"source": "installer"}},
    "unprotected": {"wickr:protectHosts": False},
    "rebuilt": {"wickr:messaging": {"imageId": IMAGE, "rebuild": 1}},
    "unverified": {"wickr:messaging": {"imageId": IMAGE, "healthCheck": "none"}},
    "another licence": {"wickr:license": base64.b64encode(b"another-licence-" * 8).decode()},
    "a setting": {"wickr:settings": {"some_key": "some value"}},
    "another Docker": {"wickr:installer": {"dockerVersion": "18.09.2"}},
    "a larger host": {"wickr:messaging": {"imageId": IMAGE, "instanceType": "m5.xlarge", "diskGiB": 500}},
    "everything let out": {"wickr:egress": "open"},
    "through a proxy": {"wickr:installer": PROXY, "wickr:egress": "proxy"},
    "a proxy among everything": {
        "wickr:installer": NAMED_PROXY | {"proxyCidrs": [], "noProxy": AROUND_PROXY},
        "wickr:egress": "open",
    },
    "another image": {"wickr:messaging": {"imageId": "ami-0123456789abcdef0"}},
    "no alarms": {"wickr:monitoring": {"alarms": {"enabled": False}}},
    "alarms by mail": {"wickr:monitoring": {"alarms": {"emails": ["oncall@example.com"], "recover": False}}},
    "alarms to a topic that is there": {"wickr:monitoring": {"alarms": {"topicArn": TOPIC}}},
    "no flow logs": {"wickr:monitoring": {"flowLogs": {"enabled": False}}},
    "flow logs of a VPC that is there": {
        "wickr:network": VPC,
        "wickr:monitoring": {"flowLogs": {"enabled": True, "retentionDays": 365, "traffic": "reject"}},
    },
    "no vitals": {"wickr:monitoring": {"vitals": {"enabled": False}}},
    "vitals with limits of its own": {
        "wickr:monitoring": {
            "vitals": {"retentionDays": 30, "diskPercent": 70, "memoryPercent": 80, "certificateDays": 14},
            "alarms": {"recover": False},
        }
    },
    "no backups": {"wickr:backup": {"enabled": False}},
    "backups every six hours, with a profile of theirs": {
        "wickr:iam": {"instanceProfile": "theirs"},
        "wickr:backup": {"enabled": True, "schedule": "cron(0 0/6 ? * MON-FRI *)", "retentionDays": 7},
    },
    "snapshots": {"wickr:snapshots": {"enabled": True}},
    "snapshots under a key of the stack's own": {
        "wickr:snapshots": {"enabled": True},
        "wickr:encryption": {"ownKey": True},
    },
    "snapshots in a bucket that is there": {
        "wickr:snapshots": {"enabled": True, "bucket": "theirs", "keyArn": KEY_ARN}
    },
    "snapshots with a profile of theirs": {
        "wickr:snapshots": {"enabled": True},
        "wickr:iam": {"instanceProfile": "theirs"},
    },
    "snapshots in an airgap": AIRGAPPED | {"wickr:snapshots": {"enabled": True}},
    "a bucket for snapshots, and none wanted": {"wickr:snapshots": {"enabled": False, "bucket": "theirs"}},
    "tagged": {"wickr:tags": {"owner": "messaging-team"}},
}
"""The messaging host and nobody else."""

CALLING = {"hostname": "calling.example.com"}
COMPLIANCE = {"image": "public.ecr.aws/x3s2s6k3/wickrio/bot-enterprise:6.36.20.02"}
CONFIGURATION = {
    "secretArn": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:wickr/compliance-AbCdEf",
    "bucket": "wickr-configuration",
    "key": "compliance/conf.wickr",
}
SECRET_KEY = KEY_ARN
ALL_THREE: dict[str, Any] = {
    "wickr:calling": CALLING,
    "wickr:compliance": COMPLIANCE | {"configuration": CONFIGURATION},
}
"""All three hosts of the guide."""

WITH_CALLING: dict[str, dict[str, Any]] = {
    "calling": {"wickr:calling": CALLING},
    "500 calls": {"wickr:calling": CALLING | {"maxCalls": 500}},
    "1 call": {"wickr:calling": CALLING | {"maxCalls": 1}},
    "calling of 6.32": {"wickr:calling": CALLING, "wickr:installer": {"release": "6.32"}},
    "calling on a machine of its own": {
        "wickr:calling": CALLING
        | {
            "imageId": "ami-0123456789abcdef0",
            "instanceType": "c5.xlarge",
            "diskGiB": 60,
            "alsoAcceptOs": ["debian 12"],
        }
    },
    "calling for several networks": {
        "wickr:calling": CALLING,
        "wickr:adminCidrs": ["10.1.0.0/16", "198.51.100.64/26", "203.0.113.7/32"],
        "wickr:clientCidrs": ["10.0.0.0/8", "198.51.100.0/24"],
    },
    "calling rebuilt": {"wickr:calling": CALLING | {"rebuild": 1}},
    "calling with the installer's certificate, unverified": {
        "wickr:calling": CALLING,
        "wickr:certificate": {"source": "installer"},
        "wickr:messaging": {"imageId": IMAGE, "healthCheck": "none"},
    },
    "calling, and everything let out": {"wickr:calling": CALLING, "wickr:egress": "open"},
    "calling through a proxy": {"wickr:calling": CALLING, "wickr:installer": NAMED_PROXY, "wickr:egress": "proxy"},
    "calling through a proxy that lets vitals through": {
        "wickr:calling": CALLING,
        "wickr:installer": NAMED_PROXY,
        "wickr:egress": "proxy",
        "wickr:monitoring": {"vitals": {"enabled": True}},
    },
    "all three hosts": ALL_THREE,
    "calling at an address": {"wickr:calling": {"hostname": "203.0.113.101"}},
    "calling in private": {"wickr:calling": CALLING, "wickr:network": PRIVATE},
    "calling in an airgap": AIRGAPPED | {"wickr:calling": CALLING},
    "calling in an airgap by an endpoint that is there": AIRGAPPED
    | {
        "wickr:calling": CALLING,
        "wickr:installer": {"source": "airgap", "airgap": AIRGAP | {"endpointId": ENDPOINT}},
    },
    "calling with all that can be brought along": {
        "wickr:calling": CALLING,
        "wickr:kmsKeyId": f"arn:aws:kms:eu-west-1:123456789012:key/{KEY}",
        "wickr:iam": {"instanceProfile": "theirs"},
    },
    "calling, bounded": {"wickr:calling": CALLING, "wickr:iam": {"permissionsBoundary": BOUNDARY}},
    "calling with records": {"wickr:calling": CALLING, "wickr:dns": {"zoneId": PUBLIC_ZONE, "ttl": 60}},
    "calling in private with records": {
        "wickr:calling": CALLING,
        "wickr:network": PRIVATE,
        "wickr:dns": {"zoneId": PRIVATE_ZONE, "private": True},
    },
    "calling in private by a bastion": {
        "wickr:calling": CALLING,
        "wickr:network": PRIVATE,
        "wickr:bastion": {key: value for key, value in BASTION.items() if key != "port"},
    },
}
"""The messaging host with a voice and video host."""

WITH_COMPLIANCE: dict[str, dict[str, Any]] = {
    "compliance": {"wickr:compliance": COMPLIANCE},
    "compliance configured": {"wickr:compliance": COMPLIANCE | {"configuration": CONFIGURATION}},
    "compliance for few clients": {
        "wickr:compliance": COMPLIANCE | {"configuration": CONFIGURATION},
        "wickr:clientCidrs": ["10.0.0.0/8", "198.51.100.0/24"],
    },
    "compliance in a VPC that is there": {
        "wickr:compliance": COMPLIANCE,
        "wickr:network": VPC,
        "wickr:clientCidrs": ["198.51.100.0/24"],
    },
    "compliance on a machine of its own": {
        "wickr:compliance": COMPLIANCE
        | {
            "imageId": "ami-0123456789abcdef0",
            "instanceType": "c5.xlarge",
            "diskGiB": 60,
            "dataGiB": 500,
            "alsoAcceptOs": ["debian 12"],
        }
    },
    "all three hosts": ALL_THREE,
    "compliance rebuilt": {"wickr:compliance": COMPLIANCE | {"rebuild": 1}},
    "compliance in private": {"wickr:compliance": COMPLIANCE, "wickr:network": PRIVATE},
    "compliance, and everything let out": {"wickr:compliance": COMPLIANCE, "wickr:egress": "open"},
    "compliance under keys of the stack's own and of theirs": {
        "wickr:compliance": COMPLIANCE | {"configuration": CONFIGURATION | {"secretKeyArn": SECRET_KEY}},
        "wickr:encryption": {"ownKey": True},
    },
    "compliance under a key of theirs": {"wickr:compliance": COMPLIANCE, "wickr:kmsKeyId": KEY},
    "compliance unprotected": {"wickr:compliance": COMPLIANCE, "wickr:protectHosts": False},
}
"""The messaging host with a compliance host."""

VARIANTS = ALONE | WITH_CALLING | WITH_COMPLIANCE

QUICK = ("complete", "all three hosts", "calling in an airgap")
"""The unit tier holds every claim about a `variant` to these; the slow tier to all the others."""


def deployed(variant: str = "complete", *, name: str = "test") -> Deployment:
    """The record of a variation's deployment, made once."""
    return _deployed(variant, name)


@functools.cache
def _deployed(variant: str, name: str) -> Deployment:
    deployment = deploy(stack(VARIANTS[variant], name=name))
    assert deployment.problem is None, deployment.said("error")
    return deployment
