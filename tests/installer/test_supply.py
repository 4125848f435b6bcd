"""A host is supplied from a bucket: files arrive by the real program from a real server, Docker from packages."""

import hashlib
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from installer.airgap import Item, table
from installer.python import fetch
from installer.standalone import program
from tests.installer.s3 import SECRET, Bucket, Serve, serving
from tests.installer.shell import PHASES, Done, log, run_phase
from tests.installer.test_install import VALUES as INSTALL

pytestmark = pytest.mark.slow

OBJECTS = {
    "611/replicated.tar.gz": b"the archive",
    "611/wickrenterprise-611.airgap": b"the bundle" * 1000,
    "611/docker-ce_18.09.2_amd64.deb": b"a package",
    "611/containerd.io_1.2.0_amd64.deb": b"another package",
}
# The host's user does not exist here; everything else is the real thing.
STUBS = "getent() { return 0; }\nchown() { :; }\n"


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    (tmp_path / "servers").mkdir()
    with serving(tmp_path / "servers") as start:
        yield start


class Host:
    """A host's folder, and the bucket that it fetches from."""

    def __init__(self, folder: Path, serve: Serve) -> None:
        self.folder, self.supply = folder, folder / "supply"
        self.bucket = Bucket(objects={f"/{key}": content for key, content in OBJECTS.items()})
        self.services = serve(self.bucket)

    def items(self, *keys: str) -> list[Item]:
        return [Item(key=key, sha256=hashlib.sha256(OBJECTS[key]).hexdigest()) for key in keys]

    def fetch(self, *, archive: Item | None = None, docker: int = 2, **changes: str) -> Done:
        named, bundle, *packages = self.items(*OBJECTS)
        objects = table(archive=archive or named, bundle=bundle, docker=packages[:docker])
        values = {
            "FOLDER": str(self.supply),
            "BUCKET": "bundles",
            "REGION": "eu-west-1",
            "DNS_SUFFIX": "amazonaws.com",
            "OBJECTS": objects.replace("/var/lib/wickr-airgap", str(self.supply)),
            "FETCH": program(fetch),
        }
        services = "".join(f"export {name}='{value}'\n" for name, value in (self.services | changes).items())
        return run_phase(PHASES["fetch"], values, self.folder, stubs=services + STUBS, seconds=50)

    @property
    def files(self) -> dict[str, bytes]:
        found = (each for each in self.supply.rglob("*") if each.is_file())
        return {str(each.relative_to(self.supply)): each.read_bytes() for each in found}


@pytest.fixture
def host(tmp_path: Path, serve: Serve) -> Host:
    return Host(tmp_path, serve)


FETCHED = {
    "replicated.tar.gz": OBJECTS["611/replicated.tar.gz"],
    "wickrenterprise.airgap": OBJECTS["611/wickrenterprise-611.airgap"],
    "docker/docker-ce_18.09.2_amd64.deb": OBJECTS["611/docker-ce_18.09.2_amd64.deb"],
    "docker/containerd.io_1.2.0_amd64.deb": OBJECTS["611/containerd.io_1.2.0_amd64.deb"],
}


def test_everything_arrives_once_and_nothing_of_the_role_s_key_stays(host: Host) -> None:
    assert host.fetch() == Done(code=0, out="fetch: 4 files are what the stack names\n", err="")
    assert host.files == FETCHED
    assert host.fetch().code == 0
    assert len(host.bucket.asked) == 4
    assert SECRET not in log(host.folder)
    assert {(host.supply / each).stat().st_mode & 0o777 for each in FETCHED} == {0o600}


def test_what_the_stack_names_no_more_is_taken_away_and_what_a_download_left(host: Host) -> None:
    host.fetch()
    (host.supply / f".{'0' * 64}.part").write_bytes(b"of an earlier release")
    assert host.fetch(docker=1).out == "fetch: 3 files are what the stack names\n"
    assert host.files == {key: each for key, each in FETCHED.items() if "containerd" not in key}


def test_a_wrong_object_ends_the_phase_with_its_class_and_the_next_run_goes_on(host: Host) -> None:
    host.bucket.objects["/611/wickrenterprise-611.airgap"] = b"cut"
    done = host.fetch()
    assert done.code == 1
    assert done.err.startswith("checksum: s3://bundles/611/wickrenterprise-611.airgap has 3 bytes and the SHA-256 ")
    assert host.files == {"replicated.tar.gz": FETCHED["replicated.tar.gz"]}
    host.bucket.objects["/611/wickrenterprise-611.airgap"] = OBJECTS["611/wickrenterprise-611.airgap"]
    assert host.fetch().code == 0
    assert host.files == FETCHED


def test_a_host_without_its_role_says_so(host: Host) -> None:
    host.bucket.role = ""
    assert host.fetch().err.startswith("metadata: the instance's role has no credentials; ")


