"""Every customer between two trees. Who is the same in both, program included, is not even rendered."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ops import stack_file
from ops.diff import customer
from ops.diff.customer import CustomerChange
from ops.diff.tree import Tree, commands_alone, tree, working_tree
from ops.diff.verdict import Verdict
from ops.rendering import rendering
from ops.stack_file import StackFile


@dataclass(frozen=True, kw_only=True)
class Difference:
    """`customers` are those for whom something changes, the worst verdict first; `same` counts the others."""

    base: str
    head: str
    customers: tuple[CustomerChange, ...]
    same: int
    notes: tuple[str, ...]

    @property
    def worst(self) -> Verdict:
        return self.customers[0].verdict if self.customers else Verdict.NOTHING


@contextmanager
def trees(base: str, head: str | None) -> Iterator[tuple[Tree, Tree, Path]]:
    """Both sides, and a folder for what is needed meanwhile; `head` None is the working tree."""
    with tempfile.TemporaryDirectory(prefix="ops-diff-") as name:
        scratch = Path(name)
        yield tree(base, scratch), tree(head, scratch) if head is not None else working_tree(), scratch


def difference(base: str, head: str | None = None) -> Difference:
    """What changes from one tree to the other. Raises OpsError for a tree that is not there."""
    with trees(base, head) as (old, new, scratch):
        names = sorted({*old.stacks, *new.stacks})
        same_program = old.program == new.program
        open_ = [each for each in names if not (same_program and _same_file(each, old, new))]
        found = list(_compared(open_, old, new, commands_alone(scratch))) if open_ else []
        notes = []
        if old.requirements != new.requirements:
            notes.append("requirements.txt is another one: both sides are rendered with the packages installed here")
    changed = sorted((each for each in found if each.changed), key=lambda each: (-each.verdict.rank, each.stack))
    return Difference(
        base=old.name, head=new.name, customers=tuple(changed), same=len(names) - len(changed), notes=tuple(notes)
    )


def _compared(names: Sequence[str], old: Tree, new: Tree, commands: Path) -> Iterator[CustomerChange]:
    """One customer after the other, both sides rendered at the same time."""
    before, after = ([each for each in names if each in side.stacks] for side in (old, new))
    side = partial(rendering, commands=commands, digests=True, sides=2)
    with (
        side(old.root, before, called=old.name) as olds,
        side(new.root, after, called=new.name) as news,
    ):
        for each in names:
            yield _customer(
                each,
                old,
                new,
                next(olds) if each in old.stacks else None,
                next(news) if each in new.stacks else None,
            )


def _same_file(name: str, old: Tree, new: Tree) -> bool:
    files = [side.stacks.get(name) for side in (old, new)]
    return None not in files and len({each.read_bytes() for each in files if each}) == 1


def _customer(name: str, old: Tree, new: Tree, before: Any, after: Any) -> CustomerChange:
    keys = customer.key_changes(_read(name, old), _read(name, new))
    problems = [
        *_problems(before, f"as it is in {old.name}: "),
        *_problems(after, ""),
    ]
    if problems:
        return customer.unknown(name, problems, keys)
    return customer.between(name, before and before["plan"], after and after["plan"], keys)


def _read(name: str, side: Tree) -> StackFile | None:
    return stack_file.read(name, side.stacks[name]) if name in side.stacks else None


def _problems(rendered: Any, where: str) -> Sequence[str]:
    return [f"{where}{each}" for each in (rendered or {}).get("problems", [])]
