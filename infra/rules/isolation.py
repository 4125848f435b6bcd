"""An installation without internet (IG 4.2) is one in all of its keys."""

from collections.abc import Iterator

from infra.settings import Settings


def private_hosts(settings: Settings) -> Iterator[str]:
    """A public address is a way in and out."""
    if settings.installer.source == "airgap" and settings.network.public_addresses:
        yield (
            "network.publicAddresses: installer.source airgap needs hosts without public addresses, in private subnets "
            "of a VPC that is there; set it to false, and name network.vpcId and network.privateSubnetIds"
        )


def nothing_let_out(settings: Settings) -> Iterator[str]:
    """A security group that lets out what nobody is to reach would be a promise and no wall."""
    if settings.installer.source == "airgap" and settings.egress != "none":
        yield (
            f"egress: {settings.egress} lets hosts out to the internet, and installer.source airgap is for hosts that "
            "have none; set it to none"
        )


RULES = (private_hosts, nothing_let_out)
