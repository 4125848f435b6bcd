"""The real Pulumi engine for tests: a fresh file back end and home in a folder of the test's own.

    engine = Engine(tmp_path, environment={"AWS_ENDPOINT_URL": endpoint})
    engine.stack({"wickr:hostname": "wickr.example.com"}, secrets={"wickr:license": text})
    result = engine.up()
    assert result.code == 0, result.text

Without `program=` it runs this checkout's program from a folder of links: `stacks/` stays as it is. The plugins are
those that the CLI finds on PATH; `plugins=` are stand-ins that answer from this process in their place, which saves
each run the seconds that processes take to start.
"""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from local.plugins import server
from local.plugins.framework import Provider
from tools import cache, engine

# The checkout's parts that the program consists of.
PROGRAM = ("__main__.py", "Pulumi.yaml", "requirements.txt", "guide", "installer", "components", "infra")
SECONDS = 600


@dataclass(frozen=True, kw_only=True)
class Step:
    """What the engine does, or would do, with one resource."""

    op: str
    urn: str
    type: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    diffs: list[str]

    @property
    def name(self) -> str:
        return self.urn.rpartition("::")[2]


@dataclass(frozen=True, kw_only=True)
class Result:
    """One run of the CLI: its exit code, what it said, and the engine's events where there are any."""

    code: int
    text: str
    events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def changes(self) -> dict[str, int]:
        """How many resources per operation, as the engine sums up: {"create": 3, "same": 1}."""
        found = [event["summaryEvent"]["resourceChanges"] or {} for event in self.events if "summaryEvent" in event]
        return found[-1] if found else {}

    @property
    def steps(self) -> list[Step]:
        metadata = [event["resourcePreEvent"]["metadata"] for event in self.events if "resourcePreEvent" in event]
        return [
            Step(
                op=row["op"],
                urn=row["urn"],
                type=row["type"],
                inputs=(row.get("new") or {}).get("inputs") or {},
                outputs=(row.get("new") or {}).get("outputs") or {},
                diffs=row.get("diffs") or [],
            )
            for row in metadata
        ]

    def of(self, type_token: str) -> list[Step]:
        """The steps of resources of one type."""
        return [step for step in self.steps if step.type == type_token]


class Engine:
    """A program, a state folder and the CLI."""

    def __init__(
        self,
        folder: Path,
        program: Path | None = None,
        environment: Mapping[str, str] | None = None,
        plugins: Sequence[Provider] = (),
    ) -> None:
        self.state, home = folder / "state", folder / "home"
        for path in (self.state, home):
            path.mkdir(parents=True)
        self.plugins = plugins
        self.program = program or _linked_program(folder / "program")
        places = [
            str(cache.CHECKOUT / ".venv" / "bin"),
            str(engine.where()),
            os.environ["PATH"],
            str(cache.CHECKOUT / "local" / "plugins" / "bin"),
        ]
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "PULUMI_"))}
        self.environment = kept | {
            "PATH": os.pathsep.join(places),
            "PULUMI_BACKEND_URL": f"file://{self.state}",
            "PULUMI_HOME": str(home),
            "PULUMI_CONFIG_PASSPHRASE": "test",
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            "PULUMI_SKIP_CONFIRMATIONS": "1",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "1",
            **(environment or {}),
        }

    def run(self, *arguments: str, stdin: str = "") -> Result:
        """Any `pulumi` command."""
        with serving(self.plugins) as where:
            done = subprocess.run(
                ["pulumi", "--non-interactive", "--color", "never", *arguments],
                cwd=self.program,
                env=self.environment | where,
                input=stdin,
                capture_output=True,
                text=True,
                timeout=SECONDS,
            )
        return Result(code=done.returncode, text=done.stdout + done.stderr)

    def stack(
        self,
        config: Mapping[str, object] | None = None,
        *,
        secrets: Mapping[str, str] | None = None,
        name: str = "test",
    ) -> None:
        """Make the stack `name` with this configuration; again for the same name: replace it."""
        file = self.stack_file(name)
        if not file.exists():
            self._must("stack", "init", name)
        settings = {
            "encryptionsalt": yaml.safe_load(file.read_text())["encryptionsalt"],
            "config": dict(config or {}),
        }
        file.write_text(yaml.safe_dump(settings))
        for key, value in (secrets or {}).items():
            self._must("config", "set", "--secret", "--stack", name, key, stdin=value)

    def stack_file(self, name: str = "test") -> Path:
        """The file that holds the configuration of the stack `name`."""
        project: dict[str, Any] = yaml.safe_load((self.program / "Pulumi.yaml").read_text())
        return self.program / str(project.get("stackConfigDir", ".")) / f"Pulumi.{name}.yaml"

    def preview(self, *arguments: str) -> Result:
        return self._events("preview", *arguments)

    def up(self, *arguments: str) -> Result:
        return self._events("up", "--yes", "--skip-preview", *arguments)

    def refresh(self, *arguments: str) -> Result:
        return self._events("refresh", "--yes", "--skip-preview", *arguments)

    def destroy(self, *arguments: str) -> Result:
        return self._events("destroy", "--yes", "--skip-preview", *arguments)

    def outputs(self) -> dict[str, Any]:
        """The outputs of the selected stack, secrets in clear."""
        outputs: dict[str, Any] = json.loads(self._must("stack", "output", "--json", "--show-secrets").text)
        return outputs

    def resources(self) -> list[dict[str, Any]]:
        """The resources of the state as the back end holds them: secrets encrypted."""
        exported = json.loads(self._must("stack", "export").text)
        resources: list[dict[str, Any]] = exported["deployment"].get("resources") or []
        return resources

    def _must(self, *arguments: str, stdin: str = "") -> Result:
        result = self.run(*arguments, stdin=stdin)
        assert result.code == 0, f"pulumi {' '.join(arguments)}:\n{result.text}"
        return result

    def _events(self, *arguments: str) -> Result:
        raw = self.run(*arguments, "--json")
        events, said = [], []
        for line in raw.text.splitlines():
            try:
                event = json.loads(line)
            except ValueError:
                said.append(line)
                continue
            events.append(event)
            message = event.get("diagnosticEvent") or {}
            if message.get("severity") not in (None, "debug"):
                said.append(message["message"].rstrip("\n"))
        return Result(code=raw.code, text="\n".join(said), events=events)


def _linked_program(folder: Path) -> Path:
    (folder / "stacks").mkdir(parents=True)
    for part in PROGRAM:
        (folder / part).symlink_to(cache.CHECKOUT / part)
    return folder


@contextmanager
def serving(plugins: Sequence[Provider]) -> Iterator[dict[str, str]]:
    """Plugins of this process, started anew for each run as processes would be, and where the engine finds them."""
    served = {each.name: server.start(each) for each in plugins}
    try:
        yield {"PULUMI_DEBUG_PROVIDERS": ",".join(f"{name}:{port}" for name, (_, port) in served.items())}
    finally:
        for running, _ in served.values():
            running.stop(grace=0)
