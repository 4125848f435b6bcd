"""Named steps on the screen: what runs, how long it took, and a sign of life in between."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

SIGN_OF_LIFE_SECONDS = 30.0

BESIDE = ("nice", "-n", "10")
"""Before the commands of steps that run beside the engine's build: it takes longest, so the others give way to it."""


def span(seconds: float) -> str:
    """A duration as people read it."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{seconds:.1f} s"


@contextmanager
def step(name: str, what: str) -> Iterator[None]:
    """Say that `what` begins, that it goes on, and how long it took. Steps may run side by side."""
    began = time.monotonic()
    over = threading.Event()

    def tick() -> None:
        while not over.wait(SIGN_OF_LIFE_SECONDS):
            say(name, f"still {what}, {span(time.monotonic() - began)}")

    say(name, what)
    thread = threading.Thread(target=tick, daemon=True)
    thread.start()
    try:
        yield
    except BaseException:
        say(name, f"failed after {span(time.monotonic() - began)}")
        raise
    finally:
        over.set()
        thread.join()
    say(name, f"done in {span(time.monotonic() - began)}")


def say(name: str, text: str) -> None:
    """One line about the step `name`."""
    # In one piece: steps that run side by side would break into each other's lines.
    print(f"  {name:<12} {text}\n", end="", flush=True)
