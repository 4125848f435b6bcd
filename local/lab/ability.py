"""Whether this machine can run the local cloud, asked before anything is made."""

import os
import platform
import shutil
import subprocess

from local.lab.command import LabError

TOOLS = {
    "debootstrap": "debootstrap",
    "mke2fs": "e2fsprogs",
    "systemd-nspawn": "systemd-container",
    "nft": "nftables",
    "ip": "iproute2",
    "nsenter": "util-linux",
}
STILL = (
    "What works here: `make test` (it leaves out the lab tier) and, with an AWS account of your own, "
    "`pulumi preview` and `pulumi up` as the README shows."
)


def refusal() -> str | None:
    """Why the local cloud cannot run here; None if it can."""
    if platform.system() != "Linux":
        return f"it is made of Linux network namespaces, and this is {platform.system()}"
    if os.geteuid() != 0:
        return "it makes network namespaces and boots hosts, which needs root"
    missing = sorted({package for tool, package in TOOLS.items() if not shutil.which(tool)})
    if missing:
        return f"Debian packages are missing: apt-get install {' '.join(missing)}"
    for what, probe in (
        ("network and process namespaces", ["unshare", "--net", "--mount", "--pid", "--uts", "--fork", "true"]),
        ("loop devices", ["losetup", "--find"]),
    ):
        if subprocess.run(probe, capture_output=True).returncode:
            return f"this machine does not let root use {what} (a container without privileges?)"
    return None


def demand() -> None:
    """Raise with the reason and with what still works."""
    reason = refusal()
    if reason:
        raise LabError(f"The local cloud cannot run here: {reason}.\n{STILL}")
