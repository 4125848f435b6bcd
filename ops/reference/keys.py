"""The keys of a stack file one by one: type, default, bounds, and the description that stands where it is declared."""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from infra.settings import Settings

PROVIDER = {
    "region": "The region of the installation. Required. Another one is another installation.",
    "profile": "The profile of the AWS command line whose credentials are used.",
    "allowedAccountIds": "Accounts that may be deployed to; any other is refused.",
    "skipCredentialsValidation": "For an API that is not AWS's: do not ask STS whether the credentials are good.",
    "skipMetadataApiCheck": "Do not look for credentials in an instance's metadata.",
    "skipRegionValidation": "Take a region that the provider does not know.",
    "s3UsePathStyle": "For an API that is not AWS's: buckets in the path of a URL.",
    "maxRetries": "How often a request to AWS is tried again.",
}
"""What the keys below `aws:` are for; which there are, infra.provider says."""


@dataclass(frozen=True, kw_only=True)
class Key:
    """A key of the stack file. `path` is as it is written: `messaging.diskGiB`; what is in each group of a list has
    `[]` on its way. A group of keys has no `schema`; `several` says that it is a list of such groups.
    """

    path: str
    several: bool
    schema: dict[str, Any]
    description: str
    required: bool
    default: Any

    @property
    def secret(self) -> bool:
        """Whether it has to be encrypted."""
        return self.schema.get("format") == "password"


@cache
def every(model: type[BaseModel] = Settings, above: str = "") -> tuple[Key, ...]:
    """All keys, each group before what is in it."""
    return tuple(_keys(model, above))


def _keys(model: type[BaseModel], above: str) -> Iterator[Key]:
    full = model.model_json_schema(by_alias=True)
    told = descriptions(model)
    for name, field in model.model_fields.items():
        alias = field.alias or name
        path = f"{above}{alias}"
        inner = model_of(field)
        yield Key(
            path=path,
            several=inner is not None and several(field),
            schema={} if inner else form(full, alias),
            description=told[name],
            required=field.is_required(),
            default=None if inner else field.get_default(),
        )
        if inner:
            yield from every(inner, f"{path}[]." if several(field) else f"{path}.")


def model_of(field: FieldInfo) -> type[BaseModel] | None:
    """The group of keys that a field is, if it is one; one that may be absent is one, too."""
    for each in (field.annotation, *get_args(field.annotation)):
        if isinstance(each, type) and issubclass(each, BaseModel):
            return each
    return None


def several(field: FieldInfo) -> bool:
    """Whether a field is a list."""
    return get_origin(field.annotation) is tuple


def form(written: dict[str, Any], alias: str) -> dict[str, Any]:
    """The form of one value in the schema of its group, with what it refers to put in its place.

    A value that may be absent is, in a file, one that is not written: null is no value.
    """
    found: dict[str, Any] = written["properties"][alias]
    others = [each for each in found.get("anyOf", []) if each.get("type") != "null"]
    if len(others) == 1:
        found = {**{key: each for key, each in found.items() if key != "anyOf"}, **others[0]}
    if "$ref" in found:
        named = written["$defs"][found["$ref"].rpartition("/")[2]]
        found = {**named, **{key: each for key, each in found.items() if key != "$ref"}}
    return found


@cache
def descriptions(model: type[BaseModel]) -> dict[str, str]:
    """The texts below the fields of a model, by field. Raises ValueError for a field that has none."""
    (declared,) = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    found: dict[str, str] = {}
    name = ""
    for each in declared.body if isinstance(declared, ast.ClassDef) else []:
        match each:
            case ast.AnnAssign(target=ast.Name(id=str(field))):
                name = field
            case ast.Expr(value=ast.Constant(value=str(text))) if name:
                found[name] = " ".join(text.split())
                name = ""
            case _:
                name = ""
    missing = model.model_fields.keys() - found.keys()
    if missing:
        raise ValueError(f"{model.__name__}: no description below {', '.join(sorted(missing))}; write one there")
    return found
