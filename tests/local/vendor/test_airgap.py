"""An installation without internet: an archive, a package and a Docker from files, on two hosts that reach nobody else.

The tests follow each other: what one leaves behind, the next one starts from.
"""

import gzip
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.vendor import airgap
from local.vendor.host.replicated.airgap import read
from local.vendor.host.wire import Refusal
from tests.local.vendor.conftest import TOKEN, configure, rli, states
from tests.local.vendor.scratch import CHECKOUT, Host, connect, unable

MESSAGING, CALLING = "10.0.0.10", "10.0.1.10"
ARCHIVE, PACKAGE = "replicated-2.44.2+2.44.2+2.44.2.tar.gz", "wickrenterprise-611.airgap"
FLAGS = "airgap fast-timeouts bypass-firewalld-warning no-proxy"
LOAD = "replicatedctl -i license-load {} < /mnt/shared/stdin"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("airgap")
    airgap.make(folder, replicated="2.44.2", release=611, channel="Stable", docker="18.09.2")
    return folder


def test_the_same_files_come_out_each_time(files: Path, tmp_path: Path) -> None:
    again = airgap.make(tmp_path, replicated="2.44.2", release=611, channel="Stable", docker="18.09.2")
    assert {one.name: one.read_bytes() for one in again} == {one.name: one.read_bytes() for one in files.iterdir()}


@pytest.mark.slow
def test_a_release_has_three_digits_and_the_command_prints_checksums(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "local.vendor.airgap", "--out", str(tmp_path)]
    refused = subprocess.run([*command, "--release", "2158"], cwd=CHECKOUT, capture_output=True, text=True)
    assert refused.returncode == 2
    assert "three digits" in refused.stderr
    made = subprocess.run([*command, "--release", "293"], cwd=CHECKOUT, capture_output=True, text=True)
    assert re.search(r"^[0-9a-f]{64}  .*/wickrenterprise-293\.airgap$", made.stdout, re.MULTILINE)


@pytest.mark.parametrize("kept", [10, 1000, -10])
def test_a_package_that_was_cut_off_is_refused(files: Path, tmp_path: Path, kept: int) -> None:
    cut = tmp_path / "cut-611.airgap"
    cut.write_bytes((files / PACKAGE).read_bytes()[:kept])
    with pytest.raises(Refusal, match="it may be truncated"):
        read(cut)


def test_a_package_with_another_image_in_it_is_refused(files: Path, tmp_path: Path) -> None:
    changed = tmp_path / "changed-611.airgap"
    content = gzip.decompress((files / PACKAGE).read_bytes())
    changed.write_bytes(gzip.compress(content.replace(b"The calling service", b"the calling service")))
    with pytest.raises(Refusal, match=r"orville\.tar is damaged"):
        read(changed)


def test_a_package_has_its_own_extension(files: Path, tmp_path: Path) -> None:
    renamed = tmp_path / "wickrenterprise-611.airgap.tar"
    renamed.write_bytes((files / PACKAGE).read_bytes())
    with pytest.raises(Refusal, match=r"must end in \.airgap"):
        read(renamed)


@pytest.fixture(scope="module")
def hosts(files: Path) -> Iterator[tuple[Host, Host]]:
    """Both installed from files alone; the licence waits for the tests."""
    if reason := unable():
        pytest.skip(reason)
    with Host(MESSAGING) as messaging, Host(CALLING) as calling:
        connect(messaging, calling)
        for host in (messaging, calling):
            host.run("ip route replace unreachable 203.0.113.10; mkdir /root/files")
            for file in files.iterdir():
                host.run(f"cat > /root/files/{file.name}", stdin=file.read_bytes())
            docker = host.run("dpkg --force-depends -i /root/files/docker-ce_18.09.2_all.deb; systemctl start docker")
            assert docker.code == 0, docker.output
            assert host.run(f"cd /root/files && tar xzf {ARCHIVE}").code == 0
        configure(messaging, ImportSettingsFrom="/root/settings.json")
        messaging.run(
            "chmod 644 /etc/replicated.conf; cat > /root/settings.json", stdin=b'{"lab_hostname": {"value": "x"}}'
        )
        install = f"cat ./install.sh | bash -s {FLAGS} private-address={MESSAGING} public-address=203.0.113.100"
        installed = messaging.run(f"cd /root/files && {install}")
        assert installed.code == 0, installed.output
        assert "visit the following URL" in installed.output
        join = f"{FLAGS} daemon-endpoint={MESSAGING}:9879 daemon-token={TOKEN} tags=calling private-address={CALLING}"
        joined = calling.run(
            f"cd /root/files && cat ./operator_install.sh | bash -s {join} public-address=203.0.113.101"
        )
        assert joined.code == 0, joined.output
        seen = f"replicated nodes | grep -E '{CALLING} .* true +true'"
        assert messaging.run(f"for i in $(seq 40); do {seen} && exit; sleep 0.5; done; exit 1").code == 0
        yield messaging, calling


