"""A node joins by the vendor's script, the token by a file; again only where that changes something."""

from pathlib import Path

import pytest

from tests.installer.shell import PHASES, Done, log, run_phase

pytestmark = pytest.mark.slow

TOKEN = "abc123canarytoken"
FLAGS = "fast-timeouts\ndaemon-endpoint=10.20.0.10:9879\ntags=calling"
MOVED = FLAGS.replace("10.20.0.10", "10.20.0.99")
VALUES = {
    "INSTALLER_URL": "https://get.example.com/operator",
    "INSTALLER_SHA256": "",
    "ARCHIVE": "",
    "SCRIPT": "install.sh",
    "URL_KEY": "installer.operatorUrl",
    "INSTALLER_FLAGS": FLAGS,
    "SERVICES": "replicated-operator",
    "PROXY": "",
    "PROXY_CREDENTIALS": "",
    "PROXY_EXCEPTIONS": "",
    "TOKEN": TOKEN,
    "DOCKER_VERSION": "",
    "DOCKER_PREINSTALLED": "",
    "DOCKER_OLDEST": "1007001",
    "DOCKER_NEWEST": "18009002",
    "DOCKER_TEXT": "1.7.1 to 18.09.2",
}
# As the vendor's: it reads the token from the file, and its service runs when it ends.
GOOD = """#!/bin/bash
printf "%s\\n" "$@" >flags
echo run >>runs
cp -p "$OPTIONS/replicated-operator" seen
touch "$OPTIONS/active"
echo "Operator installation successful"
"""


@pytest.fixture
def host(tmp_path: Path) -> Path:
    (tmp_path / "etc/default").mkdir(parents=True)
    return tmp_path


def join(host: Path, script: str = GOOD, *, curl: str = "return 0", options: str = "default", **values: str) -> Done:
    """Runs the phase where `curl` brings the given script, or fails; the operator is active once that says so."""
    (host / "vendor.sh").write_text(script)
    folder = host / "etc" / options
    stubs = f"""
export OPTIONS={folder}
curl() {{ cp {host}/vendor.sh install.sh.new; echo "curl: (0) the reason" >&2; {curl}; }}
systemctl() {{
    [ "$*" = "is-active replicated-operator" ] || return 1
    if [ -e {folder}/active ]; then echo active; elif [ -e {folder}/waits ]; then echo activating; return 3
    else echo inactive; return 3; fi
}}
pgrep() {{ return 1; }}
command() {{ if [ "$1 $2" = "-v docker" ]; then return 1; fi; builtin command "$@"; }}
"""
    return run_phase(PHASES["join"], VALUES | values, host, stubs=stubs)


def left(host: Path, name: str) -> list[str]:
    """What the vendor's script wrote into its folder, line by line."""
    return (host / "var/lib/wickr-bootstrap/installer" / name).read_text().splitlines()


def test_a_node_joins_with_its_flags_and_nothing_of_the_daemon_s_is_needed(host: Path) -> None:
    assert join(host) == Done(code=0, out="join: the node's operator runs\n", err="")
    assert left(host, "flags") == FLAGS.splitlines()
    assert list((host / "usr/local/bin").iterdir()) == []


@pytest.mark.parametrize("options", ["default", "sysconfig"])
def test_the_script_finds_the_token_in_its_file_for_root_alone(host: Path, options: str) -> None:
    (host / "etc" / options).mkdir(exist_ok=True)
    assert join(host, options=options).code == 0
    assert left(host, "seen") == [f"DAEMON_TOKEN={TOKEN}"]
    assert (host / "etc" / options / "replicated-operator").stat().st_mode & 0o777 == 0o600


def test_options_stay_where_they_are_on_a_host_that_has_both_folders(host: Path) -> None:
    (host / "etc/sysconfig").mkdir()
    (host / "etc/default/replicated-operator").write_text("DAEMON_TOKEN=of-another-cluster\n")
    assert join(host).err.startswith("token: this host was made a node by another secret than the stack's")


def test_a_token_is_in_no_argument_and_in_no_log(host: Path) -> None:
    done = join(host)
    logs = [path.read_text() for path in (host / "var/log").iterdir()]
    assert TOKEN not in "\n".join([done.out, done.err, *left(host, "flags"), *logs])
    assert len(logs) == 2


