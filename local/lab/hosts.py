"""Makes the lab's machines follow the API's instances: booted, stopped, rebooted, removed.

Each host is worked on by one thread at a time; a pass over the instances never waits for one.
"""

import logging
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from local.lab import machine, seed
from local.lab.command import LabError
from local.lab.disks import Disks
from local.lab.folder import LabFolder
from local.lab.machine import Machine
from local.lab.snapshot import Instance, Snapshot

WANTS_REBOOT = 133  # exit code of systemd-nspawn when the host has asked to be started again
RETRY_SECONDS = 15  # before a failed action is tried again
EVERY = 2  # seconds between attempts to give a running host its volumes

log = logging.getLogger(__name__)


@dataclass
class Host:
    """A machine and what is known about it."""

    machine: Machine
    name: str = ""
    private: str = ""
    public: str = ""
    state: str = "new"
    since: float = 0.0
    reboots: int = 0
    problem: str = ""
    process: subprocess.Popen[bytes] | None = None
    work: Future[None] | None = None
    retry: float = 0.0

    def __post_init__(self) -> None:
        self.disks = Disks(self.machine)

    def becomes(self, state: str, problem: str = "") -> None:
        if (state, problem) != (self.state, self.problem):
            log.info("%s (%s) is %s%s", self.machine.id, self.name or "no name", state, problem and f": {problem}")
            self.state, self.problem, self.since = state, problem, time.time()

    @property
    def busy(self) -> bool:
        return self.work is not None and not self.work.done()

    @property
    def on(self) -> bool:
        return self.process is not None and self.process.poll() is None


