"""A running installation is brought to what the stack says, key by key, and restarts only where something differs."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from installer.configuration import console_auth, settings_file, settings_table
from installer.phase import CONFIGURE
from tests.installer.shell import Done, run_phase

pytestmark = pytest.mark.slow

SAME = Done(code=0, out="configure: the installation has what the stack says\n", err="")
CHANGED = Done(code=0, out="configure: changed, the application restarts with it\n", err="")

# An installation whose console has a password and whose licence is loaded; its settings are files of a folder.
STUBS = """
sleep() { :; }
broken() { ! code=$(cat HOST/broken/"$1" 2>/dev/null) || return "$code"; }
ctl() {
    echo "$*" >>HOST/asked
    broken "$*" || return
    case "$*" in
        "console-auth export") echo '{"Password": {"Password": ""}}' ;;
        "license inspect") echo '[{"ID": "x", "IsExpired": false}]' ;;
        "app status -o json") cat HOST/status ;;
        "app apply-config") ;;
        "app-config export --hidden --template {{."*".Value}}")
            key=${5#"{{."}
            cat "HOST/settings/${key%".Value}}"}" 2>/dev/null ;;
        *) echo "nobody thought of: $*" >&2; exit 9 ;;
    esac
}
ctl_with_input() {
    echo "$*" >>HOST/asked
    broken "$*" || { cat >/dev/null; return "$code"; }
    case "$*" in
        "console-auth import" | "license-load"*) cat >/dev/null; echo "$ANSWER" ;;
        "app-config import") PYTHON -c "$IMPORT" HOST/settings ;;
        *) echo "nobody thought of: $*" >&2; exit 9 ;;
    esac
}
"""
IMPORT = """
import json, pathlib, sys
for key, each in json.load(sys.stdin).items():
    pathlib.Path(sys.argv[1], key).write_text(each["value"])
"""
FORGETS = "import sys; sys.stdin.read()"
REFUSES = "import sys; sys.stdin.read(); sys.exit('unknown config item some_key')"


@pytest.fixture
def host(tmp_path: Path) -> Path:
    for folder in ("etc/wickr", "settings", "broken"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "etc/wickr/console-auth.json").write_text(console_auth("password"))
    (tmp_path / "etc/wickr/license.rli").write_text("licence")
    return tmp_path


def has(host: Path, settings: Mapping[str, str]) -> None:
    """The installation's settings; it has others from before."""
    for key, value in settings.items():
        (host / "settings" / key).write_text(value)


def breaks(host: Path, command: str, code: int) -> None:
    """From now on this command of `replicatedctl` ends with the code, 0 for as it should."""
    if code:
        (host / "broken" / command).write_text(str(code))
    else:
        (host / "broken" / command).unlink()


def shows(host: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in (host / "settings").iterdir()}


def configure(
    host: Path,
    settings: Mapping[str, str],
    *,
    imports: str = IMPORT,
    state: str = "started",
    bundle: str = "",
    answer: str = "",
) -> Done:
    """Runs the phase for a stack with these settings; afterwards `asked` is what this run wanted to know. `answer` is
    what Replicated says to a licence.
    """
    (host / "asked").unlink(missing_ok=True)
    (host / "etc/wickr/settings.json").write_text(settings_file(settings))
    (host / "etc/wickr/settings.tsv").write_text(settings_table(settings))
    (host / "status").write_text(json.dumps([{"State": state, "IsTransitioning": False}]) if state else "[]")
    stubs = f"export IMPORT='{imports}' ANSWER='{answer}'\n" + STUBS.replace("HOST", str(host)).replace(
        "PYTHON", sys.executable
    )
    values = {"FILES": f"{host}/etc/wickr", "HOSTNAME_OF_WICKR": "wickr.example.com", "BUNDLE": bundle}
    return run_phase(CONFIGURE, values, host, stubs=stubs)


def asked(host: Path, what: str) -> int:
    """How often the last run asked the installation for something."""
    return sum(line.startswith(what) for line in (host / "asked").read_text().splitlines())


def test_settings_that_arrived_with_the_first_start_are_not_imported_again(host: Path) -> None:
    has(host, {"some_key": "1", "of_its_own": "x"})
    assert configure(host, {"some_key": "1"}) == SAME
    assert (asked(host, "app-config import"), asked(host, "app apply-config")) == (0, 0)


@pytest.mark.parametrize(
    "before",
    [{}, {"other_key": "1"}, {"some_key": "0"}, {"some_key": ""}, {"some_key": "11"}],
    ids=["none", "another", "other value", "empty", "longer"],
)
def test_settings_that_differ_are_imported_and_the_application_restarts(host: Path, before: dict[str, str]) -> None:
    has(host, before)
    assert configure(host, {"some_key": "1"}) == CHANGED
    assert shows(host) == before | {"some_key": "1"}
    assert asked(host, "app apply-config") == 1


def test_one_key_among_several_is_enough(host: Path) -> None:
    has(host, {"a": "1", "b": "2", "c": "3"})
    assert configure(host, {"a": "1", "b": "2", "c": "4"}) == CHANGED
    assert shows(host) == {"a": "1", "b": "2", "c": "4"}


@pytest.mark.parametrize(
    "value",
    ["", "two words", "two\nlines", 'it\'s "quoted"', "$(false) `false` ${HOME}", "tab\there", "ü\\n", "-n", "*"],
)
def test_a_value_is_compared_as_it_is(host: Path, value: str) -> None:
    has(host, {"some_key": value})
    assert configure(host, {"some_key": value}) == SAME
    has(host, {"some_key": value + "!"})
    assert configure(host, {"some_key": value, "other_key": ""}) == CHANGED
    assert shows(host)["some_key"] == value


