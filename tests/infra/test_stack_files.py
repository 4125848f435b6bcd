"""Keys are declared twice, for the engine and for the program; every stack file of the project is a stack."""

from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from infra.configuration import SECRETS, TEXTS, parse
from infra.settings import Settings
from tests.stacks import LICENSE, stack

ROOT = Path(__file__).parents[2]
PROJECT = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
DECLARED: dict[str, dict[str, Any]] = {
    key.removeprefix("wickr:"): value for key, value in PROJECT["config"].items() if key.startswith("wickr:")
}
FIELDS = {field.alias or name: field for name, field in Settings.model_fields.items()}
FILES = sorted((ROOT / PROJECT["stackConfigDir"]).glob("*.yaml"))


def test_the_engine_and_the_program_know_the_same_keys() -> None:
    assert DECLARED.keys() == FIELDS.keys()


@pytest.mark.parametrize("key", DECLARED)
def test_a_declared_key_has_a_type_and_a_description(key: str) -> None:
    assert DECLARED[key]["type"] in {"string", "array", "object", "boolean", "integer"}
    assert len(DECLARED[key]["description"]) > 10


@pytest.mark.parametrize("key", DECLARED)
def test_a_key_is_required_in_both_places_or_in_neither(key: str) -> None:
    assert ("default" not in DECLARED[key]) is FIELDS[key].is_required()


def test_the_declared_defaults_are_the_program_s() -> None:
    defaults = {f"wickr:{key}": value["default"] for key, value in DECLARED.items() if "default" in value}
    explicit, implicit = stack(defaults), stack()
    assert parse(explicit.values, explicit.secrets) == parse(implicit.values, implicit.secrets)


def test_texts_are_texts_and_whole_secrets_are_declared_secret() -> None:
    assert {key for key, value in DECLARED.items() if value["type"] == "string"} == TEXTS
    whole = {key for key, path in SECRETS.items() if not path}
    assert {key for key, value in DECLARED.items() if value.get("secret")} == whole


@pytest.mark.parametrize("key", [key for key, value in DECLARED.items() if value["type"] == "object"])
def test_the_description_of_a_group_names_each_of_its_keys(key: str) -> None:
    annotation = FIELDS[key].annotation
    models = [each for each in (annotation, *get_args(annotation)) if hasattr(each, "model_fields")]
    assert models or key in {"settings", "tags"}
    parts = {field.alias or name for model in models for name, field in model.model_fields.items()}
    assert {part for part in parts if part not in DECLARED[key]["description"]} == set()


def test_the_project_is_laid_out_as_its_imports_need() -> None:
    assert (PROJECT["name"], PROJECT["stackConfigDir"], PROJECT.get("main")) == ("wickr", "stacks", None)
    assert PROJECT["config"]["pulumi:disable-default-providers"] == {"value": ["aws"]}
    assert PROJECT["runtime"] == {"name": "python", "options": {"toolchain": "pip", "virtualenv": ".venv"}}


def test_there_are_a_stack_for_the_local_cloud_and_an_example() -> None:
    assert {"Pulumi.local.yaml", "Pulumi.example.yaml"} <= {path.name for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_stack_file_is_a_stack(path: Path) -> None:
    config = yaml.safe_load(path.read_text())["config"]
    encrypted = {key for key, value in config.items() if isinstance(value, dict) and "secure" in value}
    assert encrypted <= {"wickr:license"}
    # What is encrypted cannot be read here, and an example has no licence at all.
    given = stack(config | {"wickr:license": LICENSE})
    assert parse(given.values, given.secrets).hostname


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_stack_file_explains_itself_and_holds_no_secret_in_clear(path: Path) -> None:
    text = path.read_text()
    assert text.startswith("# ")
    assert "PRIVATE KEY" not in text
    assert isinstance(yaml.safe_load(text)["config"].get("wickr:license", {}), dict)
