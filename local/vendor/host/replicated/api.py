"""What the daemon can be asked: one method a request, over its socket."""

import base64
import secrets
from dataclasses import asdict
from typing import Any

from ..wire import Message, Refusal, call
from . import license as licenses
from . import preflight, releases, settings
from .application import Application
from .cluster import Cluster
from .console import Console
from .paths import DOCKER
from .store import Store


class Api:
    """The daemon's parts behind one door."""

    def __init__(
        self, store: Store, cluster: Cluster, console: Console, application: Application, options: dict[str, str]
    ) -> None:
        self.store, self.cluster, self.console, self.application = store, cluster, console, application
        self.options = options
        self.audit_ready = False

    def answer(self, request: Message) -> Message:
        """Find the method and call it; its result goes out as `result`."""
        action = getattr(self, f"do_{request.pop('do')}", None)
        if action is None:
            raise Refusal("the stand-in's daemon does not know this request")
        return {"result": action(**request)}

    def do_system_status(self) -> dict[str, str]:
        """The audit service needs a moment longer than the daemon."""
        return {"Replicated": "ready", "Retraced": "ready" if self.audit_ready else "initializing"}

    def do_nodes(self) -> list[dict[str, Any]]:
        """replicated nodes"""
        return self.cluster.nodes()

    # Licence

    def load_license(self, data: bytes, *, sequence: int | None = None, force_online: bool = False) -> None:
        """Take a licence; the first one makes the application, and starts it if nothing is left to ask."""
        loaded = licenses.unpack(data)
        if loaded.expired:
            raise Refusal(f"failed to load license: it expired on {loaded.expires}")
        if self.options.get("AIRGAP") == "true" and not force_online:
            raise Refusal("Online installation is not possible when running in airgapped mode.")
        if not loaded.online:
            raise Refusal("failed to load license: it does not allow an online installation")
        wanted = self.options.get("RELEASE_SEQUENCE") or sequence
        release = releases.pick(releases.fetch(loaded.channel), int(wanted) if wanted else None)
        self.store.set(license=asdict(loaded))
        first = self.application.info is None
        self.application.install(release, settings.initial(loaded.calling, self.console.hostname))
        print(f"license {loaded.id} loaded, channel {loaded.channel}", flush=True)
        given = self.store.get("settings to import")
        if first and given is not None:
            self.store.set(**{"settings to import": None})
            self.store.set(settings=settings.merged(self.application.values, given))
            if self.preflights_done():
                self.application.want("started")

    def do_license_load(self, data: str, force_online: bool) -> None:
        """replicatedctl license-load"""
        self.load_license(base64.b64decode(data), force_online=force_online)

    def do_console_upload(self, data: str, password: str) -> None:
        """An upload on the console: open to everybody until there is a password."""
        if not self.console.anonymous and not self.console.accepts(password):
            raise Refusal("log in first")
        self.load_license(base64.b64decode(data))

    def do_license_inspect(self) -> list[dict[str, Any]]:
        """replicatedctl license inspect"""
        known = self.store.get("license")
        return [licenses.License(**known).describe()] if known else []

    # Application

    def do_app_status(self) -> list[dict[str, Any]]:
        """replicatedctl app status"""
        return self.application.status()

    def do_app_inspect(self) -> list[dict[str, Any]]:
        """replicatedctl app inspect"""
        info = self.application.info
        name = "Wickr Enterprise (stand-in of the local cloud)"
        return [{"ID": info["ID"], "Name": name, "Slug": "wickrenterprise"}] if info else []

    def do_app_move(self, to: str, again: bool) -> str:
        """app start, stop and apply-config; returns the id of the task."""
        if to == "started" and not self.preflights_done():
            self.do_preflight_run()
            if not self.preflights_done():
                raise Refusal("preflight checks failed; correct the errors, or run: replicatedctl preflight dismiss")
        if again and (self.application.info or {}).get("desired") == "stopped":
            return secrets.token_hex(16)  # nothing runs: the settings wait for the next start
        self.application.want(to, again=again)
        return secrets.token_hex(16)

    def do_admin(self, words: list[str]) -> str:
        """replicated admin: the application's own commands."""
        if words == ["test-calling"]:
            return self.application.test_calling()
        raise Refusal(f"the stand-in's application has no command {' '.join(words)!r}, only: test-calling")

    # Settings

    def do_config_view(self) -> list[dict[str, Any]]:
        """replicatedctl app-config view"""
        return settings.viewed(self._require_settings())

    def do_config_export(self, hidden: bool) -> settings.Values:
        """replicatedctl app-config export"""
        return settings.exported(self._require_settings(), hidden=hidden)

    def do_config_import(self, values: Any, skip_validation: bool) -> None:
        """replicatedctl app-config import and set: takes effect when the application starts or applies it."""
        current = self._require_settings()
        self.store.set(settings=settings.merged(current, values, skip_validation=skip_validation))

    def _require_settings(self) -> settings.Values:
        if self.application.info is None:
            raise Refusal("there is no app: load a license first")
        return self.application.values

    # Preflights

    def preflights_done(self) -> bool:
        """Bypassed, dismissed, or passed on every node."""
        results = self.store.get("preflights", [])
        checked = {row["Node"] for row in results} >= {node["id"] for node in self.cluster.nodes()}
        passed = bool(results) and checked and all(row["Passed"] for row in results)
        bypass = self.store.get("params", {}).get("BypassPreflightChecks", False)
        return bool(bypass or self.store.get("preflights dismissed") or passed)

    def do_preflight_run(self) -> list[dict[str, Any]]:
        """replicatedctl preflight run"""
        window = (self.application.info or {}).get("release", {}).get("Docker")
        if window is None:
            raise Refusal("there is no app: load a license first")
        results = preflight.run(self.cluster.nodes(), window)
        self.store.set(preflights=results, **{"preflights dismissed": False})
        return results

    def do_preflight_status(self) -> bool:
        """replicatedctl preflight status"""
        return self.preflights_done()

    def do_preflight_dismiss(self) -> None:
        """replicatedctl preflight dismiss: an application that waits may start now."""
        self.store.set(**{"preflights dismissed": True})

    # Parameters, console, releases

    def do_params(self, changes: dict[str, Any]) -> dict[str, Any]:
        """replicatedctl params export, set and unset."""
        known = {**self.store.get("params", {}), **changes}
        self.store.set(params={key: value for key, value in known.items() if value is not None})
        found: dict[str, Any] = self.store.get("params")
        return found

    def do_console(self) -> dict[str, Any]:
        """What the console's start page says."""
        waiting = bool(self.store.get("tls", {}).get("waiting", True))
        return {"anonymous": self.console.anonymous, "tls waiting": waiting, "app": self.application.status()}

    def do_console_password(self, password: str | None) -> None:
        """replicatedctl console-auth import and reset."""
        self.console.set_password(password) if password is not None else self.console.reset()

    def do_console_login(self, password: str) -> bool:
        """The console's login page."""
        return self.console.anonymous or self.console.accepts(password)

    def do_console_certificate(self, hostname: str, key: str, certificate: str) -> None:
        """replicated console cert set"""
        self.console.use_files(hostname, key, certificate)

    def do_releases(self, fetch: bool) -> list[dict[str, Any]]:
        """replicatedctl app-release ls"""
        known = self.store.get("license")
        if not known:
            raise Refusal("there is no app: load a license first")
        if fetch or not self.store.get("releases"):
            self.store.set(releases=releases.fetch(known["channel"]))
        current = (self.application.info or {})["release"]["Sequence"]
        return [{**one, "Current": one["Sequence"] == current} for one in self.store.get("releases")]

    def do_join_command(self, tags: str) -> str:
        """replicatedctl cluster node-join-script; the token is in it."""
        docker = call(DOCKER, {"do": "inspect", "name": "replicated"})
        environment = dict(line.partition("=")[::2] for line in docker["container"]["Config"]["Env"])
        return (
            'curl -fsSL "https://get.replicated.com/operator" | sudo bash -s '
            f"daemon-endpoint={environment['PRIVATE_ADDRESS']}:9879 daemon-token={self.cluster.token} tags={tags}"
        )
