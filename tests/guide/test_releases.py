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
