"""The bot's configuration, as the public documents describe it, and as strictly as they do."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..wire import Refusal

INTEGRATION = "wickrio-compliance-bot"
LARGEST = 10_000_000_000
FILE_FIELDS = ("key", "bucket", "region")


@dataclass(frozen=True)
class Client:
    """One bot. The client file is in S3, and encrypted with a password of its own."""

    name: str
    password: str
    file: dict[str, str]
    file_password: str
    tokens: dict[str, str] = field(default_factory=dict)


def clients(text: str, *, of_secret: bool) -> list[Client]:
    """The clients of a configuration. In a secret it is a text once more, below `wickr_config`."""
    found = _parsed(text, "the configuration")
    if of_secret:
        if not isinstance(found, dict) or not isinstance(found.get("wickr_config"), str):
            raise Refusal("the secret has no key wickr_config with the configuration as a JSON string")
        found = _parsed(found["wickr_config"], "wickr_config")
    rows = found.get("clients") if isinstance(found, dict) else None
    if not isinstance(rows, list) or not rows:
        raise Refusal("There are no clients currently configured!")
    return [_client(row) for row in rows]


def _parsed(text: str, what: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise Refusal(f"{what} is not valid JSON: {error}") from error


def _client(row: Any) -> Client:
    if not isinstance(row, dict):
        raise Refusal(f"a client is an object, not {type(row).__name__}")
    known = {"name", "password", "integration", "configS3File", "configPassword", "tokens"}
    unknown = ", ".join(sorted(set(row) - known))
    if unknown:
        raise Refusal(f"a client has no field {unknown}")
    missing = ", ".join(sorted(known - {"tokens"} - set(row)))
    if missing:
        raise Refusal(f"client {row.get('name', '?')}: {missing} missing")
    if row["integration"] != INTEGRATION:
        raise Refusal(f"client {row['name']}: the integration {row['integration']!r} is not in this image")
    file = row["configS3File"]
    if not isinstance(file, dict) or set(file) != set(FILE_FIELDS):
        raise Refusal(f"client {row['name']}: configS3File needs {', '.join(FILE_FIELDS)}")
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", str(row["name"])):
        raise Refusal(f"client {row['name']!r}: not a name of a bot")
    return Client(
        row["name"], row["password"], file, row["configPassword"], _tokens(row["name"], row.get("tokens", []))
    )


def _tokens(name: str, rows: Any) -> dict[str, str]:
    found = {}
    for row in rows:
        if not isinstance(row, dict) or set(row) != {"name", "value"}:
            raise Refusal(f"client {name}: a token needs name and value")
        check = TOKENS.get(row["name"])
        if check is None:
            raise Refusal(f"client {name}: unknown token {row['name']}")
        if not check(str(row["value"])):
            raise Refusal(f"client {name}: invalid value {row['value']!r} of {row['name']}")
        found[row["name"]] = str(row["value"])
    return found


def _size(text: str) -> bool:
    return text.isdigit() and 10_000 <= int(text) <= LARGEST


TOKENS: dict[str, Callable[[str], bool]] = {
    "USE_STREAMING": lambda text: text in ("yes", "no"),
    "STREAM_DESTINATION": lambda text: Path(text).is_dir(),
    "STREAM_BASENAME": bool,
    "STREAM_MAXSIZE": _size,
    "STREAM_ATTACHLOC": lambda text: Path(text).is_dir(),
    "RUNTIME_DURATION": lambda text: text.isdigit() and 10 <= int(text) <= 5000,
}
