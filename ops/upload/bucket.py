"""A bucket of S3: what is in it stays as it is, and what is put into it is compared with what was sent."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import BotoCoreError, ClientError

from ops.checkout import OpsError
from ops.upload.parts import PART, Content

NOT_THERE = ("404", "NoSuchKey", "NotFound")


class Bucket:
    """One bucket, by the credentials of this machine. Every failure is an OpsError."""

    def __init__(self, name: str, client: Any = None, part: int = PART) -> None:
        self.name, self._part = name, part
        try:
            self._s3 = client or boto3.client("s3")
            self.region = str(self._s3.head_bucket(Bucket=name)["BucketRegion"])
        except (BotoCoreError, ClientError) as error:
            raise OpsError(f"the bucket {name} cannot be used ({error}); check its name and your AWS profile") from None

    def put(self, key: str, path: Path, content: Content, told: Callable[[int], object]) -> bool:
        """Uploads a file unless it is there; False if it was. `told` hears of every piece that is sent, in bytes."""
        if self._holds(key, content):
            return False
        try:
            self._s3.upload_file(
                str(path),
                self.name,
                key,
                # The host checks the file against the stack; the note lets people, and previews, compare without it.
                ExtraArgs={"ChecksumAlgorithm": "SHA256", "Metadata": {"sha256": content.sha256}},
                Config=TransferConfig(multipart_threshold=self._part, multipart_chunksize=self._part),
                Callback=told,
            )
        except (BotoCoreError, ClientError, Boto3Error, OSError) as error:
            raise OpsError(f"{path} did not get to {self._text(key)} ({error}); nothing of it is there") from None
        found = self._head(key) or {}
        if not self._equal(found, content):
            raise OpsError(f"{self._text(key)} is not what {path} was when it was read; delete it, and upload it again")
        return True

    def _holds(self, key: str, content: Content) -> bool:
        found = self._head(key)
        if found is None:
            return False
        if self._equal(found, content):
            return True
        raise OpsError(
            f"{self._text(key)} is there already, with other content ({found['ContentLength']} bytes, SHA-256 "
            f"{found['Metadata'].get('sha256', 'not noted')}); a stack may rely on it: choose another --prefix"
        )

    def _head(self, key: str) -> dict[str, Any] | None:
        try:
            return dict(self._s3.head_object(Bucket=self.name, Key=key, ChecksumMode="ENABLED"))
        except ClientError as error:
            if error.response["Error"]["Code"] in NOT_THERE:
                return None
            raise OpsError(f"{self._text(key)} cannot be looked at ({error}); check your permissions") from None
        except BotoCoreError as error:
            raise OpsError(f"{self._text(key)} cannot be looked at ({error})") from None

    @staticmethod
    def _equal(found: dict[str, Any], content: Content) -> bool:
        # With several parts S3 writes their number behind the checksum.
        checksum = found.get("ChecksumSHA256", "").partition("-")[0]
        return (found.get("ContentLength"), checksum) == (content.size, content.checksum)

    def _text(self, key: str) -> str:
        return f"s3://{self.name}/{key}"
