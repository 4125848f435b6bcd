"""Policies of IAM as the text that AWS takes."""

import json
from collections.abc import Mapping
from typing import Any

Statement = Mapping[str, Any]


def document(*statements: Statement) -> str:
    """A policy of these statements."""
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def trusting(service: str, **conditions: Mapping[str, str]) -> str:
    """Who may take a role on: a service of AWS, under conditions by their operators."""
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}
    return document({**statement, "Condition": conditions} if conditions else statement)
