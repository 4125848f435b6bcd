"""Which Docker goes with which Wickr Enterprise (IG 3.1.1, 3.2.1; release notes)."""

from dataclasses import dataclass


def written(version: tuple[int, int, int]) -> str:
    """A version as Docker writes it: from 17 to 20 the second number is a month, with two digits."""
    major, minor, patch = version
    return f"{major}.{minor:02}.{patch}" if 17 <= major <= 20 else f"{major}.{minor}.{patch}"


@dataclass(frozen=True, kw_only=True)
class DockerWindow:
    """The range of Docker versions that a line of releases accepts; `newest` None means unpublished."""

    release: str
    oldest: tuple[int, int, int]
    newest: tuple[int, int, int] | None
    section: str

    def accepts(self, version: tuple[int, int, int]) -> bool:
        """Whether a Docker of this version is inside the window."""
        return self.oldest <= version and (self.newest is None or version <= self.newest)

    @property
    def text(self) -> str:
        """The range for people: `1.7.1 to 18.09.2`, or `20.10.10 or later`."""
        oldest = written(self.oldest)
        return f"{oldest} to {written(self.newest)}" if self.newest else f"{oldest} or later"


GUIDE_WINDOW = DockerWindow(release="guide 1.2.0", oldest=(1, 7, 1), newest=(18, 9, 2), section="IG 3.1.1")
LATER_WINDOW = DockerWindow(
    release="6.26.1 (build 1799) and later",
    oldest=(20, 10, 10),
    newest=None,
    section="release notes of infrastructure release 6.26",
)
WINDOWS = (GUIDE_WINDOW, LATER_WINDOW)
