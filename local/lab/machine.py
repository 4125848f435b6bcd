"""One booted Debian: its disk, its namespace, its processes. Knows nothing of the API."""

import contextlib
import os
import signal
import subprocess
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path

from local.lab import cgroup, image, topology
from local.lab.addresses import CLOUD
from local.lab.command import LabError, run
from local.lab.folder import LabFolder, link

STOP_SECONDS = 30  # what a host may take to shut down before its power is cut
CAPABILITIES = "CAP_NET_ADMIN,CAP_NET_RAW"
# A host may change settings of its own network (forwarding, for containers) and no others: those are the machine's.
ENVIRONMENT = {
    "SYSTEMD_LOG_LEVEL": "warning",
    "SYSTEMD_NSPAWN_API_VFS_WRITABLE": "network",
    "SYSTEMD_NSPAWN_TMPFS_TMP": "0",  # /tmp is on the root disk, as on a cloud image
}


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A host's place in the lab, by its instance id."""

    lab: LabFolder
    id: str

    @property
    def folder(self) -> Path:
        return self.lab.hosts / self.id

    @property
    def root(self) -> Path:
        return self.folder / "root"

    @property
    def console(self) -> Path:
        return self.folder / "console.log"

    def mount(self, disk: Path) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        if not self.root.is_mount():
            # Without the last option the kernel would fill the sparse file with empty inode tables.
            run("mount", "-o", "loop,noatime,discard,noinit_itable", disk, self.root)

    def unmount(self) -> None:
        if self.root.is_mount():
            try:
                run("umount", self.root)
            except LabError:  # somebody looks at it from outside: it goes when they leave
                run("umount", "--lazy", self.root)

    def connect(self, address: str, subnet: IPv4Network) -> None:
        """Give it a namespace with one interface, on its subnet, where every neighbour is behind the router."""
        namespace, cloud = self.lab.namespace(self.id), self.lab.namespace(CLOUD)
        gateway, name = subnet.network_address + 1, link(self.id)
        topology.add_namespace(self.lab, self.id)
        topology.batch(
            cloud,
            f"link add {name} type veth peer name eth0 netns {namespace}",
            f"addr add {gateway}/32 dev {name}",
            f"link set {name} up",
            f"route add {address}/32 dev {name}",
        )
        neighbours = {f"net/ipv4/conf/{name}/proxy_arp": "1", f"net/ipv4/neigh/{name}/proxy_delay": "0"}
        topology.settings(self.lab, CLOUD, neighbours)
        topology.batch(
            namespace,
            f"addr add {address}/{subnet.prefixlen} dev eth0",
            "link set eth0 up",
            f"route add default via {gateway}",
        )

    def disconnect(self) -> None:
        """Take the namespace away, and with it all rules and links that the host has made there."""
        if self.lab.namespace_file(self.id).exists():
            # The kernel takes its time over a namespace; a link is gone at once.
            run("ip", "-n", self.lab.namespace(CLOUD), "link", "delete", link(self.id), check=False)
            run("ip", "netns", "delete", self.lab.namespace(self.id))

    def boot(self, hostname: str) -> subprocess.Popen[bytes]:
        """Start its systemd. The process ends when the machine is off (0) or wants to be started again (133)."""
        group = cgroup.make(self.lab.prefix, self.id)
        enter = "".join(f"echo $$ >{path}/cgroup.procs && " for path in group)
        nspawn = [
            "systemd-nspawn", "--quiet", "--boot", "--settings=no", "--register=no", "--keep-unit",
            f"--directory={self.root}", f"--machine={self.lab.prefix}-{self.id}", f"--hostname={hostname}",
            f"--network-namespace-path={self.lab.namespace_file(self.id)}", f"--capability={CAPABILITIES}",
            "--resolv-conf=off", "--timezone=off", "--link-journal=no", "--console=read-only",
        ]  # fmt: skip
        with self.console.open("ab") as console:
            return subprocess.Popen(
                ["sh", "-c", f'{enter}exec "$@"', "sh", *nspawn],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,
                env=ENVIRONMENT | {"PATH": os.environ.get("PATH", os.defpath)},
            )

    def shut_down(self, process: subprocess.Popen[bytes]) -> None:
        """An orderly end, and the plug if that takes too long."""
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
        self.kill()

    def kill(self) -> None:
        """Pull the plug: every process of this host, and no other."""
        cgroup.kill(self.lab.prefix, self.id)

    def leader(self) -> int | None:
        """The process id, as this machine sees it, of the host's own process 1."""
        for pid in cgroup.processes(self.lab.prefix, self.id):
            with contextlib.suppress(OSError):
                status = Path(f"/proc/{pid}/status").read_text()
                numbers = next(line for line in status.splitlines() if line.startswith("NSpid:")).split()[1:]
                if len(numbers) > 1 and numbers[-1] == "1":
                    return pid
        return None

    def booted_since(self, moment: float) -> bool:
        """True if cloud-init has finished after this moment."""
        finished = self.root / "var/lib/cloud/instance/boot-finished"
        with contextlib.suppress(OSError):
            # The link is absolute: it must be followed inside the host's root, not on this machine.
            target = self.root / "var/lib/cloud/instance"
            inside = self.root / target.readlink().relative_to("/") if target.is_symlink() else target
            return (inside / finished.name).stat().st_mtime >= moment
        return False


def new_disk(path: Path, gib: int) -> None:
    """A sparse copy of the pristine image: as large as the volume, as small on disk as what is written to it."""
    pristine = image.disk(gib, say=lambda _: None)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    run("cp", "--sparse=always", "--reflink=auto", pristine, partial)
    partial.rename(path)
