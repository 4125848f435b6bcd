"""Cron expressions of AWS: those that its documentation shows are taken as they are."""

import pytest
from pydantic import TypeAdapter

from infra.schedule import EXAMPLE, Schedule

DOCUMENTED = (
    *(EXAMPLE, "cron(0 10 * * ? *)", "cron(15 12 * * ? *)", "cron(0 18 ? * MON-FRI *)", "cron(0 8 1 * ? *)"),
    *("cron(0 8-17 ? * MON-FRI *)", "cron(30 0 L * ? 2027)", "cron(0 0/6 1,15 JAN,JUL ? 2026-2030)"),
)


@pytest.mark.parametrize("text", DOCUMENTED)
def test_what_aws_takes_is_taken(text: str) -> None:
    assert TypeAdapter(Schedule).validate_python(text) == text


def test_blanks_are_put_in_order() -> None:
    assert TypeAdapter(Schedule).validate_python(" cron(0  2 ? * *  *)") == EXAMPLE
