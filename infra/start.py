"""Where the program begins: the stack's settings and what AWS says to them, then the installation."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pulumi

from infra import configuration, region
from infra.errors import SettingsError
from infra.provider import aws_provider


def main() -> None:
    """Deploys the selected stack. A stack that is wrong ends in sentences, before anything is made."""
    try:
        settings = configuration.read()
        provider = aws_provider(
            {"wickr:project": pulumi.get_project(), "wickr:stack": pulumi.get_stack(), **settings.tags}
        )
        with _meanwhile_loading("infra.program"):
            here = region.ask(pulumi.InvokeOptions(provider=provider))

        from infra import program

        program.deploy(settings, provider, here)
    except SettingsError as error:
        for problem in error.problems:
            pulumi.log.error(problem)
        count = len(error.problems)
        raise pulumi.RunError(
            f"the stack is not deployed: {count} problem{'s' if count > 1 else ''} in its settings, listed above"
        ) from None


@contextmanager
def _meanwhile_loading(module: str) -> Iterator[None]:
    """Loads a module while something else is waited for.

    The first question to AWS waits until the engine has started the provider's plugin. To load the SDK's classes takes
    as long as that, and together they are most of a preview. What fails here fails again, and is told, at the import.
    """
    thread = Thread(target=importlib.import_module, args=(module,))
    thread.start()
    try:
        yield
    finally:
        thread.join()
