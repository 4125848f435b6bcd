"""A deployment by somebody who has the rights of `permissions` and no others, with the API's enforcement on.

moto looks at actions alone: it asks about the resource `*`, and judges no condition. So statements are put before it
without resources and conditions; whether AWS knows these for the actions was compared with its published reference.
"""

import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from ops.permissions.document import policy
from ops.stack_file import read
from tests.local.api import process
from tests.local.api.running import CREDENTIALS
from tests.program.cloud import Cloud
from tests.program.realstack import RealStack

pytestmark = pytest.mark.engine

REGION = "eu-west-1"
LESS = ("ec2:DescribeAvailabilityZones", "ec2:RunInstances")
"""Each stops the deployment further on, so that the next one is needed still."""


@pytest.fixture(scope="module")
def api() -> Iterator[str]:
    """An API of its own process: enforcement holds for everybody who asks it."""
    with process.serving() as found:
        yield found


@pytest.fixture(scope="module")
def stack(api: str, tmp_path_factory: pytest.TempPathFactory) -> RealStack:
    """A stack whose deployer is a user of the API."""
    cloud = Cloud(REGION)
    found = RealStack(tmp_path_factory.mktemp("permissions") / "engine", cloud)
    found.engine.environment |= {"AWS_ENDPOINT_URL": api}
    return found


@pytest.fixture(scope="module")
def needed(stack: RealStack) -> list[str]:
    """The actions of the stack's policy."""
    document = policy(read("test", stack.engine.stack_file()))
    return sorted({action for each in document["Statement"] for action in each["Action"]})


class Deployer:
    """A user with some actions, and the administrator who gives them."""

    def __init__(self, api: str) -> None:
        self.api = api
        self.admin: Any = boto3.Session(
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            region_name=REGION,
        ).client("iam", endpoint_url=api)
        self.admin.create_user(UserName="deployer")
        key = self.admin.create_access_key(UserName="deployer")["AccessKey"]
        self.environment = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}

    def may(self, actions: list[str]) -> None:
        """From now on these, and nothing else."""
        self._enforced("inf")
        statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.admin.put_user_policy(UserName="deployer", PolicyName="rights", PolicyDocument=document)
        self._enforced("0")

    def _enforced(self, after: str) -> None:
        request = urllib.request.Request(  # noqa: S310 - loopback
            f"{self.api}/moto-api/reset-auth", after.encode(), {"Content-Type": "text/plain"}
        )
        urllib.request.urlopen(request).close()  # noqa: S310


@pytest.fixture(scope="module")
def deployer(api: str, stack: RealStack) -> Iterator[Deployer]:
    found = Deployer(api)
    stack.engine.environment |= found.environment
    # The plugins run in this process.
    with process.environment(found.environment | {"AWS_ENDPOINT_URL": api}):
        yield found


def test_it_is_enforced(deployer: Deployer, api: str) -> None:
    deployer.may(["ec2:DescribeVpcs"])
    ec2: Any = boto3.Session(
        aws_access_key_id=deployer.environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=deployer.environment["AWS_SECRET_ACCESS_KEY"],
        region_name=REGION,
    ).client("ec2", endpoint_url=api)
    assert ec2.describe_vpcs()["Vpcs"]
    with pytest.raises(ClientError, match="not authorized"):
        ec2.describe_subnets()


@pytest.mark.parametrize("action", LESS)
def test_with_one_action_less_it_does_not_succeed(
    deployer: Deployer, stack: RealStack, needed: list[str], action: str
) -> None:
    assert action in needed
    deployer.may([each for each in needed if each != action])
    result = stack.try_up()
    assert result.code != 0
    assert f"is not authorized to perform: {action}" in result.text


def test_with_the_policy_of_the_stack_it_comes_up_is_refreshed_and_changed(
    deployer: Deployer, stack: RealStack, needed: list[str]
) -> None:
    deployer.may(needed)
    stack.up()
    assert stack.engine.refresh().code == 0
    stack.up({"protectHosts": False, "tags": {"owner": "somebody-else"}})


def test_it_goes_with_the_policy_of_the_stack_and_not_with_one_action_less(
    deployer: Deployer, stack: RealStack, needed: list[str]
) -> None:
    deployer.may([each for each in needed if each != "ec2:TerminateInstances"])
    kept = stack.engine.destroy()
    assert "is not authorized to perform: ec2:TerminateInstances" in kept.text
    deployer.may(needed)
    gone = stack.engine.destroy()
    assert gone.code == 0, gone.text
    assert stack.engine.resources() == []
