"""A host fetches from S3 by its role: over real TLS, from a server that checks every signature with botocore."""

import datetime
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from installer.python import fetch
from installer.standalone import program
from tests.certificates import issue
from tests.installer.s3 import HOST, SECRET, SESSION, Bucket, Serve, serving

pytestmark = pytest.mark.slow

CONTENT = bytes(range(256)) * 40
OBJECT = "/releases/wickr%20enterprise-611%2Bfix.airgap"
NAME = "releases/wickr enterprise-611+fix.airgap"
MINUTES = datetime.timedelta(minutes=1)


@pytest.fixture
def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    monkeypatch.setattr("installer.python.fetch.time.sleep", lambda seconds: None)
    (tmp_path / "servers").mkdir()
    with serving(tmp_path / "servers") as start:
        yield start


class Host:
    """A folder that stands for a host's, and what became of a download into it."""

    def __init__(self, folder: Path, services: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder / "host"
        self.folder.mkdir()
        monkeypatch.setenv("SSL_CERT_FILE", services["SSL_CERT_FILE"])
        self.environment = {
            **services,
            "BUCKET": "bundles",
            "KEY": NAME,
            "REGION": "eu-west-1",
            "DNS_SUFFIX": "amazonaws.com",
            "SHA256": hashlib.sha256(CONTENT).hexdigest(),
            "TARGET": str(self.folder / "wickr.airgap"),
            "LIMIT": "60",
        }

    @property
    def part(self) -> Path:
        return self.folder / f".{self.environment['SHA256']}.part"

    def fetch(self, **changes: str) -> int:
        return fetch.main({**self.environment, **changes})

    @property
    def files(self) -> dict[str, bytes]:
        return {each.name: each.read_bytes() for each in self.folder.iterdir()}


@pytest.fixture
def bucket() -> Bucket:
    return Bucket(objects={OBJECT: CONTENT})


@pytest.fixture
def host(bucket: Bucket, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    return Host(tmp_path, serve(bucket), monkeypatch)


def test_an_object_arrives_whole_and_only_its_owner_may_read_it(host: Host) -> None:
    assert host.fetch() == 0
    assert host.files == {"wickr.airgap": CONTENT}
    assert (host.folder / "wickr.airgap").stat().st_mode & 0o777 == 0o600


def test_what_is_there_already_is_not_asked_for(host: Host, bucket: Bucket) -> None:
    assert (host.fetch(), host.fetch()) == (0, 0)
    assert bucket.asked == ["all"]


def test_another_content_takes_the_place_of_the_one_before(host: Host) -> None:
    (host.folder / "wickr.airgap").write_bytes(b"the release before")
    assert host.fetch() == 0
    assert host.files == {"wickr.airgap": CONTENT}


def test_a_download_that_is_cut_off_goes_on_where_it_ended(host: Host, bucket: Bucket) -> None:
    bucket.faults = ["cut 1000", "503 SlowDown", "cut 24", "500 InternalError"]
    assert host.fetch() == 0
    assert bucket.asked == ["all", "bytes=1000-", "bytes=1000-", "bytes=1024-", "bytes=1024-"]
    assert host.files == {"wickr.airgap": CONTENT}


def test_the_next_run_goes_on_too(host: Host, bucket: Bucket) -> None:
    bucket.faults = ["cut 1000", *["503 SlowDown"] * 99]
    assert host.fetch() == 1
    assert host.part.read_bytes() == CONTENT[:1000]
    bucket.faults = []
    assert host.fetch() == 0
    assert bucket.asked[-1] == "bytes=1000-"
    assert host.files == {"wickr.airgap": CONTENT}


@pytest.mark.parametrize("left", [b"x" * 1000, CONTENT + b"x", CONTENT[:-1] + b"x", b"y" * len(CONTENT)])
def test_a_part_of_something_else_costs_a_second_download_and_nothing_more(host: Host, left: bytes) -> None:
    host.part.write_bytes(left)
    assert host.fetch() == 0
    assert host.files == {"wickr.airgap": CONTENT}


def test_a_server_without_ranges_starts_again(host: Host, bucket: Bucket) -> None:
    bucket.ranges = False
    bucket.faults = ["cut 1000"]
    assert host.fetch() == 0
    assert host.files == {"wickr.airgap": CONTENT}


@pytest.mark.parametrize("there", [CONTENT[:-1], CONTENT[1:], b"", CONTENT + b"x"])
def test_an_object_that_is_not_what_the_stack_names_is_refused_and_nothing_of_it_stays(
    host: Host, bucket: Bucket, there: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    bucket.objects[OBJECT] = there
    assert host.fetch() == 1
    said = capsys.readouterr().err
    assert said.startswith(f"checksum: s3://bundles/{NAME} has {len(there)} bytes and the SHA-256 ")
    assert hashlib.sha256(there).hexdigest() in said
    assert host.files == {}


def test_a_file_that_was_there_survives_a_wrong_object(host: Host, bucket: Bucket) -> None:
    (host.folder / "wickr.airgap").write_bytes(b"the release before")
    bucket.objects[OBJECT] = b"not it"
    assert host.fetch() == 1
    assert host.files == {"wickr.airgap": b"the release before"}


FAULTS = {
    "no role": (Bucket(role=""), {}, "metadata: the instance's role has no credentials"),
    "no metadata": (Bucket(), {"METADATA_ADDRESS": "127.0.0.1:9"}, "metadata: the instance's metadata service does"),
    "not allowed": (Bucket(faults=["403 AccessDenied"] * 9), {}, "permission: S3 answers with 403 AccessDenied for"),
    "signed by nobody": (Bucket(faults=["403 InvalidAccessKeyId"] * 9), {}, "permission: S3 answers with 403 Inv"),
    "clock": (Bucket(ahead=20 * MINUTES), {}, "clock: this host's clock says "),
    "no bucket": (Bucket(exists=False), {}, "bucket: there is no bucket bundles"),
    "no object": (Bucket(), {"KEY": "other"}, "bucket: there is no s3://bundles/other; upload it"),
    "elsewhere": (Bucket(region="us-east-1"), {}, "bucket: the bucket bundles is in us-east-1, the gateway endpoint"),
    "closed": (Bucket(), {"S3_ADDRESS": "127.0.0.1:9"}, f"network: {HOST} port 443 cannot be reached"),
    "no such name": (Bucket(), {"S3_ADDRESS": "", "DNS_SUFFIX": "invalid"}, "network: the name bundles.s3.eu-west-1.i"),
    "always busy": (Bucket(faults=["503 SlowDown"] * 99), {}, "network: S3 answers with 503 SlowDown"),
    "cut at once": (Bucket(objects={OBJECT: CONTENT}, faults=["cut 0"] * 99), {}, "network: s3://bundles/"),
    "another name": (Bucket(), {"BUCKET": "others"}, "network: others.s3.eu-west-1.amazonaws.com shows a certificate"),
    "no time": (Bucket(objects={OBJECT: CONTENT}), {"LIMIT": "-1"}, "timeout: s3://bundles/"),
    "no folder": (Bucket(), {"TARGET": "/nowhere/wickr.airgap"}, "disk: /nowhere/"),
}


@pytest.mark.parametrize(("bucket", "changes", "sentence"), FAULTS.values(), ids=FAULTS)
def test_what_goes_wrong_is_one_sentence_with_its_class(
    host: Host, bucket: Bucket, changes: dict[str, str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert host.fetch(**changes) == 1
    said = capsys.readouterr()
    assert said.err.startswith(sentence), said.err
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert not any(secret in said.err for secret in (SECRET, SESSION))


def test_a_clock_that_is_wrong_is_said_with_how_far(
    host: Host, bucket: Bucket, capsys: pytest.CaptureFixture[str]
) -> None:
    bucket.ahead = -90 * MINUTES
    assert host.fetch() == 1
    assert "90 minutes apart; set it" in capsys.readouterr().err


@pytest.mark.parametrize("days", [(1, 2), (-2, -1)])
def test_a_certificate_out_of_its_time_points_to_the_clock(
    serve: Serve,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    days: tuple[int, int],
) -> None:
    shown = issue(HOST, names=[HOST], days=days)
    assert Host(tmp_path, serve(Bucket(), certificate=shown), monkeypatch).fetch() == 1
    assert capsys.readouterr().err.startswith("clock: ")


def test_a_disk_without_room_is_known_before_the_download(
    host: Host, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(fetch, "RESERVE", 1 << 60)
    assert host.fetch() == 1
    assert capsys.readouterr().err.startswith(f"disk: s3://bundles/{NAME} needs {len(CONTENT)} more bytes")


def test_the_partition_of_china_has_names_of_its_own() -> None:
    wanted = fetch.Wanted("bundles", NAME, "cn-north-1", "amazonaws.com.cn", "", "")
    assert (wanted.host, wanted.path) == ("bundles.s3.cn-north-1.amazonaws.com.cn", OBJECT)


@pytest.mark.slow
def test_it_runs_from_standard_input_with_nothing_beside_it(host: Host) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-"],
        input=program(fetch).encode(),
        env={**host.environment, "SSL_CERT_FILE": os.environ["SSL_CERT_FILE"]},
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.decode().startswith(f"{host.environment['TARGET']} is s3://bundles/{NAME}, {len(CONTENT)} bytes")
    assert host.files == {"wickr.airgap": CONTENT}
