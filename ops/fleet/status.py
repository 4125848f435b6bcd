"""How stacks stand: brought up or not, how the last update ended, who is working on them."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pulumi.automation import StackSummary, UpdateSummary

from ops.fleet import locks
from ops.fleet.engine import Engine


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One stack. `locked` says by whom; it is None where the back end does not tell, and empty where nobody has it."""

    stack: str
    sentence: str
    file: bool
    resources: int | None = None
    updated: str | None = None
    result: str | None = None
    locked: str | None = None

    @property
    def well(self) -> bool:
        return not self.locked and self.result in (None, "succeeded")


def standings(engine: Engine, files: Mapping[str, Path], *, strangers: bool) -> list[Standing]:
    """The stacks of these files; with `strangers` those, too, that only the back end has."""
    known, url = engine.known(), engine.backend()
    names = [*files, *([each for each in known if each not in files] if strangers else [])]
    with ThreadPoolExecutor() as pool:
        last = dict(zip(names, pool.map(lambda name: engine.last(name) if name in known else None, names), strict=True))
    return [_standing(name, name in files, known.get(name), last[name], url) for name in names]


def _standing(name: str, file: bool, summary: StackSummary | None, last: UpdateSummary | None, url: str) -> Standing:
    if summary is None:
        return Standing(stack=name, file=file, sentence=f"not in the back end: pulumi stack init {name}")
    locked = "somebody" if summary.update_in_progress else locks.holder(url, name)
    # While an update runs, the service calls it the last one, and its end is open.
    ended = last if last and last.result != "in-progress" else None
    return Standing(
        stack=name,
        file=file,
        sentence=_sentence(file, ended, locked),
        resources=summary.resource_count,
        updated=_time(ended.end_time or ended.start_time) if ended else None,
        result=ended.result if ended else None,
        locked=locked,
    )


def _sentence(file: bool, last: UpdateSummary | None, locked: str | None) -> str:
    parts = [f"locked by {locked}"] if locked else []
    if last is None:
        parts.append("never brought up")
    else:
        parts.append(f"the last {last.kind} {last.result}")
    return ", ".join([*parts, *([] if file else ["no stack file here"])])


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
