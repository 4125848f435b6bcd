"""A program of several modules as one text, which a host can run with nothing beside it."""

import ast
from functools import cache
from pathlib import Path
from types import ModuleType

FOLDER = Path(__file__).parent / "python"
PACKAGE = "installer.python"


@cache
def program(main: ModuleType) -> str:
    """The text of a module of `installer.python`, after those of the modules of that package that it imports from.

    All names at the top of these modules become names of one text, so that none may be there twice.

    Raises ValueError for a name that two modules have, and for an import from this project that would not be there.
    """
    texts: dict[str, str] = {}
    _collect(main.__name__, texts)
    owners: dict[str, str] = {}
    for module, text in texts.items():
        for name in _names(ast.parse(text)):
            if owners.setdefault(name, module) != module:
                raise ValueError(f"{name} is a name of {owners[name]} and of {module}; give one of them another")
    return "\n\n".join(text.strip("\n") for text in texts.values()) + "\n"


def _collect(module: str, texts: dict[str, str]) -> None:
    """Adds the texts of what a module needs, then its own, without the imports that are met by that."""
    if module in texts:
        return
    text = (FOLDER / f"{module.removeprefix(f'{PACKAGE}.')}.py").read_text(encoding="utf-8")
    lines: list[str | None] = list(text.splitlines())
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        named = [node.module or ""] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names]
        if not any(each.partition(".")[0] == "installer" for each in named) and not getattr(node, "level", 0):
            continue
        whole = isinstance(node, ast.ImportFrom) and not node.level and not any(each.asname for each in node.names)
        if not whole or node.col_offset or not named[0].startswith(f"{PACKAGE}."):
            raise ValueError(f"{module} line {node.lineno}: a program on a host imports by 'from {PACKAGE}.x import y'")
        _collect(named[0], texts)
        for number in range(node.lineno - 1, node.end_lineno or node.lineno):
            lines[number] = None
    texts[module] = "\n".join(line for line in lines if line is not None)


def _names(tree: ast.Module) -> set[str]:
    """What a module defines at its top; what it imports is the same for all."""
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        for target in targets:
            found |= {each.id for each in ast.walk(target) if isinstance(each, ast.Name)} if target else set()
    return found
