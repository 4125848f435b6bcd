"""`./wickr`, or `python -m ops`: what cannot be done ends in a sentence."""

import sys

from ops import screen
from ops.checkout import OpsError
from ops.cli import app
from ops.plan import PlanError

try:
    app(prog_name="wickr")
except OpsError as error:
    screen.problem(str(error))
    sys.exit(1 if isinstance(error, PlanError) else 2)
