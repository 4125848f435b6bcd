"""The files that Replicated reads, whole."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installer.configuration import console_auth, replicated_conf, settings_file, settings_table

TOKEN = "abc123DEF"
COMMON = {
    "BypassPreflightChecks": True,
    "DaemonAuthenticationType": "password",
    "DaemonAuthenticationPassword": 'pass"word',
    "DaemonToken": TOKEN,
    "LocalAddress": "10.20.0.10",
    "LogLevel": "info",
    "TlsBootstrapHostname": "wickr.example.com",
}
STARTS = {
    "LicenseFileLocation": "/etc/wickr/license.rli",
    "ImportSettingsFrom": "/etc/wickr/settings.json",
}
"""With these the application starts as soon as Replicated does."""

CERTIFICATE = {
    "TlsBootstrapType": "server-path",
    "TlsBootstrapCert": "/etc/wickr/certificate.pem",
    "TlsBootstrapKey": "/etc/wickr/certificate.key",
}


def conf(
    *, token: str = TOKEN, own_certificate: bool = True, starts_itself: bool = True, bundle: str | None = None
) -> str:
    return replicated_conf(
        hostname="wickr.example.com",
        private_address="10.20.0.10",
        password='pass"word',
        token=token,
        own_certificate=own_certificate,
        starts_itself=starts_itself,
        bundle=bundle,
    )


def test_the_configuration_with_a_certificate_is_this() -> None:
    assert json.loads(conf()) == COMMON | STARTS | CERTIFICATE


def test_the_configuration_without_a_certificate_leaves_it_to_the_installer() -> None:
    assert json.loads(conf(own_certificate=False)) == COMMON | STARTS | {"TlsBootstrapType": "self-signed"}


def test_an_application_that_waits_for_a_node_is_given_no_licence_to_start_with() -> None:
    assert json.loads(conf(starts_itself=False)) == COMMON | CERTIFICATE


def test_without_internet_the_licence_comes_with_the_bundle_and_no_release_is_named() -> None:
    package = "/var/lib/wickr-airgap/wickrenterprise.airgap"
    assert json.loads(conf(bundle=package)) == COMMON | STARTS | CERTIFICATE | {
        "LicenseBootstrapAirgapPackagePath": package
    }
    assert json.loads(conf(bundle=package, starts_itself=False)) == COMMON | CERTIFICATE


@pytest.mark.parametrize("key", ["LocalAddress", "DaemonToken"])
def test_what_the_install_script_reads_by_a_regular_expression_stands_on_a_line_of_its_own(key: str) -> None:
    assert sum(line.strip().startswith(f'"{key}": "') for line in conf().splitlines()) == 1


@pytest.mark.parametrize("token", ["", "a b", "a=b", 'a"b', "a-b", "a_b", "ä", "²", "a\n", "$(a)"])
def test_a_token_that_the_vendor_s_scripts_would_break_is_refused_without_being_shown(token: str) -> None:
    with pytest.raises(ValueError, match="letters and digits only") as refusal:
        conf(token=token)
    assert not token or f"'{token}'" not in str(refusal.value)


@given(st.dictionaries(st.text(), st.text()))
def test_settings_have_the_form_of_an_export_whatever_is_in_them(values: dict[str, str]) -> None:
    assert json.loads(settings_file(values)) == {key: {"value": value} for key, value in values.items()}


def test_the_order_of_settings_in_the_stack_makes_no_difference() -> None:
    assert settings_file({"a": "1", "b": "2"}) == settings_file({"b": "2", "a": "1"})


@given(st.dictionaries(st.text("abc_019", min_size=1), st.text()))
def test_the_table_for_bash_says_the_same_as_the_file(values: dict[str, str]) -> None:
    table = settings_table(values)
    rows = [line.split("\t") for line in table.splitlines()]
    assert {key: base64.b64decode(value).decode() for key, value in rows} == values
    assert len(rows) == len(values)
    assert table == "" or table.endswith("\n")


@given(st.text())
def test_a_password_reaches_the_console_as_it_is(password: str) -> None:
    assert json.loads(console_auth(password)) == {"Password": {"Password": password}}
