"""Every command of `./wickr` that a document shows is one, with the flags that stand there."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from ops.cli import app
from tools import cache

DOCUMENTS = [
    cache.CHECKOUT / "README.md",
    *sorted((cache.CHECKOUT / "docs").glob("*.md")),
    *sorted((cache.CHECKOUT / "docs" / "ci").glob("*.yml")),
]
PLACEHOLDERS = {"…", "..."}


def blocks(document: Path) -> Iterator[str]:
    """The blocks of a document that a shell or a CI system would run; of a CI system's own file, all of it."""
    if document.suffix == ".yml":
        yield document.read_text()
    for language, text in re.findall(r"^```(\w+)\n(.*?)^```", document.read_text(), flags=re.MULTILINE | re.DOTALL):
        if language in ("sh", "yaml"):
            yield text


def shown() -> Iterator[tuple[str, list[str]]]:
    """Each command with the document that shows it, up to a comment, a pipe or a file."""
    for document in DOCUMENTS:
        for block in blocks(document):
            for text in re.findall(r"\./wickr ([^\n|>)]*)", block.replace("\\\n", " ")):
                words = shlex.split(text, comments=True)
                yield document.name, [word for word in words if word not in PLACEHOLDERS]


COMMANDS = list(shown())


def command(words: list[str]) -> tuple[Any, list[str]]:
    """The command that words name, and the rest of them."""
    found: Any = typer.main.get_command(app)
    while words and words[0] in getattr(found, "commands", ()):
        found, words = found.commands[words[0]], words[1:]
    return found, words


def test_the_documents_show_commands() -> None:
    assert len(COMMANDS) > 10
    assert {document for document, _ in COMMANDS} >= {"README.md", "fleets.md"}


@pytest.mark.parametrize(("document", "words"), COMMANDS, ids=[" ".join(words) for _, words in COMMANDS])
def test_a_command_in_a_document_is_one(document: str, words: list[str]) -> None:
    assert words, f"{document}: ./wickr alone"
    found, rest = command(words)
    known = {option for parameter in found.params for option in (*parameter.opts, *parameter.secondary_opts)}
    assert [word for word in rest if word.startswith("--") and word.partition("=")[0] not in known] == []
    context = found.make_context(found.name, list(rest), resilient_parsing=True)
    assert context.args == [], f"{document}: no command {' '.join(words)}"
