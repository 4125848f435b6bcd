"""One phase of a bootstrap as a resource: a remote command that re-runs for a reason and is bounded in time."""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_command as command

from components.host import BOOT_DIAL_ERRORS, DIAL_ERRORS, Access
from installer.phase import READY, Phase
from installer.script import render

SPARE_SECONDS = 180
"""How much longer than the phase's own limit the engine waits: the host should be the one that says why."""


def options(
    what: Phase, parent: pulumi.Resource, after: Sequence[pulumi.Resource], *, quiet: bool = False
) -> pulumi.ResourceOptions:
    """What every phase's resource has in common, wherever it runs."""
    limit = f"{what.limit + SPARE_SECONDS}s"
    return pulumi.ResourceOptions(
        parent=parent,
        depends_on=list(after),
        custom_timeouts=pulumi.CustomTimeouts(create=limit, update=limit),
        additional_secret_outputs=["stdout", "stderr"] if quiet else None,
    )


def run(
    name: str,
    what: Phase,
    values: Mapping[str, pulumi.Input[str]],
    *,
    access: Access,
    parent: pulumi.Resource,
    after: Sequence[pulumi.Resource] = (),
    because: Sequence[pulumi.Input[str]] = (),
    quiet: bool = False,
    dial_errors: int = DIAL_ERRORS,
) -> command.remote.Command:
    """Runs a phase on a host, after others.

    It runs again when its script or values change, when the host is another one, and for the reasons in `because`.
    `quiet` keeps what it prints out of the engine's log and the state, for phases that handle secrets.
    """
    return command.remote.Command(
        f"{name}-{what.name}",
        connection=access.connection(dial_errors=dial_errors),
        create=what.command,
        # dict: of nothing, Output.all makes a list.
        stdin=pulumi.Output.all(**values).apply(lambda known: render(what, dict(known))),
        triggers=[access.instance_id, *because],
        logging=command.remote.Logging.NONE if quiet else None,
        add_previous_output_in_env=False,
        opts=options(what, parent, after, quiet=quiet),
    )


def ready(name: str, *, access: Access, parent: pulumi.Resource) -> command.remote.Command:
    """The first phase of every host: it waits until the host lets somebody in, and for the rules by which it may."""
    return run(name, READY, {}, access=access, parent=parent, after=access.rules, dial_errors=BOOT_DIAL_ERRORS)
