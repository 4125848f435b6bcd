"""The traps of the vendor's installer, each one set for real: none hangs, none is taken for success."""

import base64
import json
import secrets
from pathlib import Path

import pytest

from components.replicated import encoded
from installer import configuration, phase
from local.vendor.host.replicated.license import License, pack
from tests.lab.installation import Installation
from tests.lab.machine import Machine

pytestmark = pytest.mark.lab

LICENSE = "cd" * 16


@pytest.fixture(scope="module")
def machine(installation: Installation) -> Machine:
    """A host of its own: what goes wrong here goes wrong beside the installation."""
    return Machine.launch(installation.lab, "trapped")


def sentence(done: object) -> str:
    """The one sentence in which a phase that failed ends."""
    text = str(getattr(done, "stderr", "")).strip()
    assert getattr(done, "returncode", 0) == 1, text
    return text.splitlines()[-1]


@pytest.mark.parametrize(
    ("changes", "begins"),
    [
        ({"CPUS": "64"}, "cpu: 2 processors, the guide asks for 64"),
        ({"MEMORY_GIB": "4096"}, "memory: "),
        ({"DISK_GB": "500"}, "disk: / has 210 GB, the guide asks for 500; raise messaging.diskGiB"),
        ({"KERNEL": "99001", "KERNEL_TEXT": "99.1"}, "os: kernel "),
        ({"OPERATING_SYSTEMS": "ubuntu:1804:"}, "os: debian 12 is not in the guide's list"),
        ({"OPERATING_SYSTEMS": "ubuntu:1804: debian:1300:"}, "os: debian 12 is not in the guide's list"),
        ({"CPUS": "64", "DISK_GB": "500"}, "cpu: 2 processors, the guide asks for 64; choose a larger "),
    ],
)
def test_a_machine_below_the_table_is_refused(machine: Machine, changes: dict[str, str], begins: str) -> None:
    assert sentence(machine.preflight(**changes)).startswith(begins)


def test_everything_that_is_wrong_with_a_machine_is_said_at_once(machine: Machine) -> None:
    assert "; also disk: / has 210 GB" in sentence(machine.preflight(CPUS="64", DISK_GB="500"))


def test_a_disk_between_the_table_and_the_vendors_preflight_is_a_warning(machine: Machine) -> None:
    done = machine.preflight(PREFLIGHT_DISK_GB="400")
    assert done.returncode == 0, done.stderr
    assert "warning: / has 210 GB; the vendor's own preflight asks for 400" in done.stderr


@pytest.mark.parametrize("port", [443, 8800, 9879])
def test_a_port_that_somebody_else_holds_is_found_before_the_installation(machine: Machine, port: int) -> None:
    machine.sh(f"systemd-run --unit=squatter-{port} python3 -m http.server {port}; sleep 1")
    try:
        assert sentence(machine.preflight()).startswith(f"port: something listens on TCP {port} already")
    finally:
        machine.sh(f"systemctl stop squatter-{port}")


def test_a_machine_as_the_guide_asks_passes(machine: Machine) -> None:
    done = machine.preflight()
    assert done.returncode == 0, done.stderr


def test_a_question_that_loops_for_ever_is_ended_and_its_log_is_bounded(machine: Machine, tmp_path: Path) -> None:
    script = "#!/bin/bash\nwhile ! read -r answer </dev/tty; do echo 'Daemon Address:'; done\n"
    with machine.vendor(tmp_path, script):
        said = sentence(machine.install())
    assert said.startswith("timeout: the vendor's script did not end, most likely at a question")
    assert int(machine.sh("stat -c %s /var/log/wickr-installer.log").stdout) <= 4_000_000


def test_a_question_that_waits_is_ended_by_the_clock_and_quoted(machine: Machine, tmp_path: Path) -> None:
    with machine.vendor(tmp_path, "#!/bin/bash\necho 'Enter desired number (0-1):'\nsleep 600\n"):
        said = sentence(machine.install(limit=304))
    assert said.startswith("timeout: ")
    assert "Enter desired number (0-1):" in said


