"""Programs for hosts: several modules here, one text there, for the oldest Python that a host may have."""

import ast
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from installer import standalone
from installer.python import fetch, vitals
from installer.standalone import FOLDER, program

PROGRAMS = {"fetch": fetch, "vitals": vitals}
MODULES = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "__init__")


def imports(text: str) -> set[str]:
    return {
        name or "."
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names])
    }


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_is_one_text_that_needs_the_standard_library_alone(name: str) -> None:
    text = program(PROGRAMS[name])
    compile(text, name, "exec")
    assert {each.partition(".")[0] for each in imports(text)} <= set(sys.stdlib_module_names)


@pytest.mark.parametrize("module", MODULES)
def test_what_runs_on_hosts_is_python_of_ubuntu_18_04(module: str) -> None:
    text = (FOLDER / f"{module}.py").read_text(encoding="utf-8")
    ast.parse(text, feature_version=(3, 6))
    foreign = {each.partition(".")[0] for each in imports(text)} - set(sys.stdlib_module_names)
    assert foreign <= {"installer"}
    assert imports(text).isdisjoint({"__future__", "dataclasses", "contextvars", "zoneinfo", "tomllib", "graphlib"})


def test_every_module_is_part_of_a_program_and_stands_in_it_once() -> None:
    texts = [program(each) for each in PROGRAMS.values()]
    for module in MODULES:
        first = (FOLDER / f"{module}.py").read_text(encoding="utf-8").partition("\n")[0]
        assert {text.count(first) for text in texts} in ({1}, {0, 1}), module


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(standalone, "FOLDER", tmp_path)
    return tmp_path


def main_of(folder: Path, text: str, **others: str) -> ModuleType:
    """A module of its own among others of the package."""
    for name, content in {"main": text, **others}.items():
        (folder / f"{name}.py").write_text(content)
    return ModuleType("installer.python.main")


def test_it_runs_with_nothing_beside_it_and_what_is_needed_twice_comes_once(made: Path) -> None:
    main = main_of(
        made,
        "from installer.python.left import (\n    left,\n)\nfrom installer.python.right import right\n"
        "print(left(), right())\n",
        left="from installer.python.base import WORD\ndef left():\n    return WORD\n",
        right="import os\nfrom installer.python.base import WORD\ndef right():\n    return WORD + os.sep\n",
        base="print('once')\nWORD = 'word'\n",
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-"], input=program(main), capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("once\nword word/\n", "")


@pytest.mark.parametrize(
    "line",
    [
        "import installer.python.base",
        "from installer.python import base",
        "from installer.python.base import WORD as TEXT",
        "from installer.phase import VITALS",
        "from .base import WORD",
        "if True:\n    from installer.python.base import WORD",
    ],
)
def test_an_import_that_would_find_nothing_on_a_host_is_refused(made: Path, line: str) -> None:
    main = main_of(made, f"{line}\n", base="WORD = 'word'\n")
    with pytest.raises(ValueError, match=r"installer.python.main line [12]: a program on a host imports by 'from inst"):
        program(main)


@pytest.mark.parametrize(
    "twice", ["def word():\n    pass\n", "class word:\n    pass\n", "word = 1\n", "word: int = 1\n", "a, word = 1, 2\n"]
)
def test_a_name_that_two_modules_have_is_refused_since_one_would_hide_the_other(made: Path, twice: str) -> None:
    main = main_of(made, "from installer.python.base import other\nword = 2\n", base=f"other = 3\n{twice}")
    with pytest.raises(ValueError, match=r"word is a name of installer\.python\.base and of installer\.python\.main"):
        program(main)
