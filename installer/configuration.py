"""The files that Replicated reads on a host (Replicated, Automating an Installation)."""

import json
from base64 import b64encode
from collections.abc import Mapping

FILES = "/etc/wickr"
"""Folder of the host for what the stack places there; below /etc, which the daemon's container sees."""

LICENSE_FILE = f"{FILES}/license.rli"
SETTINGS_FILE = f"{FILES}/settings.json"
CERTIFICATE_FILE = f"{FILES}/certificate.pem"
CERTIFICATE_KEY_FILE = f"{FILES}/certificate.key"


def replicated_conf(
    *,
    hostname: str,
    private_address: str,
    password: str,
    token: str,
    own_certificate: bool,
    starts_itself: bool,
    bundle: str | None = None,
) -> str:
    """/etc/replicated.conf for an unattended first start.

    `token` is the secret of the cluster: letters and digits only, since the vendor's scripts write it unquoted
    and split on spaces and "=". Each key stands on a line of its own, since install.sh reads LocalAddress and
    DaemonToken by a regular expression. The vendor's preflights are bypassed: without that the application waits
    for somebody to click, and the bootstrap checks the same things before. `starts_itself` False leaves licence and
    settings out: with them the application starts at once, and fails where a node that it needs has not joined yet.
    `bundle` is the vendor's airgap package on the host: the licence is bound to it, and it decides the release, so that
    ReleaseSequence never stands here.

    Raises ValueError for a token that the vendor's scripts would break.
    """
    if not (token.isascii() and token.isalnum()):
        raise ValueError("the cluster token may hold letters and digits only: the vendor's scripts do not quote it")
    settings: dict[str, str | bool] = {
        "BypassPreflightChecks": True,
        "DaemonAuthenticationType": "password",
        "DaemonAuthenticationPassword": password,
        "DaemonToken": token,
        "LocalAddress": private_address,
        "LogLevel": "info",
        "TlsBootstrapType": "server-path" if own_certificate else "self-signed",
        "TlsBootstrapHostname": hostname,
    }
    if starts_itself:
        settings |= {"LicenseFileLocation": LICENSE_FILE, "ImportSettingsFrom": SETTINGS_FILE}
        if bundle:
            settings["LicenseBootstrapAirgapPackagePath"] = bundle
    if own_certificate:
        settings |= {"TlsBootstrapCert": CERTIFICATE_FILE, "TlsBootstrapKey": CERTIFICATE_KEY_FILE}
    return json.dumps(settings, indent=2) + "\n"


def settings_file(settings: Mapping[str, str]) -> str:
    """The settings of the application in the form of `replicatedctl app-config export`."""
    return json.dumps({key: {"value": value} for key, value in sorted(settings.items())}, indent=2) + "\n"


def settings_table(settings: Mapping[str, str]) -> str:
    """The same for bash: a key, a tab, and the value in base64, line by line."""
    return "".join(f"{key}\t{b64encode(value.encode()).decode()}\n" for key, value in sorted(settings.items()))


def console_auth(password: str) -> str:
    """What `replicatedctl console-auth import` reads."""
    return json.dumps({"Password": {"Password": password}}) + "\n"
