"""A host tells CloudWatch how it is: over real TLS, to a server that checks signatures by botocore and keeps limits."""

import ssl
from contextlib import ExitStack
from pathlib import Path

import pytest

from components.proxy import proxy_values
from guide.roles import Role
from installer import vitals as contract
from installer.python import vitals
from tests.certificates import Issued, issue
from tests.installer import servers
from tests.installer.cloudwatch import GROUP, CloudWatch
from tests.installer.telling import Host, refusal, stamped, values

pytestmark = pytest.mark.slow


def test_a_host_tells_how_full_it_is_and_its_logs_to_streams_of_its_role(host: Host) -> None:
    host.bootstrap.write_text(stamped("begins", "done in 1 s"))
    host.installer.write_text("Installing\nInstalled\n")
    host.say("Daemon has completed initialization")
    assert host.tell() == 0
    found = values(host)
    assert found.keys() == {"DiskUsed", "MemoryUsed"}
    assert all(0 < each <= 100 for each in found.values())
    assert {stream: host.cloud.texts(stream) for stream in host.cloud.streams} == {
        "messaging/bootstrap": host.bootstrap.read_text().splitlines(),
        "messaging/installer": ["Installing", "Installed"],
        "messaging/application": ["dockerd[7]: Daemon has completed initialization"],
    }
    assert host.answer.endswith(
        ", 2 new in messaging/bootstrap, 2 new in messaging/installer, 1 new in messaging/application\n"
    )


def test_the_next_run_tells_the_measures_again_and_of_the_logs_what_is_new(host: Host) -> None:
    host.bootstrap.write_text(stamped("one"))
    host.say("one")
    assert (host.tell(), host.tell()) == (0, 0)
    with host.bootstrap.open("a") as file:
        file.write(stamped("two"))
    host.say("two")
    assert host.tell() == 0
    assert len(host.cloud.metrics) == 6
    assert host.cloud.asked.count("PutLogEvents") == 2 * (2 + 1)  # a stream is made when it is missed
    assert [text.rpartition(" ")[2] for text in host.cloud.texts("messaging/bootstrap")] == ["one", "two"]
    assert host.cloud.texts("messaging/application") == ["dockerd[7]: one", "dockerd[7]: two"]


def test_a_host_that_has_nothing_to_tell_makes_no_stream(host: Host) -> None:
    assert host.tell() == 0
    assert (host.cloud.streams, host.cloud.asked) == ({}, ["PutMetricData"])


def served(stack: ExitStack, folder: Path, certificate: Issued, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody serves this certificate where the host looks for its own."""
    (folder / "own.pem").write_text(certificate.key_pem() + certificate.pem)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(folder / "own.pem")
    address, _, port = stack.enter_context(servers.serving(servers.Handler, CloudWatch(), tls)).partition(":")
    monkeypatch.setattr(vitals, "SERVED", (address, int(port)))


@pytest.mark.parametrize(("ends", "days"), [(90.5, 90), (0.5, 0), (-0.5, -1), (-3.5, -4)])
def test_a_host_that_serves_a_certificate_tells_for_how_many_days_it_is_good(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ends: float, days: int
) -> None:
    with ExitStack() as stack:
        served(stack, tmp_path, issue("wickr.example.com", days=(-10, ends)), monkeypatch)
        assert host.tell(certificate=True) == 0
    assert values(host)["CertificateDays"] == days


def test_a_certificate_that_is_not_asked_for_or_not_served_is_no_metric(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vitals, "SERVED", ("127.0.0.1", 9))
    assert host.tell(certificate=True) == 0
    with ExitStack() as stack:
        served(stack, tmp_path, issue("wickr.example.com"), monkeypatch)
        assert host.tell(certificate=False) == 0
    assert values(host).keys() == {"DiskUsed", "MemoryUsed"}


def test_two_runs_at_once_are_one(host: Host) -> None:
    with vitals.alone(str(host.state)) as first:
        assert (first, host.tell()) == (True, 0)
    assert host.cloud.asked == []


def test_what_it_keeps_is_for_root_alone(host: Host) -> None:
    host.bootstrap.write_text(stamped("one"))
    host.tell()
    assert {each.name: each.stat().st_mode & 0o777 for each in host.state.iterdir()} == {
        "answer": 0o600,
        "lock": 0o600,
        "positions.json": 0o600,
    }


def test_a_run_ends_in_its_time_though_there_is_more_to_tell(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    host.bootstrap.write_text(stamped("one"))
    monkeypatch.setattr(vitals, "SECONDS", -1)
    assert host.tell() == 1
    assert refusal(host).startswith("timeout: the time for it was over before monitoring.eu-west-1.amazonaws.com was")


def test_of_one_log_a_run_tells_only_so_much_and_the_next_one_goes_on(host: Host) -> None:
    lines = [f"{number} {'x' * 990}" for number in range(20_000)]
    host.bootstrap.write_text("\n".join(lines) + "\n")
    seen = []
    for _ in range(4):
        assert host.tell() == 0
        seen.append(len(host.cloud.texts("messaging/bootstrap")))
    assert 8000 < seen[0] < 9000
    assert 16_000 < seen[1] < 18_000
    assert seen[2:] == [20_000, 20_000]
    assert host.cloud.texts("messaging/bootstrap") == lines
    assert max(host.cloud.batches) > 1_000_000, "calls are as large as they may be"


def test_the_phase_is_given_what_the_program_is_configured_with() -> None:
    proxy = {"PROXY": "http://proxy:3128", "PROXY_CREDENTIALS": "secret", "PROXY_EXCEPTIONS": "localhost"}
    given = {"region": "eu-west-1", "domain": "amazonaws.com", "group": GROUP}
    found = contract.values(**given, role=Role.CALLING, certificate=False, proxy=proxy)
    program = found.pop("PROGRAM")
    assert found == {
        "FILES": "/etc/wickr",
        "REGION": "eu-west-1",
        "DOMAIN": "amazonaws.com",
        "GROUP": GROUP,
        "ROLE": "calling",
        "TELLS_CERTIFICATE": "false",
        "PERIOD_MINUTES": "5",
        **proxy,
    }
    assert program.startswith('"""How a program ends')
    direct = contract.values(**given, role=Role.MESSAGING, certificate=True, proxy=proxy_values(None))
    assert (direct["TELLS_CERTIFICATE"], direct["PROXY"], direct["PROXY_CREDENTIALS"]) == ("true", "", "")
    assert contract.STREAMS == ("bootstrap", "installer", "application")


def test_files_are_read_where_the_phases_write_them() -> None:
    scripts = "".join(path.read_text() for path in (Path(contract.__file__).parent / "bash").glob("*.sh"))
    assert set(vitals.FILES.values()) == {"/var/log/wickr-bootstrap.log", "/var/log/wickr-installer.log"}
    assert all(f"={path}" in scripts for path in vitals.FILES.values())
