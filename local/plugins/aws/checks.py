"""What AWS refuses of single values, as sentences."""

import json
import re
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any

from local.plugins.schema import STRING, Complaint

_TEXT = re.compile(r"[0-9A-Za-z ._\-:/()#,@\[\]+=&;{}!$*]*")


def network_v4(first: int = 0, last: int = 32) -> Complaint:
    """An IPv4 network without host bits, of a size that the service takes."""

    def check(value: str) -> str | None:
        try:
            found = IPv4Network(value, strict=False)
        except ValueError:
            return f"must be an IPv4 network such as 10.0.0.0/16, not {value}"
        if "/" not in value or str(found) != value:
            return f"must be a network address without host bits: {found}, not {value}"
        if not first <= found.prefixlen <= last:
            return f"must have a prefix of /{first} to /{last}, not {value}"
        return None

    return check


def network_v6(value: str) -> str | None:
    """An IPv6 network without host bits."""
    try:
        found = IPv6Network(value, strict=False)
    except ValueError:
        return f"must be an IPv6 network such as 2001:db8::/56, not {value}"
    if "/" not in value or IPv6Network(value, strict=False).network_address != _address(value):
        return f"must be a network address without host bits: {found}, not {value}"
    return None


def address_v4(value: str) -> str | None:
    """An IPv4 address."""
    try:
        return None if ip_address(value).version == 4 else f"must be an IPv4 address, not {value}"
    except ValueError:
        return f"must be an IPv4 address, not {value}"


def identifier(*prefixes: str) -> Complaint:
    """An id of one of these kinds."""

    def check(value: str) -> str | None:
        if any(re.fullmatch(rf"{prefix}-[0-9a-z]+", value) for prefix in prefixes):
            return None
        return f"must be an id such as {prefixes[0]}-0123456789abcdef0, not {value}"

    return check


def words(longest: int) -> Complaint:
    """Text of the characters that EC2 allows in names and descriptions of groups and rules."""

    def check(value: str) -> str | None:
        if len(value) > longest:
            return f"must have at most {longest} characters, not {len(value)}"
        strange = sorted({letter for letter in value if not _TEXT.fullmatch(letter)})
        if strange:
            return (
                f"must not contain {' '.join(strange)}: AWS allows letters, digits, spaces and ._-:/()#,@[]+=&;{{}}!$*"
            )
        return None

    return check


def group_name(value: str) -> str | None:
    """A security group's name."""
    if value.startswith("sg-"):
        return f"must not start with sg-, as {value} does"
    return words(255)(value) if value else "must not be empty"


def iam_name(longest: int) -> Complaint:
    """A name in IAM."""

    def check(value: str) -> str | None:
        if re.fullmatch(r"[\w+=,.@-]+", value, re.ASCII) and len(value) <= longest:
            return None
        return f"must be 1 to {longest} letters, digits or +=,.@-_, not {value}"

    return check


def log_group(value: str) -> str | None:
    """A log group's name."""
    if re.fullmatch(r"[\w.\-/#]{1,512}", value, re.ASCII) and not value.startswith("aws/"):
        return None
    return f"must be 1 to 512 letters, digits or _-/.#, and not begin with aws/, not {value}"


def topic_name(value: str) -> str | None:
    """A topic's name."""
    fits = re.fullmatch(r"[A-Za-z0-9_-]{1,256}", value)
    return None if fits else f"must be 1 to 256 letters, digits or _-, not {value}"


def alarm_name(value: str) -> str | None:
    """An alarm's name."""
    return None if 1 <= len(value) <= 255 else f"must have 1 to 255 characters, not {len(value)}"


def alarm_period(value: int) -> str | None:
    """The seconds that a value of a metric is of."""
    fits = value in (10, 30) or (value > 0 and value % 60 == 0)
    return None if fits else f"must be 10, 30 or whole minutes, not {value}"


def iam_path(value: str) -> str | None:
    """A path in IAM."""
    return None if re.fullmatch(r"/(.+/)?", value) else f"must begin and end with /, not {value}"


def json_object(value: str) -> str | None:
    """A JSON object: a policy."""
    try:
        found = json.loads(value)
    except ValueError as error:
        return f"is not valid JSON ({error})"
    return None if isinstance(found, dict) else "must be a JSON object"


def same_json(one: str, other: str) -> bool:
    """Whether two JSON texts say the same."""
    try:
        return bool(json.loads(one) == json.loads(other))
    except ValueError:
        return one == other


def arn(value: str) -> str | None:
    """An ARN."""
    return None if re.fullmatch(r"arn:[\w-]+:[\w-]+:[\w-]*:\w*:.+", value) else f"must be an ARN, not {value}"


def id_of(*prefixes: str) -> Any:
    """The type of an id."""
    return STRING.checked(identifier(*prefixes))


def _address(value: str) -> Any:
    return ip_address(value.split("/")[0])
