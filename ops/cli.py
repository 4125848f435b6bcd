"""What can be done with stacks. All but `fleet` and `upload` need no cloud, no secrets and no engine."""

from dataclasses import asdict
from typing import Annotated

import typer

from ops import checkout, screen, stack_file
from ops import golden as plans
from ops import reference as references
from ops.check import check as check_stack
from ops.diff.estate import difference
from ops.diff.verdict import Verdict
from ops.fleet.cli import app as fleet
from ops.new.command import new
from ops.permissions.command import permissions
from ops.rendering import rendering
from ops.report import check as check_report
from ops.report import diff as diff_report
from ops.report import markdown
from ops.report import plan as plan_report
from ops.upload.command import upload

EXIT_CODES = "Exit codes: 0 all is well, 1 something is wrong with a stack, 2 the command cannot do what it was asked."

app = typer.Typer(help=__doc__, epilog=EXIT_CODES, no_args_is_help=True, pretty_exceptions_enable=False)

Json = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]
Stacks = Annotated[
    list[str] | None,
    typer.Argument(
        help="Stacks by name or pattern (acme-*); all of them, if none is named.", autocompletion=checkout.completed
    ),
]


app.command()(new)
app.command()(upload)
app.add_typer(fleet, name="fleet")
app.command()(permissions)


@app.command()
def check(
    stacks: Stacks = None,
    unlicensed: Annotated[bool, typer.Option(help="A stack may still lack its licence.")] = False,
    policy: Annotated[bool, typer.Option("--policy", help="Hold the policy pack's rules to each plan, too.")] = False,
    as_json: Json = False,
) -> None:
    """Is each stack right, as far as that can be known here? All problems of all stacks, in one run."""
    files = checkout.chosen(stacks or [], checkout.stack_files())
    verdicts = [check_stack(stack_file.read(*each), licensed=not unlicensed, policy=policy) for each in files.items()]
    wrong = any(each.problems for each in verdicts)
    if as_json:
        screen.data({"ok": not wrong, "stacks": [asdict(each) for each in verdicts]})
    else:
        check_report.show(verdicts)
    raise typer.Exit(int(wrong))


@app.command()
def plan(
    stacks: Stacks = None,
    as_json: Json = False,
) -> None:
    """The whole graph of each stack, with placeholders for what is encrypted and for what AWS decides."""
    names = list(checkout.chosen(stacks or [], checkout.stack_files()))
    wrong = False
    with rendering(checkout.HERE, names) as answers:
        for name, answer in zip(names, answers, strict=False):
            if "problems" in answer:
                wrong = True
                for each in answer["problems"]:
                    screen.problem(f"{name}: {each}")
            elif as_json:
                screen.data(answer["plan"])
            else:
                plan_report.show(answer["plan"])
    raise typer.Exit(int(wrong))


@app.command()
def diff(
    base: Annotated[str, typer.Argument(help="A revision of git, or a folder.")] = "HEAD",
    head: Annotated[str | None, typer.Argument(help="Another one; the working tree, if none is named.")] = None,
    as_json: Json = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="A comment for a pull request.")] = False,
    allow: Annotated[Verdict | None, typer.Option(help="The worst verdict with which the exit code is 0.")] = None,
) -> None:
    """What changes for each customer, and what it costs each host: nothing, update, re-run, restart, replace."""
    found = difference(base, head)
    if as_json:
        screen.data(asdict(found))
    elif as_markdown:
        print(markdown.text(found), end="")
    else:
        diff_report.show(found)
    raise typer.Exit(int(found.worst.rank > (allow or Verdict.REMOVED).rank))


@app.command()
def reference() -> None:
    """Write the reference of all keys and the schema that editors read, from where the keys are declared."""
    changed = references.write()
    for each in changed:
        screen.out.print(f"{each} written")
    if not changed:
        screen.out.print("nothing to do: both are up to date")


@app.command()
def golden(
    check: Annotated[bool, typer.Option("--check", help="Write nothing, and show what would be written.")] = False,
) -> None:
    """Write the plans of the example customers into examples/plans, where a change of the program shows as a diff."""
    changed = plans.lagging(plans.files()) if check else plans.write()
    for each in changed:
        screen.out.print(changed[each] if isinstance(changed, dict) else f"{each} written", markup=False)
    if not changed:
        screen.out.print("nothing to do: all plans are up to date")
    raise typer.Exit(int(check and bool(changed)))
