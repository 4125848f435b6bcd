"""Public parameters: the image that the local cloud has, under the names that vendors publish images by."""

from datetime import UTC, datetime
from typing import Any

from moto.ssm import models

PUBLIC = {"/aws/service/debian/release/12/latest/amd64": "ami-0deb1200000000001"}

_load = models.ParameterDict._check_loading_status


def patch() -> None:
    """Public parameters appear when they are first read."""
    models.ParameterDict._check_loading_status = with_public


def with_public(self: Any, key: str) -> None:
    """Adds the parameter that is asked for, if it is a public one."""
    _load(self, key)
    if key in PUBLIC and not dict.__contains__(self, key):
        self[key] = [
            models.Parameter(
                account_id=self.account_id,
                name=key,
                value=PUBLIC[key],
                parameter_type="String",
                description="",
                allowed_pattern=None,
                keyid=None,
                last_modified_date=datetime.now(UTC),
                version=1,
                data_type="aws:ec2:image",
            )
        ]
