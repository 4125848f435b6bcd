"""What the command lines share: asking the daemon, and refusing by name."""

import argparse
import sys
from typing import Any, NoReturn

from ..wire import Refusal, call
from .paths import SOCKET


class Parser(argparse.ArgumentParser):
    """Refuses what the stand-in does not know."""

    def error(self, message: str) -> NoReturn:
        """One line, and exit code 1."""
        print(f"{self.prog}: {message} (not in the stand-in of the local cloud)", file=sys.stderr)
        raise SystemExit(1)


def ask(do: str, **request: Any) -> Any:
    """One request to the daemon."""
    try:
        return call(SOCKET, {"do": do, **request})["result"]
    except OSError as error:
        raise Refusal(f"cannot connect to the Replicated daemon at unix://{SOCKET}: {error.strerror}") from error
