"""What a stack tells those who use it. Names are fixed: scripts and papers of customers rely on them."""

from collections.abc import Mapping

import pulumi

from components.certificate import Certificate
from components.host import Access
from components.secrets import Secrets
from components.snapshots import Destination
from guide.calls import DEFAULT_MAX_CALLS, FIRST_MEDIA_PORT, PORTS_PER_CALL, last_media_port
from guide.health import ADMIN_PATH, HEALTH_PATH, INSTALLER_PORT, url_host
from guide.roles import Role
from infra import destination, egress, watch
from infra.bastion import Bastion
from infra.settings import Settings
from installer.cloudinit import USER

SSH_PORT = 22

ABSENT = ""
"""What this stack does not have. The name is there all the same: the engine drops an output that is null, and a
script that asks for it would fail.
"""


def export(
    settings: Settings,
    access: Mapping[Role, Access],
    addresses: Mapping[Role, pulumi.Output[str]],
    certificate: Certificate | None,
    secrets: Secrets,
    alarm_topic: pulumi.Output[str] | None,
    snapshots: Destination | None,
) -> None:
    """All outputs of the contract, in every stack."""
    host = url_host(settings.hostname)
    exports = {
        "messagingUrl": f"https://{host}",
        "adminConsoleUrl": f"https://{host}{ADMIN_PATH}",
        "installerUrl": f"https://{host}:{INSTALLER_PORT}",
        "healthCheckUrl": f"https://{host}{HEALTH_PATH}",
        "messagingAddress": addresses[Role.MESSAGING],
        "callingAddress": addresses.get(Role.CALLING, ABSENT),
        "mediaPorts": media_ports(settings.calling.max_calls) if settings.calling else ABSENT,
        "egress": egress.told(settings),
        "complianceHost": access[Role.COMPLIANCE].private_address if settings.compliance else ABSENT,
        "complianceState": compliance_state(settings),
        "sshCommands": _ssh_commands(settings, access, addresses),
        "sshPrivateKey": secrets.login_key.private,
        "knownHosts": pulumi.Output.concat(
            *(
                line
                for role, each in access.items()
                for line in (addresses.get(role, each.address), " ", each.host_key.apply(str.strip), "\n")
            ),
            _known(settings.bastion) if settings.bastion else "",
        ),
        "alarmTopic": ABSENT if alarm_topic is None else alarm_topic,
        "hostLogs": watch.logs_of_hosts(settings) or ABSENT,
        "snapshotsDestination": destination.location(snapshots) if snapshots else ABSENT,
        "caCertificate": certificate.ca_pem if certificate and certificate.ca_pem else ABSENT,
        "installerPassword": secrets.console_password,
        "nextSteps": pulumi.Output.all(
            addresses=pulumi.Output.all(*addresses.values()),
            snapshots=destination.told(snapshots) if snapshots else None,
        ).apply(
            lambda known: next_steps(
                settings, dict(zip(addresses, known["addresses"], strict=True)), known["snapshots"]
            )
        ),
    }
    for name, value in exports.items():
        pulumi.export(name, value)


def compliance_state(settings: Settings) -> str:
    """Whether the bot runs by its configuration, or the host waits for one."""
    if not settings.compliance:
        return ABSENT
    return "configured" if settings.compliance.configuration else "prepared"


def media_ports(max_calls: int) -> str:
    """The UDP range that clients need, with its arithmetic (IG 6.4)."""
    last, count = last_media_port(max_calls), "1 call" if max_calls == 1 else f"{max_calls} calls"
    return (
        f"{FIRST_MEDIA_PORT}-{last}/udp: {count} x {PORTS_PER_CALL} ports from {FIRST_MEDIA_PORT}; "
        f"ORVILLE_MAX_CALLS={max_calls}"
    )


def _known(bastion: Bastion) -> str:
    """The bastion's line of a known_hosts file, in which another port than the usual one belongs to the name."""
    name = bastion.host if bastion.port == SSH_PORT else f"[{bastion.host}]:{bastion.port}"
    return f"{name} {bastion.host_key}\n"


