"""What only AWS can tell of a stack before anything is made: zones, instance types, subnets that are there."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from components.network import ZONES
from guide import hosts
from guide.roles import Role
from infra import brought, isolation
from infra.answers import unanswered
from infra.errors import SettingsError
from infra.network import Network
from infra.region import Region
from infra.settings import Settings


def zone(subnet_id: str, invoke: pulumi.InvokeOptions) -> str:
    """The availability zone of a subnet that is there."""
    return aws.ec2.get_subnet(id=subnet_id, opts=invoke).availability_zone


def check(settings: Settings, region: Region, invoke: pulumi.InvokeOptions) -> None:
    """Raises SettingsError, before anything is made, where AWS contradicts the stack."""
    types = {Role.MESSAGING: settings.messaging.instance_type}
    if settings.calling:
        types[Role.CALLING] = settings.calling.instance_type
    if settings.compliance:
        types[Role.COMPLIANCE] = settings.compliance.instance_type
    problems = [problem for role, name in types.items() for problem in _instance_type(role, name, invoke)]
    problems += _subnets(settings.network, invoke)
    if settings.network.cidr and len(region.zones) < ZONES:
        problems.append(f"aws:region: the region offers {len(region.zones)} zone, the network needs {ZONES}")
    if settings.installer.airgap:
        problems += isolation.problems(
            settings.network, settings.installer.airgap, region, invoke, snapshots=settings.snapshots.enabled
        )
    problems += _zone(settings, invoke)
    problems += brought.problems(settings, region, invoke)
    if problems:
        raise SettingsError(problems)


def _instance_type(role: Role, name: str, invoke: pulumi.InvokeOptions) -> Sequence[str]:
    key, minimum = f"wickr:{role}.instanceType", hosts.MINIMUMS[role]
    try:
        offered = aws.ec2.get_instance_type(instance_type=name, opts=invoke)
    except Exception as error:  # noqa: BLE001 - the engine's invoke errors have no type of their own
        return [f"{key}: {unanswered(name, error)}"]
    problems = []
    if "x86_64" not in offered.supported_architectures:
        problems.append(f"{key}: {name} is not x86_64, which the vendor's images need")
    if offered.default_vcpus < minimum.cpus:
        problems.append(
            f"{key}: {name} has {offered.default_vcpus} vCPU, the table asks for {minimum.cpus} ({minimum.section})"
        )
    if offered.memory_size < minimum.memory_gib * 1024:
        problems.append(
            f"{key}: {name} has {offered.memory_size / 1024:g} GiB of memory, the table asks for "
            f"{minimum.memory_gib} ({minimum.section})"
        )
    return problems


def _subnets(network: Network, invoke: pulumi.InvokeOptions) -> Sequence[str]:
    problems = []
    for key, subnets in (
        ("publicSubnetIds", network.public_subnet_ids),
        ("privateSubnetIds", network.private_subnet_ids),
    ):
        for number, subnet_id in enumerate(subnets):
            where = f"wickr:network.{key}[{number}]"
            try:
                subnet = aws.ec2.get_subnet(id=subnet_id, opts=invoke)
            except Exception as error:  # noqa: BLE001 - as above
                problems.append(f"{where}: {unanswered(subnet_id, error)}")
                continue
            if subnet.vpc_id != network.vpc_id:
                problems.append(
                    f"{where}: {subnet_id} belongs to {subnet.vpc_id}, not to {network.vpc_id}; "
                    "name a subnet of network.vpcId"
                )
    return problems


def _zone(settings: Settings, invoke: pulumi.InvokeOptions) -> Sequence[str]:
    """The zone is what the stack takes it for, and has room for the names."""
    dns = settings.dns
    if dns is None:
        return []
    try:
        found = aws.route53.get_zone(zone_id=dns.zone_id, opts=invoke)
    except Exception as error:  # noqa: BLE001 - as above
        return [f"wickr:dns.zoneId: {unanswered(dns.zone_id, error, where='this account')}"]
    zone, problems = found.name.rstrip("."), []
    if bool(found.private_zone) is not dns.private:
        problems.append(
            f"wickr:dns.private: {dns.zone_id} ({zone}) is a private zone, which resolves in its own VPCs alone; set "
            "it to true where that is meant, or name a public zone"
            if found.private_zone
            else f"wickr:dns.private: {dns.zone_id} ({zone}) is a public zone; set it to false, or name a private zone"
        )
    problems += [
        f"wickr:dns.zoneId: {name} is not inside {zone}, the zone {dns.zone_id}; name the zone that it is inside of, "
        "or leave wickr:dns out and make the records yourself"
        for name in settings.names
        if zone and name != zone and not name.endswith(f".{zone}")
    ]
    return problems