def test_a_stack_without_settings_reads_none(host: Path) -> None:
    has(host, {"some_key": "1"})
    assert configure(host, {}) == SAME
    assert asked(host, "app-config") == 0


def test_what_a_person_changed_since_then_stays_until_the_stack_says_something_new(host: Path) -> None:
    configure(host, {"some_key": "1"})
    has(host, {"some_key": "by hand"})
    assert configure(host, {"some_key": "1"}) == SAME
    assert (asked(host, "app-config"), shows(host)) == (0, {"some_key": "by hand"})
    assert configure(host, {"some_key": "2"}) == CHANGED
    assert shows(host) == {"some_key": "2"}


@pytest.mark.parametrize("state", ["", "stopped"], ids=["not there", "stopped"])
def test_an_application_that_does_not_run_is_not_restarted(host: Path, state: str) -> None:
    assert configure(host, {"some_key": "1"}, state=state) == SAME
    assert shows(host) == {"some_key": "1"}
    assert asked(host, "app apply-config") == 0


def test_a_setting_that_is_taken_and_not_kept_is_warned_of(host: Path) -> None:
    done = configure(host, {"some_key": "1"}, imports=FORGETS)
    assert (done.code, done.out) == (0, CHANGED.out)
    assert done.err.startswith("warning: Replicated took wickr:settings but shows other values; ")


def test_a_setting_that_is_refused_is_told_and_tried_again_the_next_time(host: Path) -> None:
    done = configure(host, {"some_key": "1"}, imports=REFUSES.replace("'", '"'))
    assert done.err.startswith("settings: Replicated refused wickr:settings (it said: unknown config item some_key")
    assert configure(host, {"some_key": "1"}) == CHANGED


def test_a_refused_setting_that_is_taken_back_restarts_nothing(host: Path) -> None:
    has(host, {"some_key": "1"})
    assert configure(host, {"some_key": "2"}, imports=REFUSES.replace("'", '"')).code == 1
    assert configure(host, {"some_key": "1"}) == SAME
    assert asked(host, "app apply-config") == 0


@pytest.mark.parametrize("command", ["app apply-config", "app status -o json"])
@pytest.mark.parametrize("code", [1, 124])
def test_what_was_changed_and_not_applied_is_applied_the_next_time(host: Path, command: str, code: int) -> None:
    breaks(host, command, code)
    done = configure(host, {"some_key": "1"})
    assert (done.code, done.err.partition(": ")[0], shows(host)) == (1, "installer", {"some_key": "1"})
    breaks(host, command, 0)
    assert configure(host, {"some_key": "1"}) == CHANGED
    assert (asked(host, "app-config import"), asked(host, "app apply-config")) == (0, 1)
    assert configure(host, {"some_key": "1"}) == SAME


@pytest.mark.parametrize(("code", "kind"), [(124, "timeout"), (137, "timeout"), (1, "license")])
def test_a_licence_that_was_not_taken_is_loaded_the_next_time(host: Path, code: int, kind: str) -> None:
    configure(host, {})
    (host / "etc/wickr/license.rli").write_text("another")
    breaks(host, "license-load", code)
    done = configure(host, {})
    assert (done.code, done.err.partition(": ")[0]) == (1, kind)
    breaks(host, "license-load", 0)
    assert (configure(host, {}), asked(host, "license-load")) == (SAME, 1)
    assert (configure(host, {}), asked(host, "license-load")) == (SAME, 0)


BUNDLE = "/var/lib/wickr-airgap/wickrenterprise.airgap"


def test_another_licence_is_loaded_with_the_bundle_where_there_is_one(host: Path) -> None:
    for licence, bundle, loaded in (("first", "", None), ("second", "", "license-load"), ("third", BUNDLE, BUNDLE)):
        (host / "etc/wickr/license.rli").write_text(licence)
        assert configure(host, {}, bundle=bundle) == SAME
        loads = [line for line in (host / "asked").read_text().splitlines() if line.startswith("license-load")]
        expected = [] if loaded is None else [f"license-load --airgap-package {BUNDLE}" if bundle else "license-load"]
        assert loads == expected


@pytest.mark.parametrize(
    "answer",
    [
        "Error: failed to load license: it does not allow an airgap installation",
        "installed app release (611) does not match the airgap package",
        "Online installation is not possible when running in airgapped mode.",
    ],
)
def test_a_licence_that_does_not_go_with_the_bundle_is_refused_in_replicated_s_words(host: Path, answer: str) -> None:
    configure(host, {})
    (host / "etc/wickr/license.rli").write_text("another")
    done = configure(host, {}, bundle=BUNDLE, answer=answer)
    assert (done.code, done.err) == (
        1,
        f"license: Replicated did not accept the licence (it said: {answer}); check that wickr:license allows an "
        "airgapped installation (IG 3.4), and that installer.airgap.bundle is of its channel\n",
    )


@pytest.mark.parametrize(
    "answer",
    [
        "Error: failed to load license: airgap package x.airgap: cannot be read, it may be truncated: unexpected end",
        "Error: failed to read airgap package: unexpected EOF",
        "Error: gzip: invalid checksum",
    ],
)
def test_a_bundle_that_cannot_be_read_is_no_fault_of_the_licence(host: Path, answer: str) -> None:
    configure(host, {})
    (host / "etc/wickr/license.rli").write_text("another")
    done = configure(host, {}, bundle=BUNDLE, answer=answer)
    assert done.code == 1
    assert done.err.startswith(f"checksum: Replicated cannot read the bundle (it said: {answer}), ")