def test_a_file_of_the_script_s_own_is_left_as_it_is(host: Path) -> None:
    options = host / "etc/default/replicated-operator"
    own = f"DAEMON_TOKEN={TOKEN} PRIVATE_ADDRESS=10.20.0.11\n"
    options.write_text(own)
    options.chmod(0o644)
    assert join(host).code == 0
    assert (options.read_text(), options.stat().st_mode & 0o777) == (own, 0o644)


@pytest.mark.parametrize("joined", [False, True])
def test_another_cluster_s_token_ends_in_a_sentence_before_anything_runs(host: Path, joined: bool) -> None:
    if joined:
        join(host)
    options = host / "etc/default/replicated-operator"
    options.write_text("DAEMON_TOKEN=other PRIVATE_ADDRESS=10.20.0.11\n")
    done = join(host, curl="exit 99")
    assert done.code == 1
    assert done.err.startswith("token: this host was made a node by another secret than the stack's (DAEMON_TOKEN in ")
    assert "other " in options.read_text()
    assert TOKEN not in done.err


def test_a_node_that_has_joined_is_left_alone(host: Path) -> None:
    join(host)
    again = join(host, curl="exit 99")
    assert again.out == "join: the node's operator runs already; the vendor's script is not run again\n"
    assert left(host, "runs") == ["run"]


def test_a_daemon_at_another_address_is_joined_anew(host: Path) -> None:
    join(host)
    assert join(host, INSTALLER_FLAGS=MOVED) == Done(code=0, out="join: the node's operator runs\n", err="")
    assert left(host, "flags") == MOVED.splitlines()
    assert join(host, INSTALLER_FLAGS=MOVED, curl="exit 99").code == 0
    assert left(host, "runs") == ["run", "run"]


def test_an_operator_between_two_starts_is_installed_for_the_daemon_may_not_listen_yet(host: Path) -> None:
    waiting = GOOD.replace("active", "waits")
    assert join(host, waiting) == Done(code=0, out="join: the node's operator runs\n", err="")
    assert join(host, waiting, curl="exit 99").code == 0
    assert left(host, "runs") == ["run"]


def test_an_operator_that_runs_is_no_excuse_for_a_script_that_failed(host: Path) -> None:
    join(host)
    for _ in range(2):
        failed = join(host, "#!/bin/bash\necho no route >&2\nexit 3\n", INSTALLER_FLAGS=MOVED)
        assert failed.err.startswith("installer: the vendor's script ended with code 3 (it said last: no route)")


def test_an_operator_that_stopped_is_installed_again(host: Path) -> None:
    join(host)
    (host / "etc/default/active").unlink()
    assert join(host).code == 0
    assert left(host, "runs") == ["run", "run"]


def test_a_join_that_failed_counts_for_nothing(host: Path) -> None:
    join(host)
    failed = join(host, '#!/bin/bash\nrm "$OPTIONS/active"\nexit 3\n', INSTALLER_FLAGS=MOVED)
    assert failed.err.startswith("installer: the vendor's script ended with code 3")
    (host / "etc/default/active").touch()
    assert join(host, INSTALLER_FLAGS=MOVED).code == 0
    assert left(host, "flags") == MOVED.splitlines()


@pytest.mark.parametrize(
    ("script", "curl", "sentence"),
    [
        (
            GOOD,
            "return 22",
            "version: https://get.example.com/operator answered with an error (curl: (0) the reason); c",
        ),
        (
            "<html>",
            "return 0",
            "version: https://get.example.com/operator did not answer with a script but with '<html",
        ),
        ("#!/bin/bash\necho 404: Not Found\n", "return 0", "version: https://get.example.com/operator does not exist"),
    ],
)
def test_what_is_wrong_with_the_script_names_the_key_of_the_operator_s(
    host: Path, script: str, curl: str, sentence: str
) -> None:
    done = join(host, script, curl=curl)
    assert done.code == 1
    assert done.err.startswith(sentence)
    assert "check installer.operatorUrl" in done.err


def test_a_script_that_says_it_succeeded_is_not_believed(host: Path) -> None:
    done = join(host, "#!/bin/bash\necho 'Operator installation successful'\n")
    assert done.err.startswith(
        "installer: the vendor's script said it succeeded (code 0) but the node's operator does not run"
    )


def test_the_log_names_the_phase_and_not_its_file(host: Path) -> None:
    join(host)
    assert {line.split(" ")[1] for line in log(host).splitlines()} == {"join"}
