"""What the mock engine answers: computed values of resources by type, and data sources."""

from collections.abc import Callable
from typing import Any

import grpc

PUBLIC_ADDRESSES = {"messaging": "203.0.113.100", "calling": "203.0.113.101", "nat": "203.0.113.102"}
PRIVATE_ADDRESSES = {"messaging": "10.20.0.10", "calling": "10.20.0.11", "compliance": "10.20.32.10"}
ACCOUNT = "123456789012"
PUBLIC_ZONE, PRIVATE_ZONE = "Z0PUBLIC", "Z0PRIVATE"
ZONES = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]

Computed = Callable[[str, dict[str, Any]], dict[str, Any]]
Answer = Callable[[dict[str, Any]], dict[str, Any]]


class Refused(grpc.RpcError):  # type: ignore[misc] # grpc has no types
    """How a provider says no to a question: an error of gRPC, which the SDK turns into one that can be caught."""

    def __init__(self, details: str) -> None:
        self._details = details

    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode.UNKNOWN

    def details(self) -> str:
        return self._details


def _private_key(name: str, _: dict[str, Any]) -> dict[str, Any]:
    return {
        "privateKeyPem": f"-----BEGIN PRIVATE KEY-----\nprivate pem of {name}\n-----END PRIVATE KEY-----\n",
        "privateKeyPemPkcs8": f"-----BEGIN PRIVATE KEY-----\nprivate pkcs8 of {name}\n-----END PRIVATE KEY-----\n",
        "privateKeyOpenssh": (
            f"-----BEGIN OPENSSH PRIVATE KEY-----\nprivate openssh of {name}\n-----END OPENSSH PRIVATE KEY-----\n"
        ),
        "publicKeyPem": f"-----BEGIN PUBLIC KEY-----\npublic pem of {name}\n-----END PUBLIC KEY-----\n",
        "publicKeyOpenssh": f"ssh-ed25519 public-openssh-of-{name}\n",
    }


def _certificate(name: str, _: dict[str, Any]) -> dict[str, Any]:
    return {"certPem": f"-----BEGIN CERTIFICATE-----\n{name}\n-----END CERTIFICATE-----\n"}


def _public(name: str) -> str:
    """The elastic address of the server that a resource belongs to."""
    return PUBLIC_ADDRESSES[name.partition("-")[0]]


COMPUTED: dict[str, Computed] = {
    "aws:ec2/vpc:Vpc": lambda name, _: {"id": f"vpc-{name}"},
    "aws:ec2/instance:Instance": lambda name, _: {
        "id": f"i-{name}",
        "arn": f"arn:aws:ec2:eu-west-1:{ACCOUNT}:instance/i-{name}",
        "privateIp": PRIVATE_ADDRESSES[name.partition("-")[0]],
        "publicIp": "203.0.113.250",  # until the elastic address is there, and nobody may rely on it
    },
    "aws:ec2/eip:Eip": lambda name, _: {
        "id": f"eipalloc-{name}",
        "allocationId": f"eipalloc-{name}",
        "publicIp": _public(name),
    },
    "aws:ec2/eipAssociation:EipAssociation": lambda name, _: {"publicIp": _public(name)},
    "aws:ec2/vpcEndpoint:VpcEndpoint": lambda name, _: {"prefixListId": "pl-of-s3"},
    "aws:cloudwatch/logGroup:LogGroup": lambda name, inputs: {
        "arn": f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:{inputs['name']}"
    },
    "aws:sns/topic:Topic": lambda name, _: {"arn": f"arn:aws:sns:eu-west-1:{ACCOUNT}:{name}-1a2b3c4"},
    "aws:kms/key:Key": lambda name, _: {"arn": f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/{name}"},
    "aws:s3/bucket:Bucket": lambda name, _: {"bucket": f"{name}-1a2b3c4", "arn": f"arn:aws:s3:::{name}-1a2b3c4"},
    "aws:backup/vault:Vault": lambda name, _: {"name": f"{name}-1a2b3c4"},
    "aws:iam/role:Role": lambda name, _: {"name": f"{name}-1a2b3c4", "arn": f"arn:aws:iam::{ACCOUNT}:role/{name}"},
    "aws:iam/instanceProfile:InstanceProfile": lambda name, _: {"name": f"{name}-1a2b3c4"},
    "tls:index/privateKey:PrivateKey": _private_key,
    "tls:index/selfSignedCert:SelfSignedCert": _certificate,
    "tls:index/locallySignedCert:LocallySignedCert": _certificate,
    "tls:index/certRequest:CertRequest": lambda name, _: {
        "certRequestPem": f"-----BEGIN CERTIFICATE REQUEST-----\n{name}\n-----END CERTIFICATE REQUEST-----\n"
    },
}

INVOKES: dict[str, Answer] = {
    "aws:index/getAvailabilityZones:getAvailabilityZones": lambda args: {"id": "eu-west-1", "names": ZONES},
    "aws:index/getPartition:getPartition": lambda args: {
        "id": "aws",
        "partition": "aws",
        "dnsSuffix": "amazonaws.com",
    },
    "aws:kms/getKey:getKey": lambda args: {
        "arn": f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/{args['keyId'].rpartition('/')[2]}",
        "enabled": True,
        "keyUsage": "ENCRYPT_DECRYPT",
        "keySpec": "SYMMETRIC_DEFAULT",
    },
    "aws:iam/getInstanceProfile:getInstanceProfile": lambda args: {"name": args["name"], "roleName": "theirs"},
    "aws:ec2/getInstanceType:getInstanceType": lambda args: {
        "id": args["instanceType"],
        "instanceType": args["instanceType"],
        "supportedArchitectures": ["x86_64"],
        "defaultVcpus": 2,
        "memorySize": 8192,
    },
    "aws:ec2/getRouteTable:getRouteTable": lambda args: {
        "routeTableId": f"rtb-of-{args['subnetId']}",
        "routes": [],
    },
    "aws:ec2/getVpcEndpoint:getVpcEndpoint": lambda args: {
        "id": args["id"],
        "policy": '{"Statement": []}',
        "prefixListId": "pl-of-s3",
        "routeTableIds": ["rtb-of-subnet-0b01"],
    },
    "aws:s3/getObject:getObject": lambda args: {"metadata": {}},
    "aws:s3/getBucket:getBucket": lambda args: {"bucket": args["bucket"], "bucketRegion": "eu-west-1"},
    "aws:route53/getZone:getZone": lambda args: {
        "id": args["zoneId"],
        "name": "example.com",
        "privateZone": args["zoneId"] == PRIVATE_ZONE,
    },
    "aws:ec2/getSubnet:getSubnet": lambda args: {
        "id": args["id"],
        "vpcId": "vpc-0a1b2c3d4e5f60718",
        "availabilityZone": "eu-west-1b",
    },
}
