"""The bucket of an installation without internet, as the hosts are given it (IG 4.2)."""

from collections.abc import Sequence

import pulumi

from components.endpoint import ObjectsEndpoint, ObjectsEndpointArgs, WayToS3
from components.network import NetworkPlace
from components.snapshots import Destination
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
    snapshots: Destination | None,
    invoke: pulumi.InvokeOptions,
    top: pulumi.ResourceOptions,
) -> Supply | None:
    """The way to the bucket, and what is in it; None where hosts fetch from the vendor."""
    given = settings.installer.airgap
    if given is None:
        return None
    archive, bundle, docker = _item(given.archive), _item(given.bundle), [_item(each) for each in given.docker]
    objects = arns(bucket=given.bucket, partition=region.partition, items=[archive, bundle, *docker])
    return Supply(
        bucket=given.bucket,
        region=region.name,
        domain=region.domain,
        partition=region.partition,
        archive=archive,
        bundle=bundle,
        docker=docker,
        way=_way(settings, given, objects, label, place, region, snapshots, invoke, top),
    )


def _way(
    settings: Settings,
    given: airgap.Airgap,
    objects: Sequence[str],
    label: str,
    place: NetworkPlace,
    region: Region,
    snapshots: Destination | None,
    invoke: pulumi.InvokeOptions,
    top: pulumi.ResourceOptions,
) -> WayToS3:
    """The endpoint that is there, or one of the stack's own, which lets these objects through, the stack's snapshots if
    it has any, and nothing else.
    """
    if given.endpoint_id:
        found = isolation.endpoint(given.endpoint_id, settings.network, region, invoke)
        return WayToS3(prefix_list_id=found.prefix_list_id)
    made = ObjectsEndpoint(
        "bucket-endpoint",
        ObjectsEndpointArgs(
            label=label,
            vpc_id=place.vpc_id,
            route_table_ids=isolation.route_tables(settings.network, invoke),
            region=region.name,
            arns=objects,
            more=snapshots.by_s3() if snapshots else (),
        ),
        opts=top,
    )
    return made.way


def _item(given: airgap.Item) -> Item:
    return Item(key=given.key, sha256=given.sha256)
