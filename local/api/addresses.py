"""Public addresses: from the range that is reserved for documentation, so that none can be anybody's."""

from collections.abc import Iterator
from ipaddress import IPv4Address

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import ec2_backends, elastic_ip_addresses, elastic_network_interfaces

FIRST, LAST = IPv4Address("203.0.113.100"), IPv4Address("203.0.113.254")


def patch() -> None:
    """Elastic and automatic public addresses are the lowest free ones of the range."""
    elastic_ip_addresses.random_ip = next_free
    elastic_network_interfaces.random_public_ip = next_free


def next_free() -> str:
    """The lowest address of the range that nobody holds, in any account and region."""
    taken = set(_taken())
    for number in range(int(FIRST), int(LAST) + 1):
        if str(IPv4Address(number)) not in taken:
            return str(IPv4Address(number))
    raise EC2ClientError("AddressLimitExceeded", f"All addresses from {FIRST} to {LAST} are in use.")


def _taken() -> Iterator[str]:
    for regions in ec2_backends.values():
        for backend in list(regions.values()):
            yield from (address.public_ip for address in backend.addresses)
            yield from (eni.public_ip for eni in backend.enis.values() if eni.public_ip)
