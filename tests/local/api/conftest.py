"""What tests of the API begin with: a client, and a network."""

from typing import Any

import pytest

from tests.local.api.running import client


@pytest.fixture(scope="module")
def ec2() -> Any:
    return client("ec2")


@pytest.fixture
def vpc(ec2: Any) -> str:
    return str(ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"])
