"""A deployment of all three hosts against its critical path: the longest chain of steps that wait for each other."""

import json
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.clock import BenchError, Row, run
from bench.machine import LAB, local
from local.lab import Lab
from local.lab.addresses import OPERATOR
from local.lab.folder import LabFolder
from local.pulumi import STACK, UP, Pulumi
from tools import cache as places

LIMIT = 1.15
"""How much longer a deployment may take than its critical path."""

SHOWN = 0.3
"""Seconds from which a step, or a wait before one, is worth a line of its own."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """What the engine did with one resource, in seconds since the command was given; `needs` are other steps' URNs."""

    urn: str
    began: float
    ended: float
    needs: frozenset[str] = frozenset()

    @property
    def seconds(self) -> float:
        return self.ended - self.began

    @property
    def name(self) -> str:
        return self.urn.rpartition("::")[2]


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """One `pulumi up`, from the command to its end."""

    wall: float
    steps: Mapping[str, Step]

    def chain(self) -> list[Step]:
        """The steps that take longest one after the other, in their order: no deployment can be faster."""

        @cache
        def longest(urn: str) -> tuple[float, tuple[str, ...]]:
            seconds, before = max(
                (longest(each) for each in self.steps[urn].needs & self.steps.keys()), default=(0.0, ())
            )
            return seconds + self.steps[urn].seconds, (*before, urn)

        _, urns = max((longest(urn) for urn in self.steps), default=(0.0, ()))
        return [self.steps[urn] for urn in urns]

    def waited(self) -> list[Step]:
        """The steps that the end was waited for: each is the one that ended last, of those that the next one needs."""
        found: list[Step] = []
        left = list(self.steps.values())
        while left:
            found.append(max(left, key=lambda step: step.ended))
            left = [self.steps[each] for each in found[-1].needs & self.steps.keys()]
        return found[::-1]

    def beside(self, first: float, last: float) -> int:
        """How many steps went on at some time in between."""
        return sum(step.began < last and step.ended > first for step in self.steps.values())

    @property
    def critical(self) -> float:
        """Seconds of its critical path."""
        return sum(step.seconds for step in self.chain())


def deployment(
    events: Iterable[tuple[float, Mapping[str, Any]]], resources: Iterable[Mapping[str, Any]], wall: float
) -> Deployment:
    """From the engine's events, each with the second of its arrival, and the resources of the state thereafter."""
    began: dict[str, float] = {}
    ended: dict[str, float] = {}
    for second, event in events:
        for kind, times in (("resourcePreEvent", began), ("resOutputsEvent", ended)):
            if kind in event:
                times[event[kind]["metadata"]["urn"]] = second
    needs = {each["urn"]: _needs(each) for each in resources}
    return Deployment(
        wall=wall,
        steps={
            urn: Step(urn=urn, began=began[urn], ended=ended[urn], needs=needs.get(urn, frozenset()))
            # A component's step lasts as long as its children: it is waited for by way of them.
            for urn in began.keys() & ended.keys()
            if not _kind(urn).startswith(("wickr:", "pulumi:pulumi:"))
        },
    )


def _kind(urn: str) -> str:
    return urn.split("::")[2].rpartition("$")[2]


def _needs(resource: Mapping[str, Any]) -> frozenset[str]:
    """What a resource waits for: what its inputs are made of, what it depends on, and its provider."""
    provider = str(resource.get("provider", "")).rpartition("::")[0]
    return frozenset([*resource.get("dependencies", ()), *([provider] if provider else ())])


def measure(runs: int) -> list[Row]:
    """Of each run the wall time, the critical path and the ratio; the chain of the last one is shown."""
    made = []
    try:
        for _ in range(runs):
            run(local("down"), extra=LAB)
            run(local("start"), extra=LAB)
            made.append(up())
    finally:
        run(local("down"), extra=LAB)
    show(made[-1])
    return [
        Row(what="pulumi up of three hosts", values=tuple(each.wall for each in made)),
        Row(what="  its critical path", values=tuple(each.critical for each in made)),
        Row(
            what="  up / critical path", values=tuple(each.wall / each.critical for each in made), limit=LIMIT, unit="×"
        ),
    ]


def up() -> Deployment:
    """Brings the stack `local` up on a lab that runs, with the engine's events stamped as they come."""
    lab = Lab(LabFolder.named(LAB["WICKR_LAB"]).path)
    Pulumi(lab).select()
    command = lab.command(OPERATOR.name, ["pulumi", "up", *UP, "--json", "--stack", STACK])
    environment = lab.environment() | {"PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "1"}
    events, said = [], []
    start = time.monotonic()
    with subprocess.Popen(
        command,
        cwd=places.CHECKOUT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        for line in process.stdout or ():
            second = time.monotonic() - start
            try:
                events.append((second, json.loads(line)))
            except ValueError:
                said.append(line)
    wall = time.monotonic() - start
    if process.returncode:
        raise BenchError(f"pulumi up failed (exit {process.returncode}):\n{''.join(said)[-3000:]}{_errors(events)}")
    exported = subprocess.run(
        lab.command(OPERATOR.name, ["pulumi", "stack", "export", "--stack", STACK]),
        cwd=places.CHECKOUT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    return deployment(events, json.loads(exported.stdout)["deployment"]["resources"], wall)


def _errors(events: Sequence[tuple[float, Mapping[str, Any]]]) -> str:
    found = (event["diagnosticEvent"] for _, event in events if "diagnosticEvent" in event)
    return "".join(each["message"] for each in found if each.get("severity") == "error")[-3000:]


def show(made: Deployment) -> None:
    """What the end was waited for, and where the time beside the critical path went: the command's start, and waits
    before steps that nothing they need kept any longer, each with the number of other steps that went on in it.
    """
    urns = {step.urn for step in made.chain()}
    title = f"{made.wall:.1f} s; critical path {made.critical:.1f} s (*)"
    table = Table("from", "to", "seconds", "waited before", "others then", "step", title=title, box=None)
    before = 0.0
    for step in made.waited():
        waited = step.began - before
        if step.seconds >= SHOWN or waited >= SHOWN:
            numbers = (f"{each:.1f}" for each in (step.began, step.ended, step.seconds))
            wait = (f"{waited:.1f}", str(made.beside(before, step.began))) if waited >= SHOWN else ("", "")
            table.add_row(*numbers, *wait, step.name + (" *" if step.urn in urns else ""))
        before = step.ended
    table.add_row(f"{made.wall:.1f}", "", "", f"{made.wall - before:.1f}", "", "(the command's end)")
    Console(width=max(Console().width, 110)).print(table)
