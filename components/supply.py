"""What hosts without internet are installed from, and the phases that bring it onto them (IG 4.2, 4.5)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pulumi

from components import bootstrap
from components.endpoint import WayToS3
from components.host import Access
from installer import airgap, phase
from installer.airgap import Item
from installer.python import fetch
from installer.standalone import program


@dataclass(frozen=True, kw_only=True)
class Supply:
    """Objects of a bucket of the region. `domain` is that of the partition's services, `partition` its name in ARNs.

    A node needs no `bundle`: its images come from the messaging host. `way` leads to the bucket.
    """

    bucket: str
    region: str
    domain: str
    partition: str
    archive: Item
    bundle: Item | None
    docker: Sequence[Item]
    way: WayToS3

    @property
    def reads(self) -> list[str]:
        """What the role of a host that fetches this may read."""
        return arns(bucket=self.bucket, partition=self.partition, items=[self.archive, self.bundle, *self.docker])

    def for_node(self) -> "Supply":
        """What a further node fetches."""
        return replace(self, bundle=None)


def arns(*, bucket: str, partition: str, items: Sequence[Item | None]) -> list[str]:
    """The names of objects as policies write them."""
    return [f"arn:{partition}:s3:::{bucket}/{each.key}" for each in items if each]


def bring(
    name: str, supply: Supply, *, access: Access, parent: pulumi.Resource, after: Sequence[pulumi.Resource]
) -> pulumi.Resource:
    """Fetches, then installs Docker; the last of the two."""
    values: dict[str, pulumi.Input[str]] = {
        "FOLDER": airgap.FOLDER,
        "BUCKET": supply.bucket,
        "REGION": supply.region,
        "DNS_SUFFIX": supply.domain,
        "OBJECTS": airgap.table(archive=supply.archive, bundle=supply.bundle, docker=supply.docker),
        "FETCH": program(fetch),
    }
    fetched = bootstrap.run(name, phase.FETCH, values, access=access, parent=parent, after=[*after, *supply.way.ready])
    folder: dict[str, pulumi.Input[str]] = {"FOLDER": airgap.FOLDER}
    return bootstrap.run(name, phase.DOCKER, folder, access=access, parent=parent, after=[fetched])
