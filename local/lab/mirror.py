"""Which Debian mirror this machine uses: read from its own apt sources, so that no host name is written down here."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from local.lab.command import LabError


class MirrorError(LabError):
    """No Debian mirror is known here."""


@dataclass(frozen=True)
class Source:
    """One place that apt may fetch from."""

    uri: str
    suite: str
    components: tuple[str, ...]
    keyring: str = ""


def debian(suite: str, apt: Path = Path("/etc/apt")) -> tuple[str, str, str]:
    """The main mirror, the security mirror and the keyring (may be empty) for a suite.

    WICKR_LAB_MIRROR overrides the main one, for a machine that is not Debian itself.
    """
    known = list(sources(apt))
    main = next((s for s in known if s.suite == suite and "main" in s.components), None)
    given = os.environ.get("WICKR_LAB_MIRROR", "")
    if not main and not given:
        raise MirrorError(
            f"the apt sources of this machine ({apt}) name no mirror for Debian {suite}: "
            "set WICKR_LAB_MIRROR to the address of one, for example http://mirror.example.org/debian"
        )
    uri = given or (main.uri if main else "")
    security = next((s.uri for s in known if s.suite == f"{suite}-security"), f"{uri.rstrip('/')}-security")
    return uri, security, main.keyring if main and not given else ""


def apt_settings() -> str:
    """This machine's own apt settings for fetching (a proxy, a frozen mirror), for use inside the new root."""
    dump = subprocess.run(["apt-config", "dump", "Acquire"], capture_output=True, text=True, check=False).stdout
    return "".join(f"{line}\n" for line in dump.splitlines() if not line.endswith('"";'))


def sources(apt: Path) -> Iterator[Source]:
    """All that apt's files name, of either format."""
    for path in sorted([apt / "sources.list", *(apt / "sources.list.d").glob("*")]):
        if path.suffix == ".sources":
            yield from _deb822(path.read_text())
        elif path.suffix == ".list" and path.exists():
            yield from _one_line(path.read_text())


def _one_line(text: str) -> Iterator[Source]:
    for line in text.splitlines():
        words = line.split("#")[0].split()
        if not words or words[0] != "deb":
            continue
        options: list[str] = []
        if len(words) > 1 and words[1].startswith("["):
            end = next((i for i, word in enumerate(words) if word.endswith("]")), len(words))
            options = " ".join(words[1 : end + 1]).strip("[] ").split()
            words = [words[0], *words[end + 1 :]]
        if len(words) > 3:
            keyring = next((o.removeprefix("signed-by=") for o in options if o.startswith("signed-by=")), "")
            yield Source(words[1], words[2], tuple(words[3:]), keyring)


def _deb822(text: str) -> Iterator[Source]:
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    for stanza in "\n".join(lines).split("\n\n"):
        fields: dict[str, str] = {}
        name = ""
        for line in stanza.splitlines():
            if line[:1].isspace():
                fields[name] += f" {line.strip()}"
            elif ":" in line:
                name, _, value = line.partition(":")
                name = name.lower()
                fields[name] = value.strip()
        if "deb" not in fields.get("types", "").split() or fields.get("enabled", "yes").lower() in ("no", "false"):
            continue
        keyring = fields.get("signed-by", "")
        for uri in fields.get("uris", "").split():
            for suite in fields.get("suites", "").split():
                yield Source(
                    uri, suite, tuple(fields.get("components", "").split()), keyring if keyring.startswith("/") else ""
                )
