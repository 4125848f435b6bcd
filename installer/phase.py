"""The phases of a bootstrap: what they are called, what they say, how long they may take."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, kw_only=True)
class Phase:
    """One remote command of the bootstrap.

    `name` is the name of its resource and of its log lines and never changes; `script` is its bash file, where that
    has another name, and comes after those of `parts`. `limit` is in seconds: the host ends the phase by itself then.
    `title` is what a person reads. Phases of one host with the same `lock` wait for each other.
    """

    name: str
    title: str
    limit: int
    script: str = ""
    parts: tuple[str, ...] = ()
    lock: str = "lock"

    @property
    def scripts(self) -> tuple[str, ...]:
        """The bash files of the phase, in their order."""
        return (*self.parts, self.script or self.name)

    @property
    def command(self) -> str:
        """What the connection runs. The script comes by standard input, so nothing of it is in a process list,
        and the engine's error text stays one short line.
        """
        return f"sudo -n timeout -k 20 {self.limit} bash -s -- {self.name}"


READY = Phase(name="ready", title="reachable, and cloud-init is done", limit=900)
PREFLIGHT = Phase(name="preflight", title="the machine is what the guide asks for", limit=120)
FIREWALL = Phase(name="firewall", title="the host's own firewall lets the guide's ports in", limit=120)
FILES = Phase(name="files", title="licence, settings, certificate and replicated.conf are placed", limit=120)
FETCH = Phase(name="fetch", title="what the installation needs is fetched from its bucket", limit=3600)
DOCKER = Phase(name="docker", title="Docker is installed from the packages that were fetched", limit=600)
INSTALL = Phase(name="install", title="Replicated is installed by the vendor's script", limit=2400, parts=("proxy",))
REPLICATED = Phase(name="replicated", title="Replicated is ready", limit=900)
JOIN = Phase(name="join", title="the host is a node of the cluster", limit=2400, script="install", parts=("proxy",))
CLUSTER = Phase(name="cluster", title="every expected node is in the cluster", limit=1800)
CONFIGURE = Phase(
    name="configure", title="the running installation has this licence, certificate and settings", limit=600
)
CONFIGURE_FROM_BUNDLE = replace(CONFIGURE, limit=3600)
"""The same where the licence comes with a bundle, which Replicated verifies for "quite a long time" (IG 4.2)."""

APPLICATION = Phase(name="application", title="Wickr is started", limit=3000)
CALLS = Phase(name="calls", title="a call is offered at the right address (IG 9.2)", limit=300)
HEALTH = Phase(name="health", title="clients are answered (IG 9.1)", limit=300)

VOLUME = Phase(name="volume", title="the data volume is in its place", limit=900)
ENGINE = Phase(name="engine", title="Docker runs, and not without the data volume", limit=900)
CONTAINER = Phase(name="container", title="the compliance bot runs, or is ready to (CG 2)", limit=900)

VITALS = Phase(name="vitals", title="the host tells CloudWatch how it is", limit=300, lock="lock-of-vitals")
"""On every host, after READY and beside all others: what it tells includes how far they come."""

MESSAGING_PHASES = (READY, PREFLIGHT, FIREWALL, FILES, INSTALL, REPLICATED, CLUSTER, CONFIGURE, APPLICATION, HEALTH)
"""In the order in which they run; each waits for the one before. With a calling host, CALLS comes before HEALTH."""

NODE_PHASES = (READY, PREFLIGHT, FIREWALL, JOIN)
"""The same for a further node; they run beside those of the messaging host, which waits for them at CLUSTER."""

SUPPLY_PHASES = (FETCH, DOCKER)
"""On every host of an installation without internet, after FIREWALL."""

COMPLIANCE_PHASES = (READY, PREFLIGHT, VOLUME, ENGINE, CONTAINER)
"""The same for the compliance host, beside the others; its bot starts when the messaging host has answered."""
