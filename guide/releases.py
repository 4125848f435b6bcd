"""What changed for a deployer after the guide, by release of Wickr Enterprise (its release notes).

The guide of May 2021 is the default; a later release is named by the stack that installs it.
"""

from enum import StrEnum

from guide.docker import GUIDE_WINDOW, LATER_WINDOW, DockerWindow


class Release(StrEnum):
    """A line of releases: from the named one on, until the next."""

    GUIDE = "guide"
    R6_26 = "6.26"
    R6_32 = "6.32"

    @classmethod
    def of(cls, build: int) -> "Release":
        """The line that a build belongs to: the number in the name of the vendor's bundle (IG 4.2)."""
        return max((line for line in cls if line.first_build <= build), key=lambda line: line.first_build)

    @property
    def first_build(self) -> int:
        """The number of the line's first build; the guide's own have three digits."""
        return {Release.GUIDE: 0, Release.R6_26: 1799, Release.R6_32: 1882}[self]

    @property
    def docker(self) -> DockerWindow:
        """The range of Docker that the release accepts."""
        return GUIDE_WINDOW if self is Release.GUIDE else LATER_WINDOW

    @property
    def internal_https(self) -> bool:
        """Whether messaging and calling talk over TCP 8443, too (from 6.32, build 1882, on)."""
        return self is Release.R6_32
