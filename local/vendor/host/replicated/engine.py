"""Asking this host's Docker."""

from typing import Any

from ..wire import Refusal, call
from .paths import DOCKER


def docker(do: str, **request: Any) -> dict[str, Any]:
    """One request to dockerd."""
    try:
        return call(DOCKER, {"do": do, **request})
    except OSError as error:
        raise Refusal(f"cannot connect to Docker: {error.strerror}") from error
