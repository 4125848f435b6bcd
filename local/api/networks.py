"""VPCs, subnets and gateways: what the service refuses while something depends on them."""

from typing import Any

from moto.ec2.exceptions import DependencyViolationError, EC2ClientError
from moto.ec2.models.internet_gateways import InternetGatewayBackend
from moto.ec2.models.managed_prefixes import ManagedPrefixListBackend
from moto.ec2.models.subnets import SubnetBackend
from moto.ec2.models.vpcs import VPCBackend
from moto.ec2.responses.vpcs import VPCs

from local.api import quotas
from local.lab.addresses import S3_NETWORK

_modify_prefix_list = VPCs.modify_managed_prefix_list
_default_lists = ManagedPrefixListBackend.create_default_pls
_delete_vpc = VPCBackend.delete_vpc
_delete_subnet = SubnetBackend.delete_subnet
_detach = InternetGatewayBackend.detach_internet_gateway


def patch() -> None:
    """Puts the functions below in place of moto's."""
    ManagedPrefixListBackend.create_default_pls = create_default_lists
    VPCs.modify_managed_prefix_list = modify_managed_prefix_list
    VPCBackend.delete_vpc = delete_vpc
    SubnetBackend.delete_subnet = delete_subnet
    InternetGatewayBackend.detach_internet_gateway = detach_internet_gateway


def create_default_lists(self: Any) -> None:
    """The service's own lists. That of S3 says where S3 is in the lab."""
    _default_lists(self)
    for held in self.managed_prefix_lists.values():
        if held.prefix_list_name.endswith(".s3"):
            held.entries = {held.version: [{"Cidr": S3_NETWORK, "Description": ""}]}


def modify_managed_prefix_list(self: Any) -> Any:
    """Knows how to make a list larger or smaller, and leaves a name that is not given as it is."""
    held = self.ec2_backend.managed_prefix_lists[self._get_param("PrefixListId")]
    name, most = held.prefix_list_name, self._get_param("MaxEntries")
    answer = _modify_prefix_list(self)
    held.prefix_list_name = self._get_param("PrefixListName") or name
    if most:
        if int(most) < len(held.entries.get(held.version, [])):
            raise EC2ClientError("InvalidParameterValue", f"The prefix list {held.id} holds more than {most} entries.")
        before, held.max_entries = held.max_entries, int(most)
        try:
            quotas.check_list(self.ec2_backend, held.id)
        except EC2ClientError:
            held.max_entries = before
            raise
    return answer


def delete_vpc(self: Any, vpc_id: str) -> Any:
    """Refuses while a gateway, an endpoint or a group of its own is left in it; its default group goes with it."""
    attached = any(gateway.vpc is not None and gateway.vpc.id == vpc_id for gateway in self.internet_gateways.values())
    endpoints = any(endpoint.vpc_id == vpc_id for endpoint in self.vpc_end_points.values())
    groups = list(self.groups[vpc_id].values())
    if attached or endpoints or any(not group.is_default for group in groups):
        raise DependencyViolationError(f"The vpc '{vpc_id}' has dependencies and cannot be deleted.")
    for group in groups:
        group.is_default = False  # from here on it may go
    return _delete_vpc(self, vpc_id)


def delete_subnet(self: Any, subnet_id: str) -> Any:
    """Refuses while an interface lives in it."""
    if any(eni.subnet is not None and eni.subnet.id == subnet_id for eni in self.enis.values()):
        text = f"The subnet '{subnet_id}' has dependencies and cannot be deleted."
        raise DependencyViolationError(text)
    return _delete_subnet(self, subnet_id)


def detach_internet_gateway(self: Any, internet_gateway_id: str, vpc_id: str) -> None:
    """Refuses while a public address is mapped into the network."""
    if any(eni.public_ip and eni.subnet.vpc_id == vpc_id for eni in self.enis.values() if eni.subnet):
        text = f"Network {vpc_id} has some mapped public address(es). Please unmap those public address(es)"
        raise DependencyViolationError(f"{text} before detaching the gateway.")
    _detach(self, internet_gateway_id, vpc_id)
