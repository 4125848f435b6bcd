"""Replicated and Wickr on a host: the phases of the bootstrap, each a remote command of its own."""

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_command as command

from components.certificate import Certificate
from components.host import BOOT_DIAL_ERRORS, DIAL_ERRORS, Access
from guide import firewalld, hosts
from guide.docker import DockerWindow
from guide.health import HEALTH_PATH
from guide.ports import PortRow
from installer import configuration, healthcheck, phase
from installer.arguments import install_flags
from installer.phase import Phase
from installer.script import render

SPARE_SECONDS = 180
"""How much longer than the phase's own limit the engine waits: the host should be the one that says why."""


@dataclass(frozen=True, kw_only=True)
class ReplicatedArgs:
    """What an online installation on one host needs. `license` is the .rli file in base64.

    `settings` are the application's, by the vendor's key names; `installer_sha256` pins the vendor's script;
    `docker_version` is handed to it, `docker_window` is what a Docker that is there already must fit.
    `verify` False leaves out the question of IG 9.1 from the machine that runs Pulumi.
    """

    access: Access
    hostname: str
    certificate: Certificate | None
    license: pulumi.Output[str]
    settings: Mapping[str, str]
    console_password: pulumi.Output[str]
    cluster_token: pulumi.Output[str]
    rows: tuple[PortRow, ...]
    minimum: hosts.Minimum
    also_accept_os: tuple[str, ...]
    security_module: str
    installer_url: str
    installer_sha256: str | None
    docker_version: str | None
    docker_window: DockerWindow
    verify: bool


def encoded(text: str) -> str:
    """A text in base64, so that no byte of it means anything to a shell."""
    return b64encode(text.encode()).decode()


def version_number(version: tuple[int, int, int]) -> str:
    """A version as one number that bash can compare."""
    return str(version[0] * 1_000_000 + version[1] * 1_000 + version[2])


def os_rules(also_accept: tuple[str, ...]) -> str:
    """The accepted systems as `id:oldest:newest`, versions as one number (18.04 is 1804); newest may be empty."""

    def number(version: tuple[int, ...], *, minor: int) -> int:
        return version[0] * 100 + (version[1] if len(version) > 1 else minor)

    rules = [
        f"{each.id}:{number(each.oldest, minor=0)}:{number(each.newest, minor=99) if each.newest else ''}"
        for each in hosts.OPERATING_SYSTEMS
    ]
    for text in also_accept:
        identifier, _, version = text.partition(" ")
        parts = tuple(int(part) for part in version.split("."))
        rules.append(f"{identifier}:{number(parts, minor=0)}:{number(parts, minor=99)}")
    return " ".join(rules)


