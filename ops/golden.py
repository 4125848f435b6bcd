"""Plans of the example customers as files: what a change of the program does to each is in its own diff.

They are in YAML, a plan a file. Of the script of a phase, the values that a customer's stack gives it are there; what
follows them is the same for everybody, and in installer/bash.
"""

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from ops import checkout, stack_file
from ops.checkout import HERE, OpsError
from ops.plan import Plan, plan

EXAMPLES = Path("examples")
PLANS = EXAMPLES / "plans"
HEADING = "# Written by `./wickr golden`: a test fails when it lags behind.\n"


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as such, so that a difference is one of lines."""


def _text(dumper: _Dumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def examples(root: Path = HERE) -> dict[str, Path]:
    """The stack files of the example customers, by name."""
    return checkout.in_folder(root / EXAMPLES)


def files(root: Path = HERE) -> dict[Path, str]:
    """What the folder of plans should hold, by its place in the checkout. Raises PlanError."""
    found = examples(root)
    if not found:
        raise OpsError(f"there is no example in {root / EXAMPLES}")
    return {PLANS / f"{name}.yaml": text(name, path) for name, path in found.items()}


def text(name: str, path: Path) -> str:
    """The plan of one example, as the file that is kept. Raises PlanError."""
    return HEADING + yaml.dump(_short(plan(stack_file.read(name, path))), Dumper=_Dumper, allow_unicode=True, width=1e6)


def lagging(wanted: Mapping[Path, str], root: Path = HERE) -> dict[Path, str]:
    """The files that are other ones than they should be, each with the difference, line by line."""
    there = {each.relative_to(root) for each in (root / PLANS).glob("*.yaml")}
    found = {}
    for place in sorted({*wanted, *there}):
        path = root / place
        old, new = path.read_text(encoding="utf-8") if path.exists() else "", wanted.get(place, "")
        if old != new:
            lines = difflib.unified_diff(
                old.splitlines(), new.splitlines(), str(place), f"{place} as it would be now", lineterm=""
            )
            found[place] = "\n".join(lines)
    return found


def write(root: Path = HERE) -> list[Path]:
    """Brings the folder up to date; the answer is which files were other ones before."""
    wanted = files(root)
    changed = list(lagging(wanted, root))
    (root / PLANS).mkdir(parents=True, exist_ok=True)
    for place in changed:
        if place in wanted:
            (root / place).write_text(wanted[place], encoding="utf-8")
        else:
            (root / place).unlink()
    return changed


def _short(plan: Plan) -> dict[str, Any]:
    """A plan without what is empty; resources by their names."""
    resources = {}
    for each in plan["resources"]:
        said = {**each, "inputs": {key: _values_of_script(value) for key, value in each["inputs"].items()}}
        resources[each["name"]] = {key: value for key, value in said.items() if key != "name" and value}
    return {
        "stack": plan["stack"],
        "resources": resources,
        **{key: plan[key] for key in ("outputs", "warnings", "notes") if plan[key]},
    }


def _values_of_script(value: Any) -> Any:
    """The head of a phase's script, up to its first comment; anything else as it is."""
    if not (isinstance(value, str) and value.startswith("readonly PHASE=")):
        return value
    return value.partition("\n# ")[0] + "\n# and installer/bash\n"
