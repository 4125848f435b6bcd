"""What changed for a deployer after the guide, by release (release notes)."""

import pytest

from guide.docker import GUIDE_WINDOW, LATER_WINDOW, DockerWindow
from guide.releases import Release


@pytest.mark.parametrize(
    ("release", "window", "internal_https"),
    [("guide", GUIDE_WINDOW, False), ("6.26", LATER_WINDOW, False), ("6.32", LATER_WINDOW, True)],
)
def test_a_release_has_its_docker_and_its_ports(release: str, window: DockerWindow, internal_https: bool) -> None:
    assert (Release(release).docker, Release(release).internal_https) == (window, internal_https)


def test_there_are_these_releases_and_no_others() -> None:
    assert [str(release) for release in Release] == ["guide", "6.26", "6.32"]


@pytest.mark.parametrize(
    ("build", "line"),
    [(293, "guide"), (611, "guide"), (1798, "guide"), (1799, "6.26"), (1881, "6.26"), (1882, "6.32"), (2158, "6.32")],
)
def test_a_build_belongs_to_the_newest_line_that_had_begun_by_then(build: int, line: str) -> None:
    assert Release.of(build) is Release(line)
