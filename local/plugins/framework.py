"""How a stand-in for a Pulumi plugin is written: a table of resources and functions, and what they do.

    VPC = Resource(
        token="aws:ec2/vpc:Vpc",
        inputs=(
            Field("cidrBlock", STRING, required=True, replaces=True, check=network),
            Field("enableDnsSupport", BOOLEAN, default=True),
        ),
        outputs=outputs("arn", "mainRouteTableId"),
        create=create_vpc,      # Request -> Made(id, outputs)
        update=update_vpc,      # Request -> outputs; without it every change replaces
        read=read_vpc,          # Request -> Made, or None when it is gone
        delete=delete_vpc,      # Request -> None
    )

    serve(Provider(name="aws", version="7.51.1", sdk="pulumi_aws", resources=(VPC,)))   # in server.py: the process

What the table says is checked at preview: names, types, required values, values that the service would
refuse. What it does not name is refused. Functions get plain values (no secret marks, whole numbers as int); the
framework keeps secrets secret and unknowns unknown. `raise Refusal("one sentence")` for what cannot be done.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from threading import Event

from local.plugins.schema import (
    ANYTHING,
    ASSET,
    ASSET_OR_ARCHIVE,
    BOOLEAN,
    INTEGER,
    NUMBER,
    STRING,
    Field,
    ListOf,
    MapOf,
    Object,
    Problem,
    Rule,
    Scalar,
    between,
    conflict,
    exactly_one_of,
    one_of,
    required,
)
from local.plugins.values import UNKNOWN, Archive, Asset, Property, Values


class Refusal(Exception):  # noqa: N818  (it is an answer)
    """What a person reads when something cannot be done: one sentence, no traceback."""


@dataclass(frozen=True)
class Made:
    """A resource that exists: its id and its outputs. Inputs need not be repeated among the outputs."""

    id: str
    outputs: Values = field(default_factory=dict)


class Unfinished(Refusal):
    """The resource exists, but not all was done to it: the engine keeps it and tries again."""

    def __init__(self, text: str, made: Made) -> None:
        super().__init__(text)
        self.made = made


@dataclass(frozen=True, kw_only=True)
class Request:
    """What the engine asks of one resource, or of a function (which has only inputs and settings)."""

    inputs: Values
    settings: Values
    urn: str = ""
    id: str = ""
    old_inputs: Values = field(default_factory=dict)
    state: Values = field(default_factory=dict)
    timeout: float = 0.0
    """Seconds of `custom_timeouts` for this operation; 0 when there is none."""
    cancelled: Event = field(default_factory=Event)
    """Set when the engine wants to stop: long work looks at it."""
    say: Callable[[str], None] = lambda _: None
    """Shows a line in the engine's log, at this resource."""
    status: Callable[[str], None] = lambda _: None
    """Shows a passing line at this resource while work is under way; the engine does not keep it."""
    warn: Callable[[str], None] = lambda _: None
    """Leaves a warning at this resource."""

    @property
    def name(self) -> str:
        """The resource's name in the program."""
        return self.urn.rsplit("::", 1)[-1]

    def changed(self, *names: str) -> bool:
        """Whether one of these inputs differs from the last run's."""
        return any(self.inputs.get(name) != self.old_inputs.get(name) for name in names)


@dataclass(frozen=True)
class Output:
    """A property that the service decides. `volatile`: an update may change it."""

    name: str
    secret: bool = False
    volatile: bool = False


def outputs(*names: str) -> tuple[Output, ...]:
    """Outputs that are neither secret nor volatile."""
    return tuple(Output(name) for name in names)


def _nothing(_: Request) -> Values:
    return {}


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource type.

    `plan` gives outputs that follow from inputs and settings alone; they join the inputs, and a change in them is
    an update.
    `rules` look across fields. `delete_before_replace` where two of them cannot exist side by side. `expired`
    names the properties that call for a new resource, beyond what the fields say.
    """

    token: str
    inputs: tuple[Field, ...]
    create: Callable[[Request], Made]
    delete: Callable[[Request], None]
    read: Callable[[Request], Made | None] | None = None
    update: Callable[[Request], Values] | None = None
    outputs: tuple[Output, ...] = ()
    rules: tuple[Rule, ...] = ()
    plan: Callable[[Request], Values] = _nothing
    delete_before_replace: bool = False
    expired: Callable[[Request], Iterable[str]] = lambda _: ()


@dataclass(frozen=True, kw_only=True)
class Function:
    """One function (a "data source"): inputs in, values out."""

    token: str
    call: Callable[[Request], Values]
    inputs: tuple[Field, ...] = ()
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Provider:
    """One plugin.

    `version` is the SDK's, so that the engine does not warn; `sdk` is the SDK's Python package.
    `settings` are the provider's own inputs; `check_settings` finds what is wrong with them as a whole.
    `explain` turns an exception of a library into a sentence, or None where it cannot.
    """

    name: str
    version: str
    sdk: str
    resources: tuple[Resource, ...] = ()
    functions: tuple[Function, ...] = ()
    settings: tuple[Field, ...] = ()
    check_settings: Callable[[Mapping[str, Property]], Iterator[Problem]] = lambda _: iter(())
    explain: Callable[[Exception], str | None] = lambda _: None


__all__ = [
    "ANYTHING",
    "ASSET",
    "ASSET_OR_ARCHIVE",
    "BOOLEAN",
    "INTEGER",
    "NUMBER",
    "STRING",
    "UNKNOWN",
    "Archive",
    "Asset",
    "Field",
    "Function",
    "ListOf",
    "Made",
    "MapOf",
    "Object",
    "Output",
    "Problem",
    "Property",
    "Provider",
    "Refusal",
    "Request",
    "Resource",
    "Rule",
    "Scalar",
    "Unfinished",
    "Values",
    "between",
    "conflict",
    "exactly_one_of",
    "one_of",
    "outputs",
    "required",
]
