"""The vendor's script asks nothing: each of its questions is answered by a flag (IG 4.1)."""

import pytest

from installer.arguments import DEFAULT_OPERATOR_URL, DEFAULT_URL, install_flags, join_flags

PUBLIC = install_flags(private_address="10.20.0.10", public_address="203.0.113.100")
JOIN = join_flags(
    tag="calling", daemon_address="10.20.0.10", private_address="10.20.0.11", public_address="203.0.113.101"
)

QUESTIONS = {
    "Continue with firewalld active? (Y/n)": {"bypass-firewalld-warning"},
    "Please choose one of the following network interfaces:": {"private-address=10.20.0.10"},
    "[0] default: use X": {"public-address=203.0.113.100"},
    "Service IP address:": {"public-address=203.0.113.100"},
    "Does this machine require a proxy to access the Internet? (y/N)": {"no-proxy"},
    "devicemapper loopback: Do you want to proceed anyway? (y/N)": {"bypass-storagedriver-warnings"},
}
"""What may be asked before Docker is looked at, and what keeps each question away. The questions about Docker itself
depend on the host: the phase that runs the script answers them.
"""


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_is_answered_by_a_flag(question: str) -> None:
    assert set(PUBLIC) >= QUESTIONS[question]


def test_the_flags_are_these_and_no_others() -> None:
    assert set(PUBLIC) == set().union(*QUESTIONS.values()) | {"fast-timeouts"}
    assert len(PUBLIC) == len(set(PUBLIC))


def test_a_host_without_a_public_address_says_so_instead_of_being_asked() -> None:
    flags = install_flags(private_address="10.20.0.10", public_address=None)
    assert set(flags) ^ set(PUBLIC) == {"public-address=203.0.113.100", "no-public-address"}


def test_a_node_is_told_where_the_daemon_is_what_it_is_for_and_its_own_addresses() -> None:
    assert set(JOIN) - set(PUBLIC) == {
        "daemon-endpoint=10.20.0.10:9879",
        "tags=calling",
        "private-address=10.20.0.11",
        "public-address=203.0.113.101",
    }
    assert set(PUBLIC) - set(JOIN) == {"private-address=10.20.0.10", "public-address=203.0.113.100"}
    assert len(JOIN) == len(set(JOIN))


def test_without_internet_both_scripts_are_told_so_and_nothing_else_changes() -> None:
    public = install_flags(private_address="10.20.0.10", public_address="203.0.113.100", airgap=True)
    assert public == ("airgap", *PUBLIC)
    joining = join_flags(
        tag="calling",
        daemon_address="10.20.0.10",
        private_address="10.20.0.11",
        public_address="203.0.113.101",
        airgap=True,
    )
    assert joining == ("airgap", *JOIN)


@pytest.mark.parametrize("flag", ["prompt-on-preflight-warnings", "no-auto", "airgap", "no-clear", "daemon-token"])
def test_no_flag_makes_the_script_ask_or_carries_a_secret(flag: str) -> None:
    assert [each for each in (*PUBLIC, *JOIN) if each.startswith(flag)] == []


def test_the_installer_comes_from_where_the_guide_says_and_a_node_s_script_from_the_same_channel() -> None:
    assert DEFAULT_URL == "https://get.replicated.com/docker/wickrenterprise/stable"
    assert DEFAULT_OPERATOR_URL == "https://get.replicated.com/operator/wickrenterprise/stable"
