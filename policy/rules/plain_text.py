"""Secrets in plain sight: outputs, inputs, and command lines, which every process of a host can read."""

import re
from collections.abc import Iterator

from policy.graph import Graph, Secret, leaves
from policy.rule import Finding, Rule

PRIVATE_KEY = re.compile("-----BEGIN [A-Z ]*PRIVATE KEY-----")
SHORTEST = 12
"""Marked texts below this length prove nothing: `true` or a port number is elsewhere for other reasons."""

COMMAND = "command:"
SPOKEN = ("create", "update", "delete", "triggers")
"""Inputs of a command that end in process lists, logs or plans: no secret belongs there, marked or not."""


def _known(graph: Graph) -> set[str]:
    """Texts that are secret: those that the teller knows, and each text that is marked by itself."""
    found = set(graph.secrets)
    for each in graph.resources:
        # A mark on a group covers the public parts of a connection, too; one on a text means the text.
        found |= {value.value for value in each.inputs.values() if isinstance(value, Secret) and _is_text(value.value)}
    found |= {value.value for value in graph.outputs.values() if isinstance(value, Secret) and _is_text(value.value)}
    return {text for text in found if len(text) >= SHORTEST}


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value not in UNKNOWN


UNKNOWN = frozenset({"04da6b54-80e4-46f7-96ec-b56ff0331ba9", "[known after the deployment]"})
"""What stands for a text that the deployment decides."""


def _shows(text: str, secrets: set[str]) -> str | None:
    if PRIVATE_KEY.search(text):
        return "a private key"
    return "a secret of the stack" if any(secret in text for secret in secrets) else None


def _plain(graph: Graph) -> Iterator[Finding]:
    secrets = _known(graph)
    for resource in graph.resources:
        for path, text, marked in leaves(resource.inputs):
            if not marked and (what := _shows(text, secrets)):
                yield Finding(
                    resource=resource,
                    message=f"shows {what} in {path}, where state, logs and plans have it in clear; "
                    "wrap it in pulumi.Output.secret",
                )
    for path, text, marked in leaves(graph.outputs):
        if not marked and (what := _shows(text, secrets)):
            yield Finding(resource=None, message=f"the output {path} shows {what}; wrap it in pulumi.Output.secret")


def _spoken(graph: Graph) -> Iterator[Finding]:
    secrets = set(graph.secrets)
    for resource in graph.resources:
        if not resource.type.startswith(COMMAND):
            continue
        for key in SPOKEN:
            for path, text, marked in leaves(resource.inputs.get(key), key):
                if marked and key != "triggers":
                    yield Finding(
                        resource=resource,
                        message=f"has a secret in {path}: command lines are in process lists and in errors; "
                        "hand it over in stdin",
                    )
                elif what := _shows(text, secrets):
                    yield Finding(resource=resource, message=f"has {what} in {path}; hand it over in stdin")


PLAIN_SECRETS = Rule(
    name="plain-secrets",
    what="What is secret is marked as secret, in every input and every output.",
    whole=_plain,
)
COMMAND_TEXT = Rule(
    name="command-text",
    what="No command line and no trigger of a command carries a secret, marked or not.",
    whole=_spoken,
)
