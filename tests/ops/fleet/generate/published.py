"""The published schemas that what is generated has to keep to, and how strictly it is held to them.

GitLab's and GitHub's are as the package check-jsonschema brings them, the operator's as its sources do (set-up fetches
them) or a cluster that has it. There is none for the settings of Pulumi Deployments: the engine's own types judge
them, in test_settings_under_the_engine.
"""

from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import yaml
from check_jsonschema.builtin_schemas import get_builtin_schema

Schema = dict[str, Any]


def of_a_cluster(crd: Path, version: str) -> Schema:
    """The schema of one version in a CustomResourceDefinition, as strict as `kubectl apply` is."""
    document = yaml.safe_load(crd.read_text(encoding="utf-8"))
    (found,) = [each for each in document["spec"]["versions"] if each["name"] == version]
    return strict(found["schema"]["openAPIV3Schema"])


def strict(schema: Schema) -> Schema:
    """The schema with nothing allowed that it does not know. What Kubernetes adds to every resource stays free."""
    found = dict(schema)
    if found.pop("nullable", False):
        return {"anyOf": [{"type": "null"}, strict(found)]}
    if found.pop("x-kubernetes-int-or-string", False):
        return found | {"type": ["integer", "string"]}
    if isinstance(found.get("items"), dict):
        found["items"] = strict(found["items"])
    if isinstance(found.get("additionalProperties"), dict):
        found["additionalProperties"] = strict(found["additionalProperties"])
    if "properties" in found:
        found["properties"] = {name: strict(each) for name, each in found["properties"].items()}
        if not found.get("x-kubernetes-preserve-unknown-fields"):
            found.setdefault("additionalProperties", False)
    return found


@cache
def gitlab() -> Schema:
    """GitLab's schema of a pipeline."""
    return dict(get_builtin_schema("vendor.gitlab-ci"))


@cache
def github() -> Schema:
    """GitHub's schema of a workflow."""
    return dict(get_builtin_schema("vendor.github-workflows"))


def problems(document: object, schema: Schema) -> list[str]:
    """What of a document the schema does not allow, each with its place."""
    validator = jsonschema.validators.validator_for(schema)(schema)
    return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(document)]
