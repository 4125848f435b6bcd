"""Renders the stacks of a tree with that tree's own program, in a process of its own: `python -m ops.render`.

The commands come from one checkout, the program from another: that is for the caller's PYTHONPATH to arrange. Names of
stacks and the tree's folder come in as JSON, plans with digests for secrets go out.
"""

import contextlib
import json
import sys
from pathlib import Path
from typing import Any

from ops import checkout, stack_file
from ops.plan import PlanError, Veil, plan


def main() -> None:
    """One plan, or one list of problems, for each stack that is asked for."""
    asked = json.load(sys.stdin)
    files = checkout.stack_files(Path(asked["root"]))
    found: dict[str, Any] = {}
    with contextlib.redirect_stdout(sys.stderr):
        for name in asked["stacks"]:
            try:
                found[name] = {"plan": plan(stack_file.read(name, files[name]), Veil(digests=True))}
            except PlanError as error:
                found[name] = {"problems": error.problems}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
