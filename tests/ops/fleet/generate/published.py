"""The schemas that what is generated has to keep to, and how strictly it is held to them.

GitLab's and GitHub's are the published ones, as the package check-jsonschema brings them. Those of the operator's
Stack and of the settings of Pulumi Deployments are written here, after their documentation: the properties that are
generated, with their types, what is required, and nothing else allowed.
"""

from functools import cache
from typing import Any

import jsonschema
from check_jsonschema.builtin_schemas import get_builtin_schema

Schema = dict[str, Any]

TEXT: Schema = {"type": "string", "minLength": 1}
FLAG: Schema = {"type": "boolean"}


def exactly(required: Schema, optional: Schema | None = None) -> Schema:
    """An object with these properties and no other."""
    properties = required | (optional or {})
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


SELECTOR: Schema = {
    "oneOf": [
        exactly({"type": {"const": "Secret"}, "secret": exactly({"name": TEXT, "key": TEXT})}),
        exactly({"type": {"const": "Literal"}, "literal": exactly({"value": {"type": "string"}})}),
    ]
}

ROLE = "^arn:aws[a-z-]*:iam::[0-9]{12}:role/"
NAME: Schema = {"type": "string", "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", "maxLength": 63}

STACK: Schema = exactly(
    {
        "apiVersion": {"const": "pulumi.com/v1"},
        "kind": {"const": "Stack"},
        "metadata": exactly(
            {"name": NAME, "namespace": NAME}, {"labels": {"type": "object", "additionalProperties": TEXT}}
        ),
        "spec": exactly(
            {"stack": {"type": "string", "pattern": "^[^/]+/[^/]+/[^/]+$"}, "projectRepo": TEXT, "branch": TEXT},
            {
                "backend": {"type": "string", "pattern": "^[a-z0-9]+://"},
                "serviceAccountName": NAME,
                "envRefs": {"type": "object", "additionalProperties": SELECTOR},
                "prerequisites": {"type": "array", "items": exactly({"name": NAME})},
                "resyncFrequencySeconds": {"type": "integer", "minimum": 60},
                "destroyOnFinalize": FLAG,
                "retryOnUpdateConflict": FLAG,
                "useLocalStackOnly": FLAG,
            },
        ),
    }
)

DEPLOYMENT: Schema = exactly(
    {
        "settings": exactly(
            {
                "sourceContext": exactly({"git": exactly({"branch": TEXT}, {"repoUrl": TEXT})}),
                "operationContext": exactly(
                    {},
                    {
                        "oidc": exactly(
                            {
                                "aws": exactly(
                                    {
                                        "roleArn": {"type": "string", "pattern": ROLE},
                                        "sessionName": {"type": "string", "pattern": "^[A-Za-z0-9+=,.@_-]{2,64}$"},
                                    },
                                    {"duration": {"type": "string", "pattern": "^([0-9]+[hms])+$"}},
                                )
                            }
                        ),
                        "environmentVariables": {"type": "object", "additionalProperties": {"type": "string"}},
                        "options": exactly({}, {"skipInstallDependencies": FLAG, "skipIntermediateDeployments": FLAG}),
                    },
                ),
            },
            {
                "gitHub": exactly(
                    {"repository": {"type": "string", "pattern": "^[^/]+/[^/]+$"}},
                    {
                        "deployCommits": FLAG,
                        "previewPullRequests": FLAG,
                        "paths": {"type": "array", "items": TEXT, "minItems": 1},
                    },
                ),
                "agentPoolID": TEXT,
            },
        )
    }
)


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
