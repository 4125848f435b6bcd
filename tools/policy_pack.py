"""The policy pack, ready for the engine at hand: `pulumi preview --policy-pack "$(tools/policy)"`.

Its packages are an environment of its own, `policy/.venv`. A current CLI takes the pack as it is. The language host of
the engine that tools.engine builds is too old to start packs; that engine gets a pack which names another runtime,
and beside `pulumi` the program that it asks to start packs of such a runtime.
"""

import argparse
import os
import sys
from pathlib import Path

from tools import cache, engine, venv

PACK = cache.CHECKOUT / "policy"
REQUIREMENTS = PACK / "requirements.txt"
LINK = PACK / ".venv"
FOR_OWN_ENGINE = PACK / ".local" / "wickr"
RUNTIME = "python-of-the-pack"
STARTER = f"pulumi-analyzer-policy-{RUNTIME}"
STARTS = """#!/bin/sh
# The engine starts this in the pack's folder; $1 is where the engine listens.
exec .venv/bin/python -u -m pulumi.policy "$1" "$PWD"
"""


def name() -> str:
    """Name of the environment in the cache: it follows the pins and the Python that runs it."""
    return f"policy-venv-{cache.key(REQUIREMENTS, venv.PYTHON)}"


def ready() -> bool:
    """True if the pack's packages are there."""
    return venv.holds(LINK, name())


def fill() -> None:
    """Install the pack's packages."""
    venv.fill(LINK, name(), REQUIREMENTS)


def provide() -> Path:
    """The pack's folder for the engine at hand, with all that it needs."""
    fill()
    if engine.installed():
        return PACK
    _lay_out()
    return FOR_OWN_ENGINE


def _lay_out() -> None:
    FOR_OWN_ENGINE.mkdir(parents=True, exist_ok=True)
    for part in ("__main__.py", ".venv"):
        if not (FOR_OWN_ENGINE / part).is_symlink():
            (FOR_OWN_ENGINE / part).symlink_to(PACK / part)
    _written(engine.provide() / STARTER, STARTS)
    description = (PACK / "PulumiPolicy.yaml").read_text(encoding="utf-8").partition("runtime:")[0]
    _written(FOR_OWN_ENGINE / "PulumiPolicy.yaml", f"{description}runtime: {RUNTIME}\n")


def _written(path: Path, text: str) -> None:
    """At once, since another run may be using it."""
    new = path.with_name(f"{path.name}.{os.getpid()}")
    new.write_text(text, encoding="utf-8")
    new.chmod(0o755)
    new.replace(path)


def main(words: list[str] | None = None) -> int:
    """Command line of this module."""
    argparse.ArgumentParser(prog="tools/policy", description=__doc__).parse_args(words)
    try:
        print(provide())
    except cache.SetupError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
