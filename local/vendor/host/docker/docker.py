"""The docker command line of the stand-in."""

import argparse
import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NoReturn

from ..templates import render
from ..wire import Message, Refusal, call
from .version import version as own_version

SOCKET = Path("/var/run/docker.sock")
LOG_OPTIONS = {"compress", "labels", "max-file", "max-size", "tag"}
WHAT = "stand-in of the local cloud"


class Parser(argparse.ArgumentParser):
    """Refuses by name what the stand-in does not know, with Docker's own exit code for it."""

    def error(self, message: str) -> NoReturn:
        """125 is what docker uses for faults of its own."""
        print(f"{self.prog}: {message} ({WHAT})", file=sys.stderr)
        raise SystemExit(125)


def ask(do: str, **request: object) -> Message:
    """One request to dockerd."""
    try:
        return call(SOCKET, {"do": do, **request})
    except (FileNotFoundError, ConnectionRefusedError) as error:
        raise Refusal(
            f"Cannot connect to the Docker daemon at unix://{SOCKET}. Is the docker daemon running?"
        ) from error


def version(options: argparse.Namespace) -> int:
    """docker version"""
    server = ask("info")["version"]
    client = own_version()
    fields = {"Client": {"Version": client}, "Server": {"Version": server}}
    if options.format:
        print(render(options.format, fields))
    else:
        print(f"Client: Docker Engine - Community ({WHAT})\n Version:           {client}\n")
        print(f"Server: Docker Engine - Community ({WHAT})\n Engine:\n  Version:          {server}")
    return 0


def info(options: argparse.Namespace) -> int:
    """docker info"""
    found = ask("info")
    if options.format:
        names = {"ServerVersion": "version", "Driver": "driver", "DockerRootDir": "root", "HTTPSProxy": "proxy"}
        print(render(options.format, {name: found[key] for name, key in names.items()}))
        return 0
    print(f"Server: ({WHAT})\n Containers: {found['running']}\n Images: {found['images']}")
    print(f" Server Version: {found['version']}\n Storage Driver: {found['driver']}")
    print(f" Logging Driver: {found['logging']}\n Docker Root Dir: {found['root']}")
    if found["proxy"]:
        print(f" HTTP Proxy: {found['proxy']}\n HTTPS Proxy: {found['proxy']}")
    return 0


def pull(options: argparse.Namespace) -> int:
    """docker pull"""
    print(f"Pulling {options.image}", flush=True)
    print(f"Digest: {ask('pull', reference=options.image)['digest']}")
    print(f"Status: Downloaded newer image for {options.image}")
    return 0


def load(options: argparse.Namespace) -> int:
    """docker load"""
    archive = Path(options.input).read_bytes() if options.input else sys.stdin.buffer.read()
    print(f"Loaded image: {ask('load', archive=base64.b64encode(archive).decode())['reference']}")
    return 0


def images(options: argparse.Namespace) -> int:
    """docker images"""
    for reference, image in ask("images")["images"].items():
        print(image if options.quiet else f"{reference:60} {image}")
    return 0


def run(options: argparse.Namespace) -> int:
    """docker run: in the foreground it shows the log and returns the exit code."""
    spec = {
        "name": options.name or f"unnamed-{os.getpid()}",
        "image": options.image,
        "environment": environment([*lines(options.env_file), *options.env]),
        "ports": [pair for text in options.publish for pair in ports(text)],
        "binds": options.volume,
        "restart": options.restart,
        "tty": options.tty,
        "stdin": options.interactive,
        "network": options.network,
        "log_driver": options.log_driver,
        "log_options": dict(log_option(text) for text in options.log_opt),
    }
    started = ask("run", spec=spec)
    if options.detach:
        print(started["Id"])
        return 0
    with Path(started["LogPath"]).open() as log:
        while True:
            state = ask("wait", name=spec["name"], seconds=1)
            print(log.read(), end="", flush=True)
            if state["ended"]:
                return int(state["ExitCode"]) % 256