@pytest.mark.parametrize(
    ("script", "begins"),
    [
        ("echo done", "installer: the vendor's script said it succeeded (code 0) but Replicated does not run"),
        ("echo 'The installed version of Docker (99.0) may not be compatible with this installer.'", "docker: "),
        ("echo 'Error: unsupported distribution'; exit 1", "os: "),
        ("docker-that-is-not-there", "docker: "),
        ("echo 'write: No space left on device'; exit 1", "disk: "),
        ("exit 3", "installer: the vendor's script ended with code 3"),
    ],
)
def test_an_end_that_installed_nothing_is_no_success(
    machine: Machine, tmp_path: Path, script: str, begins: str
) -> None:
    with machine.vendor(tmp_path, f"#!/bin/bash\n{script}\n"):
        assert sentence(machine.install()).startswith(begins)


@pytest.mark.parametrize(
    ("neighbours", "begins"),
    [
        ({"status": "500 internal error"}, "version: "),
        ({"status": "400 version 9.9.9 does not exist"}, "version: "),
        ({"truncate": "700"}, "network: downloading "),
    ],
)
def test_an_error_of_the_vendors_server_is_not_run_as_a_script(
    machine: Machine, tmp_path: Path, neighbours: dict[str, str], begins: str
) -> None:
    with machine.vendor(tmp_path, **neighbours):
        assert sentence(machine.install()).startswith(begins)


@pytest.mark.parametrize(
    ("body", "begins"),
    [
        ("version 9.9.9 does not exist", "version: "),
        ("#!/bin/bash\nif true; then echo half", "network: the script from "),
        ("#!/bin/bash\n\necho '404: Not Found' >&2\nexit 1\n", "version: "),
    ],
)
def test_a_text_saved_as_a_script_is_recognised(machine: Machine, tmp_path: Path, body: str, begins: str) -> None:
    with machine.vendor(tmp_path, body):
        assert sentence(machine.install()).startswith(begins)


def test_a_path_that_the_vendor_does_not_have_is_recognised_although_it_answers_200(machine: Machine) -> None:
    said = sentence(machine.install(INSTALLER_URL="https://get.replicated.com/docker/wickrenterprise/nowhere"))
    assert said.startswith("version: https://get.replicated.com/docker/wickrenterprise/nowhere does not exist")


def test_a_name_that_does_not_resolve_and_a_host_that_does_not_answer_are_the_network(machine: Machine) -> None:
    assert sentence(machine.install(INSTALLER_URL="https://no.such.name.example/x")).startswith("network: the name in ")


def test_a_flag_that_the_vendors_script_does_not_know_is_named(machine: Machine) -> None:
    said = sentence(machine.install(INSTALLER_FLAGS="fast-timeouts\nno-such-flag=1"))
    assert said.startswith("version: the vendor's script does not know one of the flags")
    assert "no-such-flag" in said


def test_a_script_with_another_checksum_than_the_stacks_is_not_run(machine: Machine) -> None:
    said = sentence(machine.install(INSTALLER_SHA256="0" * 64))
    assert said.startswith("version: ")
    assert "not installer.sha256" in said


def test_docker_that_is_there_already_must_fit_the_release(machine: Machine) -> None:
    """Last before the installation: from here on this host has a Docker."""
    fetch = "curl -fsSL -o /root/d.sh https://get.replicated.com/docker-install.sh && bash /root/d.sh"
    # Earlier runs here noted that Docker, if it came, came with the vendor's script: this one did not.
    machine.sh(f"{fetch} && systemctl start docker && sleep 2; rm -f /var/lib/wickr-bootstrap/docker-by-installer")
    said = sentence(machine.install(DOCKER_OLDEST="1007001", DOCKER_NEWEST="18009002", DOCKER_TEXT="1.7.1 to 18.09.2"))
    assert said.startswith("docker: Docker ")
    assert "this release wants 1.7.1 to 18.09.2" in said


