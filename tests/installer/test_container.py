"""The bot's container: pulled, run as its makers say, replaced for a reason alone, stopped where it does not stay."""

from pathlib import Path

import pytest

from installer.phase import CONTAINER
from tests.installer.shell import Done, log, run_phase

pytestmark = pytest.mark.slow

IMAGE = "public.ecr.aws/x3s2s6k3/wickrio/bot-enterprise:6.36.20.02"
SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:wickr/compliance-AbCdEf"
RUN = (
    "run -d -ti --name wickr-compliance --restart=always --log-opt max-size=10m --log-opt max-file=5 "
    f"-v /opt/WickrIO:/opt/WickrIO -e AWS_SECRET_NAME={SECRET} {IMAGE}"
)
CANARY = "the password is hunter2"

DOCKER = """
sleep() {{ :; }}
timeout() {{ shift 3; "$@"; }}
docker() {{
    echo "$*" >>{host}/asked
    case "$*" in
        "image inspect"*) [ -e {host}/image ] ;;
        pull*) {pull} ;;
        "inspect --format {{{{.Id}}}}"*) [ -e {host}/container ] && echo 4711 ;;
        "inspect --format {{{{.State.Running}}}}"*) [ -e {host}/container ] && cat {host}/container ;;
        "inspect --format {{{{.RestartCount}}}}"*) {restarts} ;;
        inspect*) echo something ;;
        run*) echo true >{host}/container ;;
        start*) echo true >{host}/container ;;
        stop*) echo false >{host}/container ;;
        rm*) rm {host}/container ;;
        logs*) echo "{said}"; echo "{canary}" ;;
    esac
}}
"""


def container(
    host: Path, *, image: str = IMAGE, secret: str = SECRET, pull: str = "", restarts: str = "echo 0", said: str = ""
) -> Done:
    """Runs the phase on a host whose Docker does what it is told, but for what a test says."""
    (host / "asked").unlink(missing_ok=True)
    stubs = DOCKER.format(host=host, pull=pull or f"touch {host}/image", restarts=restarts, said=said, canary=CANARY)
    return run_phase(
        CONTAINER, {"IMAGE": image, "SECRET_ARN": secret, "DATA_FOLDER": "/opt/WickrIO"}, host, stubs=stubs
    )


def asked(host: Path) -> list[str]:
    """What Docker was told to do, without the questions."""
    return [line for line in (host / "asked").read_text().splitlines() if "inspect" not in line]


def test_it_is_pulled_and_run_as_its_makers_say(tmp_path: Path) -> None:
    done = container(tmp_path)
    assert done == Done(code=0, out=f"container: wickr-compliance was started, {IMAGE}\n", err="")
    assert asked(tmp_path) == [f"pull {IMAGE}", RUN]


def test_the_second_run_touches_nothing(tmp_path: Path) -> None:
    container(tmp_path)
    assert container(tmp_path).out == f"container: wickr-compliance runs already, {IMAGE}\n"
    assert asked(tmp_path) == []


def test_without_a_configuration_the_image_is_there_and_nothing_runs(tmp_path: Path) -> None:
    done = container(tmp_path, secret="")
    assert done == Done(
        code=0, out=f"container: {IMAGE} is here, and waits for wickr:compliance.configuration\n", err=""
    )
    assert asked(tmp_path) == [f"pull {IMAGE}"]


def test_a_bot_that_was_registered_by_hand_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "container").write_text("true\n")
    assert "stays as it is" in container(tmp_path, secret="").out
    assert asked(tmp_path) == [f"pull {IMAGE}"]


@pytest.mark.parametrize("changed", [{"image": IMAGE + "-1"}, {"secret": SECRET[:-1] + "g"}], ids=["image", "secret"])
def test_another_image_or_secret_is_another_container_on_the_same_data(tmp_path: Path, changed: dict[str, str]) -> None:
    container(tmp_path)
    assert container(tmp_path, **changed).code == 0
    again = RUN.replace(IMAGE, changed.get("image", IMAGE)).replace(SECRET, changed.get("secret", SECRET))
    assert asked(tmp_path) == ["stop wickr-compliance", "rm wickr-compliance", again]


def test_one_that_was_stopped_is_started_and_not_made_anew(tmp_path: Path) -> None:
    container(tmp_path)
    (tmp_path / "container").write_text("false\n")
    assert container(tmp_path).out == f"container: wickr-compliance was started again, {IMAGE}\n"
    assert asked(tmp_path) == ["start wickr-compliance"]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("Failed to create connection to host", "it cannot reach the messaging host"),
        ("AccessDeniedException: not authorized to perform", "it may not read its secret or its file"),
        ("Unable to locate credentials", "it may not read its secret or its file"),
        ("ResourceNotFoundException", "its secret or its file is not there"),
        ("There are no clients currently configured!", "its secret names no client"),
        ("Bus Error", "it crashes, as with a wrong password or lost data"),
        ("something else", "'docker logs wickr-compliance' on the host says why"),
    ],
)
def test_one_that_does_not_stay_up_is_stopped_with_a_reason_and_nothing_of_its_log(
    tmp_path: Path, said: str, why: str
) -> None:
    done = container(tmp_path, restarts="echo $RANDOM$RANDOM", said=said)
    assert done.code == 1
    assert done.err.startswith(f"application: the compliance bot does not stay up: {why}")
    assert "has its name locked for a day" in done.err
    assert asked(tmp_path)[-1] == "stop wickr-compliance"
    assert CANARY not in done.out + done.err + log(tmp_path)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ("manifest unknown: Requested image not found", "version: there is no image public.ecr.aws"),
        ("pull access denied for bot, repository does not exist", "version: there is no image public.ecr.aws"),
        (
            "write /var/lib/docker/tmp: no space left on device",
            "disk: the root volume is full; raise compliance.diskGiB",
        ),
        ("dial tcp: i/o timeout", "network: the image public.ecr.aws"),
    ],
)
def test_an_image_that_does_not_come_is_told_by_its_reason(tmp_path: Path, answer: str, sentence: str) -> None:
    done = container(tmp_path, pull=f'echo "Error response from daemon: {answer}" >&2; return 1')
    assert done.code == 1
    assert done.err.startswith(sentence)
    assert not (tmp_path / "container").exists()
