"""The phase that makes a host tell CloudWatch how it is: what it puts there, and that it ends as the first run does."""

import configparser
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components.proxy import proxy_values
from guide.roles import Role
from installer import vitals
from installer.phase import VITALS
from tests.installer import cloudwatch
from tests.installer.cloudwatch import GROUP, MINUTE, CloudWatch, Services
from tests.installer.servers import SECRET
from tests.installer.shell import Done, log, run_phase

pytestmark = pytest.mark.slow

PROXY: dict[str, Any] = {
    "PROXY": "http://proxy.example.net:3128",
    "PROXY_CREDENTIALS": 'lab-user:canary\\ "word"',
    "PROXY_EXCEPTIONS": "localhost,.amazonaws.com",
}
# systemd as far as the phase needs it: a service is started by running what its file says.
STUBS = """
{environment}
sleep() {{ echo "slept $1" >>{host}/asked; {slept}; }}
systemctl() {{
    echo "$*" >>{host}/asked
    case "$*" in
        "start wickr-vitals.service") $(sed -n 's/^ExecStart=//p' {host}/etc/systemd/system/wickr-vitals.service) ;;
        "is-active wickr-vitals.service")
            if [ -e {host}/runs ]; then rm {host}/runs; echo activating; else echo inactive; fi
            ;;
        enable*) {enable} ;;
    esac
}}
"""


class Host:
    """A host's folder, CloudWatch, and what systemd was asked for."""

    def __init__(self, folder: Path, services: Services) -> None:
        self.folder, self.services, self.cloud = folder, services, services.account

    def run(
        self,
        *,
        slept: str = ":",
        enable: str = ":",
        environment: dict[str, str] | None = None,
        stubs: str = "",
        **changes: str,
    ) -> Done:
        (self.folder / "asked").unlink(missing_ok=True)
        for path in ("etc/systemd/system", "usr/local/lib"):
            (self.folder / path).mkdir(parents=True, exist_ok=True)
        given = vitals.values(
            region="eu-west-1",
            domain="amazonaws.com",
            group=GROUP,
            role=Role.MESSAGING,
            certificate=False,
            proxy=proxy_values(None),
        )
        known = self.services.environment | (environment or {})
        exported = "\n".join(f"export {name}='{value}'" for name, value in known.items())
        return run_phase(
            VITALS,
            given | {"FILES": str(self.file.parent)} | changes,
            self.folder,
            stubs=STUBS.format(host=self.folder, environment=exported, slept=slept, enable=enable) + stubs,
            seconds=50,
        )

    @property
    def file(self) -> Path:
        return self.folder / "etc/wickr/vitals.json"

    @property
    def asked(self) -> list[str]:
        return (self.folder / "asked").read_text().splitlines()

    def unit(self, name: str) -> dict[str, dict[str, str]]:
        parser = configparser.RawConfigParser()
        parser.optionxform = str  # type: ignore[assignment,method-assign]
        parser.read(self.folder / f"etc/systemd/system/wickr-vitals.{name}")
        return {section: dict(parser[section]) for section in parser.sections()}

    def placed(self) -> dict[str, tuple[int, int, int]]:
        """What the phase has put there: mode, inode and time of writing."""
        found = [*(self.folder / "usr/local/lib").rglob("*"), *(self.folder / "etc").rglob("*"), self.file]
        stats = {each.relative_to(self.folder): each.stat() for each in found if each.is_file()}
        return {str(name): (stat.st_mode & 0o777, stat.st_ino, stat.st_mtime_ns) for name, stat in stats.items()}


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    (tmp_path / "servers").mkdir()
    with cloudwatch.serving(tmp_path / "servers", CloudWatch()) as services:
        yield Host(tmp_path, services)


FIRST = [
    *("daemon-reload", "stop wickr-vitals.timer", "is-active wickr-vitals.service"),
    *("start wickr-vitals.service", "enable --now wickr-vitals.timer"),
]
DONE = Done(code=0, out="vitals: CloudWatch is told every 5 minutes\n", err="")


def test_the_host_tells_at_once_and_from_then_on(host: Host) -> None:
    assert host.run() == DONE
    assert host.asked == FIRST
    assert {each["MetricName"] for each in host.cloud.metrics} == {"DiskUsed", "MemoryUsed"}
    assert "vitals begins" in host.cloud.texts("messaging/bootstrap")[0]
    assert {name: mode for name, (mode, *_) in host.placed().items()} == {
        "usr/local/lib/wickr/vitals": 0o755,
        "etc/wickr/vitals.json": 0o600,
        "etc/systemd/system/wickr-vitals.service": 0o644,
        "etc/systemd/system/wickr-vitals.timer": 0o644,
    }
    assert (host.folder / "var/lib/wickr-vitals").stat().st_mode & 0o777 == 0o700


def test_the_program_is_told_what_the_stack_says(host: Host) -> None:
    assert host.run(ROLE="calling", TELLS_CERTIFICATE="true", GROUP="/wickr/a&b/hosts", **PROXY).code == 1
    assert json.loads(host.file.read_text()) == {
        "region": "eu-west-1",
        "domain": "amazonaws.com",
        "group": "/wickr/a&b/hosts",
        "role": "calling",
        "certificate": True,
        "proxy": PROXY["PROXY"],
        "proxyCredentials": PROXY["PROXY_CREDENTIALS"],
        "proxyExceptions": PROXY["PROXY_EXCEPTIONS"],
    }
    assert not any("canary" in text for text in [log(host.folder), *host.asked])


def test_a_second_run_changes_nothing_and_tells_no_line_twice(host: Host) -> None:
    host.run()
    before = host.placed()
    assert host.run() == DONE
    assert host.placed() == before
    assert host.asked == ["start wickr-vitals.service", "enable --now wickr-vitals.timer"]
    lines = (host.folder / "var/log/wickr-bootstrap.log").read_text().splitlines()
    told = host.cloud.texts("messaging/bootstrap")
    assert told == lines[: len(told)]


