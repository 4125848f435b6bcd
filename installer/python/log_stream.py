"""A log stream of CloudWatch Logs."""
# ruff: noqa: UP035 - for the Python of an older host

import json
from typing import Any, Iterable, Mapping, Sequence

from installer.python.lines import Line, batches
from installer.python.position import Positions
from installer.python.sentence import SentenceError
from installer.python.service import Caller, RefusedError

GONE, THERE, TOLD = "ResourceNotFoundException", "ResourceAlreadyExistsException", "DataAlreadyAcceptedException"


class LogStream:
    """A stream of a group that is there; the stream is made when there is something to tell."""

    def __init__(self, caller: Caller, group: str, name: str) -> None:
        self._caller, self._group, self._name = caller, group, name

    def tell(self, lines: Iterable[Line], positions: Positions, source: str, now: int) -> int:
        """Tells what is new, and notes how far it came after each call; how many events that were. `now` is in
        milliseconds. Raises SentenceError.
        """
        told = 0
        positions.save()
        for batch in batches(lines, now):
            if batch.events:
                self._put(batch.events)
                told += len(batch.events)
            positions.save(source, batch.position)
        return told

    def _put(self, events: Sequence[Mapping[str, Any]]) -> None:
        try:
            self._call("PutLogEvents", logEvents=events)
        except RefusedError as refused:
            if refused.code == TOLD:
                return
            if refused.code != GONE:
                raise
            self._make()
            self._call("PutLogEvents", logEvents=events)

    def _make(self) -> None:
        try:
            self._call("CreateLogStream")
        except RefusedError as refused:
            if refused.code == GONE:
                raise SentenceError(
                    "logs", f"there is no log group {self._group}; somebody deleted it: pulumi refresh, then pulumi up"
                ) from None
            if refused.code != THERE:
                raise

    def _call(self, operation: str, **more: Any) -> None:
        body = dict(more, logGroupName=self._group, logStreamName=self._name)
        headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": f"Logs_20140328.{operation}"}
        self._caller.call("logs", json.dumps(body, ensure_ascii=False).encode("utf-8"), headers)
