"""The key of a stack's own: it is made where it is asked for, is that of every disk, and outlives the stack."""

import pytest

from tests.components.test_compliance import policies
from tests.stacks import CONFIGURATION, KEY, SECRET_KEY, VARIANTS, deployed

pytestmark = pytest.mark.slow

KEY_TYPE, INSTANCE, VOLUME = "aws:kms/key:Key", "aws:ec2/instance:Instance", "aws:ebs/volume:Volume"
OWN = "arn:aws:kms:eu-west-1:123456789012:key/key-key"
THREE = "compliance under keys of the stack's own and of theirs"


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_key_is_made_where_a_stack_asks_for_one_and_nowhere_else(variant: str) -> None:
    asked = "wickr:encryption" in VARIANTS[variant]
    assert [each.name for each in deployed(variant).of(KEY_TYPE)] == (["key-key"] if asked else [])


@pytest.mark.parametrize(
    ("variant", "key"),
    [
        (THREE, OWN),
        ("a key of the stack's own", OWN),
        ("compliance under a key of theirs", f"arn:aws:kms:eu-west-1:123456789012:key/{KEY}"),
    ],
)
def test_every_disk_that_is_made_is_under_it_the_data_volume_too(variant: str, key: str) -> None:
    found = deployed(variant)
    roots = {each.name: each.inputs["rootBlockDevice"]["kmsKeyId"] for each in found.of(INSTANCE)}
    volumes = {each.name: each.inputs["kmsKeyId"] for each in found.of(VOLUME)}
    assert set((roots | volumes).values()) == {key}
    assert len(volumes) == ("compliance" in variant)


def test_kms_rotates_it_and_it_can_be_had_back_for_as_long_as_kms_can() -> None:
    key = deployed(THREE).the(KEY_TYPE)
    assert (key.inputs["enableKeyRotation"], key.inputs["deletionWindowInDays"]) == (True, 30)
    assert key.inputs["description"] == "Disks of wickr-test-disks"
    # No policy: who may use it is IAM's to say.
    assert "policy" not in key.inputs


def test_it_is_guarded_and_stays_when_the_stack_goes_since_the_disks_do() -> None:
    key = deployed(THREE).the(KEY_TYPE)
    assert (key.protect, key.options["retainOnDelete"]) == (True, True)


def test_the_bot_decrypts_its_secret_by_way_of_secrets_manager_and_nothing_else_with_that_key() -> None:
    (document,) = policies(deployed(THREE)).values()
    of_key = [each for each in document["Statement"] if "kms" in each["Action"]]
    assert of_key == [
        {
            "Sid": "BotConfigurationKey",
            "Effect": "Allow",
            "Action": "kms:Decrypt",
            "Resource": SECRET_KEY,
            "Condition": {
                "StringEquals": {
                    "kms:ViaService": "secretsmanager.eu-west-1.amazonaws.com",
                    "kms:EncryptionContext:SecretARN": CONFIGURATION["secretArn"],
                }
            },
        }
    ]
