"""Settings of the lab's application.

The real application's keys are not public, so these say `lab_` and claim nothing.
"""

import re
import secrets
from dataclasses import dataclass
from typing import Any, Final

from ..wire import Refusal

PASSWORD = re.compile(r"[A-Za-z0-9_-]+$")
MOST_CALLS: Final = 24575
"""Two UDP ports a call from 16384 on, and one more, end at 65535."""
Values = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Item:
    """One setting as `app-config view` shows it."""

    name: str
    type: str
    title: str
    default: str = ""
    required: bool = False
    hidden: bool = False


ITEMS: Final = (
    Item("lab_hostname", "text", "Hostname (Required)", required=True),
    Item("lab_use_console_certificate", "bool", "Use management console TLS certificate", "1"),
    Item("lab_server_certificate", "file", "TLS certificate"),
    Item("lab_server_key", "file", "TLS private key", hidden=True),
    Item("lab_mysql_password", "password", "MySQL Password (Required)", required=True, hidden=True),
    Item("lab_rabbitmq_password", "password", "RabbitMQ Password (Required)", required=True, hidden=True),
    Item("lab_enable_calling", "bool", "Enable Calling"),
    Item("lab_calling_hostname", "text", "Calling Hostname"),
    Item("lab_orville_max_calls", "text", "Concurrent calls (ORVILLE_MAX_CALLS)", "50"),
)
BY_NAME: Final = {item.name: item for item in ITEMS}


def initial(calling: bool, hostname: str) -> Values:
    """Defaults that suffice, as the guide says of the real ones (5): the console's host name, generated passwords,
    and calling on where the licence has it (its box is ticked in the guide's picture)."""
    values: Values = {item.name: {"value": item.default} for item in ITEMS if item.default}
    if hostname:
        values["lab_hostname"] = {"value": hostname}
    for item in ITEMS:
        if item.type == "password":
            values[item.name] = {"value": secrets.token_urlsafe(18)}
    values["lab_enable_calling"] = {"value": "1" if calling else "0"}
    return values


def merged(current: Values, given: Any, *, skip_validation: bool = False) -> Values:
    """`current` with an import on top; an import that is wrong in one place changes nothing."""
    if not isinstance(given, dict):
        raise Refusal('settings must be a JSON object: {"item": {"value": "text"}}')
    unknown = sorted(set(given) - set(BY_NAME))
    if unknown:
        known = ", ".join(BY_NAME)
        raise Refusal(f"unknown config items: {', '.join(unknown)} (this application of the lab has: {known})")
    values = {**current}
    for name, entry in given.items():
        values[name] = _entry(name, entry)
    if not skip_validation:
        check(values, complete=False)
    return values


def _entry(name: str, entry: Any) -> dict[str, str]:
    if not isinstance(entry, dict) or set(entry) - {"value", "data"}:
        raise Refusal(f'config item {name}: must look like {{"value": "text"}}, with "data" for a file')
    for part, text in entry.items():
        if not isinstance(text, str):
            raise Refusal(f"config item {name}: {part} must be a string")
    if "data" in entry and BY_NAME[name].type != "file":
        raise Refusal(f"config item {name}: only a file has data")
    return dict(entry)


def check(values: Values, *, complete: bool) -> None:
    """Refuse values that the application could not start with; `complete` asks for the required ones too."""
    for item in ITEMS:
        value = text(values, item.name)
        if complete and item.required and not value:
            raise Refusal(f"config item {item.name} ({item.title}) is required")
        if value and item.type == "bool" and value not in ("0", "1"):
            raise Refusal(f'config item {item.name}: must be "0" or "1"')
        if value and item.type == "password" and not PASSWORD.match(value):
            raise Refusal(f"config item {item.name}: alphanumeric characters, hyphens, and underscores only")
    calls = text(values, "lab_orville_max_calls")
    if calls and not (calls.isdecimal() and 1 <= int(calls) <= MOST_CALLS):
        raise Refusal(f"config item lab_orville_max_calls: must be a number from 1 to {MOST_CALLS}, not {calls!r}")
    if complete and not on(values, "lab_use_console_certificate"):
        for name in ("lab_server_certificate", "lab_server_key"):
            if not values.get(name, {}).get("data"):
                raise Refusal(f"config item {name} is required when the console's certificate is not used")


def text(values: Values, name: str) -> str:
    """The value of an item, empty when it has none."""
    return values.get(name, {}).get("value", "")


def on(values: Values, name: str) -> bool:
    """Whether a checkbox is ticked."""
    return text(values, name) == "1"


def exported(values: Values, *, hidden: bool) -> Values:
    """As `app-config export` prints them; an item without a value is an empty object."""
    return {item.name: values.get(item.name, {}) for item in ITEMS if hidden or not item.hidden}


def viewed(values: Values) -> list[dict[str, Any]]:
    """As `app-config view` prints them: one group, passwords masked."""
    rows = [
        {
            "Name": item.name,
            "Type": item.type,
            "Title": item.title,
            "Value": "***" if item.hidden and text(values, item.name) else text(values, item.name),
            "Default": item.default,
        }
        for item in ITEMS
    ]
    about = "Settings of the local cloud's stand-in; not the names of the real application"
    return [{"Name": "lab", "Title": "Lab", "Description": about, "Items": rows}]
