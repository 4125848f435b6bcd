"""The question of IG 9.1, with the trust that a client would have, from a place where clients could be."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_command as command

from components import bootstrap
from components.certificate import Certificate
from components.host import DIAL_ERRORS, Jump
from guide.health import HEALTH_PATH
from installer import healthcheck
from installer.phase import HEALTH

FROM_BASTION = (
    "command -v python3 >/dev/null || { echo 'bastion: it has no python3, which asks the question of IG 9.1; install "
    "it there, or set messaging.healthCheck to none' >&2; exit 1; }; exec python3 -"
)


@dataclass(frozen=True, kw_only=True)
class HealthArgs:
    """Who is asked, at an address under a name. `certificate` None leaves trust out: the installer made one.

    `bastion` is where the question is asked; None is the machine that runs Pulumi.
    """

    address: pulumi.Input[str]
    hostname: str
    certificate: Certificate | None
    bastion: Jump | None


def check(
    name: str,
    args: HealthArgs,
    *,
    parent: pulumi.Resource,
    after: pulumi.Resource,
    because: Sequence[pulumi.Input[str]],
) -> None:
    """Asks after all else, and again for the reasons in `because`."""
    certificate = args.certificate
    environment: dict[str, pulumi.Input[str]] = {
        "ADDRESS": args.address,
        "HOSTNAME_OF_WICKR": args.hostname,
        "HEALTH_PATH": HEALTH_PATH,
        "LIMIT": str(HEALTH.limit),
        "TRUST": "none" if certificate is None else "ca" if certificate.ca_pem else "system",
    }
    if certificate and certificate.ca_pem:
        environment["CA_CERTIFICATE"] = certificate.ca_pem
    script = Path(healthcheck.__file__).read_text(encoding="utf-8")
    opts = bootstrap.options(HEALTH, parent, [after])
    if args.bastion is None:
        command.local.Command(
            f"{name}-{HEALTH.name}",
            create="python3 -",
            stdin=script,
            environment=environment,
            triggers=list(because),
            add_previous_output_in_env=False,
            opts=opts,
        )
        return
    # sshd takes hardly any variable from a client; what is asked comes before the script instead.
    values = pulumi.Output.all(**environment, ASKER="the bastion").apply(json.dumps)
    command.remote.Command(
        f"{name}-{HEALTH.name}-from-bastion",
        connection=args.bastion.connection(DIAL_ERRORS),
        create=FROM_BASTION,
        stdin=pulumi.Output.concat("import os\nos.environ.update(", values, ")\n", script),
        triggers=list(because),
        add_previous_output_in_env=False,
        opts=opts,
    )
