"""The way out of a host by a proxy: who is told of it, and that nobody else hears its credentials."""

from pathlib import Path

import pytest

from tests.installer import test_install
from tests.installer.shell import Done, log

pytestmark = pytest.mark.slow

PROXY = "http://proxy.example.net:3128"
CREDENTIALS = "lab-user:canary.word"
AROUND = "localhost,10.20.0.10,.corp.example.net"
PLAIN = {"PROXY": PROXY, "PROXY_EXCEPTIONS": AROUND}
SECRET = {**PLAIN, "PROXY_CREDENTIALS": CREDENTIALS}
FLAGS = {"INSTALLER_FLAGS": "fast-timeouts\nno-proxy\nprivate-address=10.20.0.10"}
VENDOR = test_install.GOOD + 'env >environment\necho "The installer will use the proxy at $HTTP_PROXY"\n'
SEEN = "var/lib/wickr-bootstrap/installer"


@pytest.fixture
def host(tmp_path: Path) -> Path:
    (tmp_path / "etc/apt/apt.conf.d").mkdir(parents=True)
    return tmp_path


def install(host: Path, script: str = VENDOR, *, curl: str = "return 0", **values: str) -> Done:
    return test_install.install(host, script, curl=f"env >curl.env; {curl}", **FLAGS, **values)


def restarted(host: Path) -> list[str]:
    """What was restarted on the host."""
    asked = host / "asked"
    return [line for line in asked.read_text().splitlines() if "restart" in line] if asked.exists() else []


def environment(host: Path, whose: str) -> dict[str, str]:
    """What somebody was told of a proxy by the environment."""
    lines = (line.partition("=") for line in (host / SEEN / whose).read_text().splitlines())
    return {name: value for name, _, value in lines if name.lower().endswith("_proxy")}


@pytest.mark.parametrize(
    ("values", "flags"),
    [
        ({}, ["no-proxy"]),
        (PLAIN, [f"additional-no-proxy={AROUND}", f"http-proxy={PROXY}"]),
        (SECRET, [f"additional-no-proxy={AROUND}"]),
    ],
    ids=["none", "plain", "with credentials"],
)
def test_the_vendor_s_script_is_answered_about_the_proxy(host: Path, values: dict[str, str], flags: list[str]) -> None:
    assert install(host, **values).err == ""
    assert test_install.flags(host) == ["fast-timeouts", *flags, "private-address=10.20.0.10"]


@pytest.mark.parametrize(
    ("values", "url"),
    [({}, None), (PLAIN, PROXY), (SECRET, f"http://{CREDENTIALS}@proxy.example.net:3128")],
    ids=["none", "plain", "with credentials"],
)
def test_curl_and_the_vendor_s_script_find_it_in_their_environment(
    host: Path, values: dict[str, str], url: str | None
) -> None:
    install(host, **values)
    ways = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), url)
    told = {**ways, "no_proxy": AROUND, "NO_PROXY": AROUND} if url else {}
    assert (environment(host, "curl.env"), environment(host, "environment")) == (told, told)


@pytest.mark.parametrize("ending", ["", "exit 3\n", "echo unsupported distribution; exit 1\n"])
def test_credentials_are_in_no_argument_no_log_and_no_sentence(host: Path, ending: str) -> None:
    done = install(host, f"{VENDOR.replace('touch', 'true' if ending else 'touch')}{ending}", **SECRET)
    output = (host / "var/log/wickr-installer.log").read_text()
    assert "The installer will use the proxy at http://***@proxy.example.net:3128" in output
    assert done.code == (1 if ending else 0)
    told = "\n".join([done.out, done.err, output, log(host), *test_install.flags(host)])
    assert CREDENTIALS.partition(":")[2] not in told


def test_a_last_line_without_an_end_is_kept_and_a_question_that_never_ends_is_ended(host: Path) -> None:
    assert install(host, "#!/bin/bash\nprintf unfinished\nexit 3\n", **SECRET).err.startswith(
        "installer: the vendor's script ended with code 3 (it said last: unfinished)"
    )
    endless = f"#!/bin/bash\nwhile :; do echo '{'-' * 9000}'; done\n"
    assert install(host, endless, **SECRET).err.startswith("timeout: the vendor's script did not end")


@pytest.mark.parametrize(("values", "mode"), [(PLAIN, 0o644), (SECRET, 0o600)], ids=["plain", "with credentials"])
def test_apt_goes_by_the_proxy_for_good(host: Path, values: dict[str, str], mode: int) -> None:
    install(host, **values)
    file = host / "etc/apt/apt.conf.d/95wickr-proxy"
    user = f"{CREDENTIALS}@" if values is SECRET else ""
    assert file.read_text().splitlines() == [
        f'Acquire::http::Proxy "http://{user}proxy.example.net:3128";',
        f'Acquire::https::Proxy "http://{user}proxy.example.net:3128";',
        *(
            f'Acquire::{scheme}::Proxy::{name} "DIRECT";'
            for name in ("localhost", "10.20.0.10")
            for scheme in ("http", "https")
        ),
    ]
    assert file.stat().st_mode & 0o777 == mode


