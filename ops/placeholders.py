"""What a plan has in the place of what AWS and the other providers decide: `[publicIp of messaging-address-eip]`."""

import importlib
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import pulumi

from ops.checkout import OpsError

PLENTY = 1_000_000
"""Of CPUs and MiB: what an instance type has is AWS's to say, and a plan finds no fault with it."""

TEXTS = (pulumi.Output[str], "pulumi.Output[str]", "pulumi.Output[_builtins.str]")


class Placeholders:
    """Answers for every provider. `vpc_id` is that of the subnets that the stack names, if it names any."""

    def __init__(self, vpc_id: str | None) -> None:
        self._answers: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            "aws:index/getAvailabilityZones:getAvailabilityZones": lambda asked: {
                "names": [f"[zone {number} of the region]" for number in (1, 2, 3)]
            },
            "aws:index/getPartition:getPartition": lambda asked: {"partition": "[partition of the region]"},
            "aws:ec2/getInstanceType:getInstanceType": lambda asked: {
                "supportedArchitectures": ["x86_64"],
                "defaultVcpus": PLENTY,
                "memorySize": PLENTY,
            },
            "aws:ec2/getSubnet:getSubnet": lambda asked: {"vpcId": vpc_id},
        }

    def resource(self, type_: str, name: str, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Every text that the resource is declared to have and that is no input."""
        return f"[id of {name}]", {each: f"[{each} of {name}]" for each in _texts(type_) if each not in inputs}

    def answer(self, token: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if token not in self._answers:
            raise OpsError(f"the program asks {token}, for which a plan has no placeholder; add one to {__name__}")
        return self._answers[token](arguments)


@cache
def _texts(type_: str) -> tuple[str, ...]:
    """The outputs of a type of resource that are always a text, as its SDK declares them."""
    package, module, name = type_.split(":")
    folder = module.partition("/")[0]
    try:
        found = importlib.import_module(f"pulumi_{package}" + ("" if folder == "index" else f".{folder}"))
    except ImportError:  # a component of the program, or a provider
        return ()
    declared = vars(getattr(found, name, object)).values()
    getters: list[Any] = [each.fget for each in declared if isinstance(each, property)]
    return tuple(each._pulumi_name for each in getters if each.__annotations__.get("return") in TEXTS)
