"""The lab's fixed network: two routers and five places, each a network namespace, with no route out.

client ─┐
admin ──┼─ inet (the internet) ── vpc (the cloud's router) ── one namespace per host
operator┤
vendor ─┤                                   │
proxy ──┘                                   aws (S3 and the other services)
"""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from local.lab.addresses import (
    CLOUD,
    CLOUD_SIDE,
    INTERNET,
    INTERNET_SIDE,
    METADATA,
    PACKAGE_MIRRORS,
    PLACES,
    RESOLVER,
    S3_ADDRESS,
    SERVICES,
    VENDOR,
    Place,
)
from local.lab.command import run, within
from local.lab.folder import LabFolder
from local.vendor.names import NAMES

# `ip netns exec` shows a namespace the files of its folder here in the place of those in /etc.
NETNS_ETC = Path("/etc/netns")

HOSTS = "127.0.0.1 localhost\n" + "".join(
    f"{address} {name}\n"
    for address, name in (
        *((place.ip, f"{place.name}.lab") for place in PLACES),
        *((VENDOR.ip, name) for name in (*NAMES, *PACKAGE_MIRRORS)),
    )
)
RESOLV = "# Names resolve by /etc/hosts only: nothing in the lab asks a name server.\nnameserver 127.0.0.1\n"

ROUTER = {
    "net/ipv4/ip_forward": "1",
    "net/ipv4/conf/all/send_redirects": "0",
    "net/ipv4/conf/default/send_redirects": "0",
}
# IPv6 is not part of the lab. Linux limits how often it says that a port is closed; a scan would then see
# closed ports as filtered, so the limit is lifted.
EVERYWHERE = {
    "net/ipv6/conf/all/disable_ipv6": "1",
    "net/ipv6/conf/default/disable_ipv6": "1",
    "net/ipv4/conf/all/rp_filter": "0",
    "net/ipv4/conf/default/rp_filter": "0",
    "net/ipv4/icmp_ratelimit": "0",
    "net/ipv4/icmp_msgs_per_sec": "10000",
}


def up(lab: LabFolder) -> None:
    """Make the namespaces and the links between them."""
    for router in (INTERNET, CLOUD):
        add_namespace(lab, router, router=True)
    for place in (*PLACES, SERVICES):
        add_namespace(lab, place.name)
    inet, cloud = lab.namespace(INTERNET), lab.namespace(CLOUD)
    batch(
        inet,
        f"link add {CLOUD} type veth peer name {INTERNET} netns {cloud}",
        f"addr add {INTERNET_SIDE}/30 dev {CLOUD}",
        f"link set {CLOUD} up",
    )
    batch(
        cloud,
        f"addr add {CLOUD_SIDE}/30 dev {INTERNET}",
        f"link set {INTERNET} up",
        f"addr add {METADATA}/32 dev lo",
        f"addr add {RESOLVER}/32 dev lo",
        f"route add default via {INTERNET_SIDE}",
    )
    # Whatever is nobody's on this internet is the cloud's: it knows which addresses it has handed out.
    batch(inet, f"route add default via {CLOUD_SIDE}")
    for place in PLACES:
        _connect(lab, place, INTERNET)
    _connect(lab, SERVICES, CLOUD)
    batch(lab.namespace(SERVICES.name), f"addr add {S3_ADDRESS}/32 dev eth0")


def add_namespace(lab: LabFolder, place: str, *, router: bool = False) -> None:
    """An empty network of its own, with the settings that all of the lab shares."""
    run("ip", "netns", "add", lab.namespace(place))
    settings(lab, place, EVERYWHERE | (ROUTER if router else {}))
    batch(lab.namespace(place), "link set lo up")


def settings(lab: LabFolder, place: str, values: Mapping[str, str]) -> None:
    """Kernel settings of a namespace; one that this kernel does not have is passed over."""
    script = "".join(f"[ ! -e /proc/sys/{key} ] || echo {value} >/proc/sys/{key}\n" for key, value in values.items())
    run(*within(lab.namespace_file(place)), "sh", "-ec", script)


def batch(namespace: str, *lines: str) -> None:
    """Several `ip` commands inside a namespace, in one process."""
    run("ip", "-n", namespace, "-batch", "-", stdin="".join(f"{line}\n" for line in lines))


def publish(lab: LabFolder, names: Mapping[str, str]) -> None:
    """Enter names and their addresses where people look them up, as a person would make DNS records.

    VPCs' name server reads them from the lab's folder."""
    lab.names.write_text(json.dumps(dict(names)))
    tell(lab, {})


def published(lab: LabFolder) -> dict[str, str]:
    """The names that a person has made records of."""
    return dict(json.loads(lab.names.read_text())) if lab.names.exists() else {}


def tell(lab: LabFolder, names: Mapping[str, str]) -> None:
    """Let all places know these names, beside those that were published."""
    every = {**names, **published(lab)}
    text = HOSTS + "".join(f"{address} {name}\n" for name, address in every.items() if "*" not in name)
    for place in PLACES:
        path = NETNS_ETC / lab.namespace(place.name) / "hosts"
        if path.parent.exists() and path.read_text() != text:
            path.write_text(text)


def exists(lab: LabFolder) -> bool:
    """Whether the lab's network is there."""
    return lab.namespace_file(CLOUD).exists()


def namespaces(lab: LabFolder) -> list[str]:
    """Every namespace of this lab that this machine has."""
    names = (line.split()[0] for line in run("ip", "netns", "list").splitlines() if line)
    return [name for name in names if name.startswith(f"{lab.prefix}-")]


def processes(lab: LabFolder) -> set[int]:
    """Every process that runs in one of the lab's namespaces: all of them are the lab's."""
    return {int(pid) for name in namespaces(lab) for pid in run("ip", "netns", "pids", name, check=False).split()}


def down(lab: LabFolder) -> None:
    """Remove all namespaces of this lab; their links go with them."""
    for name in namespaces(lab):
        run("ip", "netns", "delete", name)
    for folder in NETNS_ETC.glob(f"{lab.prefix}-*"):
        shutil.rmtree(folder)


def _connect(lab: LabFolder, place: Place, to: str) -> None:
    router, there = lab.namespace(to), lab.namespace(place.name)
    batch(
        router,
        f"link add {place.name} type veth peer name eth0 netns {there}",
        f"addr add {place.gateway}/{place.length} dev {place.name}",
        f"link set {place.name} up",
    )
    batch(
        there,
        f"addr add {place.ip}/{place.length} dev eth0",
        "link set eth0 up",
        f"route add default via {place.gateway}",
    )
    etc = NETNS_ETC / there
    etc.mkdir(parents=True, exist_ok=True)
    (etc / "hosts").write_text(HOSTS)
    (etc / "resolv.conf").write_text(RESOLV)
