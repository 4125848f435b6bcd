"""How many ports a number of concurrent calls needs (IG 3.2, 6.4)."""

FIRST_MEDIA_PORT = 16384
"""Where the media range starts (IG 3.2.2)."""

PORTS_PER_CALL = 2
"""UDP ports that one call uses (IG 3.2, 6.4)."""

DEFAULT_MAX_CALLS = 50
"""Concurrent calls that the calling service allows unless ORVILLE_MAX_CALLS says otherwise (IG 3.2)."""

LAST_PORT = 65535

LARGEST_MAX_CALLS = (LAST_PORT - FIRST_MEDIA_PORT) // PORTS_PER_CALL


def last_media_port(max_calls: int) -> int:
    """The last UDP port of the media range for `max_calls` concurrent calls (IG 6.4).

    The guide counts inclusively: 50 calls are 16384-16484, 500 are 16384-17384.

    Raises ValueError, with the arithmetic, for a number of calls that no range can carry.
    """
    if max_calls < 1:
        raise ValueError(f"maxCalls is {max_calls}: at least 1 call is needed for a media range to exist")
    last = FIRST_MEDIA_PORT + PORTS_PER_CALL * max_calls
    if last > LAST_PORT:
        raise ValueError(
            f"maxCalls is {max_calls}: {FIRST_MEDIA_PORT} + {PORTS_PER_CALL} x {max_calls} = {last} is past "
            f"the last port, {LAST_PORT}; the largest possible value is {LARGEST_MAX_CALLS}"
        )
    return last
