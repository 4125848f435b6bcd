"""The one AWS provider of a stack, explicit, with the tags that everything carries."""

import json
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.errors import SettingsError

ARGUMENTS = {
    "region": "region",
    "profile": "profile",
    "allowedAccountIds": "allowed_account_ids",
    "skipCredentialsValidation": "skip_credentials_validation",
    "skipMetadataApiCheck": "skip_metadata_api_check",
    "skipRegionValidation": "skip_region_validation",
    "s3UsePathStyle": "s3_use_path_style",
    "maxRetries": "max_retries",
}
"""Keys of the namespace `aws:` that reach the provider. An explicit provider reads none by itself, and a key that
is silently without effect would be worse than an error.
"""

TEXTS = frozenset({"region", "profile"})


def aws_provider(tags: dict[str, str]) -> aws.Provider:
    """The provider, from the keys `aws:…` of the stack file. Raises SettingsError for one that has no effect here."""
    values = {**pulumi.runtime.config.get_config_env(), **pulumi.runtime.config.CONFIG.get()}
    arguments: dict[str, Any] = {}
    problems = []
    for name, text in values.items():
        namespace, _, key = name.partition(":")
        if namespace != "aws":
            continue
        if key not in ARGUMENTS:
            problems.append(f"{name}: is not passed on to the provider; the keys that are: {', '.join(ARGUMENTS)}")
            continue
        arguments[ARGUMENTS[key]] = text if key in TEXTS else json.loads(text)
    if "aws:region" not in values:
        problems.append("aws:region: is missing; set it with: pulumi config set aws:region eu-west-1")
    if problems:
        raise SettingsError(problems)
    return aws.Provider("aws", default_tags=aws.ProviderDefaultTagsArgs(tags=tags), **arguments)
