"""The commands of the local cloud: up, down, start, shell, status, env."""

import os
import re
import shlex
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from local import environment
from local.lab import Lab, LabError, ability
from local.lab.addresses import OPERATOR, PLACES
from local.lab.folder import LabFolder
from local.lab.lab import SITE
from local.pulumi import INTERRUPTED, Pulumi

RECORD = re.compile(r"DNS record for (\S+) that resolves to ([0-9.]+)\.")

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
console = Console(highlight=False, soft_wrap=True)
complaints = Console(stderr=True, highlight=False, soft_wrap=True)


def main() -> None:
    """What `python -m local` runs: a problem is a sentence, not a traceback."""
    try:
        app()
    except LabError as error:
        complaints.print(str(error), style="red", markup=False)
        sys.exit(1)


@app.command()
def up() -> None:
    """Start the local cloud and bring the stack `local` up on it."""
    lab = _lab()
    with _step("local cloud"):
        lab.start(vendor=_vendor(), say=_note)
    plugins = environment.stand_ins()
    if plugins:
        _note(f"stand-ins for the engine's plugins {', '.join(plugins)}: see local/plugins")
    pulumi = Pulumi(lab)
    with _step("stack local"):
        for left in pulumi.resume():
            _note(left)
        pulumi.select()
    with _step("pulumi up"):
        code = pulumi.up()
    if code:
        ended = "interrupted" if code == INTERRUPTED else f"pulumi ended with exit code {code}; what it says is above"
        complaints.print(f"{ended}. `make up` goes on from there, `make down` removes it all.", style="red")
        raise typer.Exit(code)
    outputs = pulumi.outputs()
    names = _names(outputs)
    lab.publish(names)
    for name, address in names.items():
        _note(f"{name} resolves to {address} at every place of the local cloud, as if you had made the DNS record")
    _show(outputs)


@app.command()
def start() -> None:
    """Start the local cloud alone, without a stack."""
    with _step("local cloud"):
        _lab().start(vendor=_vendor(), say=_note)


@app.command()
def down() -> None:
    """Remove everything that the local cloud made on this machine."""
    lab, reason = _lab(), ability.refusal()
    if reason and not lab.path.exists():
        console.print(f"Nothing to remove: the local cloud has not run here ({reason}).")
        return
    with _step("removing the local cloud"):
        lab.stop()


@app.command()
def shell(
    at: Annotated[str, typer.Option(help="one of the places, or a host's name or id")] = OPERATOR.name,
    run: Annotated[str, typer.Option(help="one command for the place's shell; its exit code is passed on")] = "",
) -> None:
    """A shell, or one command, at a place of the local cloud."""
    lab = _lab()
    if run:
        argv = ["bash", "-c", run]
    else:
        prompt = rf"PS1='\[\e[1m\][{at} of the local cloud]\[\e[0m\] \w \$ '"
        argv = ["bash", "-c", f"exec bash --rcfile <(echo {shlex.quote(prompt)}) -i"]
    command = lab.command(at, argv)
    variables = lab.environment() if at == OPERATOR.name else dict(os.environ)
    os.execvpe(command[0], command, variables)  # noqa: S606 - the command takes this process's place


@app.command()
def status() -> None:
    """What of the local cloud runs."""
    lab = _lab()
    state = lab.status()
    if not state:
        console.print("The local cloud does not run: `make up` starts it.")
        raise typer.Exit(3)
    places = Table("place", "address", "what it is", box=None)
    for place in PLACES:
        places.add_row(place.name, place.ip, place.what)
    hosts = Table("host", "id", "private", "public", "state", "for", box=None)
    for host in state["hosts"]:
        age = f"{max(0, time.time() - host['since']):.0f} s"
        hosts.add_row(host["name"], host["id"], host["private"], host["public"], host["state"], age)
    console.print(places)
    if state["hosts"]:
        console.print(hosts)
    for host in state["hosts"]:
        if host["problem"]:
            console.print(f"{host['name'] or host['id']}: {host['problem']}", style="red", markup=False)
    for sentence in state["unsupported"]:
        console.print(f"Not carried out: {sentence}", style="yellow", markup=False)
    console.print(f"Logs and state: {lab.path}", style="dim")


@app.command()
def env() -> None:
    """Print the environment of a pulumi or boto3 run, for a shell at the operator's place to read."""
    for key, value in environment.settings(_lab().folder).items():
        print(f"export {key}={shlex.quote(value)}")


def _lab() -> Lab:
    return Lab(LabFolder.chosen().path)


def _vendor() -> Path:
    """The folder that the vendor's server is to serve: VENDOR, or the project's own."""
    given = os.environ.get("VENDOR")
    return Path(given) if given else SITE


def _names(outputs: dict[str, Any]) -> dict[str, str]:
    """What a person would enter into DNS now, having read the next steps."""
    return {name: address for step in outputs.get("nextSteps", []) for name, address in RECORD.findall(step)}


def _show(outputs: dict[str, Any]) -> None:
    console.print()
    steps = outputs.pop("nextSteps", [])
    console.print("Outputs", style="bold")
    for key, text in _rows(outputs):
        console.print(f"  {key:<28} {text}", markup=False)
    if steps:
        console.print("\nNext steps", style="bold")
        for number, step in enumerate(steps, 1):
            console.print(f"  {number}. {step}", markup=False)
    console.print("\nLook around", style="bold")
    for command, what in (
        ("make status", "what runs"),
        ("make shell", "a shell in which pulumi and boto3 work on this cloud"),
        ("make -s shell AT=client RUN='…'", "one command anywhere in it; AT=admin, AT=messaging and so on"),
        ("make down", "remove all of it"),
    ):
        console.print(f"  {command:<34} {what}", markup=False)


def _rows(outputs: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Outputs as lines that can be copied whole; what is not there has none."""
    for key, value in sorted(outputs.items()):
        if isinstance(value, dict):
            yield from ((f"{key}.{name}", text) for name, text in _rows(value))
        elif isinstance(value, list):
            yield key, ", ".join(map(str, value))
        elif value not in ("", None):
            first, *more = str(value).strip().splitlines()
            yield key, f"{first} …" if more else first


def _note(text: str) -> None:
    console.print(f"  {text}", style="dim", markup=False)


@contextmanager
def _step(what: str) -> Iterator[None]:
    console.print(f"{what} …", style="bold")
    began = time.monotonic()
    yield
    console.print(f"{what}: {time.monotonic() - began:.1f} s", style="dim")
