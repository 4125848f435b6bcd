"""Zones of Route 53: a network makes one private, and their ids begin with a Z."""

from typing import Any

from moto.route53 import models
from moto.route53.responses import Route53

_create = Route53.create_hosted_zone
_id = models.create_route53_zone_id


def patch() -> None:
    """Puts the functions below in place of moto's."""
    Route53.create_hosted_zone = create_hosted_zone
    models.create_route53_zone_id = create_route53_zone_id


def create_route53_zone_id(*arguments: Any, **named: Any) -> str:
    """An id as the service gives it: whoever reads one knows it by its first letter."""
    return "Z" + str(_id(*arguments, **named))[1:]


def create_hosted_zone(self: Any) -> Any:
    """A zone that is made for a network is private, without being told so."""
    if self._get_param("VPC.VPCId"):
        told = self.params.get("HostedZoneConfig") or {}
        self.params = {**self.params, "HostedZoneConfig": {**told, "PrivateZone": True}}
    return _create(self)
