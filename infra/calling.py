"""The voice and video host as a stack names it."""

from typing import Annotated

from pydantic import AfterValidator, Field

from guide import calls
from guide.roles import Role
from infra.model import Model, at_least_the_table
from infra.names import HostName, ImageId, InstanceType, System


def _calls(value: int) -> int:
    calls.last_media_port(value)  # raises with the arithmetic
    return value


class Calling(Model):
    """The voice and video host (IG 3.2)."""

    hostname: HostName
    """The DNS name, or the address, at which clients reach calls (IG 5, Calling Hostname); not that of the messaging
    host. The one certificate carries it, too."""
    max_calls: Annotated[int, AfterValidator(_calls)] = calls.DEFAULT_MAX_CALLS
    """Concurrent calls: two UDP ports each from 16384 on are opened (IG 6.4). Beyond 50 the calling service must be
    told, by ORVILLE_MAX_CALLS."""
    image_id: ImageId | None = None
    """The machine image; without it, the messaging host's."""
    instance_type: InstanceType = "t3.large"
    """At least 2 vCPU and 8 GiB, x86_64 (IG 3.2). Another one restarts the host."""
    disk_gib: Annotated[int, Field(alias="diskGiB", le=16384), at_least_the_table(Role.CALLING)] = 80
    """The encrypted root volume in GiB, at least 60 (IG 3.2). It can grow, and never shrink."""
    also_accept_os: tuple[System, ...] = ()
    """Operating systems beyond the guide's list that the preflight lets pass: `debian 12`."""
    rebuild: Annotated[int, Field(ge=0)] = 0
    """Raised by one, it rebuilds the host from the image that stands here by then. The old disk stays, too."""
