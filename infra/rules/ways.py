"""The ways to the hosts: the bastion in between, and the records that lead there."""

from collections.abc import Iterator

from guide.health import is_address
from infra.settings import Settings


def bastion_is_another_host(settings: Settings) -> Iterator[str]:
    """What is passed through is there before the stack's own hosts are."""
    if settings.bastion and settings.bastion.host in settings.names:
        yield (
            f"bastion.host: {settings.bastion.host} is the name of a host that the stack makes; the bastion is a host "
            "of yours that is there before: name that one, or take wickr:bastion out"
        )


def somebody_asks(settings: Settings) -> Iterator[str]:
    """Who is to ask for health exists."""
    if settings.messaging.health_check == "bastion" and settings.bastion is None:
        yield (
            "messaging: healthCheck is bastion, and there is none; name it under wickr:bastion, or set healthCheck to "
            "deployer or none"
        )


def names_can_have_records(settings: Settings) -> Iterator[str]:
    """A record is for a name."""
    for name in settings.names if settings.dns else ():
        if is_address(name):
            yield f"dns: {name} is an address, for which there is no record; use a DNS name, or take wickr:dns out"


RULES = (bastion_is_another_host, somebody_asks, names_can_have_records)
