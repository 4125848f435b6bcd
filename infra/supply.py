"""The bucket of an installation without internet, as the hosts are given it (IG 4.2)."""

import pulumi

from components.endpoint import ObjectsEndpoint, ObjectsEndpointArgs
from components.network import NetworkPlace
from components.supply import Supply, arns
from infra import airgap, isolation
from infra.region import Region
from infra.settings import Settings
from installer.airgap import Item


def supply(
    settings: Settings,
    label: str,
    place: NetworkPlace,
    region: Region,
    invoke: pulumi.InvokeOptions,
    top: pulumi.ResourceOptions,
) -> Supply | None:
    """The way to the bucket, and what is in it; None where hosts fetch from the vendor."""
    given = settings.installer.airgap
    if given is None:
        return None
    archive, bundle, docker = _item(given.archive), _item(given.bundle), [_item(each) for each in given.docker]
    endpoint = ObjectsEndpoint(
        "bucket-endpoint",
        ObjectsEndpointArgs(
            label=label,
            vpc_id=place.vpc_id,
            route_table_ids=isolation.route_tables(settings.network, invoke),
            region=region.name,
            arns=arns(bucket=given.bucket, partition=region.partition, items=[archive, bundle, *docker]),
        ),
        opts=top,
    )
    return Supply(
        bucket=given.bucket,
        region=region.name,
        domain=region.domain,
        partition=region.partition,
        archive=archive,
        bundle=bundle,
        docker=docker,
        endpoint=endpoint,
    )


def _item(given: airgap.Item) -> Item:
    return Item(key=given.key, sha256=given.sha256)
