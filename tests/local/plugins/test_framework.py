"""A table of resources behaves as a plugin of the engine does: checks, plans, secrets, names, faults."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import grpc
import pytest

from local.plugins.framework import (
    BOOLEAN,
    INTEGER,
    STRING,
    UNKNOWN,
    Field,
    Function,
    ListOf,
    Made,
    MapOf,
    Object,
    Output,
    Provider,
    Refusal,
    Request,
    Resource,
    Unfinished,
    Values,
    between,
    conflict,
    exactly_one_of,
    one_of,
    outputs,
    required,
)
from local.plugins.values import Secret
from tests.local.plugins.plugin import Plugin, running

# The toy borrows the token of a real resource, so that the SDK can say what the real plugin would know.
GROUP = "aws:ec2/securityGroup:SecurityGroup"


def make(request: Request) -> Made:
    if request.inputs["size"] == 13:
        raise Refusal("13 is not made here")
    if request.inputs["size"] == 14:
        raise Unfinished("it is there, but half done", Made("half", {"arn": "arn:half"}))
    if request.inputs["size"] == 15:
        raise ZeroDivisionError("a bug")
    return Made("group-1", {"arn": "arn:group-1", "token": "hush", "zone": "a", "seen": str(request.settings)})


def change(request: Request) -> Values:
    return {"arn": "arn:changed"}


RESOURCE = Resource(
    token=GROUP,
    inputs=(
        Field("name", named=True, computed=True, replaces=True),
        Field("description", default="Managed by Pulumi", replaces=True),
        Field("size", INTEGER, required=True, check=between(1, 20)),
        Field("zone", computed=True, check=one_of("a", "b")),
        Field("password", secret=True),
        Field("ids", ListOf(STRING, unordered=True)),
        Field("order", ListOf(STRING)),
        Field("labels", MapOf(STRING)),
        Field("from"),
        Field("to"),
        Field(
            "disk",
            Object(
                (
                    Field("size", INTEGER, check=between(8, 100)),
                    Field("kind", computed=True, replaces=True),
                    Field("keep", BOOLEAN, default=True),
                )
            ),
            computed=True,
        ),
    ),
    outputs=(*outputs("arn", "seen"), Output("token", secret=True)),
    create=make,
    update=change,
    delete=lambda _: None,
    rules=(conflict("from", "to"),),
)
PROVIDER = Provider(
    name="toy",
    version="1.2.3",
    sdk="pulumi_aws",
    resources=(RESOURCE,),
    functions=(
        Function(
            token="aws:ec2/getVpc:getVpc",
            inputs=(Field("id"), Field("cidrBlock")),
            rules=(exactly_one_of("id", "cidrBlock"),),
            call=lambda request: {"answer": request.inputs["id"]},
        ),
    ),
    settings=(Field("region", required=True), Field("allowedAccountIds", ListOf(STRING))),
)


@pytest.fixture(scope="module")
def toy() -> Iterator[Plugin]:
    with running(PROVIDER) as plugin:
        yield plugin


def test_it_reports_the_version_of_the_sdk(toy: Plugin) -> None:
    assert toy.version() == "1.2.3"


# what a check refuses


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"siez": 1}, "siez is no argument; did you mean size?"),
        ({"ingress": []}, "ingress is an argument of the real plugin that this stand-in does not implement"),
        ({"size": "5"}, "size must be a whole number, not the string '5'"),
        ({"size": 5.5}, "size must be a whole number, not the number 5.5"),
        ({"size": True}, "size must be a whole number, not a boolean"),
        ({"size": 21}, "size must be 1 to 20, not 21"),
        ({"ids": "one"}, "ids must be a list, not the string 'one'"),
        ({"ids": ["one", 2]}, "ids[1] must be a string, not the number 2"),
        ({"labels": {"Name": 5}}, "labels.Name must be a string, not the number 5"),
        ({"disk": {"size": 500}}, "disk.size must be 8 to 100, not 500"),
        ({"disk": {"sise": 50}}, "disk.sise is no argument; did you mean size?"),
        ({"from": "a", "to": "b"}, "from cannot be given together with to"),
        ({"zone": "c"}, "zone must be one of a, b, not c"),
    ],
)
def test_what_the_table_does_not_allow_is_refused_with_a_sentence(toy: Plugin, wrong: Values, sentence: str) -> None:
    assert toy.refusals(GROUP, {"size": 5, **wrong}) == [sentence]


def test_what_is_missing_is_named(toy: Plugin) -> None:
    assert toy.refusals(GROUP, {}) == ["size is required"]


def test_an_unknown_value_is_taken_on_trust_nested_too(toy: Plugin) -> None:
    trusting = {"size": UNKNOWN, "zone": UNKNOWN, "ids": ["one", UNKNOWN], "disk": {"size": UNKNOWN}}
    assert toy.refusals(GROUP, trusting) == []
    assert toy.refusals(GROUP, {**trusting, "ids": [UNKNOWN, 2]}) == ["ids[1] must be a string, not the number 2"]


def test_a_refusal_never_shows_a_secret(toy: Plugin) -> None:
    told = toy.refusals(GROUP, {"size": Secret(999), "zone": Secret("canary"), "password": 12345})
    assert len(told) == 3
    assert not any(secret in text for text in told for secret in ("999", "canary", "12345"))


def test_a_type_that_the_table_lacks_is_refused_by_name(toy: Plugin) -> None:
    with pytest.raises(grpc.RpcError, match="aws:s3/bucket:Bucket exists in the SDK but is not implemented"):
        toy.check("aws:s3/bucket:Bucket", {})
    with pytest.raises(grpc.RpcError, match="aws:s3/buket:Buket is not known"):
        toy.check("aws:s3/buket:Buket", {})


def test_the_providers_own_settings_are_checked_and_read_from_json_text(toy: Plugin) -> None:
    assert toy.refusals_of_settings(region="eu-west-1", allowedAccountIds='["1"]', version="7.51.1") == []
    assert toy.refusals_of_settings(allowedAccountIds='{"a": 1}', regoin="x", endpoints="[]") == [
        "region is required",
        "allowedAccountIds must be a list, not a map",
        "endpoints is an argument of the real plugin that this stand-in does not implement",
        "regoin is no argument; did you mean region?",
    ]


# what a check fills in


def test_defaults_and_a_name_are_filled_in_and_the_name_stays(toy: Plugin) -> None:
    first, _ = toy.check(GROUP, {"size": 5, "disk": {"size": 10}})
    assert first["name"] == "thing-1234567"
    assert first["description"] == "Managed by Pulumi"
    assert first["disk"] == {"size": 10, "keep": True}
    assert first["__defaults"] == ["name"]
    again, _ = toy.check(GROUP, {"size": 6}, old={**first, "name": "thing-abcdef0"})
    assert again["name"] == "thing-abcdef0"
    named, _ = toy.check(GROUP, {"size": 6, "name": "mine"}, old=first)
    assert (named["name"], named["__defaults"]) == ("mine", [])


def test_a_secret_stays_secret_from_the_check_to_the_state(toy: Plugin) -> None:
    inputs, _ = toy.check(GROUP, {"size": Secret(5), "password": "plain"})
    assert (inputs["size"], inputs["password"]) == (Secret(5), Secret("plain"))
    _, state = toy.create(GROUP, {"name": "n", **inputs})
    assert (state["size"], state["password"], state["token"]) == (Secret(5), Secret("plain"), Secret("hush"))
    assert state["arn"] == "arn:group-1"


# previews


def test_a_preview_of_a_creation_makes_nothing_and_leaves_outputs_unknown(toy: Plugin) -> None:
    made, state = toy.create(GROUP, {"name": "n", "size": 13}, preview=True)
    assert made == ""
    assert (state["arn"], state["token"], state["zone"], state["size"]) == (UNKNOWN, Secret(UNKNOWN), UNKNOWN, 13)


def test_a_preview_of_an_update_keeps_what_is_known() -> None:
    volatile = replace(RESOURCE, outputs=(*outputs("arn", "token"), Output("seen", volatile=True)))
    with running(replace(PROVIDER, resources=(volatile,))) as toy:
        state = {"arn": "arn:1", "seen": "x", "token": "t", "zone": "a", "size": 5, "from": "gone"}
        after = toy.update(GROUP, "id", state, {"size": 5, "from": "gone"}, {"size": 6}, preview=True)
    assert after == {"arn": "arn:1", "seen": UNKNOWN, "token": "t", "zone": "a", "size": 6}


def test_an_unknown_value_never_reaches_a_real_creation(toy: Plugin) -> None:
    with pytest.raises(grpc.RpcError, match=r"zone .* is still unknown"):
        toy.create(GROUP, {"name": "n", "size": 5, "zone": UNKNOWN})


# differences

OLD: Values = {"name": "n", "__defaults": ["name"], "size": 5, "ids": ["a", "b"], "order": ["a", "b"], "zone": "a"}


@pytest.mark.parametrize(
    ("new", "changes", "replaces"),
    [
        ({}, {}, []),
        ({"size": 6}, {"size": "update"}, []),
        ({"size": UNKNOWN}, {"size": "update"}, []),
        ({"name": "other"}, {"name": "update"}, ["name"]),
        ({"description": "d"}, {"description": "add"}, ["description"]),
        ({"ids": ["b", "a"]}, {}, []),
        ({"ids": ["b"]}, {"ids[0]": "update", "ids[1]": "delete"}, []),
        ({"order": ["b", "a"]}, {"order[0]": "update", "order[1]": "update"}, []),
        ({"order": None}, {"order": "delete"}, []),
        ({"zone": None}, {}, []),
        ({"labels": {"a.b": "c"}}, {"labels": "add"}, []),
        ({"disk": {"size": 20}}, {"disk.size": "update"}, []),
        ({"disk": {"kind": "fast"}}, {"disk.kind": "update", "disk.size": "delete"}, ["disk.kind"]),
    ],
)
def test_changes_are_found_field_by_field(
    toy: Plugin, new: Values, changes: dict[str, str], replaces: list[str]
) -> None:
    state = {"disk": {"size": 10, "kind": "slow", "keep": True}}
    merged = {name: value for name, value in {**OLD, "disk": {"size": 10}, **new}.items() if value is not None}
    found = toy.diff(GROUP, {**OLD, "disk": {"size": 10}}, merged, state)
    assert (found.changes, found.replaces) == (changes, replaces)


def test_keys_of_maps_are_named_as_the_engine_names_them(toy: Plugin) -> None:
    old, new = {**OLD, "labels": {"a.b": "1", "c": "2"}}, {**OLD, "labels": {"a.b": "9", "d": "2"}}
    found = toy.diff(GROUP, old, new)
    assert found.changes == {'labels["a.b"]': "update", "labels.c": "delete", "labels.d": "add"}


def test_changes_that_are_to_be_ignored_are_ignored(toy: Plugin) -> None:
    assert toy.diff(GROUP, OLD, {**OLD, "size": 6, "name": "other"}, ignore=("size", "name")).changes == {}


def test_a_name_that_was_given_makes_room_before_the_replacement(toy: Plugin) -> None:
    invented = toy.diff(GROUP, OLD, {**OLD, "description": "d"})
    assert (invented.replaces, invented.deletes_first) == (["description"], False)
    given = {**OLD, "__defaults": []}
    assert toy.diff(GROUP, given, {**given, "description": "d"}).deletes_first
    assert not toy.diff(GROUP, given, {**given, "name": "other"}).deletes_first
    assert not toy.diff(GROUP, given, {**given, "size": 6}).deletes_first


def test_a_resource_without_update_is_replaced_by_any_change() -> None:
    fixed = replace(RESOURCE, update=None)
    with running(replace(PROVIDER, resources=(fixed,))) as toy:
        assert toy.diff(GROUP, OLD, {**OLD, "size": 6}).replaces == ["size"]


def test_an_expired_property_replaces_with_its_change_or_without() -> None:
    expiring = replace(RESOURCE, expired=lambda _: ("arn", "size"))
    with running(replace(PROVIDER, resources=(expiring,))) as toy:
        found = toy.diff(GROUP, OLD, {**OLD, "size": 6})
    assert (found.changes, found.replaces) == ({"arn": "update", "size": "update"}, ["arn", "size"])


# what a plan adds


@pytest.fixture(scope="module")
def planning() -> Iterator[Plugin]:
    def plan(request: Request) -> Values:
        labels = request.inputs.get("labels") or {}
        return {"all": UNKNOWN if labels is UNKNOWN else {**labels, "by": request.settings.get("region")}}

    planned = replace(RESOURCE, plan=plan, outputs=(*RESOURCE.outputs, Output("all")))
    with running(replace(PROVIDER, resources=(planned,))) as plugin:
        yield plugin


def test_what_follows_from_settings_is_known_at_preview_and_its_change_is_an_update(planning: Plugin) -> None:
    planning.configure(region="one")
    inputs, _ = planning.check(GROUP, {"size": 5, "labels": {"a": "b"}})
    assert inputs["all"] == {"a": "b", "by": "one"}
    assert planning.create(GROUP, inputs, preview=True)[1]["all"] == {"a": "b", "by": "one"}
    planning.configure(region="two")
    assert planning.diff(GROUP, inputs, inputs).changes == {"all.by": "update"}
    assert planning.check(GROUP, {"size": 5, "labels": UNKNOWN})[0]["all"] is UNKNOWN


# refresh and import


def test_a_refresh_shows_what_drifted_and_no_more() -> None:
    found: dict[str, Any] = {
        "arn": "arn:1",
        "size": 9,
        "zone": "b",
        "ids": ["b", "a"],
        "disk": {"size": 10, "keep": True},
    }
    reading = replace(RESOURCE, read=lambda request: Made(request.id, found))
    with running(replace(PROVIDER, resources=(reading,))) as toy:
        given = {"size": 5, "ids": ["a", "b"], "disk": {"size": 10}, "password": Secret("p")}
        _, state, inputs = toy.read(GROUP, "id", given, given)
        _, _, imported = toy.read(GROUP, "id", {}, {})
    assert inputs == {"size": 9, "ids": ["a", "b"], "disk": {"size": 10}, "password": Secret("p")}
    assert (state["size"], state["zone"], state["password"]) == (9, "b", Secret("p"))
    assert (imported["size"], imported["zone"]) == (9, "b")


def test_what_is_gone_is_gone() -> None:
    with running(replace(PROVIDER, resources=(replace(RESOURCE, read=lambda _: None),))) as toy:
        assert toy.read(GROUP, "id", {"size": 5}, {"size": 5})[0] == ""


# functions and faults


def test_a_function_answers_and_checks_its_arguments(toy: Plugin) -> None:
    assert toy.invoke("aws:ec2/getVpc:getVpc", {"id": "vpc-1"}) == {"answer": "vpc-1"}
    with pytest.raises(AssertionError, match="exactly one of id, cidrBlock must be given, not none"):
        toy.invoke("aws:ec2/getVpc:getVpc", {})
    with pytest.raises(AssertionError, match="state is an argument of the real plugin"):
        toy.invoke("aws:ec2/getVpc:getVpc", {"id": "vpc-1", "state": "available"})


def test_a_refusal_is_one_sentence(toy: Plugin) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        toy.create(GROUP, {"name": "n", "size": 13})
    assert caught.value.details() == "13 is not made here"


def test_a_fault_is_a_sentence_that_says_where_the_traceback_is(toy: Plugin) -> None:
    with pytest.raises(grpc.RpcError, match=r"has a fault: ZeroDivisionError: a bug .*LOCAL_PLUGIN_TRACE=1"):
        toy.create(GROUP, {"name": "n", "size": 15})


def test_a_half_made_resource_is_not_lost(toy: Plugin) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        toy.create(GROUP, {"name": "n", "size": 14})
    details = dict(caught.value.trailing_metadata())["grpc-status-details-bin"]
    assert b"half" in details
    assert b"it is there, but half done" in details


def test_an_output_that_the_table_does_not_name_is_a_fault() -> None:
    wrong = replace(RESOURCE, create=lambda _: Made("id", {"arn": "a", "seen": "", "token": "t", "stranger": 1}))
    with running(replace(PROVIDER, resources=(wrong,))) as toy, pytest.raises(grpc.RpcError, match="stranger"):
        toy.create(GROUP, {"name": "n", "size": 5})


def test_what_must_be_given_can_be_asked_for_beyond_the_sdk() -> None:
    assert [str(problem) for problem in required("ami")({})] == ["ami is required"]
