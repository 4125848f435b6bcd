"""A lab's folder, and every name that is derived from it."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from local.lab.command import LabError

CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class LabFolder:
    """Where a lab keeps its files. Its path also gives the prefix of all that the lab creates on this machine."""

    path: Path

    @classmethod
    def chosen(cls) -> "LabFolder":
        """The lab that WICKR_LAB selects: a name in this checkout's .local folder, or a folder."""
        return cls.named(os.environ.get("WICKR_LAB") or "local")

    @classmethod
    def named(cls, name: str) -> "LabFolder":
        return cls((CHECKOUT / ".local" / name).resolve())  # an absolute path stays what it is

    @property
    def marker(self) -> Path:
        return self.path / ".lab-of-the-local-cloud"

    def check(self) -> None:
        """Refuse a folder that is somebody else's: removing a lab must never take anything along."""
        if self.path.exists() and any(self.path.iterdir()) and not self.marker.exists():
            raise LabError(f"{self.path} is not empty and no lab: let WICKR_LAB name another folder, or a new one")

    def claim(self) -> None:
        """Make the folder, and mark it as a lab's."""
        self.check()
        self.path.mkdir(parents=True, exist_ok=True)
        self.marker.touch()

    @property
    def prefix(self) -> str:
        return "wk" + hashlib.sha256(str(self.path).encode()).hexdigest()[:5]

    def namespace(self, place: str) -> str:
        """The network namespace of a place, or of a host by its instance id."""
        return f"{self.prefix}-{place}"

    def namespace_file(self, place: str) -> Path:
        return Path("/run/netns") / self.namespace(place)

    @property
    def daemon_log(self) -> Path:
        return self.path / "daemon.log"

    @property
    def lock(self) -> Path:
        return self.path / "daemon.lock"

    @property
    def status(self) -> Path:
        return self.path / "status.json"

    @property
    def names(self) -> Path:
        """The DNS records that a person has made, so to speak."""
        return self.path / "names.json"

    @property
    def hosts(self) -> Path:
        return self.path / "hosts"

    @property
    def volumes(self) -> Path:
        return self.path / "volumes"

    @property
    def vendor(self) -> Path:
        return self.path / "vendor"

    @property
    def proxy(self) -> Path:
        return self.path / "proxy"


def link(instance_id: str) -> str:
    """The interface of a host inside the cloud router's namespace (15 characters at most)."""
    return f"h-{instance_id[-12:]}"
