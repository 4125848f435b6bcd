"""Public addresses: from the range that is reserved for documentation, and tied as the service ties them."""

from collections.abc import Iterator
from ipaddress import IPv4Address
from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import ec2_backends, elastic_ip_addresses, elastic_network_interfaces
from moto.ec2.models.elastic_ip_addresses import ElasticAddressBackend
from moto.ec2.responses.elastic_ip_addresses import ElasticIPAddresses

FIRST, LAST = IPv4Address("203.0.113.100"), IPv4Address("203.0.113.254")

_ask = ElasticIPAddresses.associate_address
_associate = ElasticAddressBackend.associate_address


def patch() -> None:
    """Elastic and automatic public addresses are the lowest free ones of the range."""
    elastic_ip_addresses.random_ip = next_free
    elastic_network_interfaces.random_public_ip = next_free
    ElasticIPAddresses.associate_address = ask_to_associate
    ElasticAddressBackend.associate_address = associate_address


def ask_to_associate(self: Any) -> Any:
    """An address moves to another instance unless the call says that it must not; moto has it the other way."""
    self.ec2_backend.keeps_association = self._get_param("AllowReassociation") is False
    return _ask(self)


def associate_address(self: Any, *given: Any, **named: Any) -> Any:
    """Refuses where the network has no internet gateway; takes a moved address away from where it was."""
    instance, eni = named.get("instance"), named.get("eni")
    interface = eni or (instance.nics[0] if instance else None)
    vpc = interface.subnet.vpc_id if interface is not None and interface.subnet else None
    gateways = self.internet_gateways.values()
    if vpc and not any(gateway.vpc is not None and gateway.vpc.id == vpc for gateway in gateways):
        text = f"Network {vpc} is not attached to any internet gateway"
        raise EC2ClientError("Gateway.NotAttached", text)
    named["reassociate"] = not getattr(self, "keeps_association", False)
    found = _associate(self, *given, **named)
    for other in self.enis.values():
        if other is not found.eni and other.public_ip == found.public_ip:
            other.public_ip = None
    return found


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
