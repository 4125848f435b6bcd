"""The whole program under the real engine on the local cloud's API. There is no host behind it: see agreeable.py."""

import pytest

from tests.program.cloud import Cloud
from tests.program.realstack import RealStack


@pytest.fixture(scope="module")
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> RealStack:
    """A stack of the module's own, not deployed, in the region that the module names."""
    return RealStack(tmp_path_factory.mktemp("program") / "engine", Cloud(request.module.REGION))
