"""Docker on the compliance host: as it is there, or a pinned version; never without the data volume."""

import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from installer.phase import ENGINE
from tests.installer.shell import Done, run_phase

pytestmark = pytest.mark.slow

PROGRAM = b"#!/bin/sh\necho docker\n"


def archive(host: Path, *names: str) -> Path:
    """An archive as Docker's makers have them."""
    place = host / "docker.tgz"
    with tarfile.open(place, "w:gz") as tar:
        for name in names:
            member = tarfile.TarInfo(f"docker/{name}")
            member.size, member.mode = len(PROGRAM), 0o755
            tar.addfile(member, io.BytesIO(PROGRAM))
    return place


def engine(host: Path, *, sha256: str = "", more: str = "", there: bool = False) -> Done:
    """Runs the phase; curl copies what `archive` made, and systemctl says what it was asked."""
    stubs = f"""
sleep() {{ STARTED=0; }}
curl() {{ echo "${{!#}}" >>{host}/fetched; while [ "$1" != -o ]; do shift; done; cp {host}/docker.tgz "$2"; }}
systemctl() {{ echo "$*" >>{host}/asked; [ "$1" != cat ] || [ -n "{"yes" if there else ""}" ]; }}
command() {{ case $2 in dockerd) [ -n "{"yes" if there else ""}" ] ;; *) true ;; esac; }}
timeout() {{ echo 27.5.1; }}
{more}
"""
    values = {
        "DATA_FOLDER": "/opt/WickrIO",
        "DOCKER_ARCHIVES": "https://download.docker.com/linux/static/stable/x86_64",
        "DOCKER_VERSION": "27.5.1",
        "DOCKER_SHA256": sha256,
    }
    (host / "etc/systemd/system").mkdir(parents=True, exist_ok=True)
    return run_phase(ENGINE, values, host, stubs=stubs)


def unit(host: Path, name: str) -> str:
    return (host / "etc/systemd/system" / name).read_text()


def test_the_pinned_version_is_installed_and_started_at_boot(tmp_path: Path) -> None:
    made = archive(tmp_path, "docker", "dockerd", "containerd")
    done = engine(tmp_path, sha256=hashlib.sha256(made.read_bytes()).hexdigest())
    assert done == Done(code=0, out="docker: 27.5.1 is set up\n", err="")
    assert (tmp_path / "fetched").read_text().splitlines() == [
        "https://download.docker.com/linux/static/stable/x86_64/docker-27.5.1.tgz"
    ]
    assert {each.name for each in (tmp_path / "usr/local/bin").iterdir()} == {"docker", "dockerd", "containerd"}
    assert f"ExecStart={tmp_path}/usr/local/bin/dockerd\n" in unit(tmp_path, "docker.service")
    assert (tmp_path / "asked").read_text().splitlines() == ["daemon-reload", "enable docker", "start docker"]


@pytest.mark.parametrize("there", [True, False], ids=["brought along", "installed"])
def test_it_does_not_start_without_the_data_volume_and_keeps_trying(tmp_path: Path, there: bool) -> None:
    archive(tmp_path, "docker", "dockerd")
    engine(tmp_path, there=there)
    assert unit(tmp_path, "docker.service.d/wickr-data.conf").splitlines() == [
        "[Unit]",
        "StartLimitIntervalSec=0",
        "[Service]",
        "ExecStartPre=/bin/sh -c 'mountpoint -q /opt/WickrIO || mount /opt/WickrIO; mountpoint -q /opt/WickrIO'",
        "Restart=always",
        "RestartSec=5",
    ]


def test_one_that_is_there_stays_whatever_its_version(tmp_path: Path) -> None:
    done = engine(tmp_path, there=True)
    assert done.out == "docker: 27.5.1 was there already\n"
    assert not (tmp_path / "fetched").exists()
    assert not (tmp_path / "etc/systemd/system/docker.service").exists()


def test_another_archive_than_the_pinned_one_is_refused(tmp_path: Path) -> None:
    archive(tmp_path, "docker", "dockerd")
    done = engine(tmp_path, sha256="0" * 64)
    assert done.err.startswith(
        "version: https://download.docker.com/linux/static/stable/x86_64/docker-27.5.1.tgz has SHA"
    )
    assert list((tmp_path / "usr/local/bin").iterdir()) == []


def test_an_archive_that_is_cut_off_or_holds_something_else_is_refused(tmp_path: Path) -> None:
    whole = archive(tmp_path, "docker", "dockerd").read_bytes()
    (tmp_path / "docker.tgz").write_bytes(whole[: len(whole) // 2])
    assert engine(tmp_path).err.startswith("network: the archive from https://download.docker.com")
    archive(tmp_path, "readme")
    assert engine(tmp_path).err.startswith("version: the archive from https://download.docker.com")
    assert list((tmp_path / "usr/local/bin").iterdir()) == []


def test_a_daemon_that_does_not_answer_is_an_error_and_not_a_success(tmp_path: Path) -> None:
    archive(tmp_path, "docker", "dockerd")
    done = engine(tmp_path, more="timeout() { return 1; }")
    assert done.err.startswith("docker: Docker does not answer; 'journalctl -u docker' on the host says why")
