"""How the program says that a stack cannot be deployed as it is written."""

from collections.abc import Sequence


class SettingsError(Exception):
    """Everything that is wrong with a stack, one sentence each: the key, the value, the way out."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)
