"""No secret is ever an argument of a program: whoever may list processes would read it."""

import re
from pathlib import Path

import pytest

from installer import script
from tests.installer.shell import SCRIPTS

PLACED = {
    *("LICENSE", "SETTINGS", "SETTINGS_TABLE", "CONSOLE_AUTH", "REPLICATED_CONF", "CERTIFICATE", "CERTIFICATE_KEY"),
}
SECRETS = sorted(PLACED | {"TOKEN"})
BASH = Path(script.__file__).parent / "bash"
PROJECT = BASH.parent.parent
USE = re.compile(r"\$\{?(" + "|".join(SECRETS) + r")\b(?!/)")
# All are parts of bash itself: what feeds a function or writes a file, and the tests for emptiness and difference.
ALLOWED = re.compile(
    r"""place "?(?:\$FILES)?/[\w/.-]+"? < <\(printf '%s' "\$[A-Z_]+"\)"""
    r"""|if \[ -n "\$(?:CERTIFICATE|TOKEN)" \]; then"""
    r"""|if \[ -n "\$TOKEN" \] && \[ -n "\$mine" \] && \[ "\$mine" != "\$TOKEN" \]; then"""
    r"""|printf 'DAEMON_TOKEN=%s\\n' "\$TOKEN" >"\$options/replicated-operator\""""
)


def exposures(text: str) -> list[str]:
    """Lines of bash in which a secret is used otherwise than by printf for `place`."""
    code = (line.strip() for line in text.splitlines() if not line.lstrip().startswith("#"))
    return [line for line in code if USE.search(line) and not ALLOWED.fullmatch(line)]


@pytest.mark.parametrize("name", [*SCRIPTS, "prelude"])
def test_no_phase_puts_a_secret_on_a_command_line(name: str) -> None:
    assert exposures((BASH / f"{name}.sh").read_text()) == []


def test_the_phase_that_places_files_uses_each_of_them() -> None:
    assert set(USE.findall((BASH / "files.sh").read_text())) == PLACED


def test_only_the_phase_that_joins_knows_the_token() -> None:
    assert [name for name in [*SCRIPTS, "prelude"] if "TOKEN" in USE.findall((BASH / f"{name}.sh").read_text())] == [
        "install"
    ]


@pytest.mark.parametrize(
    "line",
    [
        'place "$LICENSE" < <(printf \'%s\' "$LICENSE")',
        'place "$FILES/license.rli" < <(echo "$LICENSE")',
        'place "$FILES/license.rli" <<<"$LICENSE"',
        'curl -d "$CONSOLE_AUTH" https://example.com',
        'printf \'%s\' "$LICENSE" | base64 -d "$LICENSE"',
        'log "the licence is $LICENSE"',
        "useradd -p ${CERTIFICATE_KEY} replicated",
        "place /etc/x < <(printf '%s' \"$SETTINGS\"); echo $SETTINGS",
        'bash ./install.sh "daemon-token=$TOKEN"',
        "printf 'DAEMON_TOKEN=%s\\n' \"$TOKEN\" | tee /etc/default/replicated-operator",
    ],
)
def test_a_secret_in_the_wrong_place_would_be_found(line: str) -> None:
    assert exposures(f"set -e\n{line}\n") == [line]


@pytest.mark.parametrize("name", [*SCRIPTS, "prelude"])
def test_no_phase_shows_the_commands_that_it_runs(name: str) -> None:
    text = (BASH / f"{name}.sh").read_text()
    assert re.findall(r"set -[a-z]*[xv]|set -o (?:xtrace|verbose)", text) == []


# By construction they are never empty.
NEVER_EMPTY = {"flags", "proxy_flags", "install", "packages"}
NEWER_THAN_CENTOS_7 = re.compile(
    r"setsid (?:-w|--wait)|findmnt [^|;]*--mountpoint|is-active --value"
    r"|\$\{\w+@[A-Z]\}|wait -n|(?:local|declare) -n|\w\[-\d+\]"
)


@pytest.mark.parametrize("name", [*SCRIPTS, "prelude"])
def test_no_phase_needs_more_than_the_oldest_system_of_the_guide_has(name: str) -> None:
    """CentOS 7: util-linux 2.23, and bash 4.2, for which an empty array is an unset variable."""
    text = (BASH / f"{name}.sh").read_text()
    assert NEWER_THAN_CENTOS_7.findall(text) == []
    assert set(re.findall(r'(?<!\+)"\$\{(\w+)\[[@*]\]\}', text)) <= NEVER_EMPTY


# On hosts, by bash and by Python, and on the bastion.
REFUSALS = {
    "installer/bash/*.sh": r"^[^#\n]*\b(?:fail|problem) ([a-z][a-z-]+) ",
    "installer/python/*.py": r"""SentenceError\(\s*"([a-z-]+)",|kind: str = "([a-z-]+)\"""",
    "components/health.py": r"echo '([a-z-]+): ",
}


def test_the_documents_name_every_class_of_refusal_and_no_other() -> None:
    table = (PROJECT / "docs/faults.md").read_text().partition("## Sentences")[2].partition("\n## ")[0]
    rows = (line.split("|")[1] for line in table.splitlines() if line.startswith("| `"))
    named = [each for row in rows for each in re.findall(r"`([a-z-]+)`", row)]
    found = {
        "".join(match.groups(""))
        for files, form in REFUSALS.items()
        for path in PROJECT.glob(files)
        for match in re.finditer(form, path.read_text(), re.MULTILINE)
    }
    assert sorted(named) == sorted(found)
