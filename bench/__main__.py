"""Measures, and prints a table: `python -m bench [--fresh] [--runs N] [PART …]`."""

import argparse
import os
import platform
import sys
from collections.abc import Callable

from rich.console import Console
from rich.table import Table

from bench import airgap, fleet, growth, machine, path, previews, stacks
from bench.clock import BenchError, Row

PARTS: dict[str, Callable[[int], list[Row]]] = {
    "unit": machine.unit,
    "preview": previews.measure,
    "fleet": fleet.measure,
    "ops": stacks.measure,
    "growth": growth.measure,
    "up": machine.up,
    "path": path.measure,
    "airgap": airgap.measure,
    "fresh": machine.fresh,
}


def show(rows: list[Row]) -> None:
    """The table, with what the project wants to reach beside what was measured."""
    title = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    table = Table("what", "median", "least", "most", "runs", "wanted", "", title=title, box=None)
    for row in rows:
        numbers = [f"{value:.2f} {row.unit}" for value in (row.middle, min(row.values), max(row.values))]
        verdict = "" if not row.wanted else "met" if row.met else "NOT met"
        table.add_row(row.what, *numbers, str(len(row.values)), row.wanted, verdict)
    Console(width=max(Console().width, 110)).print(table)


def main() -> int:
    """Command line of the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; without any: all but fresh")
    parser.add_argument("--fresh", action="store_true", help="also set up a fresh clone with an empty cache")
    parser.add_argument("--runs", type=int, default=3, help="how often each is measured (3)")
    options = parser.parse_args()
    parts = options.parts or [part for part in PARTS if part != "fresh" or options.fresh]
    if unknown := set(parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    # As on a user's machine: modules are compiled once. (Some containers switch that off.)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    rows: list[Row] = []
    failed = False
    for part in parts:
        print(f"measuring: {part} …", flush=True)
        try:
            rows += PARTS[part](options.runs)
        except BenchError as error:
            print(error, file=sys.stderr, flush=True)
            failed = True
    show(rows)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
