"""The Route 53 zone as a stack names it, for the records of both names."""

from typing import Annotated

from pydantic import Field

from infra.model import Model
from infra.names import ZoneId


class Dns(Model):
    """Where the records of both names are made; without it they are yours to make."""

    zone_id: ZoneId
    """A hosted zone of Route 53 that is there, and that both names are inside of."""
    private: bool = False
    """Whether it is a private zone, which resolves in its own VPCs alone; compared with the zone."""
    ttl: Annotated[int, Field(ge=30, le=86400)] = 300
    """Seconds for which an answer may be kept."""
