"""The older `replicated` command line of the stand-in."""

import os
import sys

from ..wire import Refusal
from .ask import ask

COLUMNS = ("ID", "PRIVATE ADDRESS", "PUBLIC ADDRESS", "CONNECTED", "INITIALIZED", "VERSION", "TAGS")


def table(heads: tuple[str, ...], rows: list[list[str]]) -> str:
    """Columns as wide as their longest entry."""
    widths = [max(len(row[index]) for row in [list(heads), *rows]) for index in range(len(heads))]
    lines = [list(heads), *rows]
    return "\n".join("   ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)) for line in lines)


def nodes() -> str:
    """The nodes of the cluster."""
    rows = [
        [
            node["id"],
            node["private"],
            node["public"],
            str(node["connected"]).lower(),
            str(node["initialized"]).lower(),
            node["version"],
            ",".join(node["tags"]),
        ]
        for node in ask("nodes")
    ]
    return table(COLUMNS, rows)


def apps() -> str:
    """The one application there can be."""
    rows = []
    for status, about in zip(ask("app_status"), ask("app_inspect"), strict=True):
        rows.append([about["ID"], about["Name"], status["State"], str(status["Sequence"])])
    return table(("ID", "NAME", "STATUS", "SEQUENCE"), rows)


def app(id: str, verb: list[str]) -> str | None:
    """`replicated app ID status|start|stop`"""
    if not any(one["ID"] == id for one in ask("app_inspect")):
        raise Refusal(f"there is no app {id}")
    if verb == ["status"]:
        return str(ask("app_status")[0]["State"]).capitalize()
    if verb in (["start"], ["stop"], ["stop", "-f"]):
        ask("app_move", to="started" if verb == ["start"] else "stopped", again=False)
        return None
    raise Refusal(f"app {' '.join(verb)} is not in the stand-in of the local cloud")


def run(words: list[str]) -> str | None:
    """The text that a command prints, if it prints any."""
    match words:
        case ["--version" | "version"]:
            return os.environ.get("REPLICATED_VERSION", "unknown")
        case ["status"]:
            return "\n".join(f"{name}: {state}" for name, state in ask("system_status").items())
        case ["nodes"]:
            return nodes()
        case ["apps"]:
            return apps()
        case ["app", id, *verb] if verb:
            return app(id, verb)
        case ["auth", "reset"]:
            ask("console_password", password=None)
            return None
        case ["console", "cert", "set", hostname, key, certificate]:
            ask("console_certificate", hostname=hostname, key=key, certificate=certificate)
            return None
        case ["admin", *words]:
            answer: str = ask("admin", words=[word for word in words if word != "--no-tty"])
            return answer
    raise Refusal(f"'{' '.join(words) or 'no command'}' is not in the stand-in of the local cloud")


def main() -> int:
    """Run one command."""
    try:
        text = run(sys.argv[1:])
    except Refusal as refusal:
        print(f"Error: {refusal}", file=sys.stderr)
        return 1
    if text is not None:
        print(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
