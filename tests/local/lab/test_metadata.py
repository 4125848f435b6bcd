"""The metadata service answers as the real one would, and a host only about itself."""

import base64
import http.client
import json
import socket
from collections.abc import Iterator

import pytest

from local.lab import snapshot
from local.lab.imds import Metadata, Server
from local.lab.snapshot import Instance

TTL = "X-aws-ec2-metadata-token-ttl-seconds"
TOKEN = "X-aws-ec2-metadata-token"


class Service:
    """A running service and the one instance that it knows: whoever asks from loopback."""

    def __init__(self) -> None:
        self.instance: Instance | None = Instance(
            id="i-1", vpc="vpc-1", subnet="subnet-1", private="10.0.1.4", public="203.0.113.100",
            profile="arn:aws:iam::123456789012:instance-profile/hosts",
            metadata=snapshot.Metadata(tokens_required=True),
        )  # fmt: skip
        data = base64.b64encode(b"#cloud-config\n").decode()
        metadata = Metadata(
            who=lambda _: self.instance,
            user_data=lambda _: data,
            role=lambda _: "messaging-role",
            credentials=lambda instance: {"Code": "Success", "AccessKeyId": f"ASIA-of-{instance.id}"},
        )
        self.server = Server(socket.create_server(("127.0.0.1", 0)), metadata)
        self.server.start(notice=0.01)

    def ask(self, method: str, path: str, **headers: str) -> tuple[int, str]:
        host, port = self.server.socket.getsockname()
        connection = http.client.HTTPConnection(host, port, timeout=5)
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    def token(self) -> str:
        return self.ask("PUT", "/latest/api/token", **{TTL: "60"})[1]

    def get(self, path: str) -> tuple[int, str]:
        return self.ask("GET", f"/latest/{path}", **{TOKEN: self.token()})


@pytest.fixture
def service() -> Iterator[Service]:
    running = Service()
    yield running
    running.server.shutdown()
    running.server.server_close()


def test_where_tokens_are_required_a_question_without_one_is_refused(service: Service) -> None:
    assert service.ask("GET", "/latest/meta-data/instance-id") == (401, "")


def test_where_tokens_are_optional_a_question_without_one_is_answered(service: Service) -> None:
    service.instance = Instance(id="i-2", vpc="v", subnet="s", private="10.0.1.5")
    assert service.ask("GET", "/latest/meta-data/instance-id") == (200, "i-2")


def test_a_made_up_token_is_refused_even_where_none_is_required(service: Service) -> None:
    service.instance = Instance(id="i-2", vpc="v", subnet="s", private="10.0.1.5")
    assert service.ask("GET", "/latest/meta-data/instance-id", **{TOKEN: "guess"})[0] == 401


def test_a_token_of_another_host_is_refused(service: Service) -> None:
    stolen = service.token()
    service.instance = Instance(id="i-2", vpc="v", subnet="s", private="10.0.1.5")
    assert service.ask("GET", "/latest/meta-data/instance-id", **{TOKEN: stolen})[0] == 401


@pytest.mark.parametrize("seconds", ["0", "21601", "soon", ""])
def test_a_token_lives_between_a_second_and_six_hours(service: Service, seconds: str) -> None:
    assert service.ask("PUT", "/latest/api/token", **{TTL: seconds})[0] == 400


def test_a_proxy_gets_no_token(service: Service) -> None:
    assert service.ask("PUT", "/latest/api/token", **{TTL: "60", "X_Forwarded_For": "10.0.0.9"})[0] == 403


def test_switched_off_it_answers_nobody(service: Service) -> None:
    off = snapshot.Metadata(enabled=False)
    service.instance = Instance(id="i-1", vpc="v", subnet="s", private="10.0.1.4", metadata=off)
    assert service.ask("PUT", "/latest/api/token", **{TTL: "60"})[0] == 403


def test_an_address_that_is_no_hosts_gets_nothing(service: Service) -> None:
    service.instance = None
    assert service.ask("GET", "/latest/meta-data/")[0] == 403


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("meta-data/instance-id", "i-1"),
        ("meta-data/local-ipv4", "10.0.1.4"),
        ("meta-data/public-ipv4", "203.0.113.100"),
        ("meta-data/hostname", "ip-10-0-1-4.eu-west-1.compute.internal"),
        ("meta-data/placement/region", "eu-west-1"),
        ("meta-data/iam/security-credentials/", "messaging-role"),
        ("user-data", "#cloud-config\n"),
    ],
)
def test_a_host_learns_about_itself(service: Service, path: str, text: str) -> None:
    assert service.get(path) == (200, text)


def test_a_host_gets_the_credentials_of_its_own_role(service: Service) -> None:
    found = json.loads(service.get("meta-data/iam/security-credentials/messaging-role")[1])
    assert found == {"Code": "Success", "AccessKeyId": "ASIA-of-i-1"}
    assert service.get("meta-data/iam/security-credentials/another-role")[0] == 404


def test_folders_are_listed(service: Service) -> None:
    assert {"instance-id", "iam/", "placement/", "public-ipv4"} <= set(service.get("meta-data/")[1].splitlines())
    assert service.get("")[1].splitlines() == ["dynamic/", "meta-data/", "user-data"]


def test_what_is_not_there_is_not_found(service: Service) -> None:
    assert service.get("meta-data/kernel-id")[0] == 404


def test_the_identity_document_names_instance_and_account(service: Service) -> None:
    document = json.loads(service.get("dynamic/instance-identity/document")[1])
    assert (document["instanceId"], document["accountId"]) == ("i-1", "123456789012")
