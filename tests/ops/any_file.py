"""Any file that somebody may take for a stack file: nearly right, wrong in kind, broken as YAML, or no text at all."""

import re
from copy import deepcopy
from typing import Any

import yaml
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from tests.ops.any_stack import KEYS, values

PLANTED = "planted-in-clear"
"""Stands where only a secret may: no message repeats it."""

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(10**18, 10**40),
    st.floats(),
    st.text(max_size=30),
    st.sampled_from(
        ["", " ", "\0", "\n", "null", "~", "0x1F", "1e400", ".inf", "{}", "[]", '"', "'", "ami-", "::/0", "%"]
    ),
    st.just({"secure": "v1:a:b"}),
    st.just({"secure": ["v1"]}),
)
"""What stands where something else is meant."""

junk: SearchStrategy[Any] = st.recursive(
    ODD,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=6,
).map(deepcopy)  # it is put into a document and changed there
key = st.one_of(
    st.sampled_from([*KEYS, *(f"wickr:{each}" for each in KEYS), "wickr:compliance", "pulumi:tags", "wikr:hostname"]),
    st.text(max_size=12),
)
deep = st.integers(50, 3000).flatmap(
    lambda n: st.sampled_from(["[" * n + "]" * n, "{a: " * n + "1" + "}" * n, "[" * n])
)
endless = st.integers(20, 6000).flatmap(lambda n: st.sampled_from(["9" * n, f"0x{'f' * n}", f"0.{'1' * n}", f"1e{n}"]))
tagged = st.builds(
    "!!{} {}\n".format,
    st.sampled_from(
        ["int", "float", "bool", "null", "str", "binary", "timestamp", "set", "omap", "pairs", "map", "seq"]
    ),
    st.sampled_from(["x", "7", "{a, b}", "[a: 1]", "2020-01-01", "", "~"]),
)
piece = st.one_of(
    st.text(max_size=6),
    deep,
    endless,
    tagged,
    st.sampled_from(
        [
            *(
                "\t",
                "\r",
                "- ",
                ": ",
                "&a ",
                "*a",
                "<<: *a\n",
                "!!python/object:os.system ",
                "!foo ",
                "? ",
                "|\n",
                "%YAML 9",
            ),
            *(
                "{",
                "}",
                "[",
                "]",
                "#",
                "'",
                '"',
                "\n\n",
                "---\n",
                "...\n",
                "\ufeff",
                "\u2028",
                "\x07",
                "@",
                "`",
                "key: &a [*a]\n",
            ),
        ]
    ),
)


def _places(value: Any, above: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to each value inside a document."""
    found = [above] if above else []
    for part in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        found += _places(value[part], (*above, part))
    return found


def _put(document: Any, place: tuple[Any, ...], value: Any) -> None:
    for part in place[:-1]:
        document = document[part]
    document[place[-1]] = value


@st.composite
def changed(draw: DrawFn) -> str:
    """A right stack in which some values and keys are others, or gone, or more."""
    config = draw(values())
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.sampled_from(_places(config)))
        match draw(st.integers(0, 3)):
            case 0:
                _put(config, place, draw(junk))
            case 1:
                config[draw(key)] = draw(junk)
            case 2:
                config.pop(draw(st.sampled_from(sorted(config))), None)
            case _:
                config["wickr:settings"] = {
                    draw(st.text(max_size=9)): deepcopy(draw(st.sampled_from([PLANTED, [PLANTED]])))
                }
                config["wickr:license"] = deepcopy(
                    draw(st.sampled_from([PLANTED, [PLANTED], {"x": PLANTED}, PLANTED * 9]))
                )
        if not config:
            break
    document = {draw(st.sampled_from(["config", "config", "config", "confg"])): config}
    return yaml.safe_dump(document, allow_unicode=draw(st.booleans()))


@st.composite
def torn(draw: DrawFn) -> str:
    """The text of a stack with pieces put in, taken out, or cut off."""
    text = draw(changed()) if draw(st.booleans()) else yaml.safe_dump({"config": draw(values())})
    for _ in range(draw(st.integers(1, 3))):
        ends = [found.end() for found in re.finditer(": ", text)] or [0]
        at = draw(st.one_of(st.integers(0, len(text)), st.sampled_from(ends)))
        text = text[:at] + draw(piece) + text[at + draw(st.integers(0, 4)) :]
    return text if draw(st.booleans()) else text[: draw(st.integers(0, len(text)))]


def contents() -> SearchStrategy[bytes]:
    """What is in such a file."""
    texts = st.one_of(changed(), changed(), torn(), junk.map(yaml.safe_dump), st.text(max_size=60))
    return st.one_of(
        texts.map(lambda text: text.encode("utf-8", "surrogatepass")), texts.map(_utf16), st.binary(max_size=60)
    )


def _utf16(text: str) -> bytes:
    """As some editors save it."""
    return text.encode("utf-16", "surrogatepass")
