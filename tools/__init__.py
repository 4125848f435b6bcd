"""Set-up of a machine: engine, Python environment, Debian packages. Standard library only."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this is where an older one is told
    version = ".".join(map(str, sys.version_info[:3]))
    sys.exit(f"Python 3.11 or newer is needed and `python3` is {version}: put a newer one first on PATH as `python3`.")
