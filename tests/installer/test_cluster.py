"""The application is started only when every node that it places something on is there (IG 4.5, 5)."""

import dataclasses
from pathlib import Path

import pytest

from installer.phase import CLUSTER
from tests.installer.shell import Done, run_phase

pytestmark = pytest.mark.slow

AT_ONCE = dataclasses.replace(CLUSTER, limit=59)
"""Asks once: the last minute of the limit is kept for the sentence."""

HEAD = """\
ID                                 PRIVATE ADDRESS   PUBLIC ADDRESS    CONNECTED   INITIALIZED   VERSION   TAGS
"""
LOCAL = """\
8b3ee2d4a5f34e0e9c5a6c2fd0f5b7a1   10.20.0.10        203.0.113.100     true        true          2.56.0    local
"""
CALLING = """\
1f0c9d7e6b5a49388271605f4e3d2c1b   10.20.0.11        203.0.113.101     true        true          2.56.0    calling
"""
PRIVATE = """\
1f0c9d7e6b5a49388271605f4e3d2c1b   10.20.0.11                          true        true          2.56.0    calling
"""
CONNECTING = """\
1f0c9d7e6b5a49388271605f4e3d2c1b   10.20.0.11        203.0.113.101     true        false         2.56.0    calling
"""
GONE = """\
1f0c9d7e6b5a49388271605f4e3d2c1b   10.20.0.11        203.0.113.101     false       true          2.56.0    calling
"""
BOTH = """\
8b3ee2d4a5f34e0e9c5a6c2fd0f5b7a1   10.20.0.10                          true        true          2.56.0    local,calling
"""
UNTAGGED = """\
1f0c9d7e6b5a49388271605f4e3d2c1b   10.20.0.11        203.0.113.101     true        true          2.56.0
"""
ALIKE = """\
1f0c9d7e6b5a49388271605f4e3d2c1b   10.20.0.11        203.0.113.101     true        true          2.56.0    calling-2
"""


def cluster(host: Path, *answers: str, tags: str = "local calling", fails: bool = False, patient: bool = False) -> Done:
    """Runs the phase where `replicated nodes` gives these answers one after the other, the last one for ever."""
    tool = host / "usr/local/bin/replicated"
    tool.parent.mkdir(parents=True)
    for number, answer in enumerate(answers, start=1):
        (host / f"answer-{number}").write_text(answer)
    tool.write_text(f"""#!/bin/bash
[ "$*" = nodes ] || exit 9
number=$(($(cat {host}/asked 2>/dev/null || echo 0) + 1))
echo $number >{host}/asked
[ $number -le {len(answers)} ] || number={len(answers)}
cat {host}/answer-$number
{"exit 1" if fails else ""}
""")
    tool.chmod(0o755)
    return run_phase(CLUSTER if patient else AT_ONCE, {"TAGS": tags}, host, stubs="sleep() { :; }\n")


@pytest.mark.parametrize(
    ("answer", "tags"),
    [
        (HEAD + LOCAL + CALLING, "local calling"),
        (HEAD + CALLING + LOCAL, "local calling"),
        (HEAD + LOCAL + PRIVATE, "local calling"),
        (HEAD + BOTH, "local calling"),
        (HEAD + LOCAL + GONE + CALLING, "local calling"),
        (HEAD + LOCAL, "local"),
        (HEAD + LOCAL + GONE, "local"),
    ],
    ids=["both", "in any order", "no public address", "two tags", "an old one is gone", "alone", "another is gone"],
)
def test_nodes_that_are_connected_and_initialized_count(tmp_path: Path, answer: str, tags: str) -> None:
    assert cluster(tmp_path, answer, tags=tags) == Done(code=0, out=f"cluster: nodes are there for: {tags}\n", err="")


@pytest.mark.parametrize(
    "answer",
    [
        HEAD + LOCAL,
        *(HEAD + LOCAL + each for each in (CONNECTING, GONE, UNTAGGED, ALIKE)),
        HEAD + LOCAL + CONNECTING + GONE,
    ],
    ids=["missing", "not initialized", "not connected", "no tag", "a tag like it", "two halves"],
)
def test_a_node_that_has_not_joined_is_named_by_its_tag_with_where_to_look(tmp_path: Path, answer: str) -> None:
    done = cluster(tmp_path, answer)
    assert done.code == 1
    assert done.err.startswith("cluster: no node with the tag 'calling' joined within -1 s; 'replicated nodes' on this")
    assert "'journalctl -u replicated-operator' on the missing one" in done.err
    assert "TCP 9870-9881" in done.err


@pytest.mark.parametrize(("answer", "fails"), [(HEAD, False), ("", False), ("", True), (HEAD + LOCAL + CALLING, True)])
def test_no_answer_is_no_node(tmp_path: Path, answer: str, fails: bool) -> None:
    assert cluster(tmp_path, answer, fails=fails).err.startswith("cluster: no node with the tag 'local' joined")


def test_a_node_is_waited_for(tmp_path: Path) -> None:
    done = cluster(tmp_path, HEAD, HEAD + LOCAL, HEAD + LOCAL + CONNECTING, HEAD + LOCAL + CALLING, patient=True)
    assert (done.code, done.err) == (0, "")
    # Once in vain for the host's own tag and once not; then for the other.
    assert (tmp_path / "asked").read_text() == "4\n"


@pytest.mark.parametrize("options", ["default", "sysconfig"])
@pytest.mark.parametrize(("operator", "ends"), [("same", ""), ("other", "token: the operator of this host has ")])
def test_an_operator_that_its_own_daemon_does_not_let_in_is_named_at_once(
    tmp_path: Path, options: str, operator: str, ends: str
) -> None:
    folder = tmp_path / "etc" / options
    folder.mkdir(parents=True)
    (folder / "replicated").write_text('REPLICATED_OPTS="-e DAEMON_TOKEN=same -e LOG_LEVEL=info"\n')
    (folder / "replicated-operator").write_text(f"DAEMON_TOKEN=first\nPRIVATE_ADDRESS=x\nDAEMON_TOKEN={operator}\n")
    done = cluster(tmp_path, HEAD + LOCAL, tags="local")
    assert (done.code, done.err[: len(ends)]) == (1 if ends else 0, ends)
    assert "same" not in done.err
