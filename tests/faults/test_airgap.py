"""Without internet: what is cut off in the bucket, or was before, is found; fetching goes on where it was killed."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from installer.airgap import ARCHIVE_FILE, BUNDLE_FILE, FOLDER
from installer.phase import SUPPLY_PHASES
from tests.faults import description, moments
from tests.faults.moments import Moment
from tests.faults.scene import CONFIGURATION, NAME, Scene, Watched, lab_of
from tests.faults.test_interruptions import resumes
from tests.faults.test_refusals import host, refused
from tests.lab.airgapped import BUCKET, PREFIX, SECRETS, downloaded, keys, network, upload

pytestmark = pytest.mark.fault

Record = Callable[[str, object], None]

BEFORE_FETCHING = ("ready", "preflight", "firewall")
OWN = (FOLDER.removeprefix("/"), "etc/passwd", "etc/group", "etc/gshadow", "etc/subuid", "etc/subgid")
"""What fetching leaves behind: what of it is whole, for the next run, and the user that Replicated reads it as."""

REPLACE = """
import boto3, sys
s3, bucket, key, content = boto3.client("s3"), *sys.argv[1:]
s3.delete_object(Bucket=bucket, Key=key)
if content:
    s3.put_object(Bucket=bucket, Key=key, Body=open(content, "rb").read())
"""


class Closed(Scene):
    """A messaging host that is installed from a bucket."""

    files: dict[str, Path]

    def replace(self, file: Path, content: Path | None) -> None:
        """Another object under the name of a file, as another program than ours puts it there; None deletes it."""
        words = ["python3", "-c", REPLACE, BUCKET, PREFIX + file.name, str(content or "")]
        done = self.lab.run("operator", words)
        assert done.returncode == 0, done.stderr

    def airgap(self, kind: str, **other: str) -> dict[str, Any]:
        """The stack's keys, with another object of one kind."""
        installer = dict(self.keys["wickr:installer"])
        return {"wickr:installer": {**installer, "airgap": {**installer["airgap"], kind: other}}}


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Closed]:
    with lab_of(request, "faults-airgap") as lab:
        lab.start()
        scene = Closed(lab, tmp_path_factory.mktemp("closed"), secrets=SECRETS)
        names = network(lab, {"the-bastion": "company"})
        archive, bundle, docker = downloaded(scene.folder / "files")
        scene.files = {"archive": archive, "bundle": bundle, "docker": docker}
        scene.keys = {**CONFIGURATION, **keys(names, upload(scene.whole, [archive, bundle, docker]))}
        scene.build()
        yield scene


@pytest.fixture(scope="module")
def undisturbed(closed: Closed) -> set[str]:
    return closed.undisturbed


def half(file: Path) -> Path:
    """The first half of a file, under its own name."""
    folder = file.parent / "half"
    folder.mkdir(exist_ok=True)
    content = file.read_bytes()
    (folder / file.name).write_bytes(content[: len(content) // 2])
    return folder / file.name


def but_its_own(lines: set[str]) -> set[str]:
    return {line for line in lines if not any(each in line for each in OWN)}


@pytest.mark.parametrize(("kind", "there"), [("archive", ARCHIVE_FILE), ("bundle", BUNDLE_FILE)])
def test_an_object_that_is_cut_off_is_named_and_no_part_of_it_stays_on_the_host(
    closed: Closed, undisturbed: set[str], kind: str, there: str, record_property: Record
) -> None:
    record_property("fault", f"{kind} cut off in the bucket")
    closed.afresh()
    assert closed.up(*BEFORE_FETCHING).code == 0
    before = but_its_own(host(description.of(closed.whole)))
    file = closed.files[kind]
    closed.replace(file, half(file))
    refused(closed, f"checksum: s3://{BUCKET}/{PREFIX}{file.name} has {half(file).stat().st_size} bytes")
    now = host(description.of(closed.whole))
    description.same(but_its_own(now), before)
    assert not [line for line in now if there.rpartition("/")[2] in line], "a part of it is still there"
    closed.replace(file, None)
    upload(closed.whole, [file])
    closed.mended(undisturbed)
    record_property("outcome", "refused: checksum; nothing changed; done by pulumi up afterwards")


BEFORE_UPLOAD = {
    "archive": ("checksum: Replicated's archive cannot be unpacked", "install"),
    "bundle": ("checksum: Replicated cannot read the bundle", "configure"),
}


@pytest.mark.parametrize("kind", BEFORE_UPLOAD)
def test_what_was_cut_off_before_its_checksum_was_taken_is_found_by_who_reads_it(
    closed: Closed, undisturbed: set[str], kind: str, record_property: Record
) -> None:
    """The stack names half a file by that half's own SHA-256."""
    record_property("fault", f"{kind} cut off before it was uploaded")
    begins, phase = BEFORE_UPLOAD[kind]
    closed.afresh()
    part = half(closed.files[kind])
    upload(closed.whole, [part], "cut/")
    digest = hashlib.sha256(part.read_bytes()).hexdigest()
    with closed.other_keys(closed.airgap(kind, key=f"cut/{part.name}", sha256=digest)):
        refused(closed, begins)
    left = description.of(closed.whole)
    assert not [line for line in left if line.endswith(f"::{NAME}-{phase} ")], "the phase that read it is done"
    closed.mended(undisturbed)
    record_property("outcome", f"refused: {begins}; done by pulumi up afterwards")


KILLED: dict[str, tuple[str, Moment]] = {
    f"killed at the {when} of {phase.name}": (phase.name, moment(phase.name))
    for phase in SUPPLY_PHASES
    for when, moment in moments.ALL.items()
}


@pytest.mark.parametrize("fault", KILLED)
def test_a_killed_deployment_resumes(
    closed: Closed, undisturbed: set[str], fault: str, record_property: Record
) -> None:
    closed.afresh()
    run = closed.up_until(KILLED[fault][1], Watched.kill)
    assert run.code != 0, "it was too late to kill it"
    resumes(closed, undisturbed, record_property, fault)
