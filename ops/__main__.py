"""`python -m ops`: what cannot be done ends in a sentence and exit code 2."""

import sys

from ops import screen
from ops.checkout import OpsError
from ops.cli import app

try:
    app(prog_name="ops")
except OpsError as error:
    screen.problem(str(error))
    sys.exit(2)
