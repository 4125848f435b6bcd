"""The messaging host as a stack names it."""

from typing import Annotated, Literal

from pydantic import Field

from guide import hosts
from guide.roles import Role
from infra.model import Model, at_least_the_table
from infra.names import ImageId, InstanceType, System


class Messaging(Model):
    """The messaging host (IG 3.1)."""

    image_id: ImageId
    """The machine image that a host is made from: Ubuntu 18.04 or later, RHEL or CentOS 7 (IG 3.1). A new one replaces
    nothing: it counts when a host is made, and when it is rebuilt."""
    instance_type: InstanceType = "t3.large"
    """At least 2 vCPU and 8 GiB, x86_64 (IG 3.1). Another one restarts the host."""
    disk_gib: Annotated[int, Field(alias="diskGiB", le=16384), at_least_the_table(Role.MESSAGING)] = (
        hosts.PREFLIGHT_DISK_GB
    )
    """The encrypted root volume in GiB: 1 to 5 GB a user (IG 3.1), at least 120; the vendor's preflight asks for 200
    (IG 4.4.5). It can grow, and never shrink."""
    also_accept_os: tuple[System, ...] = ()
    """Operating systems beyond the guide's list that the preflight lets pass: `debian 12`."""
    health_check: Literal["deployer", "bastion", "none"] | None = None
    """Who asks the question of IG 9.1 in the end: the machine that runs Pulumi, the bastion, or nobody where neither
    reaches 443. Without it, the bastion if there is one."""
    rebuild: Annotated[int, Field(ge=0)] = 0
    """Raised by one, it rebuilds the host from the image that stands here by then. The old disk stays, too."""