def environment(items: Iterable[str]) -> dict[str, str]:
    """NAME=VALUE as it is; NAME alone takes its value from this process's environment, if it has one."""
    found = {}
    for item in items:
        name, given, value = item.partition("=")
        if given or name in os.environ:
            found[name] = value if given else os.environ[name]
    return found


def lines(files: Iterable[str]) -> Iterator[str]:
    """The lines of environment files, without comments and empty ones."""
    for file in files:
        try:
            text = Path(file).read_text()
        except OSError as error:
            raise Refusal(f"open {file}: {str(error.strerror).lower()}") from error
        for line in text.splitlines():
            if line.strip() and not line.startswith("#"):
                if " " in line.partition("=")[0]:
                    raise Refusal(
                        f"poorly formatted environment: variable {line.partition('=')[0]!r} contains whitespaces"
                    )
                yield line.lstrip()


def log_option(text: str) -> tuple[str, str]:
    """One `--log-opt` of the driver json-file."""
    name, given, value = text.partition("=")
    if name not in LOG_OPTIONS or not given:
        raise Refusal(f"unknown log opt {name!r} for json-file log driver")
    return name, value


def ports(text: str) -> list[tuple[int, int]]:
    """`8800:8800/tcp` or `9874-9879:9874-9879/tcp` as pairs of host and container port."""
    plain, _, protocol = text.partition("/")
    try:
        outside, inside = ([int(number) for number in side.split("-")] for side in plain.split(":", 1))
        pairs = list(zip(range(outside[0], outside[-1] + 1), range(inside[0], inside[-1] + 1), strict=True))
    except ValueError as error:
        raise Refusal(f"invalid publish option {text!r} for the stand-in: HOST:CONTAINER[/tcp]") from error
    if protocol not in ("", "tcp"):
        raise Refusal(f"the stand-in publishes tcp only, not {text!r}")
    return pairs


def execute(options: argparse.Namespace) -> int:
    """docker exec: without -i the command gets no stdin."""
    if options.tty and not sys.stdin.isatty():
        raise Refusal("the input device is not a TTY")
    found = ask("inspect", name=options.container)
    if not found["container"]["State"]["Running"]:
        raise Refusal(f"Container {options.container} is not running")
    program, *arguments = options.command
    if program not in found["commands"]:
        raise Refusal(
            f'exec failed: "{program}": executable file not found in $PATH (known: '
            f"{', '.join(found['commands']) or 'nothing'})"
        )
    environment = dict(item.partition("=")[::2] for item in found["container"]["Config"]["Env"])
    return (
        subprocess.run(
            [sys.executable, "-m", found["commands"][program], *arguments],
            cwd=found["folder"],
            env={**os.environ, **environment},
            stdin=None if options.interactive else subprocess.DEVNULL,
            check=False,
        ).returncode
        % 256
    )


def each(action: Callable[[str], object]) -> Callable[[argparse.Namespace], int]:
    """A command that takes names and prints each one that is done."""

    def command(options: argparse.Namespace) -> int:
        for name in options.names:
            action(name)
            print(name)
        return 0

    return command


def remove(options: argparse.Namespace) -> int:
    """docker rm"""
    return each(lambda name: ask("remove", name=name, force=options.force))(options)


def ps(options: argparse.Namespace) -> int:
    """docker ps"""
    rows = [one for one in ask("list")["containers"] if options.all or one["State"]["Running"]]
    if options.format:
        for one in rows:
            fields = {"Names": one["Name"][1:], "Image": one["Config"]["Image"], "Status": one["State"]["Status"]}
            print(render(options.format, fields))
        return 0
    print(f"{'IMAGE':45} {'STATUS':10} NAMES")
    for one in rows:
        print(f"{one['Config']['Image']:45} {one['State']['Status']:10} {one['Name'][1:]}")
    return 0


def inspect(options: argparse.Namespace) -> int:
    """docker inspect"""
    found = [ask("inspect", name=name)["container"] for name in options.names]
    if options.format:
        print("\n".join(render(options.format, one) for one in found))
    else:
        print(json.dumps(found, indent=4))
    return 0


