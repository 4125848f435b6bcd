"""The provider's own settings."""

import os
import re
from collections.abc import Iterator, Mapping

from local.plugins.aws.cloud import account, endpoint, explain, region_of
from local.plugins.framework import (
    BOOLEAN,
    INTEGER,
    STRING,
    Field,
    ListOf,
    MapOf,
    Object,
    Problem,
    Property,
    Refusal,
    Request,
    between,
)

REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")

# The skip… settings turn off what a stand-in does not do; they are taken for programs that also run on the real one.
SETTINGS = (
    Field("region"),
    Field("profile"),
    Field("accessKey", secret=True),
    Field("secretKey", secret=True),
    Field("token", secret=True),
    Field("defaultTags", Object((Field("tags", MapOf(STRING)),))),
    Field("ignoreTags", Object((Field("keys", ListOf(STRING)), Field("keyPrefixes", ListOf(STRING))))),
    Field("allowedAccountIds", ListOf(STRING)),
    Field("forbiddenAccountIds", ListOf(STRING)),
    Field("maxRetries", INTEGER, check=between(0, 100)),
    Field("skipCredentialsValidation", BOOLEAN),
    Field("skipMetadataApiCheck", BOOLEAN),
    Field("skipRegionValidation", BOOLEAN),
    Field("skipRequestingAccountId", BOOLEAN),
    Field("s3UsePathStyle", BOOLEAN),
)


def check_settings(settings: Mapping[str, Property]) -> Iterator[Problem]:
    """The endpoint, the region and the account."""
    try:
        endpoint()
        region = region_of(dict(settings))
    except Refusal as refusal:
        yield Problem("", str(refusal))
        return
    if not settings.get("skipRegionValidation") and not REGION.fullmatch(region):
        yield Problem("region", f"is no AWS region: {region}")
    if bool(settings.get("accessKey")) != bool(settings.get("secretKey")):
        yield Problem("accessKey", "and secretKey go together")
    profile = settings.get("profile")
    if profile and not _profile_exists(profile):
        yield Problem("profile", f"is {profile}, but no AWS profile has that name")
        return
    allowed, forbidden = settings.get("allowedAccountIds"), settings.get("forbiddenAccountIds") or []
    if allowed or forbidden:
        try:
            found = account(Request(inputs={}, settings=dict(settings)))
        except Exception as error:  # noqa: BLE001  (whatever keeps the account from being known is told)
            yield Problem("", explain(error) or str(error))
            return
        if (allowed and found not in allowed) or found in forbidden:
            yield Problem(
                "", f"The AWS account {found} is not one that allowedAccountIds and forbiddenAccountIds admit"
            )


def _profile_exists(name: str) -> bool:
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
    import boto3

    return name in boto3.Session().available_profiles
