"""The Pulumi engine: the installed one if it is new enough, otherwise built once from pinned Go modules.

`python3 -m tools.engine` makes it ready; `--where` only says in which folder `pulumi` is (or will be).
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools import cache, go_toolchain

OLDEST = (3, 250, 0)
SDK = "github.com/pulumi/pulumi/sdk/v3"
PINS = cache.CHECKOUT / "tools" / "go"
# folder of the pins: (package, version stamp)
BUILDS = {
    "cli": ("github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", "v3.250.0"),
    "python-host": (f"{SDK}/python/cmd/pulumi-language-python", "v3.75.0"),
}
EXEC_SCRIPT = "pulumi-language-python-exec"
# What a preview spends its time in is compiled as it is released. Nothing is inlined in all the others (SDKs of clouds
# that may keep a state, the OpenAPI reader of `pulumi cloud`): a quarter less work, and no slower preview.
IN_FULL = ("std", "github.com/pulumi/...", "google.golang.org/grpc/...", "google.golang.org/protobuf/...")
# What only a debugger reads is left out of the binaries, so it is not compiled either: a tenth less work.
SLIM = ("-trimpath", "-gcflags=all=-dwarf=false -l", *(f"-gcflags={package}=-dwarf=false" for package in IN_FULL))


def version(pulumi: str | Path) -> tuple[int, ...]:
    """Version of a Pulumi CLI; () if it does not say."""
    command = [str(pulumi), "version"]
    environment = os.environ | {"PULUMI_SKIP_UPDATE_CHECK": "1"}
    text = subprocess.run(command, capture_output=True, text=True, check=False, env=environment).stdout
    found = re.match(r"v?(\d+)\.(\d+)\.(\d+)", text)
    return tuple(map(int, found.groups())) if found else ()


def installed() -> Path | None:
    """The folder of a usable `pulumi` on PATH, if there is one with its Python language host.

    In `make shell` the engine that was built here is on PATH, too, and stays what it is.
    """
    pulumi, host = shutil.which("pulumi"), shutil.which("pulumi-language-python")
    if not pulumi or not (host or (Path(pulumi).resolve().parent / "pulumi-language-python").exists()):
        return None
    if cache.folder().resolve() in Path(pulumi).resolve().parents:
        return None
    return Path(pulumi).parent if version(pulumi) >= OLDEST else None


def name() -> str:
    """Name of the built engine in the cache: it follows the pins and the machine's architecture."""
    files = [PINS / pins / file for pins in BUILDS for file in ("go.mod", "go.sum")]
    return f"engine-{cache.key(*files, str(BUILDS), os.uname().machine)}"


def where() -> Path:
    """The folder that holds `pulumi`, whether it has been built already or not."""
    return installed() or cache.folder() / name() / "bin"


def ready() -> bool:
    """True if nothing has to be built."""
    return installed() is not None or cache.is_kept(name())


def _go(go: str, pins: str, *arguments: str) -> str:
    # CGO off as in the released builds: the same result with or without a C compiler on the machine.
    # The compiler looks for garbage less often: a fifth less work, for some hundred MiB more.
    environment = {"GOGC": "400"} | os.environ | {"CGO_ENABLED": "0", "GOWORK": "off"}
    result = subprocess.run(
        [go, *arguments], cwd=PINS / pins, env=environment, capture_output=True, text=True, check=False
    )
    if result.returncode:
        tail = "\n".join(result.stderr.strip().splitlines()[-12:])
        raise cache.SetupError(
            f"`go {arguments[0]}` in tools/go/{pins} failed. Mend what it says, or install the Pulumi CLI "
            f"({'.'.join(map(str, OLDEST))} or newer) so that `pulumi` is on PATH:\n{tail}"
        )
    return result.stdout.strip()


def _build(folder: Path) -> None:
    go = go_toolchain.find()
    binaries = folder / "bin.partial"
    binaries.mkdir()

    def fetched(pins: str) -> None:
        _go(go, pins, "mod", "download")

    def compiled(pins: str) -> None:
        package, stamp = BUILDS[pins]
        linked = f"-ldflags=-s -w -X {SDK}/go/common/version.Version={stamp}"
        _go(go, pins, "build", *SLIM, linked, "-o", str(binaries), package)

    with ThreadPoolExecutor() as pool:
        # Both builds need the standard library, and each would compile it for itself.
        shared = pool.submit(_go, go, "cli", "build", *SLIM, "std")
        list(pool.map(fetched, BUILDS))
        shared.result()
        list(pool.map(compiled, BUILDS))
    # Beside `pulumi` the host and its script count as bundled: no warning on every command.
    source = Path(_go(go, "cli", "list", "-m", "-f", "{{.Dir}}", SDK)) / "python" / "cmd" / EXEC_SCRIPT
    (binaries / EXEC_SCRIPT).write_bytes(source.read_bytes())
    (binaries / EXEC_SCRIPT).chmod(0o755)
    binaries.rename(folder / "bin")


def provide() -> Path:
    """The folder that holds a working `pulumi`; builds it if there is none."""
    return installed() or cache.kept(name(), _build) / "bin"


def main(words: list[str] | None = None) -> int:
    """Command line of this module."""
    parser = argparse.ArgumentParser(prog="tools/engine", description=__doc__)
    parser.add_argument("--where", action="store_true", help="print the folder and build nothing")
    arguments = parser.parse_args(words)
    try:
        print(where() if arguments.where else provide())
    except cache.SetupError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
