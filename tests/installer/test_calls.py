"""A call is offered at the address that clients reach, or it is said what is in the way, as the guide does (IG 9.2)."""

import dataclasses
import json
from pathlib import Path

import pytest

from installer.phase import CALLS
from tests.installer.shell import Done, run_phase

pytestmark = pytest.mark.slow

AT_ONCE = dataclasses.replace(CALLS, limit=59)
"""Asks once: the last minute of the limit is kept for the sentence."""

ENDPOINTS = "203.0.113.101 calling.example.com"


def answer(uri: str) -> str:
    """What `test-calling` prints for a call at an address."""
    state = {"eventId": "0b7e", "roomURI_ipv6": "", "pid": "12", "roomURI": uri}
    return json.dumps({"cluster": "enterprise", "state": state}, separators=(",", ":")) + "\n"


def calls(host: Path, *answers: str, patient: bool = False) -> Done:
    """Runs the phase where `test-calling` gives these answers one after the other, the last one for ever."""
    tool = host / "usr/local/bin/replicated"
    tool.parent.mkdir(parents=True)
    for number, text in enumerate(answers, start=1):
        (host / f"answer-{number}").write_text(text)
    tool.write_text(f"""#!/bin/bash
[ "$*" = "admin --no-tty test-calling" ] || exit 9
number=$(($(cat {host}/asked 2>/dev/null || echo 0) + 1))
echo $number >{host}/asked
[ $number -le {len(answers)} ] || number={len(answers)}
cat {host}/answer-$number
""")
    tool.chmod(0o755)
    return run_phase(CALLS if patient else AT_ONCE, {"ENDPOINTS": ENDPOINTS}, host, stubs="sleep() { :; }\n")


@pytest.mark.parametrize("uri", ["203.0.113.101:16384", "calling.example.com:16384", "203.0.113.101:17384"])
def test_a_call_at_the_address_or_the_name_of_the_calling_host_is_good(tmp_path: Path, uri: str) -> None:
    assert calls(tmp_path, answer(uri)) == Done(code=0, out=f"calls: offered at {uri}\n", err="")


@pytest.mark.parametrize(
    ("text", "said"),
    [("\n", ""), ("", ""), ("404 page not found\n", "404 page not found"), (answer(""), '{"cluster":"enterprise"')],
    ids=["a blank line", "nothing", "404", "no room"],
)
def test_no_call_at_all_is_the_firewall(tmp_path: Path, text: str, said: str) -> None:
    done = calls(tmp_path, text)
    assert done.code == 1
    assert done.err.startswith(f"firewall: the calling service does not answer (test-calling said: '{said}")
    assert "TCP 444 from here to the calling host must be open" in done.err


@pytest.mark.parametrize(
    "uri",
    [
        "10.20.0.11:16384",
        "203.0.113.100:16384",
        "203.0.113.10:16384",
        "other.example.com:16384",
        "203.0.113.101.example:1",
    ],
)
def test_a_call_at_another_address_is_routing(tmp_path: Path, uri: str) -> None:
    assert calls(tmp_path, answer(uri)).err == (
        f"routing: calls are offered at {uri}, but clients reach the calling host at 203.0.113.101 or "
        "calling.example.com (IG 9.2); set the application's calling host name in wickr:settings to the latter\n"
    )


def test_a_service_that_is_still_starting_is_asked_again(tmp_path: Path) -> None:
    done = calls(tmp_path, "\n", "404 page not found\n", answer("203.0.113.101:16384"), patient=True)
    assert (done.code, (tmp_path / "asked").read_text()) == (0, "3\n")
