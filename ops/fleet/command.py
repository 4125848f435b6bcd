"""The CLI as the Automation API calls it, for one stack of many."""

import os
import subprocess
from collections.abc import Mapping
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any

from pulumi.automation import (
    CommandResult,
    InvalidVersionError,
    LocalWorkspace,
    PulumiCommand,
    Stack,
    UpdateSummary,
)
from pulumi.automation.errors import create_command_error

from ops.checkout import OpsError
from ops.fleet.interrupt import Interrupt
from ops.fleet.programs import Programs, Served

MISSING = (
    "pulumi is not on PATH: install the CLI (https://www.pulumi.com/docs/install/), "
    "or work in `make shell`, where the local cloud's engine is"
)


def installed() -> PulumiCommand:
    """The CLI on PATH. Raises OpsError if there is none, or one that is too old."""
    try:
        return PulumiCommand()
    except FileNotFoundError:
        raise OpsError(MISSING) from None
    except subprocess.CalledProcessError as error:
        raise OpsError(f"`pulumi version` fails with exit code {error.returncode}") from None
    except InvalidVersionError as error:
        raise OpsError(str(error)) from None


class Command(PulumiCommand):
    """Runs the CLI so that an interrupt reaches it exactly once. `said` is what the last run wrote to stderr."""

    def __init__(self, cli: PulumiCommand, interrupt: Interrupt, programs: Programs | None = None) -> None:
        self.command, self.version = cli.command, cli.version
        self.said = ""
        self._interrupt, self._programs = interrupt, programs

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: Any = None,
        on_error: Any = None,
    ) -> CommandResult:
        environment = {**os.environ, **additional_env, "PULUMI_AUTOMATION_API": "true"}
        with self._programs.served() if self._programs else nullcontext(Served()) as program:
            done = self._interrupt.run(
                [self.command, "--non-interactive", *args, *program.arguments],
                cwd=cwd,
                env=environment,
                keeps=program.files,
            )
        self.said = done.stderr.strip()
        result = CommandResult(stdout=done.stdout.strip(), stderr=self.said, code=done.returncode)
        if result.code:
            raise create_command_error(result)
        return result


class Workspace(LocalWorkspace):
    """A checkout. Which stack somebody has selected in it stays as it is: a fleet names its stacks in each call."""

    def select_stack(self, stack_name: str) -> None:
        pass

    def stack_outputs(self, stack_name: str) -> Any:
        # A fleet shows no outputs, so it does not have them decrypted.
        return {}


class FleetStack(Stack):
    """A stack whose update ends with the update: no further commands that an interrupt could hit."""

    def info(self, show_secrets: bool = True) -> UpdateSummary | None:
        now = datetime.now(UTC)
        return UpdateSummary(kind="update", start_time=now, message="", environment={}, config={}, result="succeeded")
