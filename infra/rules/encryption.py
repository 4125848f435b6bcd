"""The one key that a disk has."""

from collections.abc import Iterator

from infra.settings import Settings


def one_key(settings: Settings) -> Iterator[str]:
    """A disk is written under one key."""
    if settings.encryption.own_key and settings.kms_key_id:
        yield (
            f"encryption.ownKey: true makes a key for the disks, and kmsKeyId names {settings.kms_key_id} for them; "
            "take one of the two out"
        )


RULES = (one_key,)
