"""What the first phases compare a machine with, and hand to it, whatever its role."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from guide import firewalld, hosts
from guide.docker import DockerWindow
from guide.ports import PortRow

REPLICATED_SERVICES = "replicated replicated-ui replicated-operator"
OPERATOR_SERVICES = "replicated-operator"


@dataclass(frozen=True, kw_only=True)
class PreflightArgs:
    """What a machine must be: the guide's minimum, port table and systems, those that are accepted beyond its list,
    and whether an enforcing security module is set to permissive (`permissive`), refused (`keep`) or nobody's business
    (`any`). `fetches` says that it fetches what it needs by itself, for which it has to have Python.
    """

    rows: tuple[PortRow, ...]
    minimum: hosts.Minimum
    systems: tuple[hosts.OperatingSystem, ...] = hosts.OPERATING_SYSTEMS
    also_accept_os: tuple[str, ...]
    security_module: str
    fetches: bool = False


@dataclass(frozen=True, kw_only=True)
class MachineArgs(PreflightArgs):
    """A node's machine: which Docker it may bring along, whether it must (`docker_preinstalled`), and which one, if
    any, the vendor's script is to install.
    """

    docker_version: str | None
    docker_window: DockerWindow
    docker_preinstalled: bool


def version_number(version: tuple[int, int, int]) -> str:
    """A version as one number that bash can compare."""
    return str(version[0] * 1_000_000 + version[1] * 1_000 + version[2])


def os_rules(systems: tuple[hosts.OperatingSystem, ...], also_accept: tuple[str, ...]) -> str:
    """The accepted systems as `id:oldest:newest`, versions as one number (18.04 is 1804); newest may be empty."""

    def number(version: tuple[int, ...], *, minor: int) -> int:
        return version[0] * 100 + (version[1] if len(version) > 1 else minor)

    rules = [
        f"{each.id}:{number(each.oldest, minor=0)}:{number(each.newest, minor=99) if each.newest else ''}"
        for each in systems
    ]
    for text in also_accept:
        identifier, _, version = text.partition(" ")
        parts = tuple(int(part) for part in version.split("."))
        rules.append(f"{identifier}:{number(parts, minor=0)}:{number(parts, minor=99)}")
    return " ".join(rules)


def preflight_values(machine: PreflightArgs, *, key: str, services: str) -> dict[str, pulumi.Input[str]]:
    """Values of the phase `preflight`. `key` is the group of the stack file that a person would change."""
    minimum = machine.minimum
    accepted = [each.text for each in machine.systems]
    return {
        "KEY": key,
        "SERVICES": services,
        "CPUS": str(minimum.cpus),
        "MEMORY_GIB": str(minimum.memory_gib),
        "DISK_GB": str(minimum.disk_gb),
        "PREFLIGHT_DISK_GB": str(machine.minimum.preflight_disk_gb),
        "KERNEL": str(hosts.MINIMUM_KERNEL[0] * 1000 + hosts.MINIMUM_KERNEL[1]),
        "KERNEL_TEXT": ".".join(map(str, hosts.MINIMUM_KERNEL)),
        "OPERATING_SYSTEMS": os_rules(machine.systems, machine.also_accept_os),
        "OPERATING_SYSTEMS_TEXT": ", ".join([*accepted, *machine.also_accept_os]),
        "SECURITY_MODULE": machine.security_module,
        "NEEDS_PYTHON": "yes" if machine.fetches else "",
        "PORTS": " ".join(
            f"{row.first}-{row.last}" for row in machine.rows if row.protocol == "tcp" and row.first != 22
        ),
    }


def firewall_values(machine: MachineArgs) -> dict[str, pulumi.Input[str]]:
    """Values of the phase `firewall`."""
    return {"FIREWALLD_COMMANDS": "\n".join(firewalld.commands(machine.rows))}


def install_values(machine: MachineArgs, script: Mapping[str, pulumi.Input[str]]) -> dict[str, pulumi.Input[str]]:
    """Values of the phase that runs one of the vendor's scripts; `script` says which one, and with which flags."""
    window = machine.docker_window
    return {
        **script,
        "DOCKER_VERSION": machine.docker_version or "",
        "DOCKER_PREINSTALLED": "yes" if machine.docker_preinstalled else "",
        "DOCKER_OLDEST": version_number(window.oldest),
        "DOCKER_NEWEST": version_number(window.newest) if window.newest else "",
        "DOCKER_TEXT": window.text,
    }
