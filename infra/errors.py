"""How the program says that a stack cannot be deployed as it is written."""

from collections.abc import Sequence


def one_line(text: str) -> str:
    """A text with what a terminal would act upon, or not show, written out: names of keys may hold anything."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


class SettingsError(Exception):
    """Everything that is wrong with a stack, one sentence each: the key, the value, the way out."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(map(one_line, problems))
        super().__init__("\n".join(self.problems))
