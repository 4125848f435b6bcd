"""Lines on their way to CloudWatch: whatever they are, batches keep its limits, and no line is lost or out of order."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installer.python import lines
from installer.python.lines import Batch, Line, batches

NOW = 1_800_000_000_000
HOUR = 3_600_000
DAY = 24 * HOUR


def taken(*given: tuple[int, str]) -> list[Batch]:
    return list(batches([Line(time, text, {"after": number}) for number, (time, text) in enumerate(given)], NOW))


def times(*given: int) -> list[int]:
    return [each["timestamp"] for batch in taken(*((time, "x") for time in given)) for each in batch.events]


def test_lines_go_with_one_call_and_the_position_is_that_after_the_last() -> None:
    assert taken((NOW - 2, "one"), (NOW - 1, "two")) == [
        Batch([{"timestamp": NOW - 2, "message": "one"}, {"timestamp": NOW - 1, "message": "two"}], {"after": 1})
    ]


def test_nothing_is_nothing_and_an_empty_line_moves_the_position_alone() -> None:
    assert taken() == []
    assert taken((NOW, "")) == [Batch([], {"after": 0})]
    assert taken((NOW, "one"), (NOW, "")) == [Batch([{"timestamp": NOW, "message": "one"}], {"after": 1})]


def test_times_never_go_back_and_stay_where_cloudwatch_takes_them() -> None:
    assert times(NOW - 2, NOW - 5, NOW - 1) == [NOW - 2, NOW - 2, NOW - 1]
    assert times(NOW - 30 * DAY, NOW) == [NOW - 14 * DAY + HOUR, NOW]
    assert times(NOW + 30 * DAY, NOW) == [NOW + HOUR, NOW + HOUR]


def test_a_day_is_the_most_that_goes_with_one_call() -> None:
    found = taken((NOW - 2 * DAY, "a"), (NOW - DAY - 1, "b"), (NOW - DAY, "c"), (NOW, "d"))
    assert [[each["message"] for each in batch.events] for batch in found] == [["a", "b"], ["c"], ["d"]]
    assert [batch.position for batch in found] == [{"after": 1}, {"after": 2}, {"after": 3}]


def test_ten_thousand_events_are_the_most_that_go_with_one_call() -> None:
    found = taken(*((NOW, "x") for _ in range(20_001)))
    assert [len(batch.events) for batch in found] == [10_000, 10_000, 1]


@pytest.mark.parametrize(("size", "calls"), [(1 << 20, 1), ((1 << 20) + 1, 2)])
def test_a_mebibyte_with_what_cloudwatch_counts_beside_it_is_the_most_too(size: int, calls: int) -> None:
    whole, rest = divmod(size, 50_026)
    assert rest > 26
    assert len(taken(*((NOW, "x" * 50_000) for _ in range(whole)), (NOW, "x" * (rest - 26)))) == calls


def test_a_long_line_becomes_several_and_its_position_counts_once_all_of_it_is_told() -> None:
    found = taken((NOW, "a"), (NOW, "\N{GRINNING FACE}" * 400_000))
    assert [batch.position for batch in found] == [{"after": 0}, {"after": 1}]
    assert "".join(each["message"] for batch in found for each in batch.events) == "a" + "\N{GRINNING FACE}" * 400_000


def test_what_is_too_much_for_one_run_is_left_for_the_next() -> None:
    found = taken(*((NOW, "x" * 60_000) for _ in range(200)))
    told = sum(len(batch.events) for batch in found)
    assert told == -(-lines.RUN_BYTES // 60_026)
    assert found[-1].position == {"after": told - 1}


TEXTS = st.text(st.sampled_from("a\u00e9\u20ac\U0001f600\ud800\n"), max_size=6).map(lambda text: text * 9000)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(NOW - 20 * DAY, NOW + DAY), st.one_of(TEXTS, st.text(max_size=3))), max_size=30))
def test_whatever_the_lines_are_limits_are_kept_and_nothing_is_lost(given: list[tuple[int, str]]) -> None:
    found = taken(*given)
    events = [each for batch in found for each in batch.events]
    whole = "".join(text.encode("utf-8", "replace").decode() for _, text in given)
    assert "".join(each["message"] for each in events) == whole
    assert [each["timestamp"] for each in events] == sorted(each["timestamp"] for each in events)
    for batch in found:
        sizes = [len(each["message"].encode()) + 26 for each in batch.events]
        assert sum(sizes) <= 1 << 20
        assert all(26 < size <= 256 << 10 for size in sizes)
        if batch.events:
            assert batch.events[-1]["timestamp"] - batch.events[0]["timestamp"] <= DAY
            assert batch.events[0]["timestamp"] > NOW - 14 * DAY
            assert batch.events[-1]["timestamp"] < NOW + 2 * HOUR
