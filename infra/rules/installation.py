"""The vendor's scripts, and the Docker that they install."""

from collections.abc import Iterator

from guide.docker import written
from infra.settings import Settings
from installer.arguments import DEFAULT_OPERATOR_URL, DEFAULT_URL


def scripts(settings: Settings) -> Iterator[str]:
    """The installer's script and that of a node are two."""
    installer = settings.installer
    if installer.url == installer.operator_url:
        yield (
            f"installer.url: {installer.url} is operatorUrl, too; one is the script that installs the messaging host "
            f"({DEFAULT_URL}), the other makes the calling host a node ({DEFAULT_OPERATOR_URL})"
        )
    elif installer.url == DEFAULT_OPERATOR_URL or installer.operator_url == DEFAULT_URL:
        yield (
            "installer.url: url and operatorUrl stand in each other's place; url installs the messaging host, "
            "operatorUrl makes the calling host a node"
        )


def docker_as_written(settings: Settings) -> Iterator[str]:
    """The vendor's script puts the version into the name of a package: it must be written as Docker writes it."""
    versions = {"installer": settings.installer.docker_version}
    if settings.compliance:
        versions["compliance"] = settings.compliance.docker_version
    for key, version in versions.items():
        if version is None:
            continue
        major, minor, patch = (int(each) for each in version.split("."))
        right = written((major, minor, patch))
        if version != right:
            yield f"{key}.dockerVersion: Docker writes {version} as {right}, and packages are found by it; write it so"


RULES = (scripts, docker_as_written)
