"""What a host finds around it, before the vendor's script and in the middle of it: the way out, names, time, Docker."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from local.lab.addresses import VENDOR
from local.vendor.names import NAMES
from tests import certificates
from tests.faults import description, moments
from tests.faults.moments import Moment
from tests.faults.scene import Scene
from tests.faults.test_refusals import host, refused

pytestmark = pytest.mark.fault

Record = Callable[[str, object], None]

CUT = f"""
sysctl -q -w net.ipv4.tcp_syn_retries=2  # as patient as a test
nft add table inet cut
nft add chain inet cut out '{{ type filter hook output priority 0; }}'
nft add rule inet cut out ip daddr {VENDOR.ip} drop
"""
"""Packets to the vendor get lost without a word, as where an egress rule is missing."""
JOINED = "nft delete table inet cut; sysctl -q -w net.ipv4.tcp_syn_retries=6"

NAMELESS = f"cp -p /etc/hosts /run/hosts; grep -v -F {VENDOR.ip} /run/hosts >/etc/hosts"
"""The vendor's names do not resolve; in the lab they are in the hosts' own table."""
NAMED = "cat /run/hosts >/etc/hosts"

AUTHORITY = certificates.issue("Somebody's CA", authority=True, days=(-2000, 2000))
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
TRUSTING = f"cp -p {BUNDLE} /run/bundle; cat >>{BUNDLE} <<'END'\n{AUTHORITY.pem}END\n"
"""The host trusts who vouches for the vendor: it is the time alone that is wrong."""


ANOTHER_DOCKER = """
groupadd --gid 2375 docker  # out of the way of those that a bootstrap makes
curl -fsSL 'https://get.replicated.com/docker-install.sh?docker_version=19.03.8' | sh
systemctl start docker
until docker version >/dev/null 2>&1; do sleep 0.2; done
"""
"""One that came with the image, between the guide's range and that of later releases."""
WITHOUT = """
systemctl stop docker
rm -rf /usr/bin/docker /usr/bin/dockerd /usr/lib/docker-stand-in /lib/systemd/system/docker.service /var/lib/docker
groupdel docker
systemctl daemon-reload
"""


def dated(first: float, last: float) -> str:
    """The vendor's certificate and key, as a host sees it whose clock is off by years."""
    shown = certificates.issue("get.replicated.com", by=AUTHORITY, names=NAMES, days=(first, last))
    return shown.pem + shown.key_pem()


@dataclass(frozen=True)
class Before:
    """What is wrong before the vendor's script is fetched: on the host, or in what it is shown."""

    begins: str
    make: str
    mend: str
    certificate: str = ""


BEFORE = {
    "clock of the host years behind": Before(
        "clock: the certificate of https://get.replicated.com/", TRUSTING, f"cat /run/bundle >{BUNDLE}", dated(700, 800)
    ),
    "clock of the host years ahead": Before(
        "clock: the certificate of https://get.replicated.com/",
        TRUSTING,
        f"cat /run/bundle >{BUNDLE}",
        dated(-800, -700),
    ),
    "way out cut before the vendor's script": Before("network: https://get.replicated.com/", CUT, JOINED),
    "Docker that is outside the release's range": Before(
        "docker: Docker 19.03.8 is installed, this release wants 1.7.1 to 18.09.2", ANOTHER_DOCKER, WITHOUT
    ),
}


@pytest.mark.parametrize("fault", BEFORE)
def test_what_is_wrong_before_the_vendor_s_script_leaves_the_host_as_it_is(
    scene: Scene, undisturbed: set[str], fault: str, record_property: Record
) -> None:
    record_property("fault", fault)
    wrong = BEFORE[fault]
    scene.afresh()
    scene.sh(wrong.make)
    done = scene.up("ready", "preflight", "firewall", "files")
    assert done.code == 0, done.text
    before = host(description.of(scene.whole))
    scene.serve(certificate=wrong.certificate)
    refused(scene, wrong.begins)
    description.same(host(description.of(scene.whole)), before)
    scene.serve()
    scene.sh(wrong.mend)
    scene.mended(undisturbed)
    record_property("outcome", f"refused: {wrong.begins.strip()}; nothing changed; done by pulumi up afterwards")


@dataclass(frozen=True)
class Amid:
    """What happens at a moment of a run, and what makes it good."""

    moment: Moment
    begins: str
    make: str
    mend: str


AMID = {
    "way out cut in the middle of the vendor's script": Amid(
        moments.deep("install", "runs install.sh"), "network: the vendor's script could not reach", CUT, JOINED
    ),
    "names not resolved in the middle of the vendor's script": Amid(
        moments.deep("install", "runs install.sh"), "network: the vendor's script could not reach", NAMELESS, NAMED
    ),
}


@pytest.mark.parametrize("fault", AMID)
def test_what_is_out_of_reach_halfway_is_named_and_the_next_run_goes_on(
    scene: Scene, undisturbed: set[str], fault: str, record_property: Record
) -> None:
    record_property("fault", fault)
    wrong = AMID[fault]
    scene.afresh()
    run = scene.up_until(wrong.moment, lambda _: print(scene.sh(wrong.make)))
    assert run.code != 0, "it did not notice"
    assert any(line.strip().startswith(wrong.begins) for line in run.text.splitlines()), run.text[-3000:]
    scene.sh(wrong.mend)
    scene.mended(undisturbed)
    record_property("outcome", f"refused: {wrong.begins}; done by pulumi up afterwards")
