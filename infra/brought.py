"""What a stack brings along for its hosts, compared with what AWS has: a key, an instance profile, a boundary."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from components.host import BroughtAlong
from infra.answers import unanswered
from infra.region import Region
from infra.settings import Settings


def along(settings: Settings, invoke: pulumi.InvokeOptions) -> BroughtAlong:
    """The same as components take it. The key by its ARN, as AWS tells it: an id would look like another key."""
    arn = None
    if settings.kms_key_id:
        arn = aws.kms.get_key(key_id=settings.kms_key_id, opts=invoke).arn
    return BroughtAlong(
        kms_key_arn=arn,
        instance_profile=settings.iam.instance_profile,
        permissions_boundary=settings.iam.permissions_boundary,
    )


def problems(settings: Settings, region: Region, invoke: pulumi.InvokeOptions) -> Sequence[str]:
    """What AWS contradicts, in sentences that begin with the key."""
    return [
        *_key(settings, invoke),
        *_profile(settings, invoke),
        *_partitions(settings, region.partition),
        *_topic(settings, region),
        *_bucket(settings, region, invoke),
    ]


def _key(settings: Settings, invoke: pulumi.InvokeOptions) -> Sequence[str]:
    where, identifier = "wickr:kmsKeyId", settings.kms_key_id
    if not identifier:
        return []
    try:
        key = aws.kms.get_key(key_id=identifier, opts=invoke)
    except Exception as error:  # noqa: BLE001 - the engine's invoke errors have no type of their own
        return [f"{where}: {unanswered(identifier, error)}"]
    if not key.enabled:
        return [f"{where}: {identifier} is {key.key_state}, and a disk needs a key that is enabled; enable it"]
    if (key.key_usage, key.key_spec) != ("ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT"):
        return [
            f"{where}: {identifier} is for {key.key_usage} with {key.key_spec}; disks take keys for ENCRYPT_DECRYPT "
            "with SYMMETRIC_DEFAULT alone"
        ]
    return []


def _profile(settings: Settings, invoke: pulumi.InvokeOptions) -> Sequence[str]:
    where, name = "wickr:iam.instanceProfile", settings.iam.instance_profile
    if not name:
        return []
    try:
        profile = aws.iam.get_instance_profile(name=name, opts=invoke)
    except Exception as error:  # noqa: BLE001 - as above
        return [f"{where}: {unanswered(name, error, where='this account')}"]
    return [] if profile.role_name else [f"{where}: {name} carries no role; add one to it"]


def _topic(settings: Settings, region: Region) -> Sequence[str]:
    """Alarms go to topics of their own region alone."""
    arn = settings.monitoring.alarms.topic_arn
    if not arn or arn.split(":")[3] == region.name:
        return []
    return [
        f"wickr:monitoring.alarms.topicArn: {arn} is in {arn.split(':')[3]}, and alarms of {region.name} go to topics "
        f"of {region.name} alone; name one there"
    ]


def _bucket(settings: Settings, region: Region, invoke: pulumi.InvokeOptions) -> Sequence[str]:
    """Snapshots go to a bucket that is there, in the stack's region, and its key is of that region, too."""
    where, name = "wickr:snapshots.bucket", settings.snapshots.bucket
    if not (settings.snapshots.enabled and name):
        return []
    problems = []
    arn = settings.snapshots.key_arn
    if arn and arn.split(":")[3] != region.name:
        problems.append(
            f"wickr:snapshots.keyArn: {arn} is in {arn.split(':')[3]}, and a bucket of {region.name} is encrypted with "
            f"keys of {region.name} alone; name the bucket's own"
        )
    try:
        found = aws.s3.get_bucket(bucket=name, opts=invoke)
    except Exception as error:  # noqa: BLE001 - as above
        return [*problems, f"{where}: {unanswered(name, error, where='S3')}"]
    # Where nobody has been asked, in a plan, there is no region.
    if found.bucket_region and found.bucket_region != region.name:
        problems.append(
            f"{where}: {name} is in {found.bucket_region}, and the messaging host in {region.name}, from where it is "
            "addressed; name a bucket there, or leave it out, and the stack makes one"
        )
    return problems


def _partitions(settings: Settings, here: str) -> Sequence[str]:
    """An ARN of another partition is never right, and AWS would say so late."""
    given = {
        "kmsKeyId": settings.kms_key_id,
        "iam.permissionsBoundary": settings.iam.permissions_boundary,
        "monitoring.alarms.topicArn": settings.monitoring.alarms.topic_arn,
        "snapshots.keyArn": settings.snapshots.key_arn,
    }
    arns = {key: text for key, text in given.items() if text and text.startswith("arn:")}
    if not here.startswith("aws"):  # nobody has been asked: a plan
        return []
    return [
        f"wickr:{key}: {text} is of the partition {text.split(':')[1]}, and aws:region is in {here}; name one of {here}"
        for key, text in arns.items()
        if text.split(":")[1] != here
    ]
