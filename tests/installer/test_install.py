"""The vendor's installer cannot hang and cannot lie: each way that it can go wrong has its class and its way out."""

import hashlib
from pathlib import Path

import pytest

from tests.installer.shell import PHASES, Done, run_phase

pytestmark = pytest.mark.slow

URL = "https://get.example.com/docker"
VALUES = {
    "INSTALLER_URL": URL,
    "INSTALLER_SHA256": "",
    "ARCHIVE": "",
    "SCRIPT": "install.sh",
    "URL_KEY": "installer.url",
    "INSTALLER_FLAGS": "fast-timeouts\nprivate-address=10.20.0.10",
    "SERVICES": "replicated replicated-ui replicated-operator",
    "PROXY": "",
    "PROXY_CREDENTIALS": "",
    "PROXY_EXCEPTIONS": "",
    "TOKEN": "",
    "DOCKER_VERSION": "",
    "DOCKER_PREINSTALLED": "",
    "DOCKER_OLDEST": "1007001",
    "DOCKER_NEWEST": "18009002",
    "DOCKER_TEXT": "1.7.1 to 18.09.2",
}
GOOD = '#!/bin/bash\nprintf "%s\\n" "$@" >flags\ntouch "$REPLICATED"\nchmod +x "$REPLICATED"\n'


def install(
    host: Path,
    script: str = GOOD,
    *,
    curl: str = "return 0",
    docker: str | None = None,
    waits: str = "",
    **values: str,
) -> Done:
    """Runs the phase where `curl` brings the given script, or fails; services are active once the tool is there, but
    for one that `waits` to be started again.
    """
    (host / "vendor.sh").write_text(script)
    tool = host / "usr/local/bin/replicatedctl"
    stubs = f"""
export REPLICATED={tool}
curl() {{ cp {host}/vendor.sh install.sh.new; echo "curl: (0) the reason" >&2; {curl}; }}
systemctl() {{
    echo "$*" >>{host}/asked
    case $1 in cat) grep -qxF "$*" {host}/units 2>/dev/null ;; is-active)
        if [ ! -e {tool} ]; then echo inactive; return 3; fi
        if [ "$2" = "{waits}" ]; then echo activating; return 3; fi
        echo active ;;
    esac
}}
pgrep() {{ {"return 0" if docker else "return 1"}; }}
{f"docker() {{ echo {docker}; }}" if docker else ""}
command() {{ if [ "$1 $2" = "-v docker" ]; then {"return 0" if docker else "return 1"}; fi; builtin command "$@"; }}
"""
    return run_phase(PHASES["install"], VALUES | values, host, stubs=stubs)


def flags(host: Path) -> list[str]:
    return (host / "var/lib/wickr-bootstrap/installer/flags").read_text().splitlines()


def test_a_good_script_runs_with_its_flags_once(tmp_path: Path) -> None:
    assert install(tmp_path) == Done(code=0, out="install: Replicated runs\n", err="")
    assert flags(tmp_path) == ["fast-timeouts", "private-address=10.20.0.10"]
    assert install(tmp_path, curl="exit 99").out.startswith("install: Replicated runs already")


def test_of_what_the_script_writes_its_tools_alone_are_for_everybody(tmp_path: Path) -> None:
    assert install(tmp_path).code == 0
    assert (tmp_path / "usr/local/bin/replicatedctl").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "var/lib/wickr-bootstrap/installer/flags").stat().st_mode & 0o777 == 0o600


def test_the_host_s_own_operator_may_wait_for_the_daemon_and_the_daemon_may_not(tmp_path: Path) -> None:
    for name, code in (("replicated-operator", 0), ("replicated", 1), ("replicated-ui", 1)):
        (tmp_path / name).mkdir()
        assert install(tmp_path / name, waits=name).code == code


@pytest.mark.parametrize(
    ("docker", "version", "further"),
    [
        (None, "", []),
        (None, "18.09.2", ["docker-version=18.09.2"]),
        ("18.09.2", "", ["no-docker"]),
        ("1.7.1", "18.09.2", ["no-docker"]),
        ("18.09.1-ce", "", ["no-docker"]),
    ],
)
def test_docker_that_is_there_stays_and_another_is_asked_for_by_version(
    tmp_path: Path, docker: str | None, version: str, further: list[str]
) -> None:
    assert install(tmp_path, docker=docker, DOCKER_VERSION=version).err == ""
    assert flags(tmp_path)[2:] == further


