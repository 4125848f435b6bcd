"""What alarms look at: a metric of a host, and the value from which on people are told."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import pulumi

from guide.roles import Role
from installer import vitals

PERIODS = 3
"""How many values of a host's own in a row raise an alarm: no single peak, and no reboot, does."""


@dataclass(frozen=True, kw_only=True)
class Watch:
    """`name` ends the alarm's name. People are told when `metric` is at `threshold` or above it (`side`: or below it)
    for `periods` times `period` seconds. `silent` is what no values mean: nothing (`missing`), or the worst
    (`breaching`). `actions` are done beside telling. With `after`, values come from then on.
    """

    name: str
    namespace: str
    metric: str
    description: str
    threshold: int
    side: Literal["above", "below"] = "above"
    period: int
    periods: int
    silent: Literal["missing", "breaching"] = "missing"
    actions: Sequence[str] = ()
    after: Sequence[pulumi.Resource] = ()


@dataclass(frozen=True, kw_only=True)
class Limits:
    """From where on what a host tells is too much, in percent, or too little, in days."""

    disk_percent: int
    memory_percent: int
    certificate_days: int


def checks(role: Role, recovery: Sequence[str]) -> list[Watch]:
    """What AWS finds out by itself, every minute and for nothing: that the system does not answer, and that what is
    below it fails, for which `recovery` is done.

    A host that somebody stopped has no checks, and is no fault.
    """
    moved = " AWS moves it to other hardware." if recovery else " Stop it and start it: it moves."
    return [
        Watch(
            name=f"{what}-check",
            namespace="AWS/EC2",
            metric=f"StatusCheckFailed_{what.capitalize()}",
            description=description,
            threshold=1,
            period=60,
            periods=2,
            actions=actions,
        )
        for what, description, actions in (
            ("instance", f"The {role} host does not answer on the network: look at its console, and reboot it.", ()),
            ("system", f"What AWS runs the {role} host on fails.{moved}", recovery),
        )
    ]


def own(role: Role, limits: Limits, told: pulumi.Resource) -> list[Watch]:
    """What a host tells itself, from when it has done so for the first time (`told`).

    One of them takes silence for the worst, and not each: a full disk is what can silence a host, and whoever has taken
    it over would silence it, too. So a host that somebody stopped raises this alarm: nobody can tell them apart.
    """
    minutes = PERIODS * vitals.PERIOD_SECONDS // 60
    of_its_own = partial(Watch, namespace=vitals.NAMESPACE, period=vitals.PERIOD_SECONDS, periods=PERIODS, after=[told])
    watches = [
        of_its_own(
            name="disk",
            metric=vitals.DISK,
            description=f"A disk of the {role} host has been {limits.disk_percent} % full or more for {minutes} "
            "minutes, or the host has told nothing: it is stopped, hangs, or does not reach CloudWatch.",
            threshold=limits.disk_percent,
            silent="breaching",
        ),
        of_its_own(
            name="memory",
            metric=vitals.MEMORY,
            description=f"{limits.memory_percent} % of the {role} host's memory or more have been in use for {minutes} "
            "minutes: where there is none left, Linux ends processes.",
            threshold=limits.memory_percent,
        ),
    ]
    if role is Role.MESSAGING:
        days = limits.certificate_days
        watches.append(
            of_its_own(
                name="certificate",
                metric=vitals.CERTIFICATE_DAYS,
                description=f"The certificate that clients see is valid for {days} {'day' if days == 1 else 'days'} or "
                "less: one that the stack issues is renewed by pulumi up, one of yours by you.",
                threshold=days,
                side="below",
            )
        )
    return watches
