"""What a plan has in the place of what AWS and the other providers decide: `[publicIp of messaging-address-eip]`."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ops.checkout import OpsError
from ops.sdk import declared_outputs

PLENTY = 1_000_000
"""Of CPUs and MiB: what an instance type has is AWS's to say, and a plan finds no fault with it."""


class Placeholders:
    """Answers for every provider. `vpc_id` is that of the subnets that the stack names, if it names any,
    `private_zone` what it takes its zone for, and `private_subnets` are those that an endpoint which is there serves.
    """

    def __init__(self, vpc_id: str | None, *, private_zone: bool = False, private_subnets: Iterable[str] = ()) -> None:
        self._answers: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            "aws:index/getAvailabilityZones:getAvailabilityZones": lambda asked: {
                "names": [f"[zone {number} of the region]" for number in (1, 2, 3)]
            },
            "aws:index/getPartition:getPartition": lambda asked: {
                "partition": "[partition of the region]",
                "dnsSuffix": "[domain of the region]",
            },
            "aws:kms/getKey:getKey": lambda asked: {
                "arn": f"[arn of {asked['keyId']}]",
                "enabled": True,
                "keyUsage": "ENCRYPT_DECRYPT",
                "keySpec": "SYMMETRIC_DEFAULT",
            },
            "aws:iam/getInstanceProfile:getInstanceProfile": lambda asked: {"roleName": f"[role of {asked['name']}]"},
            "aws:ec2/getInstanceType:getInstanceType": lambda asked: {
                "supportedArchitectures": ["x86_64"],
                "defaultVcpus": PLENTY,
                "memorySize": PLENTY,
            },
            "aws:ec2/getSubnet:getSubnet": lambda asked: {
                "vpcId": vpc_id,
                "availabilityZone": f"[zone of {asked['id']}]",
            },
            "aws:ec2/getRouteTable:getRouteTable": lambda asked: {
                "routeTableId": f"[route table of {asked['subnetId']}]",
                "routes": [],
            },
            "aws:ec2/getVpcEndpoint:getVpcEndpoint": lambda asked: {
                "policy": "",
                "prefixListId": f"[prefixListId of {asked['id']}]",
                "routeTableIds": [f"[route table of {each}]" for each in private_subnets],
            },
            "aws:s3/getObject:getObject": lambda asked: {"metadata": {}},
            "aws:s3/getBucket:getBucket": lambda asked: {"bucketRegion": ""},
            # The root, of which every name is inside.
            "aws:route53/getZone:getZone": lambda asked: {"name": ".", "privateZone": private_zone},
        }

    def resource(self, type_: str, name: str, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Every text that the resource is declared to have and that is no input."""
        texts = [each for each, text in declared_outputs(type_).items() if text and each not in inputs]
        return f"[id of {name}]", {each: f"[{each} of {name}]" for each in texts}

    def answer(self, token: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if token not in self._answers:
            raise OpsError(f"the program asks {token}, for which a plan has no placeholder; add one to {__name__}")
        return self._answers[token](arguments)
