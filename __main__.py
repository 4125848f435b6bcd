"""What the engine runs; the program begins in infra.start."""

import gc

# The SDK's modules are hundreds of thousands of objects that stay until the end. To look for garbage among them again
# and again takes a tenth of a preview, and finds none.
gc.disable()

from infra.start import main  # noqa: E402

main()
