"""What the engine tells a policy pack and its SDK keeps to itself: marks of secrets, and the keys of the stack.

Without the marks no rule could tell a secret from a text that anybody may read, and without the keys none could compare
a stack with what its file says. Both are in the engine's requests; here they are taken before the SDK drops them, by
replacing two functions of the one version that requirements.txt pins.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pulumi_policy import deserialize, policy
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError

from policy.graph import Secret

PROJECT = "wickr:"


@dataclass
class Keys:
    """All keys of the stack, secret ones in clear, as the engine hands them to a pack."""

    values: dict[str, str] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)

    def settings(self) -> dict[str, Any]:
        """Those of the program, without their namespace."""
        return {key.removeprefix(PROJECT): _value(text) for key, text in self.values.items() if key.startswith(PROJECT)}

    def secrets(self) -> frozenset[str]:
        """The texts that are secret as a whole. Inside a group the engine does not say which part is."""
        return frozenset(text for key, text in self.values.items() if key in self.hidden and text[:1] not in "{[")


KEYS = Keys()


def keep() -> None:
    """From now on the SDK leaves marks where they are, and the keys of the stack are known."""
    policy.deserialize_properties = _properties
    servicer = policy._PolicyAnalyzerServicer
    configure = servicer.ConfigureStack

    def remember(self: Any, request: Any, context: Any) -> Any:
        KEYS.values, KEYS.hidden = dict(request.config), set(request.config_secret_keys)
        return configure(self, request, context)

    servicer.ConfigureStack = remember


def plain(value: Any) -> Any:
    """What the SDK hands to a rule, as plain data: it guards groups and lists against reading what is unknown."""
    match value:
        case Secret():
            return Secret(plain(value.value))
        case Mapping():
            return {key: plain(_read(value, key)) for key in value}
        case str():
            return value
        case Sequence():
            return [plain(_read(value, number)) for number in range(len(value))]
    return value


def _read(value: Any, key: Any) -> Any:
    try:
        return value[key]
    except UnknownValueError:
        return UNKNOWN_STRING_VALUE


def _properties(props: Mapping[str, Any], proxy_secrets: bool = False) -> Any:
    if proxy_secrets:
        return deserialize.deserialize_properties(props, proxy_secrets)
    return {key: _marked(each) for key, each in props.items()}


def _marked(value: Any) -> Any:
    match value:
        case {deserialize.SPECIAL_SIG_KEY: deserialize.SPECIAL_SECRET_SIG}:
            return Secret(_marked(value["value"]))
        case {deserialize.SPECIAL_SIG_KEY: _}:
            return deserialize._deserialize_property(value)
        case dict():
            return {key: _marked(each) for key, each in value.items()}
        case list():
            return [_marked(each) for each in value]
    return value


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text
