"""What firewalld must allow (IG 4), and where an installation answers (IG 4.3, 5.1, 9.1)."""

import pytest

from guide import firewalld, health, ports
from guide.roles import Role


def test_a_messaging_host_opens_its_table_for_good_trusts_docker0_and_reloads() -> None:
    assert firewalld.commands(ports.inbound(Role.MESSAGING)) == (
        "firewall-cmd --permanent --add-port=443/tcp",
        "firewall-cmd --permanent --add-port=22/tcp",
        "firewall-cmd --permanent --add-port=8800/tcp",
        "firewall-cmd --permanent --add-port=9870-9881/tcp",
        "firewall-cmd --permanent --zone=trusted --change-interface=docker0",
        "firewall-cmd --reload",
    )


@pytest.mark.parametrize("role", list(Role))
def test_every_rule_outlives_the_reload_that_follows_it(role: Role) -> None:
    *rules, last = firewalld.commands(ports.inbound(role))
    assert last == "firewall-cmd --reload"
    assert [rule for rule in rules if " --permanent " not in rule] == []


@pytest.mark.parametrize(
    ("hostname", "in_a_url"),
    [
        ("wickr.example.com", "wickr.example.com"),
        ("203.0.113.5", "203.0.113.5"),
        ("2001:db8::5", "[2001:db8::5]"),
    ],
)
def test_a_name_or_address_stands_in_a_url_as_urls_want_it(hostname: str, in_a_url: str) -> None:
    assert health.url_host(hostname) == in_a_url


def test_an_installation_answers_where_the_guide_says() -> None:
    assert (health.HEALTH_PATH, health.ADMIN_PATH, health.INSTALLER_PORT) == (
        "/checkConfig.php?api=117",
        "/admin",
        8800,
    )
