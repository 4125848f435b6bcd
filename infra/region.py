"""Where a stack is deployed to, as AWS tells it."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True, kw_only=True)
class Region:
    """`partition` is `aws`, or what the region's own is called: no name of a resource takes it for granted. `zones`
    are its availability zones that can be used.
    """

    partition: str
    zones: tuple[str, ...]


def ask(invoke: pulumi.InvokeOptions) -> Region:
    """The region of a provider."""
    return Region(
        partition=aws.get_partition(opts=invoke).partition,
        zones=tuple(aws.get_availability_zones(state="available", opts=invoke).names),
    )
