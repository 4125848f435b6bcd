"""VPC endpoints: gateways whose routes follow their route tables, and an end that leaves nothing behind."""

from collections.abc import Iterable
from inspect import signature
from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.route_tables import RouteBackend, generate_route_id
from moto.ec2.models.vpcs import VPCBackend, VPCEndPoint
from moto.ec2.responses.vpcs import VPCs

_create = VPCBackend.create_vpc_endpoint
_modify = VPCBackend.modify_vpc_endpoint
_ask = VPCs.modify_vpc_endpoint
_delete_route_table = RouteBackend.delete_route_table
_delete_route = RouteBackend.delete_route


def patch() -> None:
    """Puts the functions below in place of moto's."""
    VPCBackend.create_vpc_endpoint = create_vpc_endpoint
    VPCBackend.modify_vpc_endpoint = modify_vpc_endpoint
    VPCBackend.delete_vpc_endpoints = delete_vpc_endpoints
    VPCs.modify_vpc_endpoint = ask_to_modify
    RouteBackend.delete_route_table = delete_route_table
    RouteBackend.delete_route = delete_route


def create_vpc_endpoint(self: Any, *given: Any, **named: Any) -> Any:
    """A gateway unless another kind is asked for; it leads to S3 or DynamoDB, for route tables of its own VPC."""
    named["endpoint_type"] = named.get("endpoint_type") or "Gateway"
    if named["endpoint_type"] == "Gateway":
        service = named["service_name"]
        listed = next((one for one in self.managed_prefix_lists.values() if one.prefix_list_name == service), None)
        if listed is None:
            text = f"The Vpc Endpoint Service '{service}' does not exist"
            raise EC2ClientError("InvalidServiceName", text)
        _check_tables(self, named["vpc_id"], named["route_table_ids"], listed.id)
    return _create(self, *given, **named)


def ask_to_modify(self: Any) -> Any:
    """Knows how to go back to the policy that allows everything."""
    if self._get_param("ResetPolicy"):
        self.params = {**self.params, "PolicyDocument": ""}
        (endpoint,) = self.ec2_backend.describe_vpc_endpoints(vpc_end_point_ids=[self._get_param("VpcEndpointId")])
        endpoint.policy_document = VPCEndPoint(self.ec2_backend, "", "", "", None, None, []).policy_document
    return _ask(self)


def modify_vpc_endpoint(self: Any, *given: Any, **named: Any) -> None:
    """Gives route tables that come their route, and takes it from those that go; moto only lists them."""
    (endpoint,) = self.describe_vpc_endpoints(vpc_end_point_ids=[named["vpc_id"]])
    coming = [one for one in named.get("add_route_tables") or [] if one not in endpoint.route_table_ids]
    going = [one for one in named.get("remove_route_tables") or [] if one in endpoint.route_table_ids]
    if (coming or going) and endpoint.vpc_endpoint_type != "Gateway":
        raise EC2ClientError("InvalidParameter", "Route tables belong to gateway endpoints")
    _check_tables(self, endpoint.vpc_id, coming, endpoint.destination_prefix_list_id)
    _modify(self, *given, **named)
    for table in coming:
        listed = endpoint.destination_prefix_list_id
        self.create_route(table, None, gateway_id=endpoint.id, destination_prefix_list_id=listed)
    for table in going:
        _take_route(self, table, endpoint)


def delete_vpc_endpoints(self: Any, vpce_ids: list[str] | None = None) -> None:
    """Takes routes and interfaces along, whatever has become of them, and is gone."""
    for endpoint in self.describe_vpc_endpoints(vpc_end_point_ids=vpce_ids):
        for interface in endpoint.network_interface_ids:
            self.enis.pop(interface, None)
        for table in endpoint.route_table_ids:
            _take_route(self, table, endpoint)
        del self.vpc_end_points[endpoint.id]


def delete_route_table(self: Any, route_table_id: str) -> Any:
    """An endpoint forgets a route table that goes."""
    answer = _delete_route_table(self, route_table_id)
    for endpoint in self.vpc_end_points.values():
        if route_table_id in endpoint.route_table_ids:
            endpoint.route_table_ids = [one for one in endpoint.route_table_ids if one != route_table_id]
    return answer


def delete_route(self: Any, route_table_id: str, *given: Any, **named: Any) -> Any:
    """Refuses to take an endpoint's route away: that is done at the endpoint."""
    asked = signature(_delete_route).bind(self, route_table_id, *given, **named).arguments
    listed = asked.get("destination_prefix_list_id")
    route = self.get_route_table(route_table_id)._routes.get(generate_route_id(route_table_id, listed))
    if listed and route is not None and isinstance(route.gateway, VPCEndPoint):
        text = f"cannot remove VPC endpoint route {listed} in route table {route_table_id}"
        raise EC2ClientError("InvalidParameterValue", text)
    return _delete_route(self, route_table_id, *given, **named)


def _take_route(self: Any, table: str, endpoint: Any) -> None:
    if table in self.route_tables:
        route = generate_route_id(table, endpoint.destination_prefix_list_id)
        self.get_route_table(table)._routes.pop(route, None)


def _check_tables(self: Any, vpc: str, tables: Iterable[str], listed: str) -> None:
    for table in tables:
        if self.get_route_table(table).vpc_id != vpc:
            text = f"Route table {table} belongs to another network than the endpoint, {vpc}"
            raise EC2ClientError("InvalidParameter", text)
        if generate_route_id(table, listed) in self.get_route_table(table)._routes:
            text = f"route table {table} already has a route with destination-prefix-list-id {listed}"
            raise EC2ClientError("RouteAlreadyExists", text)
