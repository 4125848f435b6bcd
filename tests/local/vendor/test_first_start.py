"""What the first start of the daemon does with less than everything."""

import json

import pytest

from tests.local.vendor.conftest import INSTALL, configure, rli, states
from tests.local.vendor.scratch import Host

pytestmark = pytest.mark.lab

LOAD = "replicatedctl -i license-load < /mnt/shared/stdin"


def install(host: Host) -> None:
    result = host.run(INSTALL)
    assert result.code == 0, result.output


def test_until_there_is_a_password_anyone_may_upload_a_license(host: Host) -> None:
    install(host)
    assert "anyone may upload a license" in host.run("curl -sk https://127.0.0.1:8800/").output
    upload = "curl -sk --data-binary @/mnt/shared/stdin https://127.0.0.1:8800/license"
    assert host.run(upload, stdin=b"no license").output == "failed to load license: this is not a license file"
    assert host.run(upload, stdin=rli()).output == "license loaded"
    secured = host.run(
        "replicatedctl -i console-auth import < /mnt/shared/stdin", stdin=b'{"Password":{"Password":"x"}}'
    )
    assert secured.code == 0
    assert host.run(upload, stdin=rli()).output == "log in first"


def test_a_configuration_that_is_no_json_is_as_good_as_none(host: Host) -> None:
    host.run('echo \'{"DaemonToken": "abc",}\' > /etc/replicated.conf')
    install(host)
    assert "not valid JSON" in host.run("docker logs replicated").output
    assert "Anonymous" in host.run("replicatedctl console-auth export").output
    assert "DAEMON_TOKEN=abc " in host.run("cat /etc/default/replicated").output  # the script's own reading


def test_before_2_52_a_private_configuration_is_not_readable_for_the_daemon(host: Host) -> None:
    configure(host, DaemonAuthenticationType="password", DaemonAuthenticationPassword="x")
    host.run(
        "chmod 600 /etc/replicated.conf; curl -fsSL -o install.sh 'https://get.replicated.com/docker?replicated_tag=2.44.2'"
    )
    assert host.run(f"{INSTALL} docker-version=24.0.2").code == 0
    assert "permission denied for user replicated" in host.run("docker logs replicated").output
    assert "quay.io/replicated/replicated:current" in host.run("docker ps").output


def test_a_token_that_does_not_share_a_line_with_its_key_is_not_seen(host: Host) -> None:
    host.run("""printf '{"DaemonToken":\\n"%s"}' abcdef > /etc/replicated.conf""")
    install(host)
    assert "abcdef" not in host.run("cat /etc/default/replicated").output


def test_without_bypass_the_application_waits_for_the_preflights(host: Host) -> None:
    configure(
        host, BypassPreflightChecks=False, ImportSettingsFrom="/etc/settings.json", TlsBootstrapType="self-signed"
    )
    host.run('echo \'{"lab_hostname": {"value": "x"}}\' > /etc/settings.json')
    install(host)
    assert host.run(LOAD, stdin=rli()).code == 0
    assert states(host, "stopped")["State"] == "stopped"
    rows = json.loads(host.run("sleep 2; replicatedctl preflight run").output)
    assert {row["Name"] for row in rows} >= {"os", "docker", "memory", "disk /", "disk /var/lib/docker"}
    assert host.run("replicatedctl preflight dismiss; replicatedctl preflight status -q").output == "true\n"
    assert host.run("replicatedctl app start").code == 0
    assert states(host, "started")["Error"] == ""


def test_without_a_calling_node_the_application_says_so(host: Host) -> None:
    configure(host, ImportSettingsFrom="/etc/settings.json")
    host.run("cat > /etc/settings.json", stdin=b'{"lab_hostname": {"value": "x"}}')
    install(host)
    assert host.run(LOAD, stdin=rli(calling=True)).code == 0
    failed = states(host, "stopped")
    assert failed["Error"] == 'Error placing components: not enough operators available for component "calling"'
    assert failed["DesiredState"] == "started"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"expires": "2020-01-31"}, "it expired on 2020-01-31"),
        ({"online": False, "airgap": True}, "does not allow an online installation"),
        ({"channel": "Nightly"}, "channel Nightly of this license does not exist"),
    ],
)
def test_a_license_that_does_not_fit_is_refused_with_the_reason(
    installed: Host, changes: dict[str, object], reason: str
) -> None:
    refused = installed.run(LOAD, stdin=rli(**changes))
    assert refused.code == 1
    assert reason in refused.output
    assert json.loads(installed.run("replicatedctl app status").output) == []


def test_a_registry_out_of_reach_fails_the_installation(host: Host) -> None:
    host.site("registry-1.docker.io/v2/replicated/replicated/manifests/2.56.0.status").write_text("503")
    result = host.run(INSTALL)
    assert result.code != 0
    assert "503" in result.output
    assert host.run("ls /usr/local/bin/replicatedctl").code != 0


def test_docker_pulls_through_the_proxy_that_it_was_given(host: Host) -> None:
    assert host.run("bash install.sh install-docker-only").code == 0
    result = host.run(
        f"ip route add unreachable 10.0.0.99; {INSTALL.replace('no-proxy', 'http-proxy=http://10.0.0.99:1')}"
    )
    assert result.code == 1
    assert "HTTPS Proxy: http://10.0.0.99:1" in host.run("docker info").output
    assert "auth.docker.io" not in host.access_log
