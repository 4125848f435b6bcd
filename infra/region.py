"""Where a stack is deployed to, as AWS tells it."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra import stackfile


@dataclass(frozen=True, kw_only=True)
class Region:
    """`partition` is `aws`, or what the region's own is called: no name of a resource takes it for granted. `domain` is
    where its services have their names: `amazonaws.com`. `zones` are its availability zones that can be used.
    """

    name: str
    partition: str
    domain: str
    zones: tuple[str, ...]


def ask(invoke: pulumi.InvokeOptions) -> Region:
    """The region of a provider."""
    partition = aws.get_partition(opts=invoke)
    # An account that opted into Local Zones has these in the list, too, and first: no usual elastic IP fits there.
    usual = aws.GetAvailabilityZonesFilterArgs(name="zone-type", values=["availability-zone"])
    return Region(
        name=stackfile.values()["aws:region"],
        partition=partition.partition,
        domain=partition.dns_suffix,
        zones=tuple(aws.get_availability_zones(state="available", filters=[usual], opts=invoke).names),
    )
