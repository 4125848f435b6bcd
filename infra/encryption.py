"""Under which key disks are written, as a stack names it."""

from infra.model import Model


class Encryption(Model):
    """All disks are encrypted, in every stack; under AWS's own key of the account, unless the stack says otherwise."""

    own_key: bool = False
    """Whether the stack makes a key of its own for them, which KMS rotates. Decided when a host, or a volume, is made:
    what is there keeps its key. The key outlives the stack, as the disks do."""
