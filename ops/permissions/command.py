"""`permissions` on the command line."""

import json
from pathlib import Path
from typing import Annotated

import typer

from ops import checkout, screen, stack_file


def permissions(
    stack: Annotated[str, typer.Argument(help="The stack by its name.", autocompletion=checkout.completed)],
    preview: Annotated[bool, typer.Option("--preview", help="For who previews it and changes nothing.")] = False,
    into: Annotated[
        Path | None,
        typer.Option(help="A folder for managed policies, instead of the screen; a role may have ten."),
    ] = None,
) -> None:
    """The IAM policy for who deploys a stack, from what the stack is made of: JSON on standard output."""
    from ops.permissions.document import MANAGED_LIMIT, parts, policy, size

    file = checkout.one(stack, checkout.stack_files())
    document = policy(stack_file.read(stack, file), preview=preview)
    if into is not None:
        into.mkdir(parents=True, exist_ok=True)
        for number, part in enumerate(parts(document), 1):
            path = into / f"{stack}-{'preview' if preview else 'deploy'}-{number}.json"
            path.write_text(json.dumps(part, indent=2) + "\n")
            screen.err.print(f"{path}: {size(part)} of {MANAGED_LIMIT} characters", highlight=False)
        return
    screen.data(document)
    length = size(document)
    if length > MANAGED_LIMIT:
        screen.err.print(
            f"{length} characters are too many for one managed policy ({MANAGED_LIMIT}): put it into the role, or take "
            "the managed ones of --into FOLDER"
        )
