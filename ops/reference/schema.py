"""The JSON schema of a stack file, for the YAML language server: completion, hover texts and what is wrong."""

import json
from typing import Any

from pydantic import BaseModel

from infra import provider
from infra.settings import Settings
from ops.reference.keys import PROVIDER, descriptions, form, model_of, several

SECURE = {
    "type": "object",
    "description": "Encrypted: written by `pulumi config set --secret`.",
    "properties": {"secure": {"type": "string"}},
    "required": ["secure"],
    "additionalProperties": False,
}
PLAIN = ["string", "number", "boolean"]
"""What YAML may make of a text that nobody put into quotes."""

PARSED: dict[Any, dict[str, Any]] = {
    provider._region: {"type": "string"},
    provider._profile: {"type": "string", "minLength": 1},
    provider._flag: {"type": "boolean"},
    provider._number: {"type": "integer", "minimum": 0, "maximum": provider.MOST_RETRIES},
    provider._accounts: {"type": "array", "minItems": 1, "items": {"type": ["string", "integer"]}},
}


def text() -> str:
    """The schema as the file that is kept."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def document() -> dict[str, Any]:
    """The whole of a stack file. Keys of other namespaces are not ours to judge."""
    ours = {f"wickr:{key}": value for key, value in _group(Settings)["properties"].items()}
    aws = {
        f"aws:{key}": {**PARSED[parse], "description": PROVIDER[key]} for key, (_, parse) in provider.ARGUMENTS.items()
    }
    required = [f"wickr:{field.alias}" for field in Settings.model_fields.values() if field.is_required()]
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "A stack of Wickr Enterprise on AWS",
        "description": "Generated from infra/settings.py by `./wickr reference`.",
        "type": "object",
        "properties": {
            "encryptionsalt": {"type": "string", "description": "Of a stack whose secrets have a passphrase."},
            "encryptedkey": {"type": "string", "description": "The key of the secrets, under another one."},
            "secretsprovider": {"type": "string", "description": "Who has that other key: awskms://…"},
            "config": {
                "type": "object",
                "properties": {**aws, **ours},
                "patternProperties": {"^(?!(aws|wickr):)[^:]+:[^:]+$": {}},
                # The licence is set last, by a command: until then a file is not wrong, it is not done.
                "required": ["aws:region", *(each for each in required if each != "wickr:license")],
                "additionalProperties": False,
            },
        },
        "required": ["config"],
        "additionalProperties": False,
    }


def _group(model: type[BaseModel]) -> dict[str, Any]:
    """A group of keys with what is in it."""
    written = model.model_json_schema(by_alias=True)
    told = descriptions(model)
    properties: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        alias, inner = field.alias or name, model_of(field)
        value = _group(inner) if inner else _value(form(written, alias))
        if inner and several(field):
            value = {"type": "array", "items": value}
        properties[alias] = {**value, "description": told[name]}
        if not inner and not field.is_required() and field.get_default() is not None:
            properties[alias]["default"] = written["properties"][alias]["default"]
    required = [field.alias or name for name, field in model.model_fields.items() if field.is_required()]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _value(schema: dict[str, Any]) -> dict[str, Any]:
    """The form of one value; a secret is only ever there encrypted."""
    if schema.get("format") == "password":
        return dict(SECURE)
    kept = {key: value for key, value in schema.items() if key not in ("title", "default", "description")}
    texts = {"anyOf": [{"type": PLAIN}, SECURE]}
    if "patternProperties" in kept:
        kept["patternProperties"] = dict.fromkeys(kept["patternProperties"], texts)
        kept["additionalProperties"] = False
    elif "additionalProperties" in kept:
        kept["additionalProperties"] = texts
    return kept
