"""The install script's traps: the stand-in really sets each of them."""

import pytest

from tests.local.vendor.conftest import FLAGS, INSTALL
from tests.local.vendor.scratch import Host

pytestmark = pytest.mark.lab

METADATA = """
ip addr add 169.254.169.254/32 dev lo
cat > /tmp/metadata.py <<'X'
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        token = self.headers.get("X-aws-ec2-metadata-token", "none")
        public = self.path == "/latest/meta-data/public-ipv4"
        allowed = MODE == "optional" and public
        self.send_response(200 if allowed else 401)
        self.end_headers()
        if allowed:
            self.wfile.write(b"198.18.0.9")
        print(self.command, self.path, "token", token, flush=True)
    do_PUT = do_GET
    def log_message(self, *_): pass
http.server.HTTPServer(("169.254.169.254", 80), Handler).serve_forever()
X
sed -i "s/MODE/'@MODE@'/" /tmp/metadata.py
setsid python3 /tmp/metadata.py > /tmp/metadata.log 2>&1 < /dev/null &
sleep 0.5
"""


def test_an_unknown_flag_ends_the_script_by_name(docker_host: Host) -> None:
    result = docker_host.run("bash install.sh fast-timeouts no-clear=1")
    assert (result.code, result.output) == (1, 'Error: unknown parameter "no-clear"\n')


@pytest.mark.parametrize("flag", ["docker-version=1", "force-replicated-downgrade", "ui-bind-port=1", "no-operator"])
def test_the_operators_script_knows_fewer_flags(docker_host: Host, flag: str) -> None:
    script = "curl -fsSL -o operator.sh https://get.replicated.com/operator"
    result = docker_host.run(f"{script}; bash operator.sh {flag}")
    assert (result.code, result.output) == (1, f'Error: unknown parameter "{flag.split("=")[0]}"\n')


def test_flags_may_be_written_with_underscores(docker_host: Host) -> None:
    assert "no_such" in docker_host.run("bash install.sh fast_timeouts private_address=1.2.3.4 no_such").output


def test_a_real_flag_that_the_stand_in_lacks_is_refused_by_name(docker_host: Host) -> None:
    result = docker_host.run("bash install.sh artifactory-address=x")
    assert result.code == 1
    assert '"artifactory-address" is real, but the stand-in' in result.output


def test_docker0_counts_as_an_interface_and_the_question_is_asked_for_ever(docker_host: Host) -> None:
    flags = FLAGS.replace("private-address=10.0.0.10", "")
    result = docker_host.run(f"timeout 2 bash install.sh {flags}")
    assert result.code == 124
    assert "docker0" in result.output
    assert "/dev/tty: No such device or address" in result.output
    assert result.output.count("Enter desired number (0-1):") > 1000


def test_answers_on_stdin_are_not_heard(docker_host: Host) -> None:
    flags = FLAGS.replace("private-address=10.0.0.10", "")
    assert docker_host.run(f"yes 0 | timeout 2 bash install.sh {flags} > /dev/null 2>&1").code == 124


@pytest.mark.parametrize(
    ("given", "question"),
    [("daemon-token=x", "Daemon Address:"), ("daemon-endpoint=10.0.0.1:9879", "Secret Token:")],
)
def test_the_operators_script_asks_for_ever_for_what_it_needs(docker_host: Host, given: str, question: str) -> None:
    script = "curl -fsSL -o operator.sh https://get.replicated.com/operator"
    result = docker_host.run(f"{script}; timeout 2 bash operator.sh {FLAGS} no-docker {given}")
    assert result.code == 124
    assert result.output.count(question) > 1000


def test_a_newer_docker_is_declined_without_a_terminal_and_the_code_is_0(host: Host) -> None:
    newer = (
        "curl -fsSL 'https://get.replicated.com/docker-install.sh?docker_version=26.1.4' | sh; systemctl start docker"
    )
    assert host.run(newer).code == 0
    result = host.run(INSTALL)
    assert result.code == 0
    assert "Do you want to proceed anyway? (y/N)" in result.output
    assert host.run("ls /usr/local/bin/replicatedctl /etc/default/replicated").code == 2


def test_an_older_docker_is_upgraded_without_a_word_from_anybody(host: Host) -> None:
    older = (
        "curl -fsSL 'https://get.replicated.com/docker-install.sh?docker_version=20.10.7' | sh; systemctl start docker"
    )
    assert host.run(older).code == 0
    assert host.run(f"{INSTALL} install-docker-only").code == 0
    assert host.run("docker version --format '{{.Server.Version}}'").output == "24.0.2\n"


def test_no_docker_without_docker_is_127(host: Host) -> None:
    assert host.run(f"{INSTALL} no-docker").code == 127


def test_a_docker_that_does_not_exist_is_no_success(host: Host) -> None:
    result = host.run(f"{INSTALL} docker-version=17.0.0")
    assert result.code != 0
    assert "'17.0.0' not found" in result.output


def test_a_error_body_saved_as_a_script_looks_like_one_until_it_is_read(host: Host) -> None:
    bad = host.run("curl -sSL -o bad.sh 'https://get.replicated.com/docker?replicated_tag=2.99.0'; cat bad.sh")
    assert (bad.code, bad.output) == (0, "version 2.99.0 does not exist")
    assert host.run("curl -fsSL -o bad.sh 'https://get.replicated.com/docker?replicated_tag=2.99.0'").code == 22
    lost = host.run("curl -fsSL -o lost.sh https://get.replicated.com/docker/nobody/stable && bash lost.sh")
    assert (lost.code, lost.output) == (1, "404: Not Found\n")


def test_a_failing_operator_download_is_run_as_if_it_were_the_script(host: Host) -> None:
    host.site("get.replicated.com/operator/index.status").write_text("500 upstream is down")
    result = host.run(INSTALL)
    assert result.code != 0
    assert "upstream" in result.output
    assert "command not found" in result.output


def test_the_public_address_is_asked_without_a_token(host: Host) -> None:
    host.run(METADATA.replace("@MODE@", "required"))
    result = host.run(INSTALL.replace("public-address=203.0.113.100", "no-docker private-address=10.0.0.10"))
    assert "Service IP address:" in result.output
    asked = host.run("cat /tmp/metadata.log").output.splitlines()
    assert len(asked) == 3
    assert all(line.startswith("GET") and line.endswith("token none") for line in asked)
    assert "GET /latest/meta-data/public-ipv4 token none" in asked


def test_a_metadata_service_without_tokens_gives_the_address_away(host: Host) -> None:
    host.run(METADATA.replace("@MODE@", "optional"))
    result = host.run(INSTALL.replace("public-address=203.0.113.100", "no-docker"))
    assert "detected the service IP address of this machine as 198.18.0.9" in result.output
    assert host.run(INSTALL.replace("public-address=203.0.113.100", "no-docker no-public-address")).code == 127


def test_a_person_at_a_terminal_is_heard(docker_host: Host) -> None:
    flags = FLAGS.replace("private-address=10.0.0.10", "").replace("203.0.113.100", "203.0.113.100 install.sh-stop")
    asked = docker_host.run(f"script -qec 'bash install.sh {flags}' /dev/null", stdin=b"0\n")
    assert 'unknown parameter "install.sh-stop"' in asked.output
    flags = FLAGS.replace("private-address=10.0.0.10", "")
    command = f"timeout 20 script -qec 'bash install.sh {flags} skip-pull prompt-on-preflight-warnings' /dev/null"
    heard = docker_host.run(command, stdin=b"x\n7\n0\n", limit=40)
    assert "No such image" in heard.output  # it went on past the question, to the images that skip-pull leaves out
