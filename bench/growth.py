"""What an admin network more costs: resources, preview time, and room in security groups, with both roles' hosts."""

import tempfile
from pathlib import Path
from typing import Any

from bench.clock import Row
from bench.previews import LICENSE, STACK, api, preview
from components.room import Room
from tests.counted import NEIGHBOURS, strangers, weights
from tests.engine import Engine
from tests.recorder import deploy
from tests.stacks import stack

QUOTA = Room().rules
"""Rules of a security group, by default (L-0EA8095F)."""

SLOWER = 1.15
"""By how much a resource of the largest stack may take longer than one of the smallest: what is linear has 1."""

ROOM = {"cidr": "10.20.0.0/16", "groupsPerInterface": 8}
"""Two hundred networks that are no neighbours need more groups than an interface carries by default."""

SIZES: dict[str, dict[str, Any]] = {
    **{f"{count} admin networks": {"adminCidrs": strangers(count)} for count in (1, 10, 100)},
    "200 admin networks": {"adminCidrs": strangers(200), "network": ROOM},
    "200 that are neighbours": {"adminCidrs": NEIGHBOURS},
}


def measure(runs: int) -> list[Row]:
    """Previews in turns; what groups hold comes from a recorded deployment, since a preview knows no ids."""
    calling = {"calling": {"hostname": "calling.example.com"}}
    keys = {what: {f"wickr:{key}": value for key, value in (given | calling).items()} for what, given in SIZES.items()}
    with tempfile.TemporaryDirectory() as name:
        engine = Engine(Path(name) / "program", environment=api())
        times: dict[str, list[float]] = {what: [] for what in SIZES}
        resources: dict[str, int] = {}
        for turn in range(runs + 1):
            for what, given in keys.items():
                engine.stack(STACK | given, secrets={"wickr:license": LICENSE})
                seconds, result = preview(engine)
                resources[what] = result.changes["create"]
                if turn:  # the first preview of a program compiles its modules
                    times[what].append(seconds)
    rows = []
    for what, given in keys.items():
        fullest = max(weights(deploy(stack(given))).values())
        rows += [
            Row(what=f"preview with {what}", values=tuple(times[what])),
            Row(what="  resources", values=(resources[what],), unit=""),
            Row(what="  rules in the fullest group", values=(fullest,), limit=QUOTA, unit=""),
        ]
    one, ten, most = (f"{count} admin networks" for count in (1, 10, 200))
    few = (resources[ten] - resources[one]) / 9
    many = (resources[most] - resources[one]) / 199
    each = tuple(
        slow / resources[most] / (quick / resources[one]) for slow, quick in zip(times[most], times[one], strict=True)
    )
    return [
        *rows,
        Row(what="resources that a network adds, of 200", values=(many,), limit=few, unit=""),
        Row(what="time of a resource, of 200 networks / of 1", values=each, limit=SLOWER, unit="×"),
    ]
