"""A second host beside the installation, on which single phases are run as the program would run them."""

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from components.machine import REPLICATED_SERVICES
from guide.ports import MESSAGING
from installer import configuration, phase
from installer.arguments import DEFAULT_URL, install_flags
from installer.phase import Phase
from installer.script import render
from local.lab import Lab
from local.lab.lab import SITE

STABLE = "get.replicated.com/docker/wickrenterprise/stable"

LAUNCH = """
import sys, time, boto3
ec2, name = boto3.client("ec2"), sys.argv[1]
called = lambda text: [{"Name": "tag:Name", "Values": [text]}]
group = ec2.describe_security_groups(Filters=called("wickr-local-messaging"))["SecurityGroups"][0]
subnet = ec2.describe_subnets(Filters=called("wickr-local-public-2"))["Subnets"][0]
instance = ec2.run_instances(
    ImageId="ami-0deb1200000000001", InstanceType="t3.large", MinCount=1, MaxCount=1, SubnetId=subnet["SubnetId"],
    SecurityGroupIds=[group["GroupId"]], UserData=f"#cloud-config\\nhostname: {name}\\n",
    BlockDeviceMappings=[{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 200}}],
    TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": name}]}],
)["Instances"][0]
address = ec2.allocate_address(Domain="vpc")
ec2.associate_address(AllocationId=address["AllocationId"], InstanceId=instance["InstanceId"])
print(instance["PrivateIpAddress"], address["PublicIp"])
"""


PREFLIGHT = {
    "KEY": "messaging",
    "SERVICES": REPLICATED_SERVICES,
    "CPUS": "2",
    "MEMORY_GIB": "8",
    "DISK_GB": "120",
    "PREFLIGHT_DISK_GB": "200",
    "KERNEL": "3010",
    "KERNEL_TEXT": "3.10",
    "OPERATING_SYSTEMS": "ubuntu:1804: debian:1200:1299",
    "OPERATING_SYSTEMS_TEXT": "ubuntu 18.4, debian 12",
    "SECURITY_MODULE": "permissive",
    "NEEDS_PYTHON": "",
    "PORTS": " ".join(f"{row.first}-{row.last}" for row in MESSAGING if row.first != 22),
}
INSTALL = {
    "INSTALLER_URL": DEFAULT_URL,
    "URL_KEY": "installer.url",
    "SERVICES": REPLICATED_SERVICES,
    "TOKEN": "",
    "INSTALLER_SHA256": "",
    "INSTALLER_FLAGS": "",
    "ARCHIVE": "",
    "SCRIPT": "install.sh",
    "PROXY": "",
    "PROXY_CREDENTIALS": "",
    "PROXY_EXCEPTIONS": "",
    "DOCKER_VERSION": "",
    "DOCKER_PREINSTALLED": "",
    "DOCKER_OLDEST": "20010010",
    "DOCKER_NEWEST": "",
    "DOCKER_TEXT": "20.10.10 or later",
}
CONFIGURE = {"FILES": configuration.FILES, "HOSTNAME_OF_WICKR": "wickr.example.com", "BUNDLE": ""}
"""What the program gives its phases, by the same names: a test without a lab compares them."""


@dataclass(frozen=True)
class Machine:
    """A booted host without an installation."""

    lab: Lab
    name: str
    private: str
    public: str

    @classmethod
    def launch(cls, lab: Lab, name: str) -> "Machine":
        launched = lab.run("operator", ["python3", "-c", LAUNCH, name])
        assert launched.returncode == 0, launched.stderr
        machine = cls(lab, name, *launched.stdout.split())
        for _ in range(60):
            try:
                if machine.sh("cloud-init status --wait >/dev/null; true").returncode == 0:
                    return machine
            except Exception:  # noqa: BLE001 - not there yet
                subprocess.run(["sleep", "0.5"], check=True)
        raise AssertionError(f"{name} did not boot")

    def sh(self, command: str, *, stdin: str = "", timeout: float = 120) -> "subprocess.CompletedProcess[str]":
        return self.lab.run(self.name, ["bash", "-c", command], stdin=stdin, timeout=timeout)

    def phase(
        self, what: Phase, values: Mapping[str, str] | None = None, limit: int | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """Runs a phase as the program does: the same words, the same script, no terminal."""
        what = replace(what, limit=limit) if limit else what
        command = what.command.removeprefix("sudo -n ")
        return self.sh(command, stdin=render(what, values or {}), timeout=what.limit + 60)

    def preflight(self, **changes: str) -> "subprocess.CompletedProcess[str]":
        return self.phase(phase.PREFLIGHT, PREFLIGHT | changes)

    def install(self, *, limit: int | None = None, **changes: str) -> "subprocess.CompletedProcess[str]":
        flags = "\n".join(install_flags(private_address=self.private, public_address=self.public))
        return self.phase(phase.INSTALL, INSTALL | {"INSTALLER_FLAGS": flags} | changes, limit)

    def configure(self) -> "subprocess.CompletedProcess[str]":
        return self.phase(phase.CONFIGURE, CONFIGURE)

    @contextmanager
    def vendor(self, folder: Path, script: str = "", **neighbours: str) -> Iterator[None]:
        """The vendor serves another install script, or the usual one with a fault: status, delay, truncate."""
        site = folder / "site"
        for file in SITE.rglob("*"):
            if file.is_file() and str(file.relative_to(SITE)) != STABLE:
                link = site / file.relative_to(SITE)
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(file)
        stable = site / STABLE
        stable.parent.mkdir(parents=True, exist_ok=True)
        stable.write_text(script or (SITE / STABLE).read_text())
        for name, content in neighbours.items():
            stable.with_name(f"stable.{name}").write_text(content)
        self.lab.start(vendor=site)
        try:
            yield
        finally:
            self.lab.start(vendor=SITE)