@pytest.mark.parametrize(
    ("curl", "sentence"),
    [
        ("return 6", f"network: the name in {URL} does not resolve on the host"),
        ("return 7", f"network: {URL} cannot be reached from the host"),
        ("return 28", f"network: {URL} cannot be reached from the host"),
        ("return 22", f"version: {URL} answered with an error (curl: (0) the reason); check installer.url"),
        ("return 60", f"network: {URL} shows a certificate that the host does not trust"),
        (
            "echo 'curl: (60) SSL certificate problem: certificate is not yet valid' >&2; return 60",
            f"clock: the certificate of {URL} is out of its time by this host's clock, which says 20",
        ),
        (
            "echo 'curl: (60) SSL certificate problem: certificate has expired' >&2; return 60",
            f"clock: the certificate of {URL} is out of its time by this host's clock, which says 20",
        ),
        ("return 56", f"network: downloading {URL} ended with curl's code 56"),
        (
            "echo 'curl: (35) OpenSSL SSL_connect: Connection reset by peer in connection to x:443' >&2; return 35",
            f"network: downloading {URL} was cut off (curl: (35) OpenSSL SSL_connect: Connection reset",
        ),
    ],
)
def test_a_download_that_fails_says_why(tmp_path: Path, curl: str, sentence: str) -> None:
    done = install(tmp_path, curl=curl)
    assert done.code == 1
    assert done.err.startswith(sentence)


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("<html>Not Found</html>\n", f"version: {URL} did not answer with a script but with '<html>Not Found</html>'"),
        ("", f"version: {URL} did not answer with a script"),
        ("#!/bin/bash\necho '404: Not Found'\nexit 1\n", f"version: {URL} does not exist: the vendor answered"),
        ("#!/bin/bash\nif true; then\n", f"network: the script from {URL} is cut off or damaged"),
        (
            "#!/bin/bash\necho 'The installed version of Docker may not be compatible with this installer.'\nexit 0\n",
            "docker: the vendor's script declined the Docker on this host and installed nothing (it still",
        ),
        (
            "#!/bin/bash\necho 'Error: unknown parameter \"frob\"' >&2\nexit 1\n",
            "version: the vendor's script does not know one",
        ),
        ("#!/bin/bash\necho 'unsupported distribution: plan9'\nexit 1\n", "os: the vendor's script does not support"),
        ("#!/bin/bash\necho 'write: No space left on device'\nexit 1\n", "disk: the disk is full"),
        *(
            (f"#!/bin/bash\necho '{said}' >&2\necho sorry\nexit 1\n", "network: the vendor's script could not reach")
            for said in (
                "curl: (6) Could not resolve host: get.example.com",
                "curl: (28) Failed to connect to get.example.com port 443 after 130000 ms: Could not connect to server",
                "dial tcp: lookup registry.example.com: no such host",
                "dial tcp 203.0.113.10:443: i/o timeout",
                "net/http: request canceled while waiting for connection",
                "Temporary failure resolving deb.example.com",
                "curl: (52) Empty reply from server",
                "curl: (56) Recv failure: Connection reset by peer",
                "curl: (35) error:0A000126:SSL routines::unexpected eof while reading",
                "curl: (55) Send failure: Broken pipe",
                "curl: (92) HTTP/2 stream 1 was not closed cleanly: INTERNAL_ERROR (err 2)",
                'Error response from daemon: Get "https://registry.example.com/v2/": EOF',
                "docker: unexpected EOF.",
                "curl: (35) OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to get.example.com:443",
                "curl: (18) transfer closed with 512 bytes remaining to read",
                "curl: (28) Operation timed out after 180000 milliseconds with 0 bytes received",
                "read tcp 10.20.0.10:50000->203.0.113.10:443: read: connection reset by peer",
                "E: Error reading from server. Remote end closed connection [IP: 203.0.113.10 443]",
            )
        ),
        (
            "#!/bin/bash\nexit 0\n",
            "installer: the vendor's script said it succeeded (code 0) but Replicated does not run",
        ),
        ("#!/bin/bash\nexit 3\n", "installer: the vendor's script ended with code 3"),
        ("#!/bin/bash\nexit 127\n", "docker: the vendor's script found no Docker"),
        ("#!/bin/bash\nexit 124\n", "timeout: the vendor's script did not end, most likely at a question"),
        (
            f"#!/bin/bash\nwhile :; do echo 'Enter a number (0-1): {'-' * 9000}'; read -r a </dev/tty; done\n",
            "timeout: the vendor's script did not end, most likely at a question (it said last: ",
        ),
        (
            "#!/bin/bash\nread -r answer || echo 'nothing to read'\nexit 1\n",
            "installer: the vendor's script ended with code 1 (it said last: nothing to read)",
        ),
    ],
)
def test_a_script_that_installs_nothing_says_so_whatever_its_code(tmp_path: Path, script: str, sentence: str) -> None:
    done = install(tmp_path, script)
    assert done.code == 1
    assert done.err.startswith(sentence)


@pytest.mark.parametrize("docker", ["18.09.3", "24.0.2", "1.6.9", "20.10.10-ce"])
def test_a_docker_outside_the_window_is_refused_before_anything_runs(tmp_path: Path, docker: str) -> None:
    done = install(tmp_path, docker=docker)
    assert done.err.startswith(f"docker: Docker {docker} is installed, this release wants 1.7.1 to 18.09.2;")
    assert not (tmp_path / "var/lib/wickr-bootstrap/installer/flags").exists()


def test_an_image_that_should_have_docker_has_it_or_nothing_runs(tmp_path: Path) -> None:
    done = install(tmp_path, DOCKER_PREINSTALLED="yes")
    assert done.err.startswith("docker: no Docker runs on this host, and installer.docker says that its image has one;")
    assert "Docker 1.7.1 to 18.09.2 that starts at boot" in done.err
    assert not (tmp_path / "var/lib/wickr-bootstrap/installer/flags").exists()
    assert install(tmp_path, docker="18.09.2", DOCKER_PREINSTALLED="yes").err == ""
    assert flags(tmp_path)[2:] == ["no-docker"]


def test_a_script_is_the_pinned_one_or_does_not_run(tmp_path: Path) -> None:
    wrong = install(tmp_path, INSTALLER_SHA256="0" * 64)
    assert wrong.err.startswith(
        f"version: the script from {URL} has SHA-256 {hashlib.sha256(GOOD.encode()).hexdigest()}, "
    )
    assert install(tmp_path, INSTALLER_SHA256=hashlib.sha256(GOOD.encode()).hexdigest()).code == 0
