"""Canaries: the secrets of a running installation are in their place and nowhere else."""

import pytest

from tests.lab import canary
from tests.lab.canary import found, holding
from tests.lab.installation import Installation

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def canaries(installation: Installation) -> dict[str, list[str]]:
    return canary.of(installation)


def test_no_secret_is_in_the_state_in_clear(installation: Installation, canaries: dict[str, list[str]]) -> None:
    files = canary.state(installation)
    assert {name: found(canaries, text) for name, text in files.items()} == {name: set() for name in files}


def test_no_secret_is_in_what_the_engine_said(installation: Installation, canaries: dict[str, list[str]]) -> None:
    assert found(canaries, installation.up_text) == set()


def test_no_secret_was_an_argument_of_a_process(installation: Installation, canaries: dict[str, list[str]]) -> None:
    seen = installation.processes.seen
    assert any("bash -s -- files" in line for line in seen), "the phases were not observed"
    assert found(canaries, "\n".join(seen)) == set()


@pytest.mark.parametrize(
    ("host", "last"), [("messaging", "calls done"), ("calling", "join done"), ("compliance", "container done")]
)
def test_no_secret_is_in_a_log_of_a_host(
    installation: Installation, canaries: dict[str, list[str]], host: str, last: str
) -> None:
    logs = canary.logs(installation, host)
    assert last in logs
    assert found(canaries, logs) == set()


def test_user_data_carries_the_host_key_and_no_other_secret(
    installation: Installation, canaries: dict[str, list[str]]
) -> None:
    assert found(canaries, canary.user_data(installation)) == set()


def test_no_secret_of_the_installation_is_on_the_compliance_host(
    installation: Installation, canaries: dict[str, list[str]]
) -> None:
    assert holding(installation, canaries, "compliance") == set()


def test_secrets_lie_on_the_host_where_their_reader_needs_them_and_nowhere_else(
    installation: Installation, canaries: dict[str, list[str]]
) -> None:
    own = holding(installation, canaries, "messaging")
    assert own <= canary.ON_MESSAGING
    assert "/etc/wickr/certificate.key" in own


def test_files_with_secrets_are_readable_by_their_reader_alone(installation: Installation) -> None:
    modes = installation.on("messaging", "stat -c '%a %U %n' /etc/wickr /etc/wickr/* /var/log/wickr-*.log").stdout
    assert set(modes.splitlines()) == {
        "750 root /etc/wickr",
        "600 replicated /etc/wickr/certificate.key",
        "600 replicated /etc/wickr/certificate.pem",
        "600 replicated /etc/wickr/console-auth.json",
        "600 replicated /etc/wickr/license.rli",
        "600 replicated /etc/wickr/settings.json",
        "600 replicated /etc/wickr/settings.tsv",
        "600 root /etc/wickr/vitals.json",
        "600 root /var/log/wickr-bootstrap.log",
        "600 root /var/log/wickr-installer.log",
    }
