"""`./wickr`: the commands by a short name, from any folder, wherever `pulumi install` or `make up` has run."""

import ast
import os
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from tests.ops.estate import Estate
from tools import cache

PRODUCT = ("guide", "installer", "components", "infra", "ops")
RULES = "policy"
"""Its functions need Python alone; as a pack of the engine it has an environment of its own."""


def imported() -> set[str]:
    """The names at the top of everything that the commands import."""
    found: set[str] = set()
    for path in (path for folder in PRODUCT for path in (cache.CHECKOUT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Import():
                    found |= {name.name.partition(".")[0] for name in node.names}
                case ast.ImportFrom(module=str(module), level=0):
                    found.add(module.partition(".")[0])
    return found


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.slow
def test_what_the_commands_import_is_installed_by_pulumi_install() -> None:
    lines = (cache.CHECKOUT / "requirements.txt").read_text().splitlines()
    named = {canonical(line.partition("==")[0]) for line in lines if "==" in line}
    brought = {canonical(re.split(r"[^\w.-]", text)[0]) for name in named for text in metadata.requires(name) or []}
    owners = metadata.packages_distributions()
    foreign = imported() - sys.stdlib_module_names - {*PRODUCT, RULES}
    assert {name for name in foreign if not {canonical(each) for each in owners[name]} & (named | brought)} == set()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the project, set up, at a path with a blank in it."""
    estate = Estate(tmp_path / "the checkout")
    estate.customer("acme")
    estate.customer("globex")
    shutil.copy(cache.CHECKOUT / "wickr", estate.root)
    (estate.root / ".venv").symlink_to(cache.CHECKOUT / ".venv")
    return estate.root


def run(*command: str | Path, cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, env=os.environ | more, capture_output=True, text=True)


@pytest.mark.slow
def test_it_works_on_its_own_checkout_from_any_folder_and_through_a_link(checkout: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    # What lies around where somebody happens to stand must not be taken for a part of the commands.
    (elsewhere / "ops").mkdir(parents=True)
    (elsewhere / "ops" / "__init__.py").write_text("raise SystemExit('the wrong one')")
    (elsewhere / "w").symlink_to(checkout / "wickr")
    done = run("./w", "check", cwd=elsewhere)
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split() for line in done.stdout.splitlines()[:2]] == [["acme", "ok"], ["globex", "ok"]]


@pytest.mark.slow
def test_the_exit_code_of_a_command_is_its_own(checkout: Path) -> None:
    assert run(checkout / "wickr", "check", "nobody", cwd=checkout).returncode == 2
    assert run(checkout / "wickr", "plan", "acme", "--json", cwd=checkout).returncode == 0


@pytest.mark.slow
def test_before_any_set_up_it_says_what_to_run(checkout: Path) -> None:
    (checkout / ".venv").unlink()
    done = run("./wickr", "check", cwd=checkout)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"Nothing is set up in {checkout} yet: pulumi install, or make up\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("typed", "offered"),
    [("./wickr check g", ["globex"]), ("./wickr plan ", ["acme", "globex"]), ("./wickr ref", ["reference"])],
)
def test_the_shell_completes_commands_and_stacks(checkout: Path, typed: str, offered: list[str]) -> None:
    words = typed.split(" ")
    done = run(
        "./wickr",
        cwd=checkout,
        _WICKR_COMPLETE="complete_bash",
        COMP_WORDS=typed,
        COMP_CWORD=str(len(words) - 1),
    )
    assert done.stdout.split() == offered, done.stderr
