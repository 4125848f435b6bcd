"""What a changed key does to a stack that is deployed: the form of a row, and how it is compared with a preview."""

from collections.abc import Collection, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Literal, get_args, get_origin

from pydantic import BaseModel

from infra.settings import Settings
from tests.engine import Result
from tests.program.realstack import Changes, touched

Previews = dict[str, "Future[Result]"]

KEPT = {"messaging-host-instance", "messaging-address-eip", "certificate-ca-key", "certificate-ca", "secrets-seed"}
"""What no change of a key may replace or delete."""

BOOTSTRAP = "messaging-replicated"
PLACED = {
    f"{BOOTSTRAP}-files": "update",
    f"{BOOTSTRAP}-configure": "replace",
    f"{BOOTSTRAP}-application": "replace",
    f"{BOOTSTRAP}-health": "replace",
}
"""Another file is placed and acted upon. "Replace" is how a command that was triggered runs again."""

ISSUED_ANEW = {"certificate-request": "replace", "certificate-server": "replace", **PLACED}


@dataclass(frozen=True, kw_only=True)
class Row:
    """A change of one key, with what it cannot do without; what it does; or what refuses it, and why that is right."""

    change: Changes
    does: dict[str, str] | None = None
    guarded: str = ""
    because: str = ""


def keys(model: type[BaseModel] = Settings, above: str = "") -> Iterator[str]:
    """Every key that has more than one possible value, `messaging.diskGiB` for one."""
    for name, field in model.model_fields.items():
        key = f"{above}{field.alias or name}"
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from keys(field.annotation, f"{key}.")
        elif get_origin(field.annotation) is not Literal or len(get_args(field.annotation)) > 1:
            yield key


def check(row: Row, result: Result, *, kept: Collection[str] = KEPT) -> None:
    """Whether a preview is what its row says: exactly these steps, or the refusal by the engine's protection."""
    assert "Traceback" not in result.text
    if row.guarded:
        assert row.because
        assert result.code != 0
        assert f"::{row.guarded}" in result.text
        assert "protect" in result.text
        return
    assert result.code == 0, result.text
    assert touched(result) == row.does
    assert {name: op for name, op in touched(result).items() if name in kept and op != "update"} == {}