@pytest.mark.lab
@pytest.mark.parametrize(
    ("package", "changes", "reason"),
    [
        ("", {"airgap": True}, "Online installation is not possible when running in airgapped mode."),
        (PACKAGE, {}, "does not allow an airgap installation"),
        (PACKAGE, {"airgap": True, "channel": "Beta"}, "the airgap package is of channel Stable, the license of Beta"),
        ("missing.airgap", {"airgap": True}, "no such file"),
        ("cut.airgap", {"airgap": True}, "it may be truncated"),
    ],
)
def test_what_does_not_fit_together_is_refused_with_the_reason(
    hosts: tuple[Host, Host], package: str, changes: dict[str, object], reason: str
) -> None:
    messaging, _ = hosts
    messaging.run(f"head -c 3000 /root/files/{PACKAGE} > /root/files/cut.airgap")
    option = f"--airgap-package /root/files/{package}" if package else ""
    refused = messaging.run(LOAD.format(option), stdin=rli(**changes))
    assert refused.code == 1
    assert reason in refused.output
    assert json.loads(messaging.run("replicatedctl app status").output) == []


@pytest.mark.lab
def test_license_and_package_start_the_application_on_both_hosts(hosts: tuple[Host, Host]) -> None:
    messaging, calling = hosts
    given = rli(airgap=True, online=False, calling=True)
    loaded = messaging.run(LOAD.format(f"--airgap-package /root/files/{PACKAGE}"), stdin=given)
    assert loaded.code == 0, loaded.output
    state = states(messaging, "started")
    assert (state["State"], state["Sequence"], state["Error"]) == ("started", 611, "")
    assert f"/root/files/{PACKAGE}" in messaging.run("replicatedctl params export").output
    assert "611" in messaging.run("replicatedctl app-release ls --fetch").output
    assert calling.run("docker ps --format '{{.Names}}'").output.split() == [
        *("replicated-operator", "orville", "tcp-proxy", "socks-proxy")
    ]
    assert "203.0.113.101:16384" in messaging.run("replicated admin --no-tty test-calling").output


@pytest.mark.lab
def test_another_package_does_not_match_the_installed_release(hosts: tuple[Host, Host]) -> None:
    messaging, _ = hosts
    messaging.run("cat > /root/files/wickrenterprise-612.airgap", stdin=airgap.package(612, "Stable"))
    load = LOAD.format("--airgap-package /root/files/wickrenterprise-612.airgap")
    refused = messaging.run(load, stdin=rli(airgap=True, calling=True))
    assert "installed app release (611) does not match the airgap package" in refused.output


@pytest.mark.lab
def test_nobody_asked_the_vendor(hosts: tuple[Host, Host]) -> None:
    assert all("HTTP/1.1" not in host.access_log for host in hosts)


@pytest.mark.lab
def test_the_first_start_takes_the_package_from_the_configuration(files: Path) -> None:
    if reason := unable():
        pytest.skip(reason)
    with Host() as host:
        host.run("ip route replace unreachable 203.0.113.10; mkdir -p /root/files")
        for file in files.iterdir():
            host.run(f"cat > /root/files/{file.name}", stdin=file.read_bytes())
        host.run(
            f"dpkg --force-depends -i /root/files/*.deb; systemctl start docker; cd /root/files; tar xzf {ARCHIVE}"
        )
        host.run("cat > /root/license.rli", stdin=rli(airgap=True))
        host.run("cat > /root/settings.json", stdin=b'{"lab_hostname": {"value": "x"}}')
        configure(
            host,
            LicenseFileLocation="/root/license.rli",
            LicenseBootstrapAirgapPackagePath=f"/root/files/{PACKAGE}",
            ImportSettingsFrom="/root/settings.json",
        )
        assert (
            host.run(f"cd /root/files; bash install.sh {FLAGS} no-public-address private-address=10.0.0.10").code == 0
        )
        assert states(host, "started", seconds=120)["Sequence"] == 611
