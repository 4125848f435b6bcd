"""Zones of Route 53: a network makes one private."""

from typing import Any

from moto.route53.responses import Route53

_create = Route53.create_hosted_zone


def patch() -> None:
    """Puts the function below in place of moto's."""
    Route53.create_hosted_zone = create_hosted_zone


def create_hosted_zone(self: Any) -> Any:
    """A zone that is made for a network is private, without being told so."""
    if self._get_param("VPC.VPCId"):
        told = self.params.get("HostedZoneConfig") or {}
        self.params = {**self.params, "HostedZoneConfig": {**told, "PrivateZone": True}}
    return _create(self)