def _ssh_commands(
    settings: Settings, access: Mapping[Role, Access], addresses: Mapping[Role, pulumi.Output[str]]
) -> dict[str, pulumi.Input[str]]:
    commands: dict[str, pulumi.Input[str]] = {
        "prepare": "(umask 077; pulumi stack output sshPrivateKey --show-secrets > wickr.key; "
        "pulumi stack output knownHosts > wickr.known_hosts)"
    }
    way = ""
    if bastion := settings.bastion:
        # No -J: what is said about keys on the command line would not hold for the first half.
        first = f"ssh -o UserKnownHostsFile=wickr.known_hosts -p {bastion.port} -W %h:%p {bastion.user}@{bastion.host}"
        way = f"-o ProxyCommand='{first}' "
    trusting = "ssh -i wickr.key -o IdentitiesOnly=yes -o UserKnownHostsFile=wickr.known_hosts"
    for role, each in access.items():
        address = addresses.get(role, each.address)
        if role is Role.COMPLIANCE and each.jump:
            # -J would leave key and known hosts of the hop to the person's own files.
            hop = (f'{trusting} -o ProxyCommand="{trusting} -W %h:%p {each.jump.user}@', each.jump.address, '" ')
            commands[role] = pulumi.Output.concat(*hop, f"{USER}@", address)
        else:
            commands[role] = pulumi.Output.concat(f"{trusting} {way}{USER}@", address)
        commands[f"{role}Session"] = pulumi.Output.concat("aws ssm start-session --target ", each.instance_id)
    return commands


def next_steps(settings: Settings, addresses: Mapping[Role, str], snapshots: Mapping[str, str] | None) -> list[str]:
    """What a person still has to do, in this order. `snapshots` says where they go, if they go anywhere."""
    host = url_host(settings.hostname)
    steps = []
    for name, address in zip(settings.names, addresses.values(), strict=True):
        if name != address and settings.records_are_yours:
            private = "" if settings.network.public_addresses else " It is a private address: clients come by your VPN."
            steps.append(f"Make a DNS record for {name} that resolves to {address}.{private}")
    steps.append(
        f"Log in at https://{host}{ADMIN_PATH} as admin with the vendor's default password (IG 5.1) and change it "
        "now: until then anybody who reaches port 443 can."
    )
    if settings.certificate.source == "issued":
        steps.append(
            "Put the CA (pulumi stack output caCertificate) into the clients' configuration and Push Config, and pin "
            "the CA, not the server's certificate, which is renewed."
        )
    if settings.certificate.source == "installer":
        steps.append(
            f"Take the certificate that the installer made from https://{host}:{INSTALLER_PORT} to the clients."
        )
    if settings.calling:
        steps.append(
            "See to it that wickr:settings has the keys behind the labels Enable Calling and Calling Hostname (IG 5), "
            f"the latter as {settings.calling.hostname}: replicatedctl app-config export --hidden on the messaging "
            "host lists a licensed installation's keys, which are not public."
        )
    if settings.calling and settings.calling.max_calls != DEFAULT_MAX_CALLS:
        steps.append(
            f"Have the calling service started with ORVILLE_MAX_CALLS={settings.calling.max_calls} (IG 6.4): how "
            "depends on the release, ask the vendor; the ports are open for as many calls."
        )
    steps += _compliance_steps(settings)
    steps += destination.steps(settings, snapshots) if snapshots else []
    alarms = settings.monitoring.alarms
    if alarms.enabled and alarms.emails:
        steps.append(
            f"Confirm the mail that AWS has sent to {', '.join(alarms.emails)}: until then alarms do not get there."
        )
    elif alarms.enabled and not alarms.topic_arn:
        steps.append(
            "Name who gets the alarms: pulumi config set --path 'monitoring.alarms.emails[0]' ADDRESS, or subscribe to "
            "the topic (pulumi stack output alarmTopic) yourself. Until then nobody does."
        )
    steps.append(
        f"The installer's console is https://{host}:{INSTALLER_PORT} for admin networks; its password: "
        "pulumi stack output installerPassword --show-secrets."
    )
    return steps


def _compliance_steps(settings: Settings) -> list[str]:
    """What is missing on the compliance host, or had to be somebody else's."""
    if not settings.compliance:
        return []
    steps = []
    if settings.network.vpc_id:
        steps.append(
            f"See to it that {settings.network.private_subnet_ids[0]}, where the compliance host stands, leads out on "
            "TCP 443 by a NAT gateway, and that wickr:clientCidrs admit the gateway's address: the bot is a client."
        )
    if settings.compliance.configuration:
        steps.append(
            "Look after the compliance bot on its host (sshCommands) by sudo docker attach wickr-compliance, left by "
            "Ctrl+P Ctrl+Q. A new version of its secret or its file counts when it is restarted: sudo docker restart "
            "wickr-compliance."
        )
    else:
        steps.append(
            "The compliance host is prepared, and its bot is missing a configuration. Make the network's compliance "
            "bot in the admin console before the network has users (CG 1, 3), put the conf.wickr that it gives you "
            "into a bucket, and the bot's clients into a secret of Secrets Manager under the key wickr_config; then "
            "name them: pulumi config set --path compliance.configuration.secretArn ARN, .bucket and .key likewise, "
            "and pulumi up."
        )
    return steps
