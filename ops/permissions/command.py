"""`permissions` on the command line."""

from typing import Annotated

import typer

from ops import checkout, screen, stack_file


def permissions(
    stack: Annotated[str, typer.Argument(help="The stack by its name.", autocompletion=checkout.completed)],
    preview: Annotated[bool, typer.Option("--preview", help="For who previews it and changes nothing.")] = False,
) -> None:
    """The IAM policy for who deploys a stack, from what the stack is made of: JSON on standard output."""
    from ops.permissions.document import MANAGED_LIMIT, policy, size

    (file,) = checkout.chosen([stack], checkout.stack_files()).values()
    document = policy(stack_file.read(stack, file), preview=preview)
    screen.data(document)
    length = size(document)
    if length > MANAGED_LIMIT:
        screen.err.print(
            f"{length} characters are too many for a managed policy ({MANAGED_LIMIT}): put it into the role"
        )
