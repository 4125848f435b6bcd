"""The reference of all keys, as Markdown."""

import json
from collections.abc import Iterator
from typing import Any

from infra import provider
from ops.reference.keys import PROVIDER, Key, every

HEAD = """\
# The keys of a stack file

Generated from [infra/settings.py](../infra/settings.py) by `./wickr reference`; a test fails when it lags behind.

A stack is `stacks/Pulumi.<stack>.yaml`; [stacks/Pulumi.example.yaml](../stacks/Pulumi.example.yaml) is one, commented.
Its first line leads editors with a YAML language server to [stack.schema.json](stack.schema.json): they complete keys,
show these texts and underline what is wrong. `./wickr check` says all that is wrong with all stacks.
"""

BOUNDS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "maxLength": "at most {} characters",
    "minItems": "at least {}",
}


def text() -> str:
    """The file that is kept."""
    return "\n".join([HEAD, *_sections()])


def _sections() -> Iterator[str]:
    found = every()
    groups = [each for each in found if not each.schema]
    yield "## wickr:\n"
    yield from _table([each for each in found if "." not in each.path])
    for group in groups:
        yield f"## wickr:{_title(group)}\n\n{group.description}\n"
        below = f"{_title(group)}."
        inside = [each for each in found if each.path.startswith(below)]
        yield from _table([each for each in inside if "." not in each.path.removeprefix(below)], below=below)
    yield "## aws:\n\nPassed on to the provider; any other key is refused, since it would be without effect.\n"
    yield "| key | meaning |\n|---|---|"
    yield from (f"| `{key}` | {PROVIDER[key]} |" for key in provider.ARGUMENTS)
    yield ""


def _title(group: Key) -> str:
    return f"{group.path}[]" if group.several else group.path


def _table(rows: list[Key], below: str = "") -> Iterator[str]:
    yield "| key | value | default | meaning |\n|---|---|---|---|"
    for each in rows:
        name = each.path.removeprefix(below)
        yield f"| `{name}` | {_type(each)} | {_default(each)} | {each.description} |"
    yield ""


def _type(key: Key) -> str:
    if not key.schema:
        anchor = f"wickr{key.path.replace('.', '')}".lower()
        return f"list of [groups](#{anchor})" if key.several else f"[group](#{anchor})"
    if key.secret:
        return "secret"
    return _words(key.schema)


def _words(schema: dict[str, Any]) -> str:
    if "enum" in schema or "const" in schema:
        return ", ".join(f"`{each}`" for each in schema.get("enum", [schema.get("const")]))
    kind = {
        "string": "text",
        "integer": "whole number",
        "boolean": "true or false",
        "object": "group of texts by name",
    }.get(schema.get("type", ""), "")
    if schema.get("type") == "array":
        kind = f"list of {_words(schema['items'])}s"
    bounds = [words.format(schema[key]) for key, words in BOUNDS.items() if key in schema]
    return ", ".join([kind, *bounds])


def _default(key: Key) -> str:
    if key.required:
        return "**required**"
    if key.default is None or key.default in ((), {}):
        return ""
    value = list(key.default) if isinstance(key.default, tuple) else key.default
    return f"`{value if isinstance(value, str) else json.dumps(value)}`"
