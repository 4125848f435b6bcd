"""No test is lost: all are where pytest looks, all can fail, every folder is checked."""

import ast
import functools
import gc
import subprocess
import tomllib
from pathlib import Path

import pytest

from tools import cache, check

pytestmark = pytest.mark.slow

TESTS = cache.CHECKOUT / "tests"
FILES = sorted(path for path in TESTS.rglob("*.py"))
CHECKS = {"raises", "warns", "fail", "assert_outcomes"}


def name(path: Path) -> str:
    return str(path.relative_to(TESTS))


@functools.cache
def tree(path: Path) -> ast.Module:
    # What is collected meanwhile may have something to log, and Python 3.11 cannot parse the line for it at once.
    gc.disable()
    try:
        return ast.parse(path.read_text())
    finally:
        gc.enable()


Function = ast.FunctionDef | ast.AsyncFunctionDef


@functools.cache
def functions(path: Path) -> list[Function]:
    return [node for node in ast.walk(tree(path)) if isinstance(node, Function)]


@functools.cache
def scopes(path: Path) -> list[ast.Module | ast.ClassDef]:
    """Where tests are looked for."""
    return [node for node in ast.walk(tree(path)) if isinstance(node, ast.Module | ast.ClassDef)]


@functools.cache
def called(node: ast.AST) -> set[str]:
    """The last part of every name that is called below a node: `pytest.raises` gives `raises`."""
    calls = (inner.func for inner in ast.walk(node) if isinstance(inner, ast.Call))
    return {ast.unparse(function).rpartition(".")[2] for function in calls}


@functools.cache
def helpers() -> dict[str, Function]:
    """By name and over all files: tests lean on helpers, fixtures' methods among them, that check in their place."""
    return {node.name: node for path in FILES for node in functions(path) if not node.name.startswith("test_")}


def can_fail(node: ast.AST, seen: frozenset[str] = frozenset()) -> bool:
    """Whether a function asserts or raises, itself or in a helper that it calls."""
    names = called(node)
    if names & CHECKS or any(isinstance(inner, ast.Assert | ast.Raise) for inner in ast.walk(node)):
        return True
    return any(can_fail(helpers()[name], seen | names) for name in names & helpers().keys() - seen)


def test_every_function_that_looks_like_a_test_is_where_pytest_looks() -> None:
    lost = []
    for path in FILES:
        for scope in scopes(path):
            found = path.name.startswith("test_") and getattr(scope, "name", "Test").startswith("Test")
            tests = [n.name for n in scope.body if isinstance(n, ast.FunctionDef) and n.name.startswith("test_")]
            lost += [f"{name(path)}: {test}" for test in tests if not found]
    assert lost == []


def test_every_test_can_fail() -> None:
    tests = [(path, node) for path in FILES for node in functions(path) if node.name.startswith("test_")]
    assert [f"{name(path)}: {node.name}" for path, node in tests if not can_fail(node)] == []


def test_a_test_without_any_check_is_noticed() -> None:
    assert not can_fail(ast.parse("def test_nothing():\n    value = print('looked')"))
    assert can_fail(ast.parse("def test_something():\n    assert print('looked') is None"))


def test_no_two_tests_of_a_file_share_a_name() -> None:
    doubled = []
    for path in FILES:
        for scope in scopes(path):
            names = [node.name for node in scope.body if isinstance(node, ast.FunctionDef)]
            doubled += [f"{name(path)}: {one}" for one in set(names) if names.count(one) > 1]
    assert doubled == []


def test_folders_of_tests_mirror_those_of_the_project() -> None:
    # These are the whole of it: what `make up` makes, seen from outside and disturbed, what the engine makes of it, and
    # what scanners say of that.
    whole = {Path(), Path("lab"), Path("faults"), Path("program"), Path("scan")}
    folders = {path.parent.relative_to(TESTS) for path in FILES} - whole
    assert [str(folder) for folder in folders if not (cache.CHECKOUT / folder).is_dir()] == []


def python_folders() -> set[str]:
    folders = (path for path in cache.CHECKOUT.iterdir() if path.is_dir() and not path.name.startswith("."))
    return {path.name for path in folders if any(path.rglob("*.py"))}


def test_every_folder_of_python_is_checked_for_types() -> None:
    assert python_folders() <= set(check.FOLDERS)


def test_every_package_is_under_the_import_contracts() -> None:
    settings = tomllib.loads((cache.CHECKOUT / "pyproject.toml").read_text())["tool"]["importlinter"]
    packages = {folder for folder in python_folders() if (cache.CHECKOUT / folder / "__init__.py").exists()}
    assert set(settings["root_packages"]) == packages


def test_no_file_names_the_place_where_it_happens_to_stand() -> None:
    done = subprocess.run(
        ["git", "grep", "-lF", str(cache.CHECKOUT)], cwd=cache.CHECKOUT, capture_output=True, text=True
    )
    assert done.stdout == ""
