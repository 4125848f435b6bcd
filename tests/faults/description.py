"""What an installation is, as text that can be compared: every file that a bootstrap can write, and what runs."""

import hashlib
import json
from typing import Any

from tests.lab.installation import Installation

INSTANCE = "aws:ec2/instance:Instance"
DESCRIBE = r"""
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
cd /
found() {
    find etc usr/local opt root home srv var/lib/wickr-bootstrap var/lib/wickr-airgap var/lib/wickr-vitals \
        var/lib/replicated var/lib/replicated-operator "$@" 2>/dev/null
}
found -type f -printf 'file: %m %u %g %p\n' -o -type d -printf 'file: %m %u %g %p folder\n' \
    -o -type l -printf 'file: link %p %l\n'
found -type f -print0 | xargs -0 -r sha256sum | sed 's/^/file: /'
systemctl list-unit-files --no-legend --plain --state=enabled | sed 's/^/enabled: /'
systemctl list-units --type=service --state=running --no-legend --plain | awk '{ print "runs: " $1 }'
systemctl list-units --type=timer --state=active --no-legend --plain | awk '{ print "waits: " $1 }'
sed 's/UUID=[^ ]*/UUID/; s/^/on disk: /' etc/fstab
findmnt -n -r -o TARGET,FSTYPE,OPTIONS,LABEL opt/WickrIO | sed 's/^/mounted: /'
command -v docker >/dev/null || exit 0
docker ps --format 'container: {{.Names}} {{.Image}}'
docker images | awk '{ print "image: " $1 }'
docker version --format 'docker: {{.Server.Version}}'
[ -x /usr/local/bin/replicatedctl ] || exit 0
replicated nodes </dev/null 2>&1 | awk '{ $1 = ""; print "node:" $0 }'
replicatedctl app status -o json </dev/null |
    grep -E '"(State|DesiredState|Error|IsTransitioning|Sequence)"' | sed 's/^ */application: /'
for key in lab_hostname lab_enable_calling; do
    echo "setting: $key $(replicatedctl app-config export --hidden --template "{{.$key.Value}}" </dev/null 2>&1)"
done
echo "settings: $(replicatedctl app-config export --hidden </dev/null | grep -c '"value"')"
replicatedctl license inspect </dev/null 2>&1 | sed 's/^/licence: /'
replicatedctl console-auth export </dev/null 2>&1 | sed 's/^/console: /'
"""

STATE = ("resource: ", "input: ", "output: ", "pending: ")
"""How those lines of a description begin that are about no host."""

DIFFERS = (
    # Times, or made anew by each boot or first start, and nothing that a stack names.
    "etc/.pwd.lock",
    "  etc/fstab",  # a file system has a name of its own
    "etc/docker/certs.d/",  # the authority of the daemon's own registry
    "etc/shadow",  # the day on which a user was made
    "etc/machine-id",
    "etc/sudoers.d/90-cloud-init-users",  # cloud-init writes the time into it
    "etc/replicated.alias",  # has its mode from whoever comes first, the script or the daemon
    "etc/ssh/ssh_host_",  # but for the pinned one they are made by each first boot
    "var/lib/replicated/",  # the daemon's database: what counts of it is read by replicatedctl
    "var/lib/replicated-operator/",
    "var/lib/wickr-vitals/",  # how far the logs are told, and when
    "etc/default/replicated-operator",  # holds the token that the daemon made for its own node
    "var/lib/wickr-bootstrap/console-auth",  # these two are sums over what the console's own salt is a part of
    "runs: user@",  # somebody is, or was a moment ago, logged in
)
"""What two undisturbed runs need not have in common, by what a line of a description holds; all else is compared."""


def of(installation: Installation, *, patience: float = 120) -> set[str]:
    """The stack's state: resources with their inputs, outputs, and what is left pending; and each of its hosts. Where
    `pulumi up` finds nothing to do in a state, it finds nothing in one that has the same description.

    Raises TimeoutExpired for a host that does not answer in `patience` seconds, as while it goes down."""
    exported = installation.pulumi("stack", "export")
    assert exported.returncode == 0, exported.stderr
    deployment: dict[str, Any] = json.loads(exported.stdout)["deployment"]
    lines: set[str] = set()
    for resource in deployment["resources"]:
        if resource["type"] == INSTANCE:
            lines |= _host(installation, resource["urn"].rpartition("::")[2].removesuffix("-host-instance"), patience)
        lines.add(f"resource: {resource['urn']} {'to be deleted' if resource.get('delete') else ''}")
        for key, value in resource.get("inputs", {}).items():
            text = json.dumps(masked(value), sort_keys=True)
            lines.add(f"input: {resource['urn']} {key} {hashlib.sha256(text.encode()).hexdigest()[:16]} {text[:80]}")
    lines |= {f"pending: {each['type']} {each['resource']['urn']}" for each in deployment.get("pending_operations", [])}
    (stack,) = (each for each in deployment["resources"] if each["type"] == "pulumi:pulumi:Stack")
    return lines | {f"output: {key} {json.dumps(masked(value))}" for key, value in stack.get("outputs", {}).items()}


def _host(installation: Installation, name: str, patience: float) -> set[str]:
    seen = installation.on(name, DESCRIBE, timeout=patience)
    assert seen.returncode == 0, seen.stderr
    lines = (line for line in seen.stdout.splitlines() if not any(each in line for each in DIFFERS))
    return {line.replace(": ", f": {name}: ", 1) for line in lines}


def masked(value: Any) -> Any:
    """An output as a state holds it; what is secret in it is encrypted anew by every run."""
    match value:
        case {"ciphertext": _}:
            return "[secret]"
        case dict():
            return {key: masked(each) for key, each in value.items()}
        case list():
            return [masked(each) for each in value]
    return value


def same(now: set[str], meant: set[str]) -> None:
    """Asserts that nothing is in one description alone, and shows what is."""
    other = [f"not meant: {line}" for line in sorted(now - meant)]
    other += [f"missing: {line}" for line in sorted(meant - now)]
    assert not other, "\n".join(["it is not what it should be:", *other])