@pytest.fixture(scope="module")
def installed(machine: Machine) -> Machine:
    """Replicated on the host, started without any configuration file: a console that asks nobody for a password."""
    machine.sh("rm -f /etc/replicated.conf")
    done = machine.install()
    assert done.returncode == 0, done.stderr
    assert machine.phase(phase.REPLICATED).returncode == 0
    return machine


def place(machine: Machine, *, password: str, settings: dict[str, str], token: str = "t" * 32) -> str:
    conf = configuration.replicated_conf(
        hostname="wickr.example.com",
        private_address=machine.private,
        password=password,
        token=token,
        own_certificate=False,
        starts_itself=True,
    )
    done = machine.phase(
        phase.FILES,
        {
            "FILES": configuration.FILES,
            "LICENSE": base64.b64encode(pack(License(id=LICENSE, assignee="Trap", channel="Stable"))).decode(),
            "SETTINGS": encoded(configuration.settings_file(settings)),
            "SETTINGS_TABLE": encoded(configuration.settings_table(settings)),
            "CONSOLE_AUTH": encoded(configuration.console_auth(password)),
            "REPLICATED_CONF": encoded(conf),
            "CERTIFICATE": "",
            "CERTIFICATE_KEY": "",
        },
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def exported(machine: Machine) -> dict[str, dict[str, str]]:
    return dict(json.loads(machine.sh("replicatedctl app-config export --hidden").stdout))


def test_a_configuration_file_that_came_too_late_is_made_good_by_reading_back(installed: Machine) -> None:
    assert "Password" not in installed.sh("replicatedctl console-auth export").stdout
    place(installed, password=secrets.token_hex(16), settings={"lab_hostname": "wickr.example.com"})
    done = installed.configure()
    assert done.returncode == 0, done.stderr
    assert "Password" in json.loads(installed.sh("replicatedctl console-auth export").stdout)
    assert json.loads(installed.sh("replicatedctl license inspect").stdout)[0]["ID"] == LICENSE
    assert exported(installed)["lab_hostname"] == {"value": "wickr.example.com"}
    assert installed.sh("test -e /etc/replicated.conf").returncode == 1


def test_redirected_input_reaches_replicatedctl_although_its_wrapper_would_drop_it(installed: Machine) -> None:
    """The same import without the flag for input arrives empty, so the settings stay what they were."""
    installed.sh("""echo '{"lab_hostname": {"value": "dropped.example.com"}}' | setsid -w bash -c """
                 """'replicatedctl app-config import >/tmp/out 2>&1' >/tmp/o 2>&1""")  # fmt: skip
    assert exported(installed)["lab_hostname"] == {"value": "wickr.example.com"}
    place(installed, password="p" * 32, settings={"lab_hostname": "other.example.com"})
    assert installed.configure().returncode == 0
    assert exported(installed)["lab_hostname"] == {"value": "other.example.com"}


def test_an_unknown_setting_is_refused_with_the_vendors_words(installed: Machine) -> None:
    place(installed, password="p" * 32, settings={"lab_hostname": "other.example.com", "no_such_key": "1"})
    said = sentence(installed.configure())
    assert said.startswith("settings: Replicated refused wickr:settings")
    assert "no_such_key" in said


def test_the_application_starts_and_a_second_run_of_every_phase_changes_nothing(installed: Machine) -> None:
    settings = {"lab_hostname": "wickr.example.com"}
    place(installed, password="p" * 32, settings=settings)
    assert installed.configure().returncode == 0
    started = installed.phase(phase.APPLICATION)
    assert started.returncode == 0, started.stderr
    before = installed.sh("systemctl show -p MainPID replicated replicated-ui replicated-operator").stdout
    assert "nothing changed" in place(installed, password="p" * 32, settings=settings)
    for done in (installed.install(), installed.phase(phase.REPLICATED), installed.configure()):
        assert done.returncode == 0, done.stderr
    assert installed.phase(phase.APPLICATION).stdout.strip().endswith("application: started")
    assert installed.sh("systemctl show -p MainPID replicated replicated-ui replicated-operator").stdout == before
