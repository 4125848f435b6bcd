"""`upload`: into a bucket of the local cloud's API, compared with what was sent, and never over something else."""

import base64
import hashlib
import random
from itertools import count
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from ops.checkout import OpsError
from ops.cli import app
from ops.upload import parts
from ops.upload.bucket import Bucket
from tests.local.api.running import client

pytestmark = pytest.mark.slow

PART = 5 << 20
"""The smallest that S3 takes."""

NUMBERS = count(1)


@pytest.fixture
def name() -> str:
    name = f"bundles-{next(NUMBERS)}"
    client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return name


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "wickrenterprise-611.airgap"
    path.write_bytes(random.Random(1).randbytes(2 * PART + 4711))  # noqa: S311
    return path


def content(path: Path) -> parts.Content:
    return parts.read(path, lambda _: None, PART)


def stored(name: str, key: str) -> bytes:
    return bytes(client("s3").get_object(Bucket=name, Key=key)["Body"].read())


def put(name: str, key: str, path: Path, told: list[int] | None = None) -> bool:
    heard = [] if told is None else told
    return Bucket(name, client("s3"), PART).put(key, path, content(path), heard.append)


def test_a_file_arrives_in_parts_whose_checksums_s3_has_and_every_byte_is_told(name: str, file: Path) -> None:
    told: list[int] = []
    assert put(name, "611/a.airgap", file, told)
    assert stored(name, "611/a.airgap") == file.read_bytes()
    assert sum(told) == file.stat().st_size
    head = client("s3").head_object(Bucket=name, Key="611/a.airgap", ChecksumMode="ENABLED")
    pieces = [file.read_bytes()[start : start + PART] for start in range(0, file.stat().st_size, PART)]
    digest = hashlib.sha256(b"".join(hashlib.sha256(piece).digest() for piece in pieces)).digest()
    assert head["ChecksumSHA256"] == base64.b64encode(digest).decode()
    assert head["Metadata"] == {"sha256": hashlib.sha256(file.read_bytes()).hexdigest()}


@pytest.mark.parametrize("size", [1, PART - 1, PART, PART + 1, 2 * PART])
def test_files_around_the_size_of_a_part_are_verified_too(name: str, tmp_path: Path, size: int) -> None:
    path = tmp_path / "x.airgap"
    path.write_bytes(b"x" * size)
    assert put(name, "x.airgap", path)
    assert not put(name, "x.airgap", path)


def test_other_content_is_never_overwritten(name: str, file: Path) -> None:
    client("s3").put_object(Bucket=name, Key="a.airgap", Body=b"what a stack relies on")
    with pytest.raises(OpsError, match=r"a\.airgap is there already, with other content \(22 bytes, .*--prefix"):
        put(name, "a.airgap", file)
    assert stored(name, "a.airgap") == b"what a stack relies on"


def test_a_file_that_changes_on_its_way_is_not_called_verified(name: str, file: Path) -> None:
    before = content(file)
    file.write_bytes(file.read_bytes()[:-1] + b"!")
    with pytest.raises(OpsError, match=r"is not what .* was when it was read; delete it, and upload it again"):
        Bucket(name, client("s3"), PART).put("a.airgap", file, before, lambda _: None)


def test_an_upload_that_breaks_off_leaves_nothing_that_a_host_could_fetch(
    name: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: object) -> None:
        raise OSError("connection reset")

    s3 = client("s3")
    monkeypatch.setattr(s3, "complete_multipart_upload", broken)
    with pytest.raises(OpsError, match=r"did not get to .*connection reset"):
        Bucket(name, s3, PART).put("a.airgap", file, content(file), lambda _: None)
    assert "Contents" not in s3.list_objects_v2(Bucket=name)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=name)


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setattr("boto3.client", client)
    return CliRunner()


def test_the_command_prints_what_the_stack_has_to_say(
    command: CliRunner, name: str, file: Path, tmp_path: Path
) -> None:
    others = ["replicated-2.44.2+2.44.2+2.44.2.tar.gz", "docker-ce_18.09.2_amd64.deb", "containerd.io_1.2.deb"]
    paths = [file, *(tmp_path / other for other in others)]
    for number, path in enumerate(paths[1:]):
        path.write_bytes(bytes([number]) * 100)
    done = command.invoke(app, ["upload", *map(str, paths), "--bucket", name, "--prefix", "611/"])
    assert done.exit_code == 0, done.output
    entries = [{"key": f"611/{path.name}", "sha256": hashlib.sha256(path.read_bytes()).hexdigest()} for path in paths]
    assert yaml.safe_load(done.stdout) == {
        "wickr:installer": {
            "source": "airgap",
            "airgap": {"bucket": name, "bundle": entries[0], "archive": entries[1], "docker": entries[2:]},
        },
        "wickr:egress": "none",
    }
    assert done.stderr.count("uploaded and verified") == 4
    again = command.invoke(app, ["upload", str(file), "--bucket", name, "--prefix", "611/"])
    assert "is there already, verified" in again.stderr


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        (["a.zip"], r"a\.zip: its name ends in none of \.tar\.gz, \.airgap, \.deb, \.rpm"),
        (["a.airgap", "b.airgap"], r"a\.airgap and .*b\.airgap: a stack names one bundle"),
        (["missing.airgap"], r"missing\.airgap cannot be read \(No such file or directory\)"),
        (["empty.airgap"], r"empty\.airgap is empty; download it again"),
    ],
)
def test_what_cannot_be_uploaded_is_a_sentence(
    command: CliRunner, name: str, tmp_path: Path, files: list[str], sentence: str
) -> None:
    (tmp_path / "empty.airgap").touch()
    done = command.invoke(app, ["upload", *(str(tmp_path / file) for file in files), "--bucket", name])
    with pytest.raises(OpsError, match=sentence):
        raise done.exception or AssertionError(done.output)
    assert "Contents" not in client("s3").list_objects_v2(Bucket=name)


def test_a_bucket_that_is_not_there_is_a_sentence() -> None:
    with pytest.raises(OpsError, match=r"the bucket nobodys-bucket cannot be used .*; check its name and your AWS"):
        Bucket("nobodys-bucket", client("s3"))
