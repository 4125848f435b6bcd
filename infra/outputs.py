"""What a stack tells those who use it. Names are fixed: scripts and papers of customers rely on them."""

import pulumi

from components.certificate import Certificate
from components.host import Access
from components.secrets import Secrets
from guide.health import ADMIN_PATH, HEALTH_PATH, INSTALLER_PORT, url_host
from infra.settings import Settings
from installer.cloudinit import USER

ABSENT = ""
"""What this stack does not have. The name is there all the same: the engine drops an output that is null, and a
script that asks for it would fail.
"""


def export(
    settings: Settings,
    access: Access,
    address: pulumi.Output[str],
    certificate: Certificate | None,
    secrets: Secrets,
) -> None:
    """All outputs of the contract, in every stack."""
    host = url_host(settings.hostname)
    exports = {
        "messagingUrl": f"https://{host}",
        "adminConsoleUrl": f"https://{host}{ADMIN_PATH}",
        "installerUrl": f"https://{host}:{INSTALLER_PORT}",
        "healthCheckUrl": f"https://{host}{HEALTH_PATH}",
        "messagingAddress": address,
        "callingAddress": ABSENT,
        "mediaPorts": ABSENT,
        "complianceHost": ABSENT,
        "sshCommands": _ssh_commands(access, address),
        "sshPrivateKey": access.private_key,
        "knownHosts": pulumi.Output.concat(address, " ", access.host_key.apply(str.strip), "\n"),
        "caCertificate": certificate.ca_pem if certificate and certificate.ca_pem else ABSENT,
        "installerPassword": secrets.console_password,
        "nextSteps": address.apply(lambda known: next_steps(settings, known)),
    }
    for name, value in exports.items():
        pulumi.export(name, value)


def _ssh_commands(access: Access, address: pulumi.Output[str]) -> dict[str, pulumi.Input[str]]:
    return {
        "prepare": "(umask 077; pulumi stack output sshPrivateKey --show-secrets > wickr.key; "
        "pulumi stack output knownHosts > wickr.known_hosts)",
        "messaging": pulumi.Output.concat(
            f"ssh -i wickr.key -o IdentitiesOnly=yes -o UserKnownHostsFile=wickr.known_hosts {USER}@", address
        ),
        "messagingSession": pulumi.Output.concat("aws ssm start-session --target ", access.instance_id),
    }


def next_steps(settings: Settings, address: str) -> list[str]:
    """What a person still has to do, in this order."""
    host = url_host(settings.hostname)
    steps = []
    if settings.hostname != address:
        steps.append(f"Make a DNS record for {settings.hostname} that resolves to {address}.")
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
    steps.append(
        f"The installer's console is https://{host}:{INSTALLER_PORT} for admin networks; its password: "
        "pulumi stack output installerPassword --show-secrets."
    )
    return steps
