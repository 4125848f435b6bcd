"""The stand-in Docker, from its static archive, does for a container what a bot needs of it, and refuses the rest."""

import json
from collections.abc import Iterator

import pytest

from tests.local.vendor.scratch import Host, unable

pytestmark = pytest.mark.slow

IMAGE = "public.ecr.aws/lab/speaker:1"
# Says what it was given and stays, or ends with a code.
PROGRAM = """
import os, sys, time
from pathlib import Path
print("told", os.environ.get("TELL", "nothing"), flush=True)
code = Path("/tmp/end-with")
if code.exists():
    sys.exit(int(code.read_text()))
time.sleep(3600)
"""

START = (
    "setsid dockerd >/tmp/dockerd.log 2>&1 </dev/null & "
    "for i in $(seq 100); do docker version >/dev/null 2>&1 && exit 0; sleep .1; done; cat /tmp/dockerd.log; exit 1"
)


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    reason = unable()
    if reason:
        pytest.skip(reason)
    with Host() as started:
        manifests = started.site("public.ecr.aws/v2/lab/speaker/manifests")
        blobs = started.site("public.ecr.aws/.blobs/speaker")
        for folder in (manifests, blobs):
            folder.mkdir(parents=True)
        started.site("public.ecr.aws/token").mkdir(exist_ok=True)
        started.site("public.ecr.aws/token/index").write_text("{}")
        (blobs / "speak.py").write_text(PROGRAM)
        about = {"run": "speak", "blobs": "https://public.ecr.aws/.blobs/speaker/", "files": ["speak.py"]}
        (manifests / "1").write_text(json.dumps(about))
        yield started


@pytest.fixture(scope="module")
def docker(host: Host) -> Host:
    """With Docker from its static archive, as a unit without a package would have it."""
    done = host.run(
        "set -e; curl -fsS -o d.tgz https://download.docker.com/linux/static/stable/x86_64/docker-24.0.9.tgz;"
        f"tar -xzf d.tgz; install -m 755 docker/docker docker/dockerd /usr/local/bin/; {START}"
    )
    assert done.code == 0, done.output
    return host


def said(host: Host, command: str, code: int = 0) -> str:
    done = host.run(command)
    assert done.code == code, done.output
    return done.output.strip()


def inspected(host: Host, field: str) -> str:
    return said(host, f"docker inspect --format '{{{{.{field}}}}}' speaker")


def until(host: Host, condition: str) -> None:
    said(host, f"for i in $(seq 100); do {condition} && exit 0; sleep .1; done; docker logs speaker; exit 1")


def test_the_archive_is_of_the_version_that_was_asked_for_and_the_same_each_time(docker: Host) -> None:
    assert said(docker, "docker version --format '{{.Server.Version}} {{.Client.Version}}'") == "24.0.9 24.0.9"
    url = "https://download.docker.com/linux/static/stable/x86_64/docker"
    sums = said(docker, f"for i in 1 2; do curl -fsS {url}-24.0.9.tgz | sha256sum; done").splitlines()
    assert sums[0] == sums[1]
    assert said(docker, f"curl -fsS {url}-1.0.0.tgz", code=22).endswith("404")


def test_an_image_is_pulled_by_its_tag_or_by_its_digest(docker: Host) -> None:
    said(docker, f"docker pull {IMAGE}")
    digest = said(docker, f"docker image inspect --format '{{{{.Id}}}}' {IMAGE}")
    name = IMAGE.rpartition(":")[0]
    assert f"Digest: {digest}" in said(docker, f"docker pull {name}@{digest}")
    assert said(docker, f"docker image inspect --format '{{{{.Id}}}}' {name}@{digest}") == digest
    assert "manifest unknown" in said(docker, f"docker pull {name}@sha256:{'0' * 64}", code=1)
    assert "manifest unknown" in said(docker, f"docker pull {name}:2", code=1)
    said(docker, f"docker image inspect {name}:2", code=1)


def test_a_container_runs_in_the_background_with_what_it_was_told(docker: Host) -> None:
    said(docker, "printf '# mine\\nTELL=a file\\nOTHER=x\\n' >/tmp/env")
    said(
        docker,
        "docker run -d -ti --name speaker --restart=always --network bridge --log-opt max-size=10m "
        f"--log-opt max-file=3 -v /opt/data:/opt/data --env-file /tmp/env -e OTHER=y {IMAGE}",
    )
    until(docker, "docker logs speaker | grep -q 'told a file'")
    found = json.loads(said(docker, "docker inspect speaker"))[0]
    assert {"TELL=a file", "OTHER=y"} <= set(found["Config"]["Env"])
    assert found["HostConfig"] == {
        "Binds": ["/opt/data:/opt/data"],
        "NetworkMode": "bridge",
        "RestartPolicy": {"Name": "always", "MaximumRetryCount": 0},
        "LogConfig": {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "3"}},
    }
    assert (found["State"]["Status"], found["State"]["Running"], found["RestartCount"]) == ("running", True, 0)
    assert (found["Config"]["Tty"], found["Config"]["OpenStdin"]) == (True, True)


def test_one_that_ends_is_started_again_and_that_is_counted(docker: Host) -> None:
    before = inspected(docker, "State.StartedAt")
    said(docker, "echo 7 >/tmp/end-with; docker restart speaker")
    until(docker, "test $(docker inspect --format '{{.RestartCount}}' speaker) -ge 3")
    said(docker, "rm /tmp/end-with")
    until(docker, "test $(docker inspect --format '{{.State.Status}}' speaker) = running")
    assert inspected(docker, "State.StartedAt") > before


def test_a_stop_by_hand_lasts_until_docker_starts_again(docker: Host) -> None:
    said(docker, "docker stop speaker")
    assert inspected(docker, "State.Status") == "exited"
    assert inspected(docker, "State.Running") == "false"
    said(docker, f"kill $(pgrep -x dockerd); while pgrep -x dockerd >/dev/null; do sleep .1; done; {START}")
    until(docker, "docker inspect speaker 2>/dev/null | grep -q '\"Running\": true'")


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ("--network=none", "'none'"),
        ("--log-driver=syslog", "'syslog'"),
        ("--log-opt max-speed=1", "'max-speed'"),
        ("--restart=sometimes", "'sometimes'"),
        ("--privileged", "--privileged"),
        ("--env-file /missing", "/missing: no such file"),
    ],
)
def test_what_it_does_not_know_is_refused_by_name(docker: Host, wrong: str, named: str) -> None:
    assert named in said(docker, f"docker run -d --name other {wrong} {IMAGE}", code=125)
    said(docker, "docker inspect other", code=1)


def test_a_command_that_it_does_not_know_is_refused(docker: Host) -> None:
    assert "'attach'" in said(docker, "docker attach speaker", code=125)
