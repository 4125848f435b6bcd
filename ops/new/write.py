"""Puts a new customer's stack file in its place, if it is right and nothing is there yet."""

import tempfile
from pathlib import Path

from infra.configuration import PROJECT
from ops import checkout, stack_file
from ops.check import Verdict, check
from ops.checkout import OpsError
from ops.new import text
from ops.new.customer import Customer


def write(customer: Customer, root: Path = checkout.HERE) -> Path:
    """The path of the new file. Raises OpsError with all that is wrong, and writes nothing then."""
    path = checkout.folder(root) / f"Pulumi.{customer.name}.yaml"
    content = text.stack_file(customer)
    problems = _checked(customer, content).problems
    if problems:
        raise OpsError("\n".join(problems))
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(content)
    except FileExistsError:
        raise OpsError(f"{path.name} is there already and stays as it is; choose another name, or edit it") from None
    return path


def _checked(customer: Customer, content: str) -> Verdict:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"Pulumi.{customer.name}.yaml"
        path.write_text(content, encoding="utf-8")
        return check(stack_file.read(customer.name, path), licensed=False)


def left_to_do(customer: Customer, secrets_provider: str | None) -> list[str]:
    """The commands and deeds until the customer has an installation, in their order."""
    provider = f" --secrets-provider {secrets_provider}" if secrets_provider else ""
    names = [customer.hostname, *([customer.calls.hostname] if customer.calls else [])]
    return [
        f"pulumi stack init {customer.name}{provider}",
        f'pulumi config set --secret {PROJECT}:license "$(base64 -w0 license.rli)" --stack {customer.name}',
        f"./wickr check {customer.name}",
        f"pulumi preview --stack {customer.name}",
        f"pulumi up --stack {customer.name}",
        f"DNS: {' and '.join(names)}, as the output nextSteps says in the end",
    ]
