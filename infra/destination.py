"""Where Replicated's own snapshots go: what a stack calls it, and what it tells people of it."""

from collections.abc import Mapping

import pulumi

from components.snapshots import FINDING, IN_FOLDER, LISTING, Destination
from infra.settings import Settings


def location(snapshots: Destination) -> pulumi.Output[str]:
    """The bucket and the folder in one."""
    return pulumi.Output.concat("s3://", snapshots.bucket, "/", snapshots.folder)


def told(snapshots: Destination) -> pulumi.Output[dict[str, str]]:
    """What a person has to know of it."""
    return pulumi.Output.all(
        bucket=snapshots.bucket, folder=snapshots.folder, region=snapshots.region, policy=snapshots.policy()
    )


def steps(settings: Settings, told: Mapping[str, str]) -> list[str]:
    """What is left to a person. Replicated's console is where its snapshots are turned on: nothing that is public does
    it from outside.
    """
    steps, bucket, inside = [], told["bucket"], f"{told['bucket']}/{told['folder']}/*"
    if profile := settings.iam.instance_profile:
        steps.append(
            f"Give the role of {profile} this policy, with which the messaging host keeps its snapshots: "
            f"{told['policy']}"
        )
    if settings.installer.airgap and (endpoint := settings.installer.airgap.endpoint_id):
        steps.append(
            f"Let {endpoint} through to the snapshots: {FINDING} and {LISTING} on {bucket}, and {', '.join(IN_FOLDER)} "
            f"on {inside}"
        )
    where = f"--store s3 --s3-bucket {bucket} --s3-region {told['region']} --s3-folder {told['folder']}"
    steps.append(
        "Have Replicated keep its own snapshots: in the settings of its console choose S3, and name the bucket "
        f"{bucket}, the region {told['region']} and the folder {told['folder']}. Leave the key's id and its secret "
        "empty, so that it takes the role of the host. Make one, and see it listed on the messaging host: "
        f"replicatedctl snapshot ls {where}"
    )
    return steps
