"""REPLICATED_OPTS of the unit: `-e NAME=value` pairs, which the vendor's unit hands to docker one by one."""

import os


def environment(variable: str) -> dict[str, str]:
    """The pairs in this environment variable."""
    words = os.environ.get(variable, "").split()
    pairs = [words[index + 1] for index, word in enumerate(words[:-1]) if word == "-e"]
    return dict(pair.partition("=")[::2] for pair in pairs)
