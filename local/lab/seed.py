"""What is put on a host's disk before it boots: its identity, its user data, the names it can resolve, the lab's CA."""

import base64
from pathlib import Path

from local.lab.addresses import PACKAGE_MIRRORS, PROXY, RESOLVER, VENDOR
from local.vendor.names import NAMES

SEED = "var/lib/cloud/seed/nocloud"
RESOLV = f"nameserver {RESOLVER}\n"
BUNDLE = "etc/ssl/certs/ca-certificates.crt"


def hostname(private: str) -> str:
    """What AWS calls an instance by default."""
    return f"ip-{private.replace('.', '-')}"


def planted(root: Path) -> bool:
    """Whether this disk has been prepared before: what a host has changed on it since is its own."""
    return (root / SEED / "meta-data").exists()


def identity(root: Path, instance_id: str, private: str, user_data: str) -> None:
    """The seed that cloud-init reads at each boot; `user_data` is base64, as the API keeps it."""
    folder = root / SEED
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "user-data").write_bytes(base64.b64decode(user_data))
    (folder / "user-data").chmod(0o600)
    (folder / "meta-data").write_text(f"instance-id: {instance_id}\nlocal-hostname: {hostname(private)}\n")


def names(root: Path, private: str) -> None:
    """The host's table of names. The vendor's are in cloud-init's template too, for user data that renews the table."""
    vendor = "".join(f"{VENDOR.ip} {name}\n" for name in (*NAMES, *PACKAGE_MIRRORS)) + f"{PROXY.ip} {PROXY.name}.lab\n"
    own = f"127.0.0.1 localhost\n{private} {hostname(private)}\n"
    (root / "etc/hosts").write_text(own + vendor)
    (root / "etc/resolv.conf").write_text(RESOLV)
    template = root / "etc/cloud/templates/hosts.debian.tmpl"
    if template.exists():
        kept = template.read_text().split("# the lab's vendor\n")[0]
        template.write_text(f"{kept}# the lab's vendor\n{vendor}")


def trust(root: Path, ca: Path) -> None:
    """Make the host trust the lab's vendor, as `update-ca-certificates` would."""
    text = ca.read_text()
    folder = root / "usr/local/share/ca-certificates"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "lab-vendor.crt").write_text(text)
    with (root / BUNDLE).open("a") as bundle:
        bundle.write(text)