YUM = "# kept\n[main]\ngpgcheck=1\n"


@pytest.mark.parametrize("name", ["yum.conf", "dnf/dnf.conf"])
def test_yum_goes_by_the_proxy_for_good_and_the_rest_of_its_file_stays(host: Path, name: str) -> None:
    file = host / "etc" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(YUM)
    file.chmod(0o644)
    install(host, **PLAIN)
    plain = file.read_text()
    assert plain == f"# kept\n[main]\n# wickr: proxy\nproxy={PROXY}\n# wickr: end\ngpgcheck=1\n"
    assert file.stat().st_mode & 0o777 == 0o644
    install(host, **SECRET)
    added = "proxy_username=lab-user\nproxy_password=canary.word\n"
    assert file.read_text() == plain.replace("# wickr: end", f"{added}# wickr: end")
    assert file.stat().st_mode & 0o777 == 0o600
    install(host)
    assert file.read_text() == YUM


@pytest.mark.parametrize("unit", ["amazon-ssm-agent", "snap.amazon-ssm-agent.amazon-ssm-agent"])
def test_the_agent_of_session_manager_gets_out_too_where_there_is_one(host: Path, unit: str) -> None:
    file = host / f"etc/systemd/system/{unit}.service.d/wickr-proxy.conf"
    (host / "units").write_text(f"cat {unit}.service\n")
    install(host, **SECRET)
    url = f"http://{CREDENTIALS}@proxy.example.net:3128"
    assert file.read_text() == (
        f'[Service]\nEnvironment="http_proxy={url}" "https_proxy={url}" "no_proxy=169.254.169.254"\n'
    )
    assert file.stat().st_mode & 0o777 == 0o600
    assert restarted(host) == [f"restart {unit}.service"]
    assert [each.name for each in (host / "etc/systemd/system").iterdir()] == [f"{unit}.service.d"]
    install(host)
    assert not file.exists()
    assert restarted(host) == [f"restart {unit}.service"] * 2


def test_a_host_without_a_proxy_is_left_as_it_is_and_one_that_is_taken_away_is_gone(host: Path) -> None:
    file = host / "etc/apt/apt.conf.d/95wickr-proxy"
    file.write_text("somebody's own")
    install(host)
    assert file.read_text() == "somebody's own"
    install(host, **PLAIN)
    install(host)
    assert not file.exists()


def test_where_replicated_runs_nothing_is_restarted_and_a_person_is_told_what_is_left(host: Path) -> None:
    assert install(host, **PLAIN).err == ""
    again = install(host, **PLAIN)
    assert (again.err, again.out.startswith("install: Replicated runs already")) == ("", True)
    other = install(host, **{**SECRET, "PROXY": "http://10.9.0.10:80"})
    assert other.out.startswith("install: Replicated runs already")
    assert other.err.startswith(
        "warning: the host itself has another way out now (http://10.9.0.10:80); Docker and Replicated keep theirs"
    )
    assert CREDENTIALS not in other.err
    assert restarted(host) == []
    assert "http://lab-user:canary.word@10.9.0.10:80" in (host / "etc/apt/apt.conf.d/95wickr-proxy").read_text()


@pytest.mark.parametrize(
    ("curl", "sentence"),
    [
        ("return 5", f"proxy: the name in {PROXY} does not resolve on the host; check installer.proxy"),
        ("return 7", f"proxy: {PROXY} cannot be reached from the host, or does not answer; check installer.proxy"),
        ("return 28", f"proxy: {PROXY} cannot be reached from the host, or does not answer; check installer.proxy"),
        (
            "echo 'curl: (56) CONNECT tunnel failed, response 407' >&2; return 56",
            f"proxy: {PROXY} asks for credentials, or for others (HTTP status 407); set them with: pulumi config set",
        ),
        (
            "echo 'curl: (56) Received HTTP code 403 from proxy after CONNECT' >&2; return 56",
            f"proxy: {PROXY} does not lead to {test_install.URL} (curl: (56) Received HTTP code 403 from proxy after",
        ),
        ("return 22", f"version: {test_install.URL} answered with an error"),
        ("return 60", f"network: {test_install.URL} shows a certificate that the host does not trust"),
    ],
)
def test_a_proxy_that_does_not_lead_out_is_told_from_a_vendor_that_does_not_answer(
    host: Path, curl: str, sentence: str
) -> None:
    done = install(host, curl=curl, **PLAIN)
    assert done.code == 1
    assert done.err.startswith(sentence)
