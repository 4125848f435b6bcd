"""The one AWS provider of a stack, explicit, with the tags that everything carries."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import pulumi_aws as aws

from infra import stackfile

REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]")

MOST_RETRIES = 25
"""What the provider does by itself; more is minutes of silence for each request."""


def _region(text: str) -> str:
    if not REGION.fullmatch(text):
        raise ValueError("must be a region such as eu-west-1")
    return text


def _profile(text: str) -> str:
    if not text.strip():
        raise ValueError("must be the name of a profile")
    return text


def _flag(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError("must be true or false")
    return text == "true"


def _number(text: str) -> int:
    if not re.fullmatch("[0-9]{1,9}", text):
        raise ValueError("must be a whole number")
    if int(text) > MOST_RETRIES:
        raise ValueError(f"must be at most {MOST_RETRIES}")
    return int(text)


def _accounts(text: str) -> list[str]:
    try:
        accounts = json.loads(text)
    except (ValueError, RecursionError):
        accounts = None
    # The command line writes an account as a number, which has lost the zeros that it began with.
    if not isinstance(accounts, list) or not all(re.fullmatch("[0-9]{1,12}", str(each)) for each in accounts):
        raise ValueError("must be a list of AWS account numbers")
    if not accounts:
        raise ValueError("must name an account, since an empty list allows every one")
    return [str(each).zfill(12) for each in accounts]


ARGUMENTS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "region": ("region", _region),
    "profile": ("profile", _profile),
    "allowedAccountIds": ("allowed_account_ids", _accounts),
    "skipCredentialsValidation": ("skip_credentials_validation", _flag),
    "skipMetadataApiCheck": ("skip_metadata_api_check", _flag),
    "skipRegionValidation": ("skip_region_validation", _flag),
    "s3UsePathStyle": ("s3_use_path_style", _flag),
    "maxRetries": ("max_retries", _number),
}
"""Keys of the namespace `aws:` that reach the provider. An explicit provider reads none by itself, and a key that
is silently without effect would be worse than an error.
"""


def arguments(values: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """The provider's arguments from the keys `aws:…` of a stack, and what is wrong with them."""
    found: dict[str, Any] = {}
    problems = []
    for name, text in values.items():
        namespace, _, key = name.partition(":")
        if namespace != "aws":
            continue
        if key not in ARGUMENTS:
            problems.append(f"{name}: is not passed on to the provider; the keys that are: {', '.join(ARGUMENTS)}")
            continue
        argument, read = ARGUMENTS[key]
        # Who skips the check has a cloud whose regions have other names.
        if key == "region" and values.get("aws:skipRegionValidation") == "true":
            read = str
        try:
            found[argument] = read(text)
        except ValueError as error:
            problems.append(f"{name}: {error}, not {text!r}")
    if "aws:region" not in values:
        problems.append("aws:region: is missing; set it with: pulumi config set aws:region eu-west-1")
    return found, problems


def aws_provider(tags: dict[str, str]) -> aws.Provider:
    """The provider of the stack that is being deployed, whose keys were checked when its settings were read."""
    found, _ = arguments(stackfile.values())
    return aws.Provider("aws", default_tags=aws.ProviderDefaultTagsArgs(tags=tags), **found)
