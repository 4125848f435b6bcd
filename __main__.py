"""What the engine runs; the program begins in infra.start."""

import atexit
import gc

# The SDK's modules are hundreds of thousands of objects that stay until the end. To look for garbage among them again
# and again takes a tenth of a preview, and finds none.
gc.disable()
# Nor when all is done: the engine waits until the last look at them is over.
atexit.register(gc.freeze)

from infra.start import main  # noqa: E402

main()
