"""Which stacks a fleet is."""

from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from ops.checkout import OpsError
from ops.fleet import choice


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    tags = {
        "acme-dev": {"ring": "first"},
        "acme-prod": {"ring": "second", "kind": "prod"},
        "globex": {"ring": "first", "kind": "prod"},
        "hooli": None,
    }
    found = {}
    for name, each in tags.items():
        found[name] = tmp_path / f"Pulumi.{name}.yaml"
        found[name].write_text(yaml.safe_dump({"config": {"wickr:tags": each} if each else {}}))
    return found


@pytest.mark.parametrize(
    ("patterns", "tags", "stacks"),
    [
        ([], [], ["acme-dev", "acme-prod", "globex", "hooli"]),
        (["globex"], [], ["globex"]),
        (["acme-*"], [], ["acme-dev", "acme-prod"]),
        (["h*", "acme-dev"], [], ["acme-dev", "hooli"]),
        ([], ["ring=first"], ["acme-dev", "globex"]),
        ([], ["ring=first", "kind=prod"], ["globex"]),
        (["acme-*"], ["kind=prod"], ["acme-prod"]),
    ],
)
def test_stacks_are_chosen_by_name_pattern_and_tag(
    files: dict[str, Path], patterns: Sequence[str], tags: Sequence[str], stacks: list[str]
) -> None:
    assert list(choice.chosen(patterns, tags, files)) == stacks


@pytest.mark.parametrize(
    ("patterns", "tags", "told"),
    [
        (["acmee-dev"], [], "there is no stack acmee-dev; did you mean acme-dev?"),
        (["x*"], [], r"there is no stack x\*; the stacks are acme-dev, "),
        ([], ["ring"], "--tag ring: write NAME=TEXT, for example ring=first"),
        ([], ["ring=third"], "no stack has all of these tags"),
    ],
)
def test_what_chooses_nothing_is_refused(
    files: dict[str, Path], patterns: Sequence[str], tags: Sequence[str], told: str
) -> None:
    with pytest.raises(OpsError, match=told):
        choice.chosen(patterns, tags, files)


@pytest.mark.parametrize(
    ("given", "first"),
    [
        ([], ()),
        (["2"], ("acme-dev", "acme-prod")),
        (["globex"], ("globex",)),
        (["*-prod", "1"], ("acme-prod", "acme-dev")),
        (["9"], ("acme-dev", "acme-prod", "globex", "hooli")),
    ],
)
def test_canaries_are_named_or_counted(files: dict[str, Path], given: Sequence[str], first: tuple[str, ...]) -> None:
    assert choice.canaries(given, files) == first


def test_a_canary_that_is_not_among_the_chosen_is_refused(files: dict[str, Path]) -> None:
    with pytest.raises(OpsError, match="--canary initech: no chosen stack is called so; chosen are acme-dev, "):
        choice.canaries(["initech"], files)


def test_a_stack_that_the_back_end_lacks_is_left_out_unless_it_was_named(files: dict[str, Path]) -> None:
    assert list(choice.known(files, {"globex", "stranger"}, named=[])) == ["globex"]
    assert list(choice.known(files, {"globex"}, named=["g*", "acme-*"])) == ["globex"]
    with pytest.raises(OpsError, match="the back end has no stack hooli yet: pulumi stack init hooli"):
        choice.known(files, {"globex"}, named=["hooli"])
    with pytest.raises(OpsError, match="the back end has none of these stacks yet"):
        choice.known(files, {"stranger"}, named=[])
