"""The application's preflight checks, for every node of the cluster, from what its operator reported."""

from dataclasses import asdict, dataclass
from typing import Any

GIGA = 1000**3  # the checks count decimal gigabytes
OLDEST_KERNEL = (3, 10)


@dataclass(frozen=True)
class Check:
    """One line of the console's list."""

    Node: str
    Name: str
    Passed: bool
    Message: str


def run(nodes: list[dict[str, Any]], docker: dict[str, str]) -> list[dict[str, Any]]:
    """All checks on all nodes; `docker` is the window of versions that the release allows."""
    return [asdict(check) for node in nodes for check in _of(node, docker)]


def _of(node: dict[str, Any], docker: dict[str, str]) -> list[Check]:
    facts = node["facts"]

    def check(name: str, passed: bool, message: str) -> Check:
        return Check(node["id"], name, passed, message)

    def space(folder: str, minimum: int) -> Check:
        total = facts["disks"].get(folder, 0)
        enough = total >= minimum * GIGA
        found = "Total space requirement met for directory" if enough else "Not enough total space in directory"
        return check(f"disk {folder}", enough, f"{found} {folder} ({total / GIGA:.1f}G), at least {minimum}G")

    low, high = docker["minimum"], docker["maximum"]
    return [
        check("os", facts["os"] == "linux", "The operating system must be linux"),
        check("kernel", version(facts["kernel"])[:2] >= OLDEST_KERNEL, "Kernel version must be at least 3.10"),
        check(
            "docker",
            version(low) <= version(facts["docker"]) <= version(high),
            f"Docker server version must be at least {low} and no greater than {high} ({facts['docker']})",
        ),
        check("cpu", facts["cpus"] >= 2, "Server must have at least 2 CPU cores"),
        check("memory", facts["memory"] >= 8 * GIGA, "Server must have at least 8G total memory"),
        space("/", 200),
        space("/var/lib/docker", 1),
    ]


def version(text: str) -> tuple[int, ...]:
    """The leading numbers of a version."""
    numbers = []
    for part in text.replace("-", ".").split("."):
        if not part.isdigit():
            break
        numbers.append(int(part))
    return tuple(numbers[:3])