def inspect_image(options: argparse.Namespace) -> int:
    """docker image inspect"""
    found = [ask("describe_image", reference=name) for name in options.names]
    if options.format:
        print("\n".join(render(options.format, one) for one in found))
    else:
        print(json.dumps(found, indent=4))
    return 0


def logs(options: argparse.Namespace) -> int:
    """docker logs"""
    path = Path(ask("inspect", name=options.name)["container"]["LogPath"])
    with path.open() as log:
        lines = log.readlines()
        print("".join(lines[-options.tail :] if options.tail else lines), end="", flush=True)
        while options.follow:
            print(log.read(), end="", flush=True)
            time.sleep(0.5)
    return 0


def parser() -> Parser:
    """Every command and option that the stand-in knows."""
    top = Parser(prog="docker", allow_abbrev=False, description=f"Docker ({WHAT})")
    top.add_argument("-v", "--version", action="store_true")
    commands = top.add_subparsers(dest="verb", parser_class=Parser)

    def add(name: str, action: Callable[[argparse.Namespace], int], *names: str) -> argparse.ArgumentParser:
        one = commands.add_parser(name, allow_abbrev=False)
        one.set_defaults(action=action)
        for argument in names:
            one.add_argument(argument.rstrip("+"), nargs="+" if argument.endswith("+") else None)
        return one

    for name, action in (("version", version), ("info", info)):
        add(name, action).add_argument("-f", "--format")
    add("pull", pull, "image")
    add("load", load).add_argument("-i", "--input")
    add("images", images).add_argument("-q", "--quiet", action="store_true")
    add("tag", lambda o: bool(ask("tag", source=o.source, target=o.target)), "source", "target")
    add("rmi", each(lambda name: ask("rmi", reference=name)), "names+")
    add("restart", each(lambda name: ask("restart", name=name)), "names+")
    add("start", each(lambda name: ask("start", name=name)), "names+")
    add("stop", each(lambda name: ask("stop", name=name)), "names+")
    add("rm", remove, "names+").add_argument("-f", "--force", action="store_true")
    listing = add("ps", ps)
    listing.add_argument("-a", "--all", action="store_true")
    listing.add_argument("--format")
    add("inspect", inspect, "names+").add_argument("-f", "--format")
    looking = commands.add_parser("image", allow_abbrev=False).add_subparsers(dest="image_verb", required=True)
    looking_at = looking.add_parser("inspect", allow_abbrev=False)
    looking_at.add_argument("-f", "--format")
    looking_at.add_argument("names", nargs="+")
    looking_at.set_defaults(action=inspect_image)
    history = add("logs", logs, "name")
    history.add_argument("-f", "--follow", action="store_true")
    history.add_argument("-n", "--tail", type=int)
    running = add("run", run)
    running.add_argument("--name")
    running.add_argument("-d", "--detach", action="store_true")
    for flag, long in (("-e", "--env"), ("-p", "--publish"), ("-v", "--volume")):
        running.add_argument(flag, long, action="append", default=[])
    running.add_argument("--restart", choices=["no", "always", "unless-stopped"], default="no")
    running.add_argument("-t", "--tty", action="store_true")
    running.add_argument("-i", "--interactive", action="store_true")
    running.add_argument("--env-file", action="append", default=[])
    running.add_argument("--network", choices=["bridge", "host"], default="bridge")
    running.add_argument("--log-driver", choices=["json-file"], default="json-file")
    running.add_argument("--log-opt", action="append", default=[])
    running.add_argument("image")
    executing = add("exec", execute)
    executing.add_argument("-i", "--interactive", action="store_true")
    executing.add_argument("-t", "--tty", action="store_true")
    executing.add_argument("container")
    executing.add_argument("command", nargs=argparse.REMAINDER)
    return top


def main() -> int:
    """Run one command; a refusal is one line and exit code 1."""
    options = parser().parse_args()
    if options.version:
        print(f"Docker version {own_version()}, build lab-stand-in")
        return 0
    if not options.verb:
        parser().error("name a command")
    try:
        return int(options.action(options))
    except Refusal as refusal:
        print(f"Error response from daemon: {refusal}", file=sys.stderr)
        return 125 if options.verb == "run" else 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    raise SystemExit(main())
