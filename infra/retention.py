"""For how long CloudWatch keeps logs."""

from typing import Annotated

from pydantic import AfterValidator

DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""What a log group may be told (PutRetentionPolicy)."""


def _retention(value: int) -> int:
    if value not in DAYS:
        longer = next((each for each in DAYS if each > value), DAYS[-1])
        raise ValueError(
            f"CloudWatch keeps logs for {', '.join(map(str, DAYS))} days and no other number; write {longer}"
        )
    return value


RetentionDays = Annotated[int, AfterValidator(_retention)]
