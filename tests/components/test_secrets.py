"""Secrets have one road: what is marked. Canaries are searched for in everything that is not."""

import base64
import functools
import json
import re

import pytest

from components.secrets import derive
from tests import certificates, sshkeys
from tests.recorder import Secret, reveal, unmarked
from tests.stacks import CREDENTIALS_CANARY, LICENSE, LICENSE_CANARY, VARIANTS, WITH_CALLING, WITH_COMPLIANCE, deployed

LOGIN = {"secrets-login-key.privateKeyOpenssh", "bastion"}
"""What each connection needs, and carries marked."""

every_variant = pytest.mark.parametrize("variant", VARIANTS)


def forms(secret: str) -> set[str]:
    """A secret as it is, and the middles of its base64 at each of the three places where it can begin in a text."""
    shifted = (base64.b64encode(b"\0" * shift + secret.encode()).decode() for shift in range(3))
    return {secret, *(text[4:-4] for text in shifted)}


@functools.cache
def canaries(variant: str) -> dict[str, set[str]]:
    """Every secret of a deployment, by a name for it and in each of its forms; of PEM the part that is secret."""
    deployment = deployed(variant)
    given = reveal(deployment.named("messaging-replicated-files").inputs["stdin"])
    conf = base64.b64decode(re.findall(r"^readonly REPLICATED_CONF=(\S+)$", given, re.MULTILINE)[0])
    found = {
        "licence": base64.b64decode(VARIANTS[variant].get("wickr:license", LICENSE)).decode(),
        "password": reveal(deployment.outputs["installerPassword"]),
        "token": json.loads(conf)["DaemonToken"],
        "proxy credentials": CREDENTIALS_CANARY,
        "bastion": sshkeys.private("Pulumi at the bastion").splitlines()[1],
        "provided key": certificates.server().key_pem().splitlines()[1],
    }
    for key in deployment.of("tls:index/privateKey:PrivateKey"):
        for output, value in key.outputs.items():
            if output.startswith("privateKey"):
                found[f"{key.name}.{output}"] = reveal(value).splitlines()[1]
    return {name: forms(secret) for name, secret in found.items()}


def leaks(text: str, variant: str = "complete") -> set[str]:
    """The names of the secrets that a text holds."""
    return {name for name, each in canaries(variant).items() if any(form in text for form in each)}


def readable(variant: str = "complete") -> str:
    """All that the program made known without a mark: requests, outputs, what components register, and what it said."""
    deployment = deployed(variant)
    parts = [part for each in deployment.requests for part in (each.inputs, each.outputs, each.options)]
    texts = [text for part in [*parts, *deployment.registered.values()] for text in unmarked(part)]
    return "\n".join([*texts, *(text for level, text in deployment.log if level != "debug")])


@every_variant
def test_no_secret_is_found_outside_what_is_marked(variant: str) -> None:
    assert leaks(readable(variant), variant) == set()


@pytest.mark.parametrize("before", ["", "x", "xx"])
def test_the_search_would_find_a_licence_in_the_middle_of_other_base64(before: str) -> None:
    text = readable() + base64.b64encode(before.encode() + LICENSE_CANARY + b"}").decode()
    assert leaks(text) == {"licence"}


@pytest.mark.parametrize(("variant", "count"), [("complete", 5), ("calling", 6), ("all three hosts", 7)])
def test_the_search_knows_every_key_and_every_other_secret(variant: str, count: int) -> None:
    keys = [each.name for each in deployed(variant).of("tls:index/privateKey:PrivateKey")]
    assert len(keys) == count
    assert len(canaries(variant)) == 6 + 3 * len(keys)


def test_one_key_opens_all_hosts_and_each_shows_its_own() -> None:
    keys = [
        each.name
        for each in deployed("calling").of("tls:index/privateKey:PrivateKey")
        if "certificate" not in each.name
    ]
    assert sorted(keys) == ["calling-host-host-key", "messaging-host-host-key", "secrets-login-key", "secrets-seed"]


@every_variant
def test_user_data_carries_the_host_key_and_no_other_secret(variant: str) -> None:
    hosts = deployed(variant).of("aws:ec2/instance:Instance")
    assert len(hosts) == 1 + (variant in WITH_CALLING) + (variant in WITH_COMPLIANCE)
    for host in hosts:
        data = host.inputs["userData"]
        assert isinstance(data, Secret)
        assert leaks(data.value, variant) == {f"{host.inputs['tags']['wickr:role']}-host-host-key.privateKeyOpenssh"}


@every_variant
def test_only_these_outputs_are_secret(variant: str) -> None:
    marked = {name for name, value in deployed(variant).outputs.items() if isinstance(value, Secret)}
    assert marked == {"sshPrivateKey", "installerPassword"}


@every_variant
def test_secrets_reach_the_host_by_standard_input_alone(variant: str) -> None:
    commands = [each for each in deployed(variant).resources if each.type.startswith("command:")]
    inputs = {(each.name, key): json.dumps(reveal(value)) for each in commands for key, value in each.inputs.items()}
    places = {place: leaks(text, variant) - LOGIN for place, text in inputs.items() if leaks(text, variant) - LOGIN}
    proxied = {"proxy credentials"} if "proxyCredentials" in VARIANTS[variant].get("wickr:installer", {}) else set()
    scripts = {("calling-node-join", "stdin"): {"token"} | proxied} if variant in WITH_CALLING else {}
    if proxied:
        scripts[("messaging-replicated-install", "stdin")] = proxied
        # What tells by way of a proxy needs its credentials, too.
        scripts |= {(each.name, "stdin"): proxied for each in commands if each.name.endswith("-tells-vitals")}
    assert places.keys() == {("messaging-replicated-files", "stdin")} | scripts.keys()
    assert {place: places[place] for place in scripts} == scripts
    stdin = {each.name: each.inputs["stdin"] for each in commands}
    assert all(isinstance(stdin[name], Secret) for name, _ in places)


def test_password_and_token_follow_from_the_seed_and_differ() -> None:
    password, token = derive("seed", "console password"), derive("seed", "cluster token")
    assert (password, token) == (derive("seed", "console password"), derive("seed", "cluster token"))
    assert len({password, token, derive("other seed", "cluster token")}) == 3
    assert all(re.fullmatch("[a-z2-7]{32}", each) for each in (password, token))
