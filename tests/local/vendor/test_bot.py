"""The stand-in of the compliance bot takes the documented configuration, and says what is wrong with another."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from local.vendor.host.bot import bot, client_file, configuration
from local.vendor.host.bot.client_file import Network
from local.vendor.host.wire import Refusal

CLIENT: dict[str, Any] = {
    "name": "compliance_bot",
    "password": "PW",
    "integration": "wickrio-compliance-bot",
    "configS3File": {"key": "conf.wickr", "bucket": "b", "region": "eu-west-1"},
    "configPassword": "PW2",
    "tokens": [{"name": "USE_STREAMING", "value": "yes"}, {"name": "RUNTIME_DURATION", "value": "10"}],
}


def read(*clients: Any) -> list[configuration.Client]:
    return configuration.clients(json.dumps({"clients": list(clients)}), of_secret=False)


def test_the_documented_configuration_is_read() -> None:
    (found,) = read(CLIENT)
    assert (found.name, found.file_password) == ("compliance_bot", "PW2")
    assert found.file == {"key": "conf.wickr", "bucket": "b", "region": "eu-west-1"}
    assert found.tokens == {"USE_STREAMING": "yes", "RUNTIME_DURATION": "10"}


def test_in_a_secret_it_is_a_text_below_its_key() -> None:
    inside = json.dumps({"clients": [CLIENT]})
    assert configuration.clients(json.dumps({"wickr_config": inside}), of_secret=True) == read(CLIENT)
    for wrong in (inside, json.dumps({"wickr_config": {"clients": [CLIENT]}}), json.dumps({"wickr_config": "{"})):
        with pytest.raises(Refusal, match="wickr_config"):
            configuration.clients(wrong, of_secret=True)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"integration": "echo"}, "the integration 'echo' is not in this image"),
        ({"configS3File": {"key": "k", "bucket": "b"}}, "configS3File needs key, bucket, region"),
        ({"configPasword": "x"}, "no field configPasword"),
        ({"name": "../x"}, "not a name of a bot"),
        ({"tokens": [{"name": "STREAMING", "value": "yes"}]}, "unknown token STREAMING"),
        ({"tokens": [{"name": "USE_STREAMING", "value": "true"}]}, "invalid value 'true' of USE_STREAMING"),
        ({"tokens": [{"name": "STREAM_MAXSIZE", "value": "9999"}]}, "invalid value '9999'"),
        ({"tokens": [{"name": "STREAM_DESTINATION", "value": "/missing"}]}, "invalid value '/missing'"),
    ],
)
def test_what_is_wrong_with_a_client_is_named(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(Refusal, match=said):
        read({**CLIENT, **changed})


@pytest.mark.parametrize("field", ["name", "password", "integration", "configS3File", "configPassword"])
def test_what_is_missing_in_a_client_is_named(field: str) -> None:
    with pytest.raises(Refusal, match=f"{field} missing"):
        read({name: value for name, value in CLIENT.items() if name != field})


def test_no_client_is_an_error() -> None:
    with pytest.raises(Refusal, match="There are no clients currently configured!"):
        read()


def test_a_client_file_opens_with_its_password_alone(tmp_path: Path) -> None:
    file = tmp_path / "conf.wickr"
    command = [sys.executable, "-m", "local.vendor.client_file", "--host", "h", "--user", "u", "--out", str(file)]
    subprocess.run(command, input="PW2\n", text=True, check=True)
    assert client_file.opened(file.read_bytes(), "PW2") == Network("h", "u")
    assert b'"h"' not in file.read_bytes()
    with pytest.raises(Refusal, match="wrong configPassword"):
        client_file.opened(file.read_bytes(), "PW")
    with pytest.raises(Refusal, match="none of the local cloud"):
        client_file.opened(b"something else", "PW2")


def test_paths_of_the_container_are_found_on_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BINDS", json.dumps(["/srv/bot:/opt/WickrIO", "/srv/c.json:/etc/c.json:ro"]))
    assert bot.bound("/opt/WickrIO/clients") == Path("/srv/bot/clients")
    assert bot.bound("/etc/c.json") == Path("/srv/c.json")
    assert bot.bound("/opt/WickrIOs") == Path("/opt/WickrIOs")


def test_a_bot_registers_once_and_has_ten_devices_at_most(tmp_path: Path) -> None:
    (client,) = read(CLIENT)
    assert bot.register(tmp_path, client, Network("host-0", "u")) == "is registered now"
    assert bot.register(tmp_path, client, Network("host-0", "u")) == "was registered before"
    for number in range(1, 10):
        bot.register(tmp_path, client, Network(f"host-{number}", "u"))
    with pytest.raises(Refusal, match="more than 10 devices"):
        bot.register(tmp_path, client, Network("host-10", "u"))