@dataclass
class Hosts:
    """All hosts of a lab. `user_data` and `powered_off` are the two questions that only the API can settle."""

    lab: LabFolder
    ca: Path | None
    user_data: Callable[[str], str]
    powered_off: Callable[[str], None]
    changed: Callable[[], None]

    def __post_init__(self) -> None:
        self.all: dict[str, Host] = {}
        self.workers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="host")

    def follow(self, snapshot: Snapshot) -> None:
        """One pass: start for each idle host what brings it nearer to its instance's state."""
        wanted = {i.id: i for i in snapshot.instances if i.state != "terminated"}
        for instance in wanted.values():
            fresh = Host(Machine(lab=self.lab, id=instance.id), reboots=instance.reboots)
            host = self.all.setdefault(instance.id, fresh)
            host.name, host.private, host.public = instance.name, instance.private, instance.public
            if not host.busy:
                self._decide(host, instance, snapshot)
        for key in [key for key in self.all if key not in wanted]:
            self._remove_soon(key)
        if not any(host.busy for host in self.all.values()):
            self._drop_disks(snapshot)

    def end(self) -> None:
        """Turn every host off at once, for the end of the lab."""
        for host in self.all.values():
            host.machine.kill()
        self.workers.shutdown(cancel_futures=True)
        for host in self.all.values():
            host.machine.kill()
            host.disks.release()
            host.machine.unmount()

    def _decide(self, host: Host, instance: Instance, snapshot: Snapshot) -> None:
        running = instance.state in ("pending", "running")
        if running and host.on and host.reboots != instance.reboots:
            host.reboots = instance.reboots
            self._begin(host, lambda: self._restart(host, instance, snapshot))
        elif running and not host.on:
            self._turn_on_or_explain(host, instance, snapshot)
        elif running and host.on and not host.disks.settled(instance.disks) and time.time() > host.retry:
            self._begin(host, lambda: self._change_disks(host, instance))
        elif running and host.state == "booting" and host.machine.booted_since(host.since):
            host.becomes("ready")
        elif not running and host.on:
            self._begin(host, lambda: self._stop(host))
        elif not running and host.state != "stopped" and not host.on:
            host.becomes("stopped")

    def _turn_on_or_explain(self, host: Host, instance: Instance, snapshot: Snapshot) -> None:
        ended = host.process.poll() if host.process else None
        if host.state in ("booting", "ready") and ended == 0:
            # Shut down from the inside: the API should know, as AWS does.
            host.becomes("stopped")
            self._begin(host, lambda: self._tell_power_off(host))
        elif host.state == "failed" and time.time() - host.since < RETRY_SECONDS:
            return
        elif host.state in ("booting", "ready") and ended not in (None, WANTS_REBOOT):
            host.becomes("failed", f"its systemd ended with {ended}: see {host.machine.console}")
        else:
            host.reboots = instance.reboots
            self._begin(host, lambda: self._start(host, instance, snapshot))

    def _remove_soon(self, key: str) -> None:
        host = self.all[key]
        if host.state == "gone":
            del self.all[key]
        elif not host.busy:
            self._begin(host, lambda: self._remove(host))

    def _begin(self, host: Host, action: Callable[[], None]) -> None:
        def guarded() -> None:
            try:
                action()
            except (LabError, OSError, ValueError) as error:
                host.becomes("failed", str(error))
            except Exception:
                log.exception("%s: unexpected", host.machine.id)
                host.becomes("failed", f"unexpected: see {self.lab.daemon_log}")
            finally:
                self.changed()

        host.work = self.workers.submit(guarded)

    def _start(self, host: Host, instance: Instance, snapshot: Snapshot) -> None:
        subnet = snapshot.subnet(instance.subnet)
        if not subnet:
            raise LabError(f"instance {instance.id} is in subnet {instance.subnet!r}, which the API does not have")
        if not instance.gib:
            raise LabError(f"instance {instance.id} has no root volume: the lab boots it from one")
        twin = next((h for h in self.all.values() if h is not host and h.on and h.private == instance.private), None)
        if twin:
            raise LabError(
                f"{instance.private} is the address of {twin.machine.id} already: VPCs of one lab must not overlap"
            )
        host.becomes("preparing")
        host.machine.kill()
        disk = self.lab.volumes / f"{instance.volume}.img"
        if not disk.exists():
            machine.new_disk(disk, instance.gib)
        host.machine.mount(disk)
        root = host.machine.root
        if not seed.planted(root):
            seed.names(root, instance.private)
            if self.ca:
                seed.trust(root, self.ca)
        seed.identity(root, instance.id, instance.private, self.user_data(instance.id))
        host.disks.release()
        host.disks.follow(instance.disks)
        host.disks.shown = True  # it sees them when it boots
        host.machine.disconnect()  # what a host has told its kernel ends with its power
        host.machine.connect(instance.private, subnet.cidr)
        host.becomes("booting")
        host.process = host.machine.boot(seed.hostname(instance.private))

    def _stop(self, host: Host) -> None:
        host.becomes("stopping")
        if host.process:
            host.machine.shut_down(host.process)
        host.disks.release()
        host.machine.unmount()
        host.process = None
        host.becomes("stopped")

    def _restart(self, host: Host, instance: Instance, snapshot: Snapshot) -> None:
        self._stop(host)
        self._start(host, instance, snapshot)

    def _change_disks(self, host: Host, instance: Instance) -> None:
        """While it runs; what cannot be done now (it boots, the volume is busy) is tried again."""
        try:
            host.disks.follow(instance.disks)
            host.disks.show()
            host.becomes(host.state)
        except LabError as error:
            host.retry = time.time() + EVERY
            host.becomes(host.state, "" if host.state == "booting" else str(error))

    def _tell_power_off(self, host: Host) -> None:
        host.machine.kill()
        host.disks.release()
        host.machine.unmount()
        host.process = None
        self.powered_off(host.machine.id)

    def _remove(self, host: Host) -> None:
        host.machine.kill()
        if host.process:
            host.process.wait(10)
        host.disks.release()
        host.machine.unmount()
        host.machine.disconnect()
        host.becomes("gone")

    def _drop_disks(self, snapshot: Snapshot) -> None:
        """A disk lives as long as its volume."""
        for disk in self.lab.volumes.glob("vol-*.img"):
            if disk.stem not in snapshot.volumes:
                log.info("volume %s is gone", disk.stem)
                disk.unlink()
