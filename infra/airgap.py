"""The part of a stack that says what an installation without internet is made of (IG 4.2), and from which bucket."""

import re
from pathlib import PurePosixPath
from typing import Annotated, Self

from pydantic import model_validator

from guide.releases import Release
from infra.model import Model
from infra.names import BucketName, EndpointId, Form, Sha256

ObjectKey = Annotated[
    str,
    Form(
        r"[A-Za-z0-9!_.()'+=@~ -][A-Za-z0-9!_.()'+=@~ /-]{0,511}",
        "key of an object; write its path in the bucket, such as 611/wickrenterprise-611.airgap",
    ),
]
NUMBER = re.compile(r"(?<![0-9.])[1-9][0-9]{2,3}(?![0-9]|\.[0-9])")


class Item(Model):
    """An object of the bucket, and what must be in it."""

    key: ObjectKey
    """Its path in the bucket."""
    sha256: Sha256
    """What it must be: the host refuses anything else. `./wickr upload` prints it."""

    @property
    def name(self) -> str:
        """What the file was called."""
        return PurePosixPath(self.key).name


class Airgap(Model):
    """What hosts without internet are installed from (IG 4.2). `./wickr upload` prints this group."""

    bucket: BucketName
    """The bucket, of the stack's region. Hosts read these objects of it by their role, and nothing else."""
    archive: Item
    """The vendor's `replicated-V+V+V.tar.gz`."""
    bundle: Item
    """The vendor's `.airgap` file, with the number of the release in its name, as the vendor gave it (IG 4.2)."""
    docker: tuple[Item, ...] = ()
    """Docker's packages with all that they depend on, `.deb` or `.rpm`; none where the image has Docker."""
    endpoint_id: EndpointId | None = None
    """An S3 gateway endpoint that the private subnets have already: a route table holds one alone. It stays as it is;
    its policy must allow `s3:GetObject` on these objects. Left out, the stack makes one, for them and nothing else."""

    @property
    def build(self) -> int:
        """The release that the bundle carries, by its name."""
        return int(NUMBER.findall(self.bundle.name)[-1])

    @model_validator(mode="after")
    def _files(self) -> Self:
        if not self.archive.name.endswith(".tar.gz"):
            raise ValueError(f"archive {self.archive.key} is no .tar.gz; name the vendor's replicated-V+V+V.tar.gz")
        if not self.bundle.name.endswith(".airgap"):
            raise ValueError(f"bundle {self.bundle.key} does not end in .airgap, without which Replicated refuses it")
        if not NUMBER.search(self.bundle.name):
            raise ValueError(
                f"bundle {self.bundle.key} has no release in its name, such as 611 (IG 4.2); keep the vendor's name"
            )
        kinds = {PurePosixPath(each.name).suffix for each in self.docker}
        if kinds - {".deb", ".rpm"} or len(kinds) > 1:
            raise ValueError(f"docker names files of kind {', '.join(sorted(kinds))}; name .deb files alone, or .rpm")
        if len({each.name for each in self.docker}) != len(self.docker):
            raise ValueError("docker names two files that are called the same; name each one once")
        return self

    def fits(self, release: Release) -> None:
        """Raises ValueError where the bundle is of another line of releases than the stack."""
        line = Release.of(self.build)
        if line is not release:
            raise ValueError(
                f"airgap.bundle {self.bundle.name} is release {self.build}, which belongs to {line} (its first is "
                f"{line.first_build}), and release says {release}; set release to {line}, or name another bundle"
            )
