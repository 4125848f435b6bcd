"""What the resources of the plugin take."""

from local.plugins.command.transcript import SHOWN
from local.plugins.framework import (
    ANYTHING,
    ASSET_OR_ARCHIVE,
    BOOLEAN,
    INTEGER,
    NUMBER,
    STRING,
    Archive,
    Asset,
    Field,
    ListOf,
    MapOf,
    Object,
    one_of,
)

DEFAULT_USER = "root"
DEFAULT_PORT = 22
DEFAULT_DIAL_ERRORS = 10
DEFAULT_DIAL_SECONDS = 15


def _port(value: float) -> str | None:
    whole = float(value).is_integer() and 1 <= value <= 65535
    return None if whole else f"must be a port, 1 to 65535, not {value}"


def _limit(value: int) -> str | None:
    return None if value >= -1 else f"must be a number of errors, or -1 for no limit, not {value}"


def _seconds(value: int) -> str | None:
    return None if value >= 0 else f"must be a number of seconds, or 0 for no limit, not {value}"


def _variable(value: dict[str, str]) -> str | None:
    wrong = next((name for name in value if not name or "=" in name or "\0" in name), None)
    return None if wrong is None else f"must not have the name {wrong!r}: no system takes such a variable"


ENDPOINT = (
    Field("host", required=True),
    Field("user", default=DEFAULT_USER),
    Field("port", NUMBER, default=DEFAULT_PORT, check=_port),
    Field("privateKey", secret=True),
    Field("password", secret=True),
    Field("privateKeyPassword", secret=True),
    Field("hostKey"),
    Field("agentSocketPath"),
    Field("dialErrorLimit", INTEGER, default=DEFAULT_DIAL_ERRORS, check=_limit),
    Field("perDialTimeout", INTEGER, default=DEFAULT_DIAL_SECONDS, check=_seconds),
)

CONNECTION = Field("connection", Object((*ENDPOINT, Field("proxy", Object(ENDPOINT)))), required=True, secret=True)

TRIGGERS = Field("triggers", ListOf(ANYTHING), replaces=True)

COMMAND = (
    Field("create"),
    Field("update"),
    Field("delete"),
    Field("stdin"),
    Field("environment", MapOf(STRING), check=_variable),
    Field("logging", check=one_of(*SHOWN)),
    Field("addPreviousOutputInEnv", BOOLEAN, default=True),
    TRIGGERS,
)
"""What commands take wherever they run."""


def _source(value: Asset | Archive) -> str | None:
    if isinstance(value, Asset):
        good = value.uri is None and (value.text is None) != (value.path is None)
        return None if good else "must be a file (FileAsset) or a text (StringAsset)"
    return None if value.path is not None else "must be an archive made of a path (FileArchive)"


COPY = (
    CONNECTION,
    Field("source", ASSET_OR_ARCHIVE, required=True, check=_source),
    Field("remotePath", required=True),
    TRIGGERS,
)
"""What a copy takes."""