class Replicated(pulumi.ComponentResource):
    """The bootstrap of a host, phase by phase; a phase that fails ends the deployment and is where the next resumes.

    A phase runs again when its own script or values change, when the host is another one, and, from the placing of
    files on, when a file changed that it acts upon.
    """

    health: pulumi.Resource

    def __init__(self, name: str, args: ReplicatedArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("wickr:replicated:Replicated", name, None, opts)
        self._name, self._args = name, args
        files = self._file_values()
        # Not the content but a digest, and even that is a secret: a password could be tried out against it.
        content: pulumi.Output[str] = pulumi.Output.all(**files).apply(
            lambda values: hashlib.sha256(repr(sorted(values.items())).encode()).hexdigest()
        )
        digest: pulumi.Output[str] = pulumi.Output.secret(content)
        own_files = {"FILES": configuration.FILES}
        last: pulumi.Resource = self._run(phase.READY, {}, dial_errors=BOOT_DIAL_ERRORS)
        last = self._run(phase.PREFLIGHT, self._preflight_values(), after=last)
        last = self._run(phase.FIREWALL, {"FIREWALLD_COMMANDS": "\n".join(firewalld.commands(args.rows))}, after=last)
        last = self._run(phase.FILES, {**own_files, **files}, after=last, quiet=True)
        last = self._run(phase.INSTALL, self._install_values(), after=last)
        last = self._run(phase.REPLICATED, {}, after=last)
        changes = {**own_files, "HOSTNAME_OF_WICKR": args.hostname}
        last = self._run(phase.CONFIGURE, changes, after=last, because=[digest], quiet=True)
        last = self._run(phase.APPLICATION, {}, after=last, because=[digest])
        self.health = self._verify(last, digest) if args.verify else last
        self.register_outputs({})

    def _run(
        self,
        what: Phase,
        values: Mapping[str, pulumi.Input[str]],
        *,
        after: pulumi.Resource | None = None,
        because: list[pulumi.Input[str]] | None = None,
        quiet: bool = False,
        dial_errors: int = DIAL_ERRORS,
    ) -> command.remote.Command:
        """One phase. `because` are further reasons to run it again; `quiet` keeps its lines out of engine and state."""
        limit = f"{what.limit + SPARE_SECONDS}s"
        return command.remote.Command(
            f"{self._name}-{what.name}",
            connection=self._args.access.connection(dial_errors=dial_errors),
            create=what.command,
            # dict: of nothing, Output.all makes a list.
            stdin=pulumi.Output.all(**values).apply(lambda known: render(what, dict(known))),
            triggers=[self._args.access.instance_id, *(because or [])],
            logging=command.remote.Logging.NONE if quiet else None,
            add_previous_output_in_env=False,
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[after] if after else None,
                custom_timeouts=pulumi.CustomTimeouts(create=limit, update=limit),
                additional_secret_outputs=["stdout", "stderr"] if quiet else None,
            ),
        )

    def _preflight_values(self) -> dict[str, pulumi.Input[str]]:
        minimum = self._args.minimum
        accepted = [f"{each.id} {'.'.join(map(str, each.oldest))}" for each in hosts.OPERATING_SYSTEMS]
        return {
            "CPUS": str(minimum.cpus),
            "MEMORY_GIB": str(minimum.memory_gib),
            "DISK_GB": str(minimum.disk_gb),
            "PREFLIGHT_DISK_GB": str(hosts.PREFLIGHT_DISK_GB),
            "KERNEL": str(hosts.MINIMUM_KERNEL[0] * 1000 + hosts.MINIMUM_KERNEL[1]),
            "KERNEL_TEXT": ".".join(map(str, hosts.MINIMUM_KERNEL)),
            "OPERATING_SYSTEMS": os_rules(self._args.also_accept_os),
            "OPERATING_SYSTEMS_TEXT": ", ".join([*accepted, *self._args.also_accept_os]),
            "SECURITY_MODULE": self._args.security_module,
            "PORTS": " ".join(
                f"{row.first}-{row.last}" for row in self._args.rows if row.protocol == "tcp" and row.first != 22
            ),
        }

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
            )
        )
        return {
            "LICENSE": args.license,
            "SETTINGS": encoded(configuration.settings_file(args.settings)),
            "CONSOLE_AUTH": args.console_password.apply(configuration.console_auth).apply(encoded),
            "REPLICATED_CONF": conf.apply(encoded),
            "CERTIFICATE": self._pem(args.certificate.chain_pem if args.certificate else ""),
            "CERTIFICATE_KEY": self._pem(args.certificate.private_key_pem if args.certificate else ""),
        }

    @staticmethod
    def _pem(text: pulumi.Input[str]) -> pulumi.Output[str]:
        return pulumi.Output.from_input(text).apply(encoded)

    def _install_values(self) -> dict[str, pulumi.Input[str]]:
        args, window = self._args, self._args.docker_window
        flags = pulumi.Output.all(args.access.private_address, args.access.public_address).apply(
            lambda known: "\n".join(install_flags(private_address=known[0], public_address=known[1]))
        )
        return {
            "INSTALLER_URL": args.installer_url,
            "INSTALLER_SHA256": args.installer_sha256 or "",
            "INSTALLER_FLAGS": flags,
            "DOCKER_VERSION": args.docker_version or "",
            "DOCKER_OLDEST": version_number(window.oldest),
            "DOCKER_NEWEST": version_number(window.newest) if window.newest else "",
            "DOCKER_TEXT": window.text,
        }

    def _verify(self, after: pulumi.Resource, digest: pulumi.Output[str]) -> command.local.Command:
        """The question of IG 9.1 from here, with the trust that a client would have."""
        certificate = self._args.certificate
        environment: dict[str, pulumi.Input[str]] = {
            "ADDRESS": self._args.access.public_address,
            "HOSTNAME_OF_WICKR": self._args.hostname,
            "HEALTH_PATH": HEALTH_PATH,
            "LIMIT": str(phase.HEALTH.limit),
            "TRUST": "none" if certificate is None else "ca" if certificate.ca_pem else "system",
        }
        if certificate and certificate.ca_pem:
            environment["CA_CERTIFICATE"] = certificate.ca_pem
        limit = f"{phase.HEALTH.limit + SPARE_SECONDS}s"
        return command.local.Command(
            f"{self._name}-{phase.HEALTH.name}",
            create="python3 -",
            stdin=Path(healthcheck.__file__).read_text(encoding="utf-8"),
            environment=environment,
            triggers=[self._args.access.instance_id, digest],
            add_previous_output_in_env=False,
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[after],
                custom_timeouts=pulumi.CustomTimeouts(create=limit, update=limit),
            ),
        )
