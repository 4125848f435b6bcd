"""How many ports a number of calls needs (IG 6.4)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guide.calls import LARGEST_MAX_CALLS, last_media_port


@pytest.mark.parametrize(
    ("max_calls", "last"), [(1, 16386), (50, 16484), (100, 16584), (500, 17384), (8192, 32768), (24575, 65534)]
)
def test_the_media_range_ends_where_the_guide_says(max_calls: int, last: int) -> None:
    assert last_media_port(max_calls) == last


@pytest.mark.parametrize(
    ("max_calls", "sentence"),
    [
        (0, "maxCalls is 0: at least 1 call"),
        (-1, "maxCalls is -1: at least 1 call"),
        (24576, "16384 + 2 x 24576 = 65536 is past the last port, 65535; the largest possible value is 24575"),
    ],
)
def test_a_number_of_calls_that_no_range_can_carry_is_refused_with_the_arithmetic(
    max_calls: int, sentence: str
) -> None:
    with pytest.raises(ValueError) as refusal:  # noqa: PT011 - the sentence is compared below
        last_media_port(max_calls)
    assert sentence in str(refusal.value)


@given(st.integers())
def test_a_number_of_calls_is_refused_or_has_two_ports_a_call_below_the_last_port(max_calls: int) -> None:
    try:
        last = last_media_port(max_calls)
    except ValueError:
        assert not 1 <= max_calls <= LARGEST_MAX_CALLS
    else:
        assert last - 16384 == 2 * max_calls
        assert last <= 65535