def test_another_configuration_takes_effect_at_once_after_a_run_that_began_before(host: Host) -> None:
    host.run()
    (host.folder / "runs").touch()
    host.cloud.groups.add("/wickr/other/hosts")
    assert host.run(GROUP="/wickr/other/hosts") == DONE
    assert host.asked == [*FIRST[:3], "slept 1", *FIRST[2:]]
    assert json.loads(host.file.read_text())["group"] == "/wickr/other/hosts"


def test_what_somebody_changed_by_hand_is_set_right(host: Host) -> None:
    host.run()
    host.file.chmod(0o644)
    timer = host.folder / "etc/systemd/system/wickr-vitals.timer"
    wanted = timer.read_text()
    timer.write_text("[Timer]\n")
    assert host.run() == DONE
    assert (host.file.stat().st_mode & 0o777, timer.read_text()) == (0o600, wanted)
    assert host.asked == FIRST


def test_a_right_that_is_not_everywhere_yet_is_waited_for(host: Host) -> None:
    host.cloud.denied = {"PutMetricData"}
    given = host.folder / "given"
    assert host.run(slept=f"touch {given}").err.startswith("permission: monitoring.")
    assert host.asked.count("start wickr-vitals.service") == 5
    assert [line for line in host.asked if line.startswith("slept")] == ["slept 15", "slept 15", "slept 30", "slept 30"]
    assert sum(int(line.split()[1]) for line in host.asked if line.startswith("slept")) < VITALS.limit - 180


FAULTS = {
    "permission": (CloudWatch(denied={"PutLogEvents"}), {}, "permission: logs.eu-west-1.amazonaws.com answers with "),
    "metadata": (CloudWatch(role=""), {}, "metadata: the instance's role has no credentials; see to its"),
    "clock": (CloudWatch(ahead=-20 * MINUTE), {}, "clock: this host's clock says "),
    "network": (CloudWatch(), {"SERVICES_ADDRESS": "127.0.0.1:9"}, "network: monitoring.eu-west-1.amazonaws.com port"),
    "logs": (CloudWatch(groups=set()), {}, f"logs: there is no log group {GROUP}; "),
}


@pytest.mark.parametrize(("cloud", "environment", "sentence"), FAULTS.values(), ids=FAULTS)
def test_the_phase_ends_as_the_first_run_does_and_the_timer_goes_on(
    tmp_path: Path, cloud: CloudWatch, environment: dict[str, str], sentence: str
) -> None:
    (tmp_path / "servers").mkdir()
    with cloudwatch.serving(tmp_path / "servers", cloud) as services:
        host = Host(tmp_path, services)
        done = host.run(environment=environment)
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert done.err.startswith(sentence), done.err
    assert host.asked[-1] == "enable --now wickr-vitals.timer"
    assert SECRET not in done.err + log(tmp_path)


def test_a_program_that_dies_without_a_word_is_no_success(host: Host) -> None:
    host.run()
    done = host.run(stubs='systemctl() { [ "$1" != start ] || return 9; }\n')
    assert done.err.startswith(
        "internal: telling CloudWatch ended with code 9 (it said: nothing); 'journalctl -u wickr-v"
    )


def test_a_timer_that_does_not_start_is_no_success(host: Host) -> None:
    assert host.run(enable="return 1").err.startswith("internal: the timer wickr-vitals.timer does not start; ")


@pytest.mark.parametrize("python", ["return 127", "return 1"], ids=["none", "an old one"])
def test_a_host_without_python_is_told_what_to_do(host: Host, python: str) -> None:
    done = host.run(stubs=f"python3() {{ {python}; }}\n")
    assert done.err.startswith("python: there is no Python 3.6 or later, by which the host tells CloudWatch how it is")
    assert not host.file.exists()


def test_a_full_disk_is_said(host: Host) -> None:
    done = host.run(stubs="chmod() { return 1; }\n")
    assert done.err.startswith(("disk: vitals cannot be written", "disk: nothing can be written"))


def test_the_service_may_do_little_and_takes_little(host: Host) -> None:
    host.run()
    service = host.unit("service")["Service"]
    state = str(host.folder / "var/lib/wickr-vitals")
    program, *given = service.pop("ExecStart").split()
    assert program.endswith("/python3")
    assert given == ["-I", f"{host.folder}/usr/local/lib/wickr/vitals", str(host.file), state]
    assert service == {
        "Type": "oneshot",
        "TimeoutStartSec": "180",
        "UMask": "0077",
        "Nice": "10",
        "IOSchedulingClass": "idle",
        "CPUQuota": "25%",
        "MemoryMax": "128M",
        "TasksMax": "16",
        "CapabilityBoundingSet": "",
        "NoNewPrivileges": "yes",
        "PrivateTmp": "yes",
        "PrivateDevices": "yes",
        "ProtectSystem": "strict",
        "ProtectHome": "yes",
        "ProtectKernelTunables": "yes",
        "ProtectKernelModules": "yes",
        "ProtectControlGroups": "yes",
        "RestrictAddressFamilies": "AF_UNIX AF_INET AF_INET6",
        "RestrictRealtime": "yes",
        "ReadWritePaths": state,
    }


def test_each_period_has_one_run_though_its_moment_is_left_to_chance(host: Host) -> None:
    host.run()
    timer = host.unit("timer")
    assert timer["Timer"] == {"OnCalendar": "*:0/5", "RandomizedDelaySec": "60", "AccuracySec": "1"}
    assert timer["Install"] == {"WantedBy": "timers.target"}
    assert vitals.PERIOD_SECONDS == 300
