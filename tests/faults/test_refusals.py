"""What cannot be gone on with ends in its sentence, changes nothing, and goes on when the cause is gone."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from tests.faults import description, moments
from tests.faults.scene import Scene

pytestmark = pytest.mark.fault

Record = Callable[[str, object], None]
NOTEBOOK = ("var/lib/wickr-bootstrap",)
"""What a phase that fails may leave behind on the host: what the bootstrap notes for itself."""


@dataclass(frozen=True)
class Vendor:
    """What the vendor answers when it is asked for its script, and how the sentence of the program begins."""

    begins: str
    script: str = ""
    neighbours: dict[str, str] = field(default_factory=dict)


BASH = "#!/bin/bash\n"
VENDOR = {
    "vendor answers 500": Vendor("version: ", neighbours={"status": "500 internal error"}),
    "vendor answers 404 as a text": Vendor("version: ", "404 page not found\n"),
    "vendor answers 404 as a script": Vendor("version: ", f"{BASH}\necho '404: Not Found' >&2\nexit 1\n"),
    "vendor does not know the version": Vendor("version: ", neighbours={"status": "400 version 9.9.9 does not exist"}),
    "half a script": Vendor("network: the script from ", f"{BASH}if true; then echo half"),
    "connection breaks during the script": Vendor("network: downloading ", neighbours={"truncate": "700"}),
    "a question that nobody answered": Vendor(
        "timeout: the vendor's script did not end, most likely at a question",
        f"{BASH}while ! read -r answer </dev/tty; do echo 'Daemon Address:'; done\n",
    ),
    "code 0 and nothing installed": Vendor(
        "installer: the vendor's script said it succeeded (code 0)", f"{BASH}true\n"
    ),
    "the script ends with an error": Vendor("installer: the vendor's script ended with code 3", f"{BASH}exit 3\n"),
    "the script declines the host's Docker": Vendor(
        "docker: ",
        f"{BASH}echo 'The installed version of Docker (99.0) may not be compatible with this installer.'\n",
    ),
    "the script fills the disk": Vendor("disk: ", f"{BASH}echo 'write: No space left on device'; exit 1\n"),
    "the script does not know the system": Vendor("os: ", f"{BASH}echo 'Error: unsupported distribution'; exit 1\n"),
}


@dataclass(frozen=True)
class OnHost:
    """What is wrong with the host before the first phase, by what makes it so and what takes it away again."""

    begins: str
    make: str
    mend: str


HOST = {
    "the disk is almost full": OnHost(
        "disk: / has only ",
        "fallocate -l $(($(df -B1 --output=avail / | tail -n 1) - 2000000000)) /fill",
        "rm /fill",
    ),
    "the disk is full": OnHost(
        "disk: ",
        "fallocate -l $(df -B1 --output=avail / | tail -n 1) /fill; dd if=/dev/zero of=/fill2 bs=4k 2>/dev/null; true",
        "rm -f /fill /fill2",
    ),
    "somebody else listens on 443": OnHost(
        "port: something listens on TCP 443 already",
        "systemd-run -q --unit=squatter python3 -m http.server 443; sleep 1",
        "systemctl stop squatter",
    ),
    "cloud-init failed": OnHost(
        "cloud-init: cloud-init ended with an error",
        "cd /usr/bin; cp -a cloud-init cloud-init.real; printf '#!/bin/sh\\necho status: error\\n' >cloud-init",
        "mv /usr/bin/cloud-init.real /usr/bin/cloud-init",
    ),
}


@pytest.fixture(scope="module")
def prepared(scene: Scene) -> set[str]:
    """A host on which everything before the vendor's script is done, and nothing after it."""
    scene.afresh()
    done = scene.up("ready", "preflight", "firewall", "files")
    assert done.code == 0, done.text
    return host(description.of(scene.whole))


def host(lines: set[str]) -> set[str]:
    """The host of a description, without the state and the bootstrap's own notes."""
    ours = (line for line in lines if not line.startswith(description.STATE))
    return {line for line in ours if not any(each in line for each in NOTEBOOK)}


