"""What the stand-in for the command plugin takes, and what it refuses before anything runs."""

from typing import Any

import pytest

from local.plugins import life
from local.plugins.command.__main__ import PROVIDER
from local.plugins.command.resources import COPY, LOCAL, REMOTE
from local.plugins.framework import UNKNOWN, Refusal, Request, Resource
from local.plugins.sdk import arguments, parts
from local.plugins.values import Archive, Asset, Secret

CONNECTION = Secret({"host": "192.0.2.1", "privateKey": "canary"})


def complaints(resource: Resource, **given: Any) -> list[str]:
    return [str(problem) for problem in life.check(PROVIDER, resource, given)]


def remote(**connection: Any) -> list[str]:
    return complaints(REMOTE, create="true", connection=Secret({"host": "192.0.2.1"} | connection))


def changes(old: dict[str, Any], new: dict[str, Any]) -> dict[str, bool]:
    asked = Request(inputs=new, old_inputs=old, settings={})
    return {change.path: change.replaces for change in life.differences(REMOTE, asked, ())}


def test_every_argument_of_the_sdk_is_taken_or_refused_by_name() -> None:
    for resource, missing in ((REMOTE, set()), (COPY, set()), (LOCAL, {"assetPaths", "archivePaths"})):
        taken = {field.name for field in resource.inputs}
        assert set(arguments("pulumi_command", resource.token)) - taken == missing
    connection = next(field for field in REMOTE.inputs if field.name == "connection")
    of_the_sdk = set(parts("pulumi_command", "remote", "ConnectionArgs"))
    assert {field.name for field in connection.type.fields} == of_the_sdk  # type: ignore[union-attr]


def test_good_inputs_are_not_complained_about() -> None:
    assert (
        complaints(
            REMOTE,
            connection=CONNECTION,
            create="true",
            stdin=Secret("text"),
            environment={"LANG": "C"},
            logging="none",
            triggers=["a", 1, True, {"deep": ["b"]}, UNKNOWN, Secret("c")],
        )
        == []
    )


def test_what_is_not_known_yet_is_taken_on_trust() -> None:
    assert complaints(REMOTE, connection=UNKNOWN, create=UNKNOWN, triggers=UNKNOWN) == []
    assert remote(host=UNKNOWN, hostKey=UNKNOWN, port=UNKNOWN) == []


def test_defaults_are_those_of_the_real_plugin() -> None:
    inputs = life.complete(REMOTE, {"connection": CONNECTION}, {}, "")
    assert inputs["addPreviousOutputInEnv"] is True
    connection = inputs["connection"].value
    assert {name: connection[name] for name in ("user", "port", "dialErrorLimit", "perDialTimeout")} == {
        "user": "root",
        "port": 22,
        "dialErrorLimit": 10,
        "perDialTimeout": 15,
    }


def test_an_unknown_part_of_the_connection_is_refused_by_name_and_without_any_value() -> None:
    assert remote(privatKey="canary") == ["connection.privatKey is no argument; did you mean privateKey?"]


@pytest.mark.parametrize("name", ["host", "user", "privateKey", "password", "hostKey"])
def test_a_wrong_type_in_the_connection_is_refused_without_its_value(name: str) -> None:
    assert remote(**{name: 424242}) == [f"connection.{name} must be a string, not a number"]


def test_values_that_no_connection_can_have_are_refused() -> None:
    assert "must be a port, 1 to 65535" in remote(port=70000)[0]
    assert "must be a port, 1 to 65535" in remote(port=22.5)[0]
    assert "-1 for no limit" in remote(dialErrorLimit=-2)[0]
    assert "0 for no limit" in remote(perDialTimeout=-1)[0]
    assert remote(host=None) == ["connection.host is required"]


def test_an_unknown_way_of_logging_is_refused_with_those_that_exist() -> None:
    assert complaints(LOCAL, logging="stdou") == [
        "logging must be one of stdout, stderr, stdoutAndStderr, none, not stdou"
    ]


def test_arguments_of_the_real_plugin_that_are_not_implemented_are_refused_as_such() -> None:
    assert complaints(LOCAL, create="true", assetPaths=["*"]) == [
        "assetPaths is an argument of the real plugin that this stand-in does not implement"
    ]


def test_only_sources_that_the_real_plugin_copies_are_taken() -> None:
    def source(value: object) -> list[str]:
        return complaints(COPY, connection=CONNECTION, remotePath="/tmp/x", source=value)

    assert source(Asset(path="/etc/hosts")) == source(Asset(text="")) == source(Archive(path="/etc")) == []
    assert "must be a file (FileAsset) or a text" in source(Asset(uri="https://192.0.2.1/"))[0]
    assert "must be an archive made of a path" in source(Archive(assets={}))[0]
    assert "source must be a file or an archive" in source("/etc/hosts")[0]


def test_other_resources_and_functions_of_the_plugin_are_refused_by_name() -> None:
    with pytest.raises(Refusal, match="command:remote:CopyFile exists in the SDK but is not implemented"):
        life.find(PROVIDER, PROVIDER.resources, "command:remote:CopyFile")
    with pytest.raises(Refusal, match="function command:local:run exists in the SDK but is not implemented"):
        life.find(PROVIDER, PROVIDER.functions, "command:local:run")


def test_any_changed_input_updates_and_a_changed_trigger_replaces() -> None:
    old = {"connection": {"host": "a"}, "create": "one", "stdin": "x", "triggers": ["1", "2"]}
    assert changes(old, old) == {}
    assert changes(old, old | {"stdin": "y"}) == {"stdin": False}
    assert changes(old, old | {"connection": {"host": "b"}}) == {"connection.host": False}
    assert changes(old, old | {"delete": "gone"}) == {"delete": False}
    assert changes(old, old | {"triggers": ["1", "3"]}) == {"triggers[1]": True}
    assert changes(old, {name: old[name] for name in ("connection", "create", "stdin")}) == {"triggers": True}


def test_the_output_is_unknown_in_the_preview_of_an_update_and_of_a_creation() -> None:
    for state in ({}, {"stdout": "old", "stderr": ""}):
        planned = life.planned(REMOTE, Request(inputs={"create": "x"}, state=state, settings={}))
        assert planned["stdout"] is UNKNOWN
        assert planned["stderr"] is UNKNOWN


def test_a_secret_input_stays_secret_and_the_output_does_not_become_one() -> None:
    given = {"stdin": Secret("canary"), "connection": {"host": "a"}}
    state = life.marked(REMOTE, {"stdin": "canary", "connection": {"host": "a"}, "stdout": "said"}, given)
    assert state["stdin"] == Secret("canary")
    assert state["connection"] == Secret({"host": "a"})
    assert state["stdout"] == "said"
