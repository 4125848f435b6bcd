"""Where the hosts live: a network of the stack's own, or the one that the stack names."""

import pulumi

from components.nat import NatGateway, NatGatewayArgs
from components.network import ZONES, Network, NetworkArgs, NetworkPlace
from infra import lookups
from infra.region import Region
from infra.settings import Settings


def network_place(
    settings: Settings, label: str, region: Region, invoke: pulumi.InvokeOptions, top: pulumi.ResourceOptions
) -> tuple[NetworkPlace, NatGateway | None]:
    """A network of the stack's own, or the one that the stack names; in one's own, a way out for the private host."""
    network = settings.network
    if network.cidr is None:
        private = network.private_subnet_ids
        return NetworkPlace(
            vpc_id=network.vpc_id or "",  # the settings allow no third case
            public_subnet_ids=network.public_subnet_ids,
            private_subnet_ids=private,
            private_zones=[lookups.zone(private[0], invoke)] if settings.compliance else [],
        ), None
    made = Network("network", NetworkArgs(name=label, cidr=network.cidr, zones=region.zones[:ZONES]), opts=top)
    if not settings.compliance:
        return made.place, None
    return made.place, NatGateway(
        "nat",
        NatGatewayArgs(
            name=f"{label}-nat",
            subnet_id=made.place.public_subnet_ids[0],
            route_table_id=made.private_routes_id,
            protect=settings.protect_hosts,
        ),
        opts=top,
    )
