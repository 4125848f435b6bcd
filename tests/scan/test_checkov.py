"""Checkov finds nothing in the plans of the example customers but what is accepted, and it finds what is planted."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from ops import golden
from ops.plan import deployment
from ops.stack_file import read
from tests.scan import checkov
from tests.scan.accepted import CHECKOV, objections
from tests.scan.terraform import Document, document

pytestmark = pytest.mark.scan

OPEN = {"cidr_ipv4": "0.0.0.0/0", "from_port": 22, "to_port": 22, "ip_protocol": "tcp", "description": "planted"}
ANYTHING = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
HOST = ("aws_instance", "messaging-host-instance")

Plant = Callable[[dict[str, dict[str, Any]]], object]
PLANTED: dict[str, tuple[Plant, str]] = {
    "SSH from anywhere": (
        lambda of: of["aws_vpc_security_group_ingress_rule"]["messaging-firewall-in-replicated-internal"].update(OPEN),
        "CKV_AWS_24 at messaging-firewall-in-replicated-internal",
    ),
    "metadata without a token": (
        lambda of: of[HOST[0]][HOST[1]].update(metadata_options={"http_tokens": "optional"}),
        "CKV_AWS_79 at messaging-host-instance",
    ),
    "a disk that is not encrypted": (
        lambda of: of[HOST[0]][HOST[1]].update(root_block_device={"encrypted": False}),
        "CKV_AWS_8 at messaging-host-instance",
    ),
    "a role that may do anything": (
        lambda of: of["aws_iam_role_policy"]["flow-logs-writes"].update(policy=ANYTHING),
        "CKV_AWS_63 at flow-logs-writes",
    ),
    "subnets that hand out public addresses": (
        lambda of: of["aws_subnet"]["network-public-1"].update(map_public_ip_on_launch=True),
        "CKV_AWS_130 at network-public-1",
    ),
    "a default group that lets anything through": (
        lambda of: of["aws_default_security_group"]["network-default-group"].update(ingress=[{"protocol": "-1"}]),
        "CKV2_AWS_12 at network-vpc",
    ),
}
"""Violations, each in a plan of its own, and the finding of the tests' own that it must lead to."""


@pytest.fixture(scope="module")
def examples() -> dict[str, Document]:
    return {name: document(deployment(read(name, path)).resources) for name, path in golden.examples().items()}


@pytest.fixture(scope="module")
def report(examples: dict[str, Document], tmp_path_factory: pytest.TempPathFactory) -> checkov.Report:
    return checkov.scan(examples, tmp_path_factory.mktemp("checkov") / "plans")


def test_nothing_is_found_in_any_example_but_what_is_accepted(report: checkov.Report) -> None:
    assert objections(report.found, CHECKOV) == []


def test_much_was_looked_at(report: checkov.Report, examples: dict[str, Document]) -> None:
    assert len(examples) >= 6
    assert report.passed > 700


def test_what_is_planted_is_found(examples: dict[str, Document], tmp_path: Path) -> None:
    documents = {}
    for name, (plant, _) in PLANTED.items():
        documents[name.replace(" ", "-")] = deepcopy(examples["messaging"])
        plant(documents[name.replace(" ", "-")]["resource"])
    told = objections(checkov.scan(documents, tmp_path / "planted").found, CHECKOV)
    missed = [expected for _, expected in PLANTED.values() if not any(line.startswith(expected) for line in told)]
    assert missed == [], told
