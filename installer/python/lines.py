"""Lines of logs on their way to CloudWatch, and the batches that it takes (PutLogEvents)."""
# ruff: noqa: UP006, UP035, UP045 - for the Python of an older host

from typing import Any, Dict, Iterable, Iterator, List, Mapping, NamedTuple, Optional

CHARACTERS = 65000
"""Of one event: a longer line becomes several. In UTF-8 that is less than the 256 KiB that an event may have."""

OVERHEAD = 26
"""Bytes that CloudWatch counts for an event beside its text."""

BATCH_BYTES, BATCH_EVENTS = 1 << 20, 10000
BATCH_SPAN = 24 * 3600 * 1000
"""Milliseconds between the first and the last event of a batch."""

OLDEST, NEWEST = (14 * 24 - 1) * 3600 * 1000, 3600 * 1000
"""How far from now the time of an event may be: 14 days before, 2 hours ahead, each less an hour to be sure."""

RUN_BYTES = 8 << 20
"""Of one stream in one run; what is more waits for the next ones."""


class Line(NamedTuple):
    """`time` is in milliseconds since 1970, `position` where to go on behind it. An empty text is told to nobody."""

    time: int
    text: str
    position: Mapping[str, Any]


class Batch(NamedTuple):
    """What goes with one call, and the position that is reached once it was accepted, if it is another one."""

    events: List[Dict[str, Any]]
    position: Optional[Mapping[str, Any]]


def batches(lines: Iterable[Line], now: int) -> Iterator[Batch]:
    """Lines in their order, at most RUN_BYTES of them. `now` is in milliseconds.

    CloudWatch wants times that never go back and drops events that are too old: a line has at least the time of the
    one before, and one that is older than 14 days has the oldest time that is taken, so that none is lost.
    """
    events: List[Dict[str, Any]] = []
    reached: Optional[Mapping[str, Any]] = None
    size = total = 0
    last = now - OLDEST
    for line in lines:
        text = line.text.encode("utf-8", "replace").decode("utf-8")
        last = max(last, min(line.time, now + NEWEST))
        for piece in (text[at : at + CHARACTERS] for at in range(0, len(text), CHARACTERS)):
            more = len(piece.encode("utf-8")) + OVERHEAD
            full = size + more > BATCH_BYTES or len(events) == BATCH_EVENTS
            if events and (full or last - events[0]["timestamp"] >= BATCH_SPAN):
                yield Batch(events, reached)
                events, size = [], 0
            events.append({"timestamp": last, "message": piece})
            size, total = size + more, total + more
        reached = line.position
        if total >= RUN_BYTES:
            break
    if reached is not None:
        yield Batch(events, reached)
