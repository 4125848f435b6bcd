"""A rendered phase: values arrive as they are, and it ends in one of three ways."""

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from installer import script
from installer.phase import (
    CALLS,
    COMPLIANCE_PHASES,
    HEALTH,
    JOIN,
    MESSAGING_PHASES,
    NODE_PHASES,
    SUPPLY_PHASES,
    VITALS,
    Phase,
)
from installer.script import render
from tests.installer.shell import PHASES, SCRIPTS, Done, run

NASTY = [
    "",
    " ",
    "plain",
    "it's",
    "'; touch /tmp/owned; '",
    '"quoted"',
    "two\nlines",
    "\nlines at both ends\n\n",
    "$(touch /tmp/owned)",
    "`touch /tmp/owned`",
    "${HOME}",
    "back\\slash\\",
    "!history",
    "*",
    "-n",
    "tab\tand\rreturn",
    "EOF",
    "ü€\U0001f600",
    "100%s",
]
PROBE = Phase(name="probe", title="for tests", limit=60)
SHOW = 'printf \'%s\\0\' "$FIRST" "$SECOND"'


@pytest.fixture
def probe(monkeypatch: pytest.MonkeyPatch) -> None:
    """A phase that shows its values, with a prelude that does nothing."""
    monkeypatch.setattr(script, "_text", {"prelude": "finish() { :; }", "probe": SHOW}.__getitem__)


@pytest.mark.usefixtures("probe")
@pytest.mark.parametrize("value", NASTY)
def test_a_value_arrives_in_bash_as_it_is(value: str) -> None:
    done = run(render(PROBE, {"FIRST": value, "SECOND": value * 2}))
    assert done == Done(code=0, out=f"{value}\0{value * 2}\0", err="")


@pytest.mark.usefixtures("probe")
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_any_text_arrives_as_it_is(value: str) -> None:
    assert run(render(PROBE, {"FIRST": value, "SECOND": ""})).out == f"{value}\0\0"


def test_a_phase_that_asks_gets_no_answer_even_where_its_input_stays_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(script, "_text", {"prelude": "finish() { :; }", "probe": "cat; echo end"}.__getitem__)
    reading, writing = os.pipe()
    try:
        os.write(writing, render(PROBE, {}).encode())
        done = subprocess.run(["timeout", "5", "bash", "-s"], stdin=reading, capture_output=True, text=True)
    finally:
        os.close(writing)
        os.close(reading)
    assert (done.returncode, done.stdout) == (0, "end\n")


def test_a_value_that_bash_cannot_carry_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="LICENSE holds a NUL byte, which bash cannot carry; encode it"):
        render(PHASES["files"], {"LICENSE": "a\0b"})


@pytest.mark.parametrize("phase", PHASES.values(), ids=PHASES)
@pytest.mark.parametrize("value", ["plain", "'\"\n$(false) `false` \\"], ids=["plain", "nasty"])
def test_bash_can_read_every_phase_whatever_its_values(phase: Phase, value: str) -> None:
    names = ("LICENSE", "SETTINGS", "INSTALLER_URL", "INSTALLER_FLAGS", "HOSTNAME_OF_WICKR", "PORTS", "TAGS", "TOKEN")
    text = render(phase, dict.fromkeys(names, value))
    done = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("phase", [*PHASES.values(), HEALTH], ids=lambda phase: phase.name)
def test_a_phase_has_a_title_and_ends_within_the_hour(phase: Phase) -> None:
    assert phase.title
    assert 60 <= phase.limit <= 3600


def test_every_phase_has_its_file_and_a_node_joins_by_the_one_that_installs() -> None:
    files = {path.stem for path in (Path(script.__file__).parent / "bash").glob("*.sh")}
    assert {*SCRIPTS, "prelude"} == files
    borrowed = {phase.name: phase.script for phase in PHASES.values() if phase.script}
    assert borrowed == {"join": "install"}
    assert render(JOIN, {}).partition("\nmain()")[2] == render(PHASES["install"], {}).partition("\nmain()")[2]


@pytest.mark.parametrize(
    "phases",
    [
        (*MESSAGING_PHASES, CALLS, *SUPPLY_PHASES, VITALS),
        (*NODE_PHASES, *SUPPLY_PHASES, VITALS),
        (*COMPLIANCE_PHASES, VITALS),
    ],
    ids=["messaging", "node", "compliance"],
)
def test_no_two_phases_of_a_host_share_a_name(phases: tuple[Phase, ...]) -> None:
    assert len({phase.name for phase in phases}) == len(phases)
