"""The records under which clients find the hosts."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from guide.roles import Role


@dataclass(frozen=True, kw_only=True)
class RecordsArgs:
    """`names` and `addresses` by role; `ttl` in seconds. The zone is there already, and the names are inside it."""

    zone_id: str
    names: Mapping[Role, str]
    addresses: Mapping[Role, pulumi.Output[str]]
    ttl: int


class Records(pulumi.ComponentResource):
    """One A record a host. A record that somebody else made is never overwritten: AWS refuses."""

    def __init__(self, name: str, args: RecordsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("wickr:dns:Records", name, None, opts)
        for role, host in args.names.items():
            aws.route53.Record(
                f"{name}-{role}",
                zone_id=args.zone_id,
                name=host,
                type=aws.route53.RecordType.A,
                ttl=args.ttl,
                records=[args.addresses[role]],
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})
