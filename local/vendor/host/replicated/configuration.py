"""/etc/replicated.conf: read at the very first start of the daemon, and never again."""

import json
import pwd
import stat
from pathlib import Path
from typing import Any, Final

from ..wire import Refusal

SNAPSHOT_KEYS = (
    "Store Path S3Bucket AWSRegion AWSKeyID AWSSecretKey AWSServerSideEncryption AWSSSEKMSKeyID "
    "SFTPHost SFTPUsername SFTPPrivateKeyPEM Schedule"
)
KEYS: Final[dict[str, type]] = {
    "BypassPreflightChecks": bool,
    "DaemonAuthenticationType": str,
    "DaemonAuthenticationPassword": str,
    "DaemonToken": str,
    "LogLevel": str,
    "LicenseFileLocation": str,
    "LicenseBootstrapAirgapPackagePath": str,
    "LicenseBootstrapChannelID": str,
    "ReleaseSequence": int,
    "ImportSettingsFrom": str,
    "ForceUseImportedSettings": bool,
    "RemoveImportSettingsFrom": bool,
    "TlsBootstrapType": str,
    "TlsBootstrapHostname": str,
    "TlsBootstrapCert": str,
    "TlsBootstrapKey": str,
    "DockerHubUsername": str,
    "DockerHubPassword": str,
    "LocalAddress": str,
    "HttpProxy": str,
    "DisableScheduledSnapshots": bool,
    "SnapshotsMaxBackups": int,
    **{f"Snapshots{name}": str for name in SNAPSHOT_KEYS.split()},
}
CHOICES: Final = {
    "DaemonAuthenticationType": ("anonymous", "password"),
    "TlsBootstrapType": ("self-signed", "server-path", "key-cert"),
}
LATER: Final = ("LicenseBootstrapChannelID",)


def read(file: Path) -> dict[str, Any]:
    """The settings of the file, empty without one. A file that cannot be used is refused as a whole."""
    if not file.exists():
        return {}
    if not readable_by("replicated", file):
        raise Refusal(f"{file}: permission denied for user replicated (mode 0644, or 0600 and owned by replicated)")
    try:
        found = json.loads(file.read_text())
    except ValueError as error:
        raise Refusal(f"{file}: not valid JSON: {error}") from error
    if not isinstance(found, dict):
        raise Refusal(f"{file}: must hold one JSON object")
    for key, value in found.items():
        _check(file, key, value)
    if found.get("TlsBootstrapType") == "server-path" and not found.get("TlsBootstrapHostname"):
        raise Refusal(f"{file}: TlsBootstrapType server-path needs TlsBootstrapHostname")
    if "LicenseBootstrapAirgapPackagePath" in found and "ReleaseSequence" in found:
        raise Refusal(f"{file}: LicenseBootstrapAirgapPackagePath decides the release: leave ReleaseSequence out")
    return found


def _check(file: Path, key: str, value: Any) -> None:
    if key not in KEYS:
        raise Refusal(f"{file}: there is no key {key}")
    if type(value) is not KEYS[key]:
        raise Refusal(f"{file}: {key} must be {KEYS[key].__name__}, not {type(value).__name__}")
    if key in CHOICES and value not in CHOICES[key]:
        raise Refusal(f"{file}: {key} must be one of {', '.join(CHOICES[key])}")
    if key in LATER:
        raise Refusal(f"{file}: the stand-in does not implement {key}")


def readable_by(name: str, file: Path) -> bool:
    """Whether this user may read the file. The vendor's daemon runs as `replicated` and sees /etc as that user."""
    status = file.stat()
    try:
        user = pwd.getpwnam(name)
    except KeyError:
        return bool(status.st_mode & stat.S_IROTH)
    if status.st_uid == user.pw_uid:
        return bool(status.st_mode & stat.S_IRUSR)
    if status.st_gid == user.pw_gid:
        return bool(status.st_mode & stat.S_IRGRP)
    return bool(status.st_mode & stat.S_IROTH)
