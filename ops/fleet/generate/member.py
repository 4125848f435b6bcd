"""What other engines have to know of a stack, from its stack file."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ops import stack_file
from ops.checkout import OpsError


@dataclass(frozen=True, kw_only=True)
class Member:
    """One stack of a fleet. `account` is empty unless its file allows exactly one; `passphrase` says whether one
    protects its secrets.
    """

    stack: str
    file: str
    region: str
    account: str
    canary: bool
    passphrase: bool

    def filled(self, template: str, option: str) -> str:
        """A text in which `{stack}`, `{region}` and `{account}` stand for this stack's. Raises OpsError for others."""
        if "{account}" in template and not self.account:
            raise OpsError(
                f"{option} names {{account}}, and {self.file} does not say which: let aws:allowedAccountIds list one"
            )
        try:
            return template.format(stack=self.stack, region=self.region, account=self.account)
        except (LookupError, ValueError):
            raise OpsError(f"{option} {template}: the names are {{stack}}, {{region}} and {{account}}") from None


def members(files: Mapping[str, Path], canaries: Iterable[str], root: Path) -> list[Member]:
    """The stacks of these files, canaries first. Raises OpsError for a file that cannot be read."""
    first, found = set(canaries), list[Member]()
    for name, path in files.items():
        file = stack_file.read(name, path)
        if file.problems:
            raise OpsError(f"{path.name}: {file.problems[0]}")
        accounts = json.loads(file.values.get("aws:allowedAccountIds") or "[]")
        found.append(
            Member(
                stack=name,
                file=str(path.relative_to(root)),
                region=file.values.get("aws:region", ""),
                account=accounts[0] if len(accounts) == 1 else "",
                canary=name in first,
                passphrase=any(line.startswith("encryptionsalt:") for line in path.read_text().splitlines()),
            )
        )
    return sorted(found, key=lambda each: not each.canary)
