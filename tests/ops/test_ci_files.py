"""The files for GitHub Actions and GitLab CI: of the published form, safe, and their commands do what they say."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.ops import ci_files
from tests.ops.estate import Estate
from tests.ops.fleet.generate import published
from tests.stacks import IMAGE
from tools import cache

RULES, LIMIT = "rules of the settings, and of the policy pack", "no host pays more than a restart"
RECORDS = """#!/bin/sh
printf "%s\\n" "$@" > "$SAID"
cat diff.md >> "$SAID"
"""
"""In the place of a program that talks to a server: notes what it was told, and the comment."""


def test_both_files_are_of_the_published_form() -> None:
    workflow = ci_files.document("github.yml")
    # YAML 1.1 reads the key `on` as a truth.
    workflow = {"on" if key is True else key: value for key, value in workflow.items()}
    assert published.problems(workflow, published.github()) == []
    assert published.problems(ci_files.document("gitlab.yml"), published.gitlab()) == []


def test_a_job_has_the_rights_that_it_needs_and_no_key_is_stored() -> None:
    workflow = ci_files.document("github.yml")
    assert workflow["permissions"] == {"contents": "read"}
    assert {name: job["permissions"] for name, job in workflow["jobs"].items() if "permissions" in job} == {
        "check": {"contents": "read", "pull-requests": "write"},
        "preview": {"contents": "read", "id-token": "write"},
    }
    texts = [path.read_text() for path in ci_files.FOLDER.iterdir()]
    assert [text for text in texts if "AWS_SECRET_ACCESS_KEY" in text or "secrets.AWS" in text] == []


def test_nothing_that_others_write_becomes_part_of_a_script() -> None:
    workflow = ci_files.document("github.yml")
    scripts = [each["run"] for job in workflow["jobs"].values() for each in job["steps"] if "run" in each]
    assert [script for script in scripts if "${{" in script] == []
    assert len(scripts) > 8


Change = tuple[Estate, str, dict[str, str]]
"""A repository, the commit that a change begins at, and the environment of its scripts."""


@pytest.fixture
def change(tmp_path: Path) -> Change:
    """A repository with two customers, of whom one gets a larger machine; the base, and programs that only note."""
    estate = Estate(tmp_path / "checkout")
    shutil.copy(cache.CHECKOUT / "wickr", estate.root)
    (estate.root / ".venv").symlink_to(cache.CHECKOUT / ".venv")
    (estate.root / ".gitignore").write_text(".venv\n__pycache__\n")

    def git(*arguments: str) -> str:
        command = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *arguments]
        return subprocess.run(command, cwd=estate.root, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "-q", "-b", "main")
    for name in ("acme", "globex"):
        estate.customer(name)
    git("add", "-A")
    git("commit", "-qm", "base")
    base = git("rev-parse", "HEAD")
    estate.customer("globex", {"wickr:messaging": {"imageId": IMAGE, "instanceType": "m5.xlarge"}})
    git("commit", "-qam", "a larger machine")
    programs = tmp_path / "programs"
    programs.mkdir()
    for program in ("gh", "curl"):
        (programs / program).write_text(RECORDS)
        (programs / program).chmod(0o755)
    return estate, base, {"PATH": f"{programs}:{os.environ['PATH']}", "SAID": str(tmp_path / "said")}


@pytest.mark.slow
def test_githubs_steps_check_say_what_changes_and_let_a_restart_pass(change: Change) -> None:
    estate, base, environment = change
    environment |= {"BASE": base, "NUMBER": "7"}
    steps = ci_files.github("check")
    assert list(steps) == [
        *(
            "rules of the settings, and of the policy pack",
            "what changes",
            "comment",
            "no host pays more than a restart",
        )
    ]
    for name, script in steps.items():
        done = ci_files.run(script, estate.root, environment)
        assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"
    said = Path(environment["SAID"]).read_text()
    assert said.startswith("pr\ncomment\n7\n--edit-last\n--create-if-none\n--body-file\ndiff.md\n")
    assert "restart" in said
    assert "globex" in said
    strict = steps[LIMIT].replace("restart", "rerun")
    assert ci_files.run(strict, estate.root, environment).returncode == 1


@pytest.mark.slow
def test_gitlabs_scripts_check_say_what_changes_and_let_a_restart_pass(
    change: Change,
) -> None:
    estate, base, environment = change
    environment |= {
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": base,
        "CI_MERGE_REQUEST_IID": "7",
        "CI_PROJECT_ID": "3",
        "CI_API_V4_URL": "https://gitlab.example.com/api/v4",
        "COMMENT_TOKEN": "token",
    }
    for script in (*ci_files.gitlab("check"), *ci_files.gitlab("diff")):
        done = ci_files.run(script, estate.root, environment)
        assert done.returncode == 0, f"{script}: {done.stdout}{done.stderr}"
    said = Path(environment["SAID"]).read_text()
    assert "https://gitlab.example.com/api/v4/projects/3/merge_requests/7/notes" in said.splitlines()
    assert "globex" in said


@pytest.mark.slow
def test_a_stack_against_a_rule_fails_the_check(change: Change) -> None:
    estate, _, environment = change
    estate.customer("initech", {"wickr:protectHosts": False})
    done = ci_files.run(ci_files.github("check")[RULES], estate.root, environment)
    assert done.returncode == 1
    assert "policy guarded-data: messaging-host-instance" in done.stdout
