"""What there is to know about the keys of a stack file, generated from where they are declared."""

from pathlib import Path

from ops.checkout import HERE
from ops.reference import markdown, schema

SCHEMA = Path("docs/stack.schema.json")
REFERENCE = Path("docs/configuration.md")


def files() -> dict[Path, str]:
    """What is generated, by its place in a checkout."""
    return {SCHEMA: schema.text(), REFERENCE: markdown.text()}


def write(root: Path = HERE) -> list[Path]:
    """Writes what is generated; the answer is which files were other ones before."""
    changed = []
    for place, text in files().items():
        path = root / place
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            changed.append(place)
    return changed
