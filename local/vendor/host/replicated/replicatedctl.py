"""The replicatedctl command line of the stand-in."""

import argparse
import base64
import contextlib
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

from ..templates import render
from ..wire import Refusal
from .ask import Parser, ask

Options = argparse.Namespace


def show(options: Options, value: Any) -> None:
    """JSON, or what a template makes of it."""
    print(render(options.template, value) if options.template else json.dumps(value, indent=2))


def stdin_json(options: Options) -> Any:
    """The document on stdin; None when nothing came, as through the wrapper without -i."""
    text = sys.stdin.read()
    if not text.strip():
        return None
    try:
        return json.loads(text)
    except ValueError as error:
        raise Refusal(f"stdin is not valid JSON: {error}") from error


def version(options: Options) -> None:
    """replicatedctl version"""
    release = os.environ.get("REPLICATED_VERSION", "unknown")
    print(release if options.quiet else f"replicatedctl version {release} (stand-in of the local cloud)")


def system_status(options: Options) -> None:
    """Both services, or the worse one of them."""
    found = ask("system_status")
    if options.quiet:
        print("initializing" if "initializing" in found.values() else "ready")
    else:
        show(options, found)


def license_load(options: Options) -> None:
    """The licence comes on stdin."""
    data = base64.b64encode(sys.stdin.buffer.read()).decode()
    ask("license_load", data=data, force_online=options.force_online, package=options.airgap_package)


def config_export(options: Options) -> None:
    """The settings. A template sees the fields of a Go value, whose names begin with capitals: `{{.key.Value}}`."""
    found = ask("config_export", hidden=options.hidden)
    if options.template:
        found = {
            key: {name.title().replace("_", ""): part for name, part in item.items()} for key, item in found.items()
        }
    show(options, found)


def _field(name: str) -> str:
    return name.title().replace("_", "")


def config_import(options: Options) -> None:
    """Nothing on stdin imports nothing, without a word."""
    values = stdin_json(options)
    if values is not None:
        ask("config_import", values=values, skip_validation=options.skip_validation)


def config_set(options: Options) -> None:
    """One item."""
    entry = {name: text for name, text in (("value", options.value), ("data", options.data)) if text is not None}
    ask("config_import", values={options.name: entry}, skip_validation=options.skip_validation)


def move(to: str, *, again: bool = False) -> Callable[[Options], None]:
    """app start, stop, apply-config; in the background unless attached."""

    def command(options: Options) -> None:
        task = ask("app_move", to=to, again=again)
        if options.quiet:
            print(task)
        while options.attach and ask("app_status")[0]["IsTransitioning"]:
            time.sleep(0.5)

    return command


def preflight_status(options: Options) -> None:
    """Whether the application may start."""
    passed = ask("preflight_status")
    print(("true" if passed else "false") if options.quiet else json.dumps({"Passed": passed}))


def params(options: Options) -> None:
    """set and unset; JSON values keep their type."""
    value = getattr(options, "value", None)
    if value is not None:
        with contextlib.suppress(ValueError):
            value = json.loads(value)
    ask("params", changes={options.key: value})


def console_export(options: Options) -> None:
    """How the console asks who comes; no secret is in it."""
    show(options, {"Anonymous": {}} if ask("console")["anonymous"] else {"Password": {}})


def console_import(options: Options) -> None:
    """{"Password": {"Password": "…"}} on stdin; nothing on stdin changes nothing."""
    given = stdin_json(options)
    if given is None:
        return
    if set(given) != {"Password"} or not isinstance(given["Password"].get("Password"), str):
        raise Refusal('the stand-in takes {"Password": {"Password": "…"}} only')
    ask("console_password", password=given["Password"]["Password"])


def simple(do: str, **request: Any) -> Callable[[Options], None]:
    """A command that shows what the daemon answers."""
    return lambda options: show(options, ask(do, **request))


def parser() -> Parser:
    """Every command and option that the stand-in knows."""
    top = Parser(prog="replicatedctl", allow_abbrev=False)
    groups: dict[str, Any] = {"": top.add_subparsers(dest="verb", required=True, parser_class=Parser)}

    def add(words: str, action: Callable[[Options], None], *switches: str, shows: bool = False) -> Parser:
        *group, name = words.split(" ")
        for one in group:
            if one not in groups:
                inner = groups[""].add_parser(one, allow_abbrev=False)
                groups[one] = inner.add_subparsers(dest=f"{one} verb", required=True, parser_class=Parser)
        command: Parser = groups[group[0] if group else ""].add_parser(name, allow_abbrev=False)
        command.set_defaults(action=action, template="")
        for switch in switches:
            command.add_argument(*switch.split("/"), action="store_true")
        if shows:
            command.add_argument("-o", "--output", choices=["json"])
            command.add_argument("--template", default="")
        return command

    add("version", version, "-q/--quiet")
    add("system status", system_status, "-q/--quiet", shows=True)
    add("app status", simple("app_status"), shows=True)
    add("app inspect", simple("app_inspect"), shows=True)
    add("app start", move("started"), "-a/--attach", "-q/--quiet")
    add("app stop", move("stopped"), "-a/--attach", "-q/--quiet", "-f/--force")
    add("app apply-config", move("started", again=True), "-a/--attach", "-q/--quiet", "-f/--force")
    add("app-config view", simple("config_view"), shows=True)
    add("app-config export", config_export, "--hidden", shows=True)
    taking = add("app-config import", config_import, "--skip-validation")
    taking.add_argument("--format", choices=["json"])
    setting = add("app-config set", config_set, "--skip-validation")
    setting.add_argument("name")
    setting.add_argument("--value")
    setting.add_argument("--data")
    loading = add("license-load", license_load, "--force-online")
    loading.add_argument("--airgap-package", default="")
    add("license inspect", simple("license_inspect"), shows=True)
    add("preflight run", simple("preflight_run"), shows=True)
    add("preflight status", preflight_status, "-q/--quiet")
    add("preflight dismiss", lambda o: ask("preflight_dismiss"), "--force")
    add("params export", simple("params", changes={}), shows=True)
    changing = add("params set", params)
    changing.add_argument("key")
    changing.add_argument("--value", required=True)
    add("params unset", params).add_argument("key")
    add("console-auth export", console_export, shows=True)
    add("console-auth import", console_import)
    add("console-auth reset", lambda o: ask("console_password", password=None))
    releases = add("app-release ls", lambda o: show(o, ask("releases", fetch=o.fetch)), "--fetch", shows=True)
    releases.set_defaults(fetch=False)
    add("app-release inspect", simple("releases", fetch=False), shows=True)
    add("task ls", lambda o: show(o, []), "--all", shows=True)
    joining = add("cluster node-join-script", lambda o: print(ask("join_command", tags=o.tags)))
    joining.add_argument("--tags", default="")
    return top


def main() -> int:
    """Run one command; a refusal is one line on stderr and exit code 1."""
    options = parser().parse_args()
    try:
        options.action(options)
    except Refusal as refusal:
        print(f"Error: {refusal}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
