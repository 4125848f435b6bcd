"""The resources of a stack as rules see them, whoever tells of them: a plan, or the engine."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from guide.roles import Role

INSTANCE = "aws:ec2/instance:Instance"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
PREFIX_LIST = "aws:ec2/managedPrefixList:ManagedPrefixList"
PROVIDER = "pulumi:providers:aws"

ROLE_TAG = "wickr:role"
"""What says of an instance which host of the guide it is."""


@dataclass(frozen=True)
class Secret:
    """A value that the program marked as secret."""

    value: Any


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource as the program asks for it. `id` is its own in the stack: a URN, or whatever the teller uses.

    `inputs_from` are the ids of the resources that an input is made of; `ignored` the inputs whose changes are.
    """

    id: str
    name: str
    type: str
    parent: str = ""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    inputs_from: Mapping[str, frozenset[str]] = field(default_factory=dict)
    protect: bool = False
    ignored: frozenset[str] = frozenset()

    def at(self, path: str) -> Any:
        """What is at `rootBlockDevice.encrypted`, marked or not; None where there is nothing."""
        value: Any = self.inputs
        for part in path.split("."):
            value = bare(value)
            value = value.get(part) if isinstance(value, Mapping) else None
        return bare(value)

    @property
    def role(self) -> Role | None:
        """Which host of the guide an instance is."""
        tag = self.at("tags") or {}
        return next((each for each in Role if each == bare(tag.get(ROLE_TAG))), None)


@dataclass(frozen=True, kw_only=True)
class Graph:
    """A whole stack: `settings` are its keys without the namespace `wickr:`, defaults included; `secrets` are texts
    that nobody may read, as far as they are known.
    """

    stack: str
    resources: tuple[Resource, ...]
    outputs: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    secrets: frozenset[str] = frozenset()

    def of(self, *types: str) -> list[Resource]:
        """All resources of these types."""
        return [each for each in self.resources if each.type in types]

    def behind(self, resource: Resource, key: str) -> list[Resource]:
        """The resources that an input is made of."""
        wanted = resource.inputs_from.get(key, frozenset())
        return [each for each in self.resources if each.id in wanted]

    def setting(self, path: str) -> Any:
        """A key of the stack by its path, such as `installer.source`; None where the stack says nothing."""
        value: Any = self.settings
        for part in path.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        return value


def bare(value: Any) -> Any:
    """A value without its mark."""
    return value.value if isinstance(value, Secret) else value


def leaves(value: Any, path: str = "", *, marked: bool = False) -> Iterator[tuple[str, str, bool]]:
    """Every text in a value: its path, the text, and whether it is marked as secret, itself or with what is around."""
    match value:
        case Secret():
            yield from leaves(value.value, path, marked=True)
        case Mapping():
            for key, each in value.items():
                yield from leaves(each, f"{path}.{key}" if path else str(key), marked=marked)
        case list() | tuple():
            for number, each in enumerate(value):
                yield from leaves(each, f"{path}[{number}]", marked=marked)
        case str():
            yield path, value, marked
