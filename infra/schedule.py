"""Times at which AWS does something by itself, as cron expressions of AWS."""

import re
from typing import Annotated

from pydantic import AfterValidator

EXAMPLE = "cron(0 2 ? * * *)"
"""Every day at two, UTC."""

_NUMBERS = {
    "hours": range(24),
    "day of the month": range(1, 32),
    "month": range(1, 13),
    "day of the week": range(1, 8),
    "year": range(1970, 2200),
}
"""What the fields after the minutes may hold."""

_NAMES = {
    "month": ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
    "day of the week": ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
}
_LAST = ("day of the month", "day of the week")
_PART = re.compile(r"(?P<first>\*|\w+)(-(?P<last>\w+))?(/(?P<step>[1-9]\d?))?")


def _schedule(value: str) -> str:
    found = re.fullmatch(r"cron\((.*)\)", value.strip())
    fields = found[1].split() if found else []
    if len(fields) != 6:
        raise ValueError(
            f"{value!r} is no cron expression of AWS, which has six fields: minutes, hours, day of the month, month, "
            f"day of the week and year, in UTC; write one such as {EXAMPLE}"
        )
    minutes, *others = fields
    if not (re.fullmatch(r"\d{1,2}", minutes) and int(minutes) < 60):
        raise ValueError(
            f"{value!r} has {minutes} for its minutes; AWS Backup runs once an hour at most: one of 0 to 59"
        )
    for (field, numbers), text in zip(_NUMBERS.items(), others, strict=True):
        if not _is_field(field, numbers, text):
            raise ValueError(
                f"{value!r} has {text} for its {field}; write {numbers[0]} to {numbers[-1]}, a range such as "
                f"{numbers[0]}-{numbers[1]}, a list of them, or *"
            )
    if [others[1], others[3]].count("?") != 1:
        raise ValueError(f"{value!r}: AWS wants ? for the day of the month or for that of the week, and not for both")
    return f"cron({' '.join(fields)})"


def _is_field(field: str, numbers: range, text: str) -> bool:
    if field in _LAST and text in ("?", "L"):
        return True
    return all(_is_part(field, numbers, each) for each in text.split(","))


def _is_part(field: str, numbers: range, text: str) -> bool:
    found = _PART.fullmatch(text.upper())
    ends = [each for each in (found["first"], found["last"]) if each] if found else ["?"]
    if ends == ["*"]:
        return True
    names = _NAMES.get(field, [])
    return all(each in names or (each.isdecimal() and int(each) in numbers) for each in ends)


Schedule = Annotated[str, AfterValidator(_schedule)]