def refused(scene: Scene, begins: str) -> None:
    """The deployment ends in this sentence, as the last line that the phase says."""
    run = scene.up()
    assert run.code != 0
    said = [line.strip() for line in run.text.splitlines()]
    assert any(line.startswith(begins) for line in said), run.text[-3000:]


@pytest.mark.parametrize("fault", VENDOR)
def test_a_vendor_that_is_not_itself_installs_nothing(
    scene: Scene, undisturbed: set[str], prepared: set[str], fault: str, record_property: Record
) -> None:
    record_property("fault", fault)
    answer = VENDOR[fault]
    scene.afresh()
    scene.serve(answer.script, **answer.neighbours)
    refused(scene, answer.begins)
    description.same(host(description.of(scene.whole)), prepared)
    scene.serve()
    scene.mended(undisturbed)
    record_property("outcome", f"refused: {answer.begins.strip()}; nothing changed; done by pulumi up afterwards")


@pytest.mark.parametrize("fault", HOST)
def test_a_host_that_is_not_fit_is_left_as_it_is(
    scene: Scene, undisturbed: set[str], fault: str, record_property: Record
) -> None:
    record_property("fault", fault)
    wrong = HOST[fault]
    scene.afresh()
    scene.sh(wrong.make)
    before = host(description.of(scene.whole))
    refused(scene, wrong.begins)
    description.same(host(description.of(scene.whole)), before)
    scene.sh(wrong.mend)
    scene.mended(undisturbed)
    record_property("outcome", f"refused: {wrong.begins.strip()}; nothing changed; done by pulumi up afterwards")


def test_a_slow_vendor_is_waited_for(scene: Scene, undisturbed: set[str], record_property: Record) -> None:
    record_property("fault", "vendor answers slowly, bit by bit")
    scene.afresh()
    scene.serve(delay="8 drip")
    scene.mended(undisturbed)
    record_property("outcome", "resumed: without anything to do")


def test_a_daemon_that_does_not_listen_yet_is_waited_for(
    scene: Scene, undisturbed: set[str], record_property: Record
) -> None:
    record_property("fault", "daemon not listening yet")
    scene.afresh()

    def late(_: object) -> None:
        scene.sh("systemctl stop replicated; systemd-run -q --on-active=5 systemctl start replicated")

    run = scene.up_until(moments.middle("replicated"), late)
    assert run.code == 0, run.text[-3000:]
    scene.mended(undisturbed)
    record_property("outcome", "resumed: without anything to do")


OPTIONS = "/etc/default/replicated-operator"
ANOTHER = f"sed -i 's/DAEMON_TOKEN=[^ \"]*/DAEMON_TOKEN=another/' {OPTIONS}; systemctl restart replicated-operator"
THE_DAEMON_S = f"""
right=$(grep -o 'DAEMON_TOKEN=[^ "]*' /etc/default/replicated | tail -n 1)
sed -i "s/DAEMON_TOKEN=[^ \\"]*/$right/" {OPTIONS}
systemctl restart replicated-operator
"""


def test_an_operator_with_another_secret_than_the_daemon_is_named_and_let_in_with_the_right_one(
    scene: Scene, undisturbed: set[str], record_property: Record
) -> None:
    """The messaging host's own: the vendor's script, run once more by hand, gives its operator a new secret."""
    record_property("fault", "operator with another secret than the daemon")
    scene.afresh()
    done = scene.up("ready", "preflight", "firewall", "files", "install", "replicated")
    assert done.code == 0, done.text
    scene.sh(ANOTHER)
    before = but_the_operator(host(description.of(scene.whole)))
    refused(scene, "token: the operator of this host has another secret than its daemon")
    description.same(but_the_operator(host(description.of(scene.whole))), before)
    scene.sh(THE_DAEMON_S)
    scene.mended(undisturbed)
    record_property("outcome", "refused: token; nothing changed; done by pulumi up afterwards")


def but_the_operator(lines: set[str]) -> set[str]:
    """A description without who is started again every few seconds, since nobody lets it in."""
    return {line for line in lines if "replicated-operator" not in line and not line.startswith("node:")}
