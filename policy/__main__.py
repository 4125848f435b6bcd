"""Where the engine starts the policy pack: `pulumi preview --policy-pack policy`."""

import sys
from pathlib import Path

# In the place of this folder, whose modules are a package, and which may be reached by a link: the checkout.
sys.path[0] = str(Path(__file__).resolve().parents[1])

from policy.pack import serve  # noqa: E402

serve()
