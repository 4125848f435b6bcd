"""Objects of an S3 bucket that holds states. Apart from the rest: boto3 takes longer to import than commands run."""

from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import parse_qs

import boto3
from botocore.exceptions import BotoCoreError, ClientError


def texts(bucket: str, query: str, prefix: str) -> Iterator[str]:
    """What the objects right below a prefix say; `query` is the back end's: `region`, `profile`, `endpoint`.

    Raises OSError for a bucket that does not answer.
    """
    try:
        listed = _s3(query).list_objects_v2(Bucket=bucket, Prefix=f"{prefix}/", Delimiter="/")
        for each in listed.get("Contents", []):
            yield _s3(query).get_object(Bucket=bucket, Key=each["Key"])["Body"].read().decode()
    except (BotoCoreError, ClientError) as error:
        raise OSError(str(error)) from error


@cache
def _s3(query: str) -> Any:
    given = {name: values[0] for name, values in parse_qs(query).items()}
    session = boto3.Session(profile_name=given.get("profile"), region_name=given.get("region"))
    return session.client("s3", endpoint_url=given.get("endpoint"))
