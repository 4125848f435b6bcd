"""How commands speak: tables and sentences for people on a terminal, JSON for programs on standard output."""

import json
import os
from typing import Any

from rich.console import Console
from rich.markup import escape

# Off a terminal a table is as wide as it needs to be: lines that a log breaks cannot be searched.
WIDE = 200

out = Console(width=None if os.isatty(1) else WIDE, highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def data(value: Any) -> None:
    """JSON with sorted keys, as one document."""
    print(json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False))


def problem(sentence: str) -> None:
    """Why a command cannot do what it was asked."""
    err.print(f"[red]{escape(sentence)}[/red]")


def counted(number: int, what: str) -> str:
    """`1 problem`, `2 problems`."""
    return f"{number} {what}{'' if number == 1 else 's'}"
