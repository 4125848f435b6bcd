"""Arguments and flags that the commands over many stacks share."""

from pathlib import Path
from typing import Annotated

import typer

from ops import checkout

Stacks = Annotated[
    list[str] | None,
    typer.Argument(
        help="Stacks by name or pattern (acme-*); without any, all that the back end has.",
        autocompletion=checkout.completed,
    ),
]
Tags = Annotated[
    list[str] | None, typer.Option("--tag", help="Only stacks whose wickr:tags say NAME=TEXT; repeatable.")
]
Parallel = Annotated[int, typer.Option(min=1, help="How many stacks at once, at most.")]
Canary = Annotated[
    list[str] | None,
    typer.Option(
        help="Stacks that go first, by name, pattern or number; the others wait for their success. Repeatable."
    ),
]
KeepGoing = Annotated[bool, typer.Option("--keep-going", help="Begin others after one has failed.")]
Resume = Annotated[
    bool, typer.Option("--resume", help="Leave out what the last report says is done, if it is the same still.")
]
File = Annotated[
    Path | None, typer.Option("--report", help="Where the report is kept. [default: .fleet/<command>.json]")
]
Json = Annotated[bool, typer.Option("--json", help="The report as JSON on standard output; progress goes to stderr.")]
