"""One installation for all tests of the whole, on a lab of their own beside the user's."""

from collections.abc import Iterator

import pytest

from local.lab import Lab
from local.lab.folder import CHECKOUT
from tests.lab.installation import Installation


@pytest.fixture(scope="session")
def installation() -> Iterator[Installation]:
    """A running installation, made by what `make up` runs; removed in the end."""
    lab = Lab(CHECKOUT / ".local" / "tests")
    lab.stop()
    whole = Installation(lab)
    try:
        whole.make_up()
        yield whole
    finally:
        lab.stop()
