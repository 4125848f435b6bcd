"""Many stacks at once, under the engine: what an update would do, the update, and how they stand."""

import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ops import checkout, screen
from ops.checkout import HERE, OpsError
from ops.diff.verdict import Verdict
from ops.fleet import choice, report, show
from ops.fleet.engine import Engine
from ops.fleet.generate.cli import app as generate
from ops.fleet.interrupt import Interrupt
from ops.fleet.options import Canary, File, Json, KeepGoing, Parallel, Resume, Stacks, Tags
from ops.fleet.outcome import Outcome, State
from ops.fleet.programs import Programs
from ops.fleet.progress import display
from ops.fleet.report import Report
from ops.fleet.run import Run, judged
from ops.fleet.schedule import Schedule
from ops.fleet.status import standings
from ops.screen import counted

EXIT_CODES = (
    "Exit codes: 0 every stack is done, 1 one is not, 2 the command cannot do what it was asked, 130 interrupted."
)
INTERRUPTED = 130

app = typer.Typer(help=__doc__, epilog=EXIT_CODES, no_args_is_help=True)
app.add_typer(generate, name="generate")


@app.command()
def preview(
    stacks: Stacks = None,
    tag: Tags = None,
    parallel: Parallel = 2,
    canary: Canary = None,
    keep_going: KeepGoing = False,
    resume: Resume = False,
    file: File = None,
    as_json: Json = False,
) -> None:
    """What `pulumi up` would do to each stack, and what that costs each host."""
    with Interrupt() as interrupt, Programs(HERE) as programs:
        run = _run("preview", interrupt, programs, stacks, tag, parallel, canary, keep_going, resume, file)
        with run.display:
            for each in run.previews():
                run.report.add(each)
        _end(run, as_json)


@app.command()
def up(
    stacks: Stacks = None,
    tag: Tags = None,
    parallel: Parallel = 2,
    canary: Canary = None,
    keep_going: KeepGoing = False,
    resume: Resume = False,
    allow: Annotated[Verdict, typer.Option(help="The worst that may happen to a host.")] = Verdict.RESTART,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    file: File = None,
    as_json: Json = False,
) -> None:
    """Previews each stack, shows what would be done, asks, and brings them up."""
    if not (yes or sys.stdin.isatty()):
        raise OpsError("nobody is here to be asked: --yes says that the stacks are to be brought up")
    with Interrupt() as interrupt, Programs(HERE) as programs:
        run = _run("up", interrupt, programs, stacks, tag, parallel, canary, keep_going, resume, file)
        with run.display:
            found = [judged(each, allow) for each in run.previews()]
        if not _agreed(run, found, yes):
            for each in found:
                run.report.add(_left(each))
        else:
            with run.display:
                run.updates({each.stack: each for each in found})
        _end(run, as_json)


@app.command()
def status(stacks: Stacks = None, tag: Tags = None, as_json: Json = False) -> None:
    """How each stack stands: brought up or not, how its last update ended, and who is working on it."""
    files = choice.chosen(stacks or [], tag or [], checkout.stack_files())
    with Interrupt() as interrupt:
        found = standings(Engine(HERE, interrupt), files, strangers=not (stacks or tag))
    if as_json:
        screen.data({"ok": all(each.well for each in found), "stacks": [asdict(each) for each in found]})
    else:
        show.show_standings(found)
    raise typer.Exit(int(not all(each.well for each in found)))


def _agreed(run: Run, found: list[Outcome], yes: bool) -> bool:
    """Whether the updates are to be made: nothing stands in the way, and somebody said so."""
    work = [each for each in found if each.state is State.DONE]
    if run.interrupt.asked.is_set() or run.schedule.stopper(found):
        return False
    if yes or not work:
        return True
    show.show(found)
    first = [each.stack for each in work if each.stack in run.schedule.canaries]
    order = f", first {', '.join(first)}" if first else ""
    try:
        with run.interrupt.paused():
            return typer.confirm(f"Bring {counted(len(work), 'stack')} up{order}?", err=True)
    except typer.Abort:
        run.interrupt.asked.set()
        return False


def _left(previewed: Outcome) -> Outcome:
    """A stack that is not brought up since something stands in the way, or nobody wanted it."""
    if previewed.state is not State.DONE:
        return previewed
    return Outcome(
        stack=previewed.stack,
        state=State.NOT_STARTED,
        sentence=f"previewed, and not brought up: {previewed.sentence}",
        changes=previewed.changes,
        hosts=previewed.hosts,
    )


def _run(
    command: str,
    interrupt: Interrupt,
    programs: Programs,
    stacks: Iterable[str] | None,
    tags: Iterable[str] | None,
    parallel: int,
    canary: Iterable[str] | None,
    keep_going: bool,
    resume: bool,
    file: Path | None,
) -> Run:
    """Everything that a run needs. Raises OpsError for what cannot be meant."""
    files = choice.chosen(stacks or [], tags or [], checkout.stack_files())
    engine = Engine(HERE, interrupt, programs)
    files = choice.known(files, engine.known(), named=stacks or [])
    first = choice.canaries(canary or [], files)
    place = file or HERE / ".fleet" / f"{command}.json"
    digests = report.states(HERE, files)
    kept = Report(command=command, path=place, digests=digests)
    kept.ended = report.done_before(place, command, digests) if resume else {}
    left = tuple(name for name in files if name not in kept.ended)
    kept.write()
    schedule = Schedule(stacks=left, parallel=parallel, canaries=first, keep_going=keep_going)
    return Run(engine=engine, schedule=schedule, interrupt=interrupt, display=display(screen.err), report=kept)


def _end(run: Run, as_json: bool) -> None:
    """The report, and the exit code."""
    run.report.interrupted = run.interrupt.asked.is_set()
    run.report.write()
    if as_json:
        screen.data(run.report.data)
    else:
        show.show(run.report.outcomes)
        screen.out.print(f"[dim]Report: {run.report.path}[/dim]")
    raise typer.Exit(INTERRUPTED if run.report.interrupted and not run.report.ok else int(not run.report.ok))
