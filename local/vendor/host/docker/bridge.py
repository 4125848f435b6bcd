"""Networks of containers that have one of their own: a namespace behind docker0, out by the host's address."""

import hashlib
import ipaddress
import json
import subprocess
from pathlib import Path

from ..wire import Refusal

BRIDGE = "docker0"
FORWARD = Path("/proc/sys/net/ipv4/ip_forward")
OUT = """
table ip docker-stand-in
delete table ip docker-stand-in
table ip docker-stand-in {{
  chain out {{
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr {network} oifname != "docker0" masquerade
  }}
}}
"""


def namespace(container: str) -> str:
    """The name of a container's network."""
    return f"docker-{container}"


def connect(container: str) -> list[str]:
    """Give a container its network, which stays until it is removed; returns the words that start a program there."""
    if (Path("/run/netns") / namespace(container)).exists():
        return ["ip", "netns", "exec", namespace(container)]
    name, link = namespace(container), f"veth{hashlib.sha256(container.encode()).hexdigest()[:8]}"
    gateway = _gateway()
    address = _free(gateway)
    FORWARD.write_text("1")
    if link in _run("ip", "-brief", "link", "show"):  # of a run before
        _run("ip", "link", "delete", link)
    _run("nft", "-f", "-", stdin=OUT.format(network=gateway.network))
    _run("ip", "netns", "add", name)
    _run("ip", "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", name)
    _run("ip", "link", "set", link, "master", BRIDGE, "up")
    _run("ip", "-n", name, "link", "set", "lo", "up")
    _run("ip", "-n", name, "addr", "add", str(address), "dev", "eth0")
    _run("ip", "-n", name, "link", "set", "eth0", "up")
    _run("ip", "-n", name, "route", "add", "default", "via", str(gateway.ip))
    return ["ip", "netns", "exec", name]


def disconnect(container: str) -> None:
    """Take the network away, if it is there."""
    if (Path("/run/netns") / namespace(container)).exists():
        _run("ip", "netns", "delete", namespace(container))


def _gateway() -> ipaddress.IPv4Interface:
    rows = json.loads(_run("ip", "-json", "-4", "addr", "show", BRIDGE))
    found = rows[0]["addr_info"][0]
    return ipaddress.IPv4Interface(f"{found['local']}/{found['prefixlen']}")


def _free(gateway: ipaddress.IPv4Interface) -> ipaddress.IPv4Interface:
    taken = {str(gateway.ip)}
    for name in (line.split()[0] for line in _run("ip", "netns", "list").splitlines() if line.startswith("docker-")):
        rows = json.loads(_run("ip", "-n", name, "-json", "-4", "addr", "show", "eth0"))
        taken |= {one["local"] for row in rows for one in row["addr_info"]}
    address = next(one for one in gateway.network.hosts() if str(one) not in taken)
    return ipaddress.IPv4Interface(f"{address}/{gateway.network.prefixlen}")


def _run(*words: str, stdin: str = "") -> str:
    done = subprocess.run(words, input=stdin, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refusal(f"failed to set up container networking: {' '.join(words)}: {done.stderr.strip()}")
    return done.stdout
