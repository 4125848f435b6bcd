"""The tables of the stand-in for the plugin aws are the SDK's: none of its arguments is invented, none is lost."""

import re
from pathlib import Path

import pytest

from local.plugins.aws import cloud
from local.plugins.aws.__main__ import PROVIDER
from local.plugins.framework import Function, ListOf, Object, Resource
from local.plugins.sdk import arguments, parts
from local.plugins.values import UNKNOWN
from tests.local.plugins.plugin import running

ENTRIES: list[Resource | Function] = [*PROVIDER.resources, *PROVIDER.functions]
OWNER = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
BLOCKS = {
    ("aws:ec2/instance:Instance", "rootBlockDevice"): "InstanceRootBlockDeviceArgs",
    ("aws:ec2/instance:Instance", "metadataOptions"): "InstanceMetadataOptionsArgs",
    ("aws:ec2/managedPrefixList:ManagedPrefixList", "entries"): "ManagedPrefixListEntryArgs",
    ("aws:backup/plan:Plan", "rules"): "PlanRuleArgs",
    ("aws:backup/plan:Plan", "lifecycle"): "PlanRuleLifecycleArgs",
    (OWNER, "rule"): "BucketOwnershipControlsRuleArgs",
    (ENCRYPTION, "rules"): "BucketServerSideEncryptionConfigurationRuleArgs",
    (ENCRYPTION, "applyServerSideEncryptionByDefault"): (
        "BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs"
    ),
    ("aws:s3/bucketVersioning:BucketVersioning", "versioningConfiguration"): (
        "BucketVersioningVersioningConfigurationArgs"
    ),
    (LIFECYCLE, "rules"): "BucketLifecycleConfigurationRuleArgs",
    (LIFECYCLE, "filter"): "BucketLifecycleConfigurationRuleFilterArgs",
    (LIFECYCLE, "abortIncompleteMultipartUpload"): (
        "BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs"
    ),
    (LIFECYCLE, "noncurrentVersionExpiration"): "BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs",
    (LIFECYCLE, "expiration"): "BucketLifecycleConfigurationRuleExpirationArgs",
}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.token)
def test_every_argument_is_the_sdks_and_as_required_as_there(entry: Resource | Function) -> None:
    real = arguments("pulumi_aws", entry.token)
    assert real or entry.token == "aws:index/getPartition:getPartition"
    declared = {field.name: field.required for field in entry.inputs}
    assert declared == {name: real[name] for name in declared if name in real}


@pytest.mark.parametrize("entry", PROVIDER.resources, ids=lambda entry: entry.token)
def test_every_argument_that_is_not_implemented_is_refused_by_name(entry: Resource) -> None:
    declared = {field.name for field in entry.inputs}
    missing = sorted(set(arguments("pulumi_aws", entry.token)) - declared)
    needed = dict.fromkeys(declared, UNKNOWN)
    with running(PROVIDER) as plugin:
        told = plugin.refusals(entry.token, {**needed, **dict.fromkeys(missing, "x")})
    suffix = "is an argument of the real plugin that this stand-in does not implement"
    assert [text for text in told if text.endswith(suffix)] == [f"{name} {suffix}" for name in missing]


@pytest.mark.parametrize("entry", PROVIDER.resources, ids=lambda entry: entry.token)
def test_nested_blocks_are_the_sdks_too(entry: Resource) -> None:
    module = entry.token.split(":")[1].partition("/")[0]
    nested = list(entry.inputs)
    for field in nested:
        kind = field.type.item if isinstance(field.type, ListOf) else field.type
        if isinstance(kind, Object):
            real = parts("pulumi_aws", module, BLOCKS[entry.token, field.name])
            assert {part.name: part.required for part in kind.fields} == {
                name: needed for name, needed in real.items() if name not in kind.unimplemented
            }
            nested.extend(kind.fields)


def test_the_providers_settings_are_the_sdks() -> None:
    assert {field.name for field in PROVIDER.settings} <= set(arguments("pulumi_aws", "pulumi:pulumi/providers:aws"))


def test_its_version_is_the_sdks() -> None:
    from importlib.metadata import version

    assert PROVIDER.version == version("pulumi-aws")


def test_a_lab_loads_what_is_known_of_exactly_the_services_that_are_asked() -> None:
    sources = Path(cloud.__file__).parent.glob("*.py")
    asked = {name for source in sources for name in re.findall(r'\bclient\("([a-z0-9]+)", ', source.read_text())}
    assert set(cloud.SERVICES) == asked
