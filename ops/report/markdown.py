"""A difference as a comment on a pull request: the worst verdict first, customers folded, never too long."""

import html

from ops.diff.customer import CustomerChange
from ops.diff.estate import Difference
from ops.diff.verdict import Verdict
from ops.report import words
from ops.screen import counted

LONGEST = 60_000
"""Characters. A comment on GitHub holds 65,536, one on GitLab a million."""

MARKS = {
    Verdict.UNKNOWN: "❓",
    Verdict.REMOVED: "🛑",
    Verdict.REPLACE: "🛑",
    Verdict.RESTART: "🔶",
    Verdict.RERUN: "🔷",
}


def text(difference: Difference) -> str:
    """The whole comment. Customers who do not fit any more are counted."""
    changed, same = counted(len(difference.customers), "customer"), difference.same
    parts = [
        f"### Stacks: worst verdict **{difference.worst.text}**",
        f"`{difference.base}` → `{difference.head}`: {changed} with changes, {same} without",
        *(f"> {_plain(each)}" for each in difference.notes),
    ]
    length, left = sum(map(len, parts)), 0
    for names, change in words.grouped(difference.customers):
        folded = _folded(names, change)
        length += len(folded)
        if length > LONGEST:
            left += len(names)
        else:
            parts.append(folded)
    if left:
        parts.append(f"{counted(left, 'more customer')} with changes that do not fit here: `diff` alone has them.")
    return "\n\n".join(parts) + "\n"


def _folded(names: list[str], change: CustomerChange) -> str:
    rows = "\n".join(f"| {each.about} | {_plain(each.text)} |" for each in words.lines(change))
    return f"<details><summary>{_title(names, change)}</summary>\n\n| | |\n|---|---|\n{rows}\n\n</details>"


def _title(names: list[str], change: CustomerChange) -> str:
    mark = MARKS.get(change.verdict, "🟢")
    return f"{mark} <b>{_plain(_some(names))}</b> · {_plain(words.headline(change))}"


def _some(names: list[str]) -> str:
    """A few names, and how many more."""
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _plain(value: str) -> str:
    """A text that neither Markdown nor HTML finds anything in."""
    escaped = html.escape(value, quote=False).replace("\n", " ")
    return "".join(f"\\{letter}" if letter in "\\`*_[]|~" else letter for letter in escaped).replace("@", "@\u200b")
