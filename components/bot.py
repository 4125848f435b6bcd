"""The bootstrap of the compliance host: its data volume, Docker, and the bot's container (CG 2)."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components import bootstrap, machine
from components.host import Access
from components.machine import PreflightArgs
from components.volume import DataVolume
from installer import compliance, phase


@dataclass(frozen=True, kw_only=True)
class BotArgs:
    """`image` is the bot's. Without `secret_arn` the host is prepared and no bot is started; otherwise `after` is what
    must be there when it is, since it logs in to the messaging host, and reads by the host's role. `way_out` is what
    the host reaches the internet by, which it needs from Docker on.
    """

    access: Access
    machine: PreflightArgs
    volume: DataVolume
    image: str
    secret_arn: str | None
    docker_version: str
    docker_sha256: str | None
    way_out: Sequence[pulumi.Resource]
    after: Sequence[pulumi.Resource]


class Bot(pulumi.ComponentResource):
    """The phases, in their order. No secret passes by here: the bot fetches its own when it starts. After `ready`
    others may begin on the host, too.
    """

    ready: pulumi.Resource

    def __init__(self, name: str, args: BotArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("wickr:bot:Bot", name, None, opts)
        folder: dict[str, pulumi.Input[str]] = {"DATA_FOLDER": compliance.DATA_FOLDER}
        volume: dict[str, pulumi.Input[str]] = {
            **folder,
            "VOLUME_ID": args.volume.volume_id,
            "DATA_GIB": args.volume.size_gib.apply(str),
            "LABEL": compliance.FILE_SYSTEM_LABEL,
        }
        docker: dict[str, pulumi.Input[str]] = {
            **folder,
            "DOCKER_ARCHIVES": compliance.DOCKER_ARCHIVES,
            "DOCKER_VERSION": args.docker_version,
            "DOCKER_SHA256": args.docker_sha256 or "",
        }
        container: dict[str, pulumi.Input[str]] = {**folder, "IMAGE": args.image, "SECRET_ARN": args.secret_arn or ""}
        checks = machine.preflight_values(args.machine, key="compliance", services="")
        access = args.access

        self.ready = bootstrap.ready(name, access=access, parent=self)
        checked = bootstrap.run(name, phase.PREFLIGHT, checks, access=access, parent=self, after=[self.ready])
        mounted = bootstrap.run(name, phase.VOLUME, volume, access=access, parent=self, after=[checked])
        running = bootstrap.run(name, phase.ENGINE, docker, access=access, parent=self, after=[mounted, *args.way_out])
        bootstrap.run(name, phase.CONTAINER, container, access=access, parent=self, after=[running, *args.after])
        self.register_outputs({})
