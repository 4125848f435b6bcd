"""How Replicated comes onto a host, as a stack names it."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, model_validator
from pydantic.alias_generators import to_camel

from guide.releases import Release
from infra import proxy as forward_proxy
from infra.airgap import Airgap
from infra.model import Model, each_once, written
from infra.names import DockerVersion, HttpsUrl, Sha256
from infra.proxy import ProxyBlock, ProxyCredentials, ProxyException, ProxyUrl
from installer.arguments import DEFAULT_OPERATOR_URL, DEFAULT_URL

ONLINE_ONLY = (
    *("url", "sha256", "docker_version", "operator_url"),
    *("proxy", "proxy_credentials", "proxy_cidrs", "no_proxy"),
)
"""Keys of `installer` that say what is fetched from the vendor, and how."""


class Installer(Model):
    """How Replicated comes onto a host (IG 4.1)."""

    source: Literal["online", "airgap"] = "online"
    """Where Replicated and Wickr come from: the vendor's servers, or a bucket of yours, with nothing let out to anybody
    else (`airgap`, IG 4.2). Decided when a host is made."""
    airgap: Airgap | None = None
    """With `airgap`: what is installed, and where it lies."""
    url: HttpsUrl = DEFAULT_URL
    """The vendor's script (IG 4.1)."""
    sha256: Sha256 | None = None
    """Pins that script: another one is refused."""
    docker: Literal["script", "preinstalled"] = "script"
    """Where hosts have Docker from: the vendor's script, where none runs yet; or the image alone (`preinstalled`), so
    that a host without one is refused. One that runs already is kept and must be of the release's range."""
    docker_version: DockerVersion | None = None
    """The Docker that the script installs on the messaging host where there is none; without it, the script's own
    choice."""
    operator_url: HttpsUrl = DEFAULT_OPERATOR_URL
    """The vendor's script that makes the voice and video host a node (IG 4.5)."""
    release: Annotated[Release, BeforeValidator(written)] = Release.GUIDE
    """Which releases of Wickr this is for: `guide` (Docker 1.7.1 to 18.09.2, IG 3.1.1), `6.26` and later (Docker
    20.10.10 or later), `6.32` and later (TCP 8443 from the messaging host to the calling host, too)."""
    security_module: Literal["permissive", "keep"] = "permissive"
    """SELinux and AppArmor: make them permissive, as the guide asks, or keep them and refuse a host where they
    enforce."""
    proxy: ProxyUrl | None = None
    """The forward proxy through which hosts get out, as `http://host:port`: the vendor's scripts, Docker, Replicated
    and the package manager are given it."""
    proxy_credentials: ProxyCredentials | None = None
    """`USER:PASSWORD` for the proxy, if it asks for them."""
    proxy_cidrs: Annotated[tuple[ProxyBlock, ...], AfterValidator(each_once)] = ()
    """The address blocks at which a proxy with a name answers, for `egress: proxy`: a security group knows no names."""
    no_proxy: tuple[ProxyException, ...] = ()
    """What else hosts reach without the proxy: names, domains with a dot before them, addresses. Themselves, each
    other, the installation's names and the metadata service they always do."""

    @property
    def proxy_blocks(self) -> tuple[str, ...]:
        """The addresses at which the proxy answers, as far as a stack can know."""
        return forward_proxy.blocks(self.proxy, self.proxy_cidrs) if self.proxy else ()

    @model_validator(mode="after")
    def _proxied(self) -> Self:
        keys = {
            "proxyCredentials": self.proxy_credentials,
            "proxyCidrs": self.proxy_cidrs,
            "noProxy": self.no_proxy,
        }
        given = [key for key, value in keys.items() if value]
        if given and not self.proxy:
            raise ValueError(f"{', '.join(given)} given, but no proxy; set it to http://host:port, or take them out")
        if self.proxy:
            forward_proxy.blocks(self.proxy, self.proxy_cidrs)  # raises where they do not fit
        return self

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.source == "online" and self.airgap:
            raise ValueError("airgap is given, and source is online; set source to airgap, or take the group out")
        if self.source == "airgap":
            if not self.airgap:
                raise ValueError(
                    "source airgap needs the group airgap: bucket, archive, bundle; ./wickr upload puts the files "
                    "there and prints it"
                )
            fetched = [name for name in ONLINE_ONLY if name in self.model_fields_set]
            if fetched:
                keys = ", ".join(to_camel(name) for name in fetched)
                raise ValueError(f"{keys}: for source online alone, where hosts fetch from the vendor; take them out")
            self.airgap.fits(self.release)
        return self

    @model_validator(mode="after")
    def _docker(self) -> Self:
        packages = self.airgap.docker if self.airgap else ()
        if self.docker == "preinstalled" and (self.docker_version or packages):
            given = "dockerVersion" if self.docker_version else "airgap.docker"
            raise ValueError(
                f"docker is preinstalled, so that nothing installs one, and {given} names one to install; take one of "
                "the two out"
            )
        if self.docker_version:
            major, minor, patch = (int(part) for part in self.docker_version.split("."))
            window = self.release.docker
            if not window.accepts((major, minor, patch)):
                raise ValueError(
                    f"dockerVersion {self.docker_version} is outside what {window.release} accepts "
                    f"({window.text}, {window.section}); choose one inside, or another release"
                )
        return self
