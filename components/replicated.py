"""Replicated and Wickr on the messaging host: the phases of the bootstrap, each a remote command of its own."""

import hashlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_command as command

from components import bootstrap, health, machine, supply
from components.certificate import Certificate
from components.health import HealthArgs
from components.host import Access
from components.machine import MachineArgs
from components.proxy import Proxy, proxy_values
from components.supply import Supply
from installer import configuration, phase
from installer.airgap import ARCHIVE_FILE, BUNDLE_FILE
from installer.arguments import install_flags
from installer.phase import Phase

LOCAL_TAG = "local"
"""The tag of the messaging host's own node."""


@dataclass(frozen=True, kw_only=True)
class JoinedNode:
    """A node that the application waits for. `endpoints` are the addresses at which it may offer calls.

    Another `instance_id` is another machine: what waits for the node then looks again.
    """

    tag: str
    instance_id: pulumi.Input[str]
    joined: pulumi.Resource
    endpoints: Sequence[pulumi.Input[str]]


@dataclass(frozen=True, kw_only=True)
class ReplicatedArgs:
    """What an installation needs. `license` is the .rli file in base64.

    `settings` are the application's, by the vendor's key names; `installer_sha256` pins the vendor's script. `calling`
    is the voice and video node, if there is one. `verified_from` is where the question of IG 9.1 is asked: on the
    machine that runs Pulumi, on the host in between, or nowhere. With a `supply` nothing comes from the vendor's
    servers, and `installer_url` is not asked.
    """

    access: Access
    machine: MachineArgs
    hostname: str
    certificate: Certificate | None
    license: pulumi.Output[str]
    settings: Mapping[str, str]
    console_password: pulumi.Output[str]
    cluster_token: pulumi.Output[str]
    calling: JoinedNode | None
    installer_url: str
    installer_sha256: str | None
    proxy: Proxy | None
    supply: Supply | None
    verified_from: Literal["deployer", "bastion"] | None


def encoded(text: str) -> str:
    """A text in base64, so that no byte of it means anything to a shell."""
    return b64encode(text.encode()).decode()


class Replicated(pulumi.ComponentResource):
    """The bootstrap, phase by phase; one that fails ends the deployment and is where the next one resumes.

    From the placing of files on, phases also run again when a file changed that they act upon. After `ready` others may
    begin on the host, too.
    """

    ready: pulumi.Resource

    def __init__(self, name: str, args: ReplicatedArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("wickr:replicated:Replicated", name, None, opts)
        self._name, self._args = name, args
        files = self._file_values()
        # Not the content but a digest, and even that is a secret: a password could be tried out against it.
        content: pulumi.Output[str] = pulumi.Output.all(**files).apply(
            lambda values: hashlib.sha256(repr(sorted(values.items())).encode()).hexdigest()
        )
        digest: pulumi.Output[str] = pulumi.Output.secret(content)
        folder: dict[str, pulumi.Input[str]] = {"FILES": configuration.FILES}
        checks = machine.preflight_values(args.machine, key="messaging", services=machine.REPLICATED_SERVICES)
        nodes = [args.calling] if args.calling else []
        tags = " ".join([LOCAL_TAG, *(node.tag for node in nodes)])
        machines = [node.instance_id for node in nodes]

        self.ready = bootstrap.ready(name, access=args.access, parent=self)
        last: pulumi.Resource = self._run(phase.PREFLIGHT, checks, after=[self.ready])
        last = self._run(phase.FIREWALL, machine.firewall_values(args.machine), after=[last])
        if args.supply:
            last = supply.bring(self._name, args.supply, access=args.access, parent=self, after=[last])
        last = self._run(phase.FILES, {**folder, **files}, after=[last], quiet=True)
        last = self._run(phase.INSTALL, self._install_values(), after=[last])
        last = self._run(phase.REPLICATED, {}, after=[last])
        joined = [node.joined for node in nodes]
        last = self._run(phase.CLUSTER, {"TAGS": tags}, after=[last, *joined], because=machines)
        changes = {**folder, "HOSTNAME_OF_WICKR": args.hostname, "BUNDLE": BUNDLE_FILE if args.supply else ""}
        configure = phase.CONFIGURE_FROM_BUNDLE if args.supply else phase.CONFIGURE
        last = self._run(configure, changes, after=[last], because=[digest], quiet=True)
        last = self._run(phase.APPLICATION, {}, after=[last], because=[digest, *machines])
        if args.calling:
            endpoints = pulumi.Output.all(*args.calling.endpoints).apply(" ".join)
            last = self._run(phase.CALLS, {"ENDPOINTS": endpoints}, after=[last], because=[digest, *machines])
        if args.verified_from:
            asked = HealthArgs(
                address=args.access.address,
                hostname=args.hostname,
                certificate=args.certificate,
                bastion=args.access.jump if args.verified_from == "bastion" else None,
            )
            health.check(name, asked, parent=self, after=last, because=[args.access.instance_id, digest])
        self.register_outputs({})

    def _run(
        self,
        what: Phase,
        values: Mapping[str, pulumi.Input[str]],
        *,
        after: Sequence[pulumi.Resource] = (),
        because: Sequence[pulumi.Input[str]] = (),
        quiet: bool = False,
    ) -> command.remote.Command:
        return bootstrap.run(
            self._name,
            what,
            values,
            access=self._args.access,
            parent=self,
            after=after,
            because=because,
            quiet=quiet,
        )

    def _file_values(self) -> dict[str, pulumi.Input[str]]:
        args = self._args
        conf = pulumi.Output.all(
            private=args.access.private_address, password=args.console_password, token=args.cluster_token
        ).apply(
            lambda known: configuration.replicated_conf(
                hostname=args.hostname,
                private_address=known["private"],
                password=known["password"],
                token=known["token"],
                own_certificate=args.certificate is not None,
                starts_itself=args.calling is None,
                bundle=BUNDLE_FILE if args.supply else None,
            )
        )
        return {
            "LICENSE": args.license,
            "SETTINGS": encoded(configuration.settings_file(args.settings)),
            "SETTINGS_TABLE": encoded(configuration.settings_table(args.settings)),
            "CONSOLE_AUTH": args.console_password.apply(configuration.console_auth).apply(encoded),
            "REPLICATED_CONF": conf.apply(encoded),
            "CERTIFICATE": self._pem(args.certificate.chain_pem if args.certificate else ""),
            "CERTIFICATE_KEY": self._pem(args.certificate.private_key_pem if args.certificate else ""),
        }

    @staticmethod
    def _pem(text: pulumi.Input[str]) -> pulumi.Output[str]:
        return pulumi.Output.from_input(text).apply(encoded)

    def _install_values(self) -> dict[str, pulumi.Input[str]]:
        args = self._args
        flags = pulumi.Output.all(args.access.private_address, args.access.public_address).apply(
            lambda known: "\n".join(
                install_flags(private_address=known[0], public_address=known[1], airgap=args.supply is not None)
            )
        )
        script: dict[str, pulumi.Input[str]] = {
            "INSTALLER_URL": args.installer_url,
            "URL_KEY": "installer.url",
            "INSTALLER_SHA256": args.installer_sha256 or "",
            "ARCHIVE": ARCHIVE_FILE if args.supply else "",
            "SCRIPT": "install.sh",
            "INSTALLER_FLAGS": flags,
            "SERVICES": machine.REPLICATED_SERVICES,
            "TOKEN": "",  # the daemon's own script reads it from /etc/replicated.conf
            **proxy_values(args.proxy, args.access.private_address, args.access.public_address),
        }
        return machine.install_values(args.machine, script)
