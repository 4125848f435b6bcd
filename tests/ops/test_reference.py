"""The schema for editors and the reference of all keys: generated, up to date, and of one mind with the program."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from pydantic import BaseModel

from infra import provider
from ops import checkout, golden, yaml_reader
from ops.reference import REFERENCE, SCHEMA, files, keys
from ops.reference.schema import document
from tests.ops.estate import config
from tools import cache

VALIDATOR = Draft7Validator(document())
ROOT = cache.CHECKOUT
STACKS = sorted([*checkout.stack_files().values(), *golden.examples().values()])
MODELINE = "# yaml-language-server: $schema="


def wrong(changes: dict[str, Any] | None = None) -> list[str]:
    """Where an editor underlines the complete stack with some keys changed."""
    found = VALIDATOR.iter_errors({"config": config(changes)})
    return sorted("/".join(map(str, each.absolute_path)) for each in found)


@pytest.mark.parametrize("place", files(), ids=str)
def test_what_is_generated_is_up_to_date(place: Path) -> None:
    assert (ROOT / place).read_text() == files()[place], "run: ./wickr reference"


def test_the_schema_is_one() -> None:
    assert Draft7Validator.check_schema(document()) is None


@pytest.mark.parametrize("path", STACKS, ids=lambda path: path.name)
def test_every_stack_of_the_project_fits_and_leads_editors_to_the_schema(path: Path) -> None:
    text = path.read_text()
    assert [each.message for each in VALIDATOR.iter_errors(yaml_reader.read(text))] == []
    first = text.splitlines()[0]
    assert first.startswith(MODELINE)
    assert (path.parent / first.removeprefix(MODELINE)).resolve() == (ROOT / SCHEMA).resolve()


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ({}, []),
        ({"wickr:license": None}, []),
        ({"other:key": {"a": 1}}, []),
        ({"wickr:settings": {"a": 1, "b": {"secure": "v1:a:b"}, "c": True}}, []),
        ({"wickr:tags": {"cost": 4711}}, []),
        ({"wickr:hostnam": "x"}, ["config"]),
        ({"aws:acessKey": "x"}, ["config"]),
        ({"wickr:adminCidrs": None}, ["config"]),
        ({"wickr:adminCidrs": []}, ["config/wickr:adminCidrs"]),
        ({"wickr:license": "in clear"}, ["config/wickr:license"]),
        ({"wickr:messaging": {"imageId": "ubuntu"}}, ["config/wickr:messaging/imageId"]),
        ({"wickr:messaging": {"imageId": "ami-0a", "diskGb": 200}}, ["config/wickr:messaging"]),
        ({"wickr:messaging": {"imageId": "ami-0a", "diskGiB": "200"}}, ["config/wickr:messaging/diskGiB"]),
        ({"wickr:network": {"vpcId": "vpc-0a", "publicSubnetIds": ["x"]}}, ["config/wickr:network/publicSubnetIds/0"]),
        ({"wickr:certificate": {"source": "self"}}, ["config/wickr:certificate/source"]),
        ({"wickr:certificate": {"privateKeyPem": "in clear"}}, ["config/wickr:certificate/privateKeyPem"]),
        ({"wickr:certificate": {"validityDays": 900}}, ["config/wickr:certificate/validityDays"]),
    ],
    ids=str,
)
def test_an_editor_underlines_what_the_program_would_refuse(changes: dict[str, Any], places: list[str]) -> None:
    assert wrong(changes) == places


def test_what_stands_beside_the_keys_is_known() -> None:
    extra = {"config": config(), "environment": ["x"]}
    assert [each.message for each in VALIDATOR.iter_errors(extra)] == [
        "Additional properties are not allowed ('environment' was unexpected)"
    ]


def test_every_key_of_the_provider_has_a_text() -> None:
    assert keys.PROVIDER.keys() == provider.ARGUMENTS.keys()


def test_every_key_is_in_the_reference_and_in_the_schema() -> None:
    text, schema = ((ROOT / place).read_text() for place in (REFERENCE, SCHEMA))
    for key in keys.every():
        assert f"| `{key.path.rpartition('.')[2]}` |" in text
        assert key.description in text
        assert json.dumps(key.description, ensure_ascii=False) in schema


def test_a_key_without_a_description_is_an_error_that_names_it() -> None:
    class Group(BaseModel):
        told: int = 1
        """What it is."""
        untold: int = 2

    with pytest.raises(ValueError, match="Group: no description below untold; write one there"):
        keys.descriptions(Group)
