"""Renders the stacks of a tree with that tree's own program, in a process of its own: `python -m ops.render`.

The commands come from one checkout, the program from another: that is for the caller's PYTHONPATH to arrange. Names of
stacks, the tree's folder and how secrets are shown come in as JSON; plans go out, a line each in the order of the
names, so that nobody has to hold those of a thousand customers at once.
"""

import contextlib
import gc
import json
import sys
from pathlib import Path
from typing import Any

from ops import checkout, stack_file
from ops.plan import PlanError, Veil, plan
from ops.stack_file import StackFile


def main() -> None:
    """One plan, or one list of problems, for each stack that is asked for."""
    asked = json.load(sys.stdin)
    files = checkout.stack_files(Path(asked["root"]))
    veil = Veil(digests=asked["digests"])
    answers = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):
        for number, name in enumerate(asked["stacks"]):
            print(json.dumps(_rendered(stack_file.read(name, files[name]), veil)), file=answers, flush=True)
            if number == 0:
                # The SDKs' modules are a million objects that stay: not to be looked through at each plan.
                gc.collect()
                gc.freeze()


def _rendered(file: StackFile, veil: Veil) -> dict[str, Any]:
    try:
        return {"plan": plan(file, veil)}
    except PlanError as error:
        return {"problems": error.problems}


if __name__ == "__main__":
    main()
