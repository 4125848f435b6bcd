"""Static checks: style, types, and the one way that imports go. Run from the environment: `make check`."""

import contextlib
import os
import subprocess
import sys
import time

from tools import cache, steps, venv

# Folders of Python; they grow as the project does, so that what is not there yet is no error.
FOLDERS = ("guide", "installer", "components", "infra", "ops", "policy", "local", "tools", "tests", "bench")


def commands() -> list[list[str]]:
    """The checks, each as a command of the environment."""
    folders = [name for name in FOLDERS if any((cache.CHECKOUT / name).rglob("*.py"))]
    return [["ruff", "check", "--quiet", "."], ["mypy", *folders], ["lint-imports", "--no-logo"]]


def main() -> int:
    """Run all checks, also after one has failed; show what they say only if they have something to say."""
    failed = False
    # Kept for the next clone: reading the SDK of AWS takes most of a minute the first time. One check at a time: two
    # that write there side by side leave what is wrong for both, and for all that come after.
    types = cache.folder() / f"types-{venv.name()}"
    environment = os.environ | {"MYPY_CACHE_DIR": str(types)}
    for command in commands():
        began = time.monotonic()
        path = cache.CHECKOUT / ".venv" / "bin" / command[0]
        with cache.locked(types.with_suffix(".lock")) if command[0] == "mypy" else contextlib.nullcontext():
            result = subprocess.run(
                [path, *command[1:]], cwd=cache.CHECKOUT, env=environment, capture_output=True, text=True
            )
        verdict = "FAILED" if result.returncode else "ok"
        steps.say(command[0], f"{verdict} ({steps.span(time.monotonic() - began)})")
        if result.returncode:
            failed = True
            print(result.stdout + result.stderr, flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