def test_a_program_that_breaks_is_no_success(host: Host) -> None:
    done = host.fetch(PYTHONHOME="/nowhere")
    assert (done.code, done.err.partition(":")[0]) == (1, "internal")


def docker(host: Path, *, runs: bool = False, installs: str = "touch HOST/runs", packages: int = 2) -> Done:
    """Runs the phase where `dpkg` does something, after which Docker runs, or does not."""
    folder = host / "supply/docker"
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(packages):
        (folder / f"package-{number}.deb").touch()
    if runs:
        (host / "runs").touch()
    # timeout starts programs: what dpkg stands for must be one.
    (host / "bin").mkdir(exist_ok=True)
    dpkg = host / "bin/dpkg"
    dpkg.write_text(f'#!/bin/bash\necho "$@" >>{host}/asked\n{installs.replace("HOST", str(host))}\n')
    dpkg.chmod(0o755)
    stubs = f"""
PATH={host}/bin:$PATH
command() {{ if [ "$1 $2" = "-v docker" ]; then [ -e {host}/runs ]; else builtin command "$@"; fi; }}
pgrep() {{ [ -e {host}/runs ]; }}
systemctl() {{ :; }}
sleep() {{ :; }}
"""
    return run_phase(PHASES["docker"], {"FOLDER": f"{host}/supply"}, host, stubs=stubs)


def test_docker_is_installed_from_all_packages_at_once(tmp_path: Path) -> None:
    assert docker(tmp_path) == Done(code=0, out="docker: installed from 2 packages\n", err="")
    (asked,) = (tmp_path / "asked").read_text().splitlines()
    assert asked == f"-i {tmp_path}/supply/docker/package-0.deb {tmp_path}/supply/docker/package-1.deb"


def test_docker_that_runs_is_left_alone(tmp_path: Path) -> None:
    assert docker(tmp_path, runs=True).out == "docker: runs already\n"
    assert not (tmp_path / "asked").exists()


@pytest.mark.parametrize(
    ("packages", "installs", "sentence"),
    [
        (0, "true", "docker: Docker does not run on this host, and the stack names no package of it; name Docker's"),
        (
            1,
            "echo 'depends on iptables' >&2; exit 1",
            "docker: Docker's packages cannot be installed (depends on iptab",
        ),
        (1, "true", "docker: Docker is installed and does not run; 'journalctl -u docker' on the host tells why"),
    ],
)
def test_docker_that_does_not_come_to_run_is_said_with_the_way_out(
    tmp_path: Path, packages: int, installs: str, sentence: str
) -> None:
    done = docker(tmp_path, packages=packages, installs=installs)
    assert (done.code, done.err.startswith(sentence)) == (1, True), done.err


def archive(path: Path, **files: str) -> str:
    with tarfile.open(path, "w:gz") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(name.replace("__", "."))
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text.encode()))
    return str(path)


INSTALLS = """#!/bin/bash
printf "%s\\n" "$@" >flags
ls >beside
touch "$REPLICATED"
chmod +x "$REPLICATED"
"""


def install(host: Path, file: str, script: str = "install.sh") -> Done:
    tool = host / "usr/local/bin/replicatedctl"
    stubs = f"""
export REPLICATED={tool}
curl() {{ echo "nothing may be asked" >&2; exit 99; }}
systemctl() {{ [ -e {tool} ] && echo active; }}
pgrep() {{ return 0; }}
docker() {{ echo 18.09.2; }}
"""
    values = INSTALL | {"ARCHIVE": file, "SCRIPT": script, "INSTALLER_FLAGS": "airgap\nno-proxy"}
    return run_phase(PHASES["install"], values, host, stubs=stubs)


def test_the_vendor_s_script_runs_in_the_folder_with_its_images_and_nobody_is_asked(tmp_path: Path) -> None:
    file = archive(tmp_path / "r.tar.gz", install__sh=INSTALLS, replicated__tar="an image")
    left = tmp_path / "var/lib/wickr-bootstrap/installer"
    left.mkdir(parents=True)
    (left / "replicated-ui.tar").touch()  # of another archive, by an earlier run
    assert install(tmp_path, file) == Done(code=0, out="install: Replicated runs\n", err="")
    assert (left / "flags").read_text().split() == ["airgap", "no-proxy", "no-docker"]
    assert (left / "beside").read_text().split() == ["beside", "flags", "install.sh", "replicated.tar"]


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({}, "version: there is no install.sh in Replicated's archive; installer.airgap.archive must be the vendor's"),
        (None, "checksum: Replicated's archive cannot be unpacked ("),
    ],
)
def test_an_archive_of_something_else_is_refused(tmp_path: Path, files: dict[str, str] | None, sentence: str) -> None:
    file = tmp_path / "r.tar.gz"
    if files is None:
        file.write_bytes(b"no archive")
    else:
        archive(file, **files)
    done = install(tmp_path, str(file))
    assert (done.code, done.err.startswith(sentence)) == (1, True), done.err
