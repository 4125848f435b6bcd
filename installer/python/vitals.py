"""Tells CloudWatch how the host is that it runs on, once: `vitals CONFIGURATION STATE`, a file and a folder.

What is told: how full disk and memory are, how long the certificate is good for that the host serves (for hosts that
are asked to), and what is new in the logs of bootstrap, vendor's installer and application. Of the application that is
what the journal says of Replicated and Docker as services. The containers' own logs are not told: they may hold what
people write, and passwords. The logs that are told hold no secret; tests search those of a whole installation.

It harms nothing: it restarts nothing, takes two minutes at most, and of each log 8 MiB a run. Nothing is lost while
CloudWatch cannot be reached, as long as the host keeps its logs. Nothing is told twice but what a run is killed within.
METADATA_ADDRESS and SERVICES_ADDRESS (`host:port`) are dialled in the place of AWS's own. Ends in one sentence on
failure: `class: what is wrong, the way out`, which is also left in STATE/answer.
"""
# ruff: noqa: UP006, UP017, UP035 - for the Python of an older host

import datetime
import fcntl
import json
import os
import sys
import time
from contextlib import contextmanager
from functools import partial
from typing import Any, Callable, Dict, Iterable, Iterator, List, Mapping, Sequence, Tuple
from urllib.parse import urlencode

from installer.python.connection import Proxy
from installer.python.journal import journal
from installer.python.lines import Line
from installer.python.log_stream import LogStream
from installer.python.measures import certificate_days, disk_used, memory_used
from installer.python.metadata import METADATA, credentials, instance_id
from installer.python.position import Positions
from installer.python.sentence import SentenceError
from installer.python.service import Caller, RefusedError
from installer.python.tail import tail

NAMESPACE = "Wickr"
DISK = "DiskUsed"
MEMORY = "MemoryUsed"
CERTIFICATE_DAYS = "CertificateDays"
DIMENSION = "InstanceId"

SECONDS = 120
"""Of one run."""

SERVED = ("127.0.0.1", 443)
FILES = {"bootstrap": "/var/log/wickr-bootstrap.log", "installer": "/var/log/wickr-installer.log"}
"""Log files, by the streams that they are told to."""

APPLICATION = "application"
UNITS = ("replicated*", "docker.service", "containerd.service")
"""What the journal is asked for; on the compliance host Docker alone is there, which starts its container."""


class Telling:
    """One run: the parts that are told, each of which may fail by itself."""

    def __init__(self, configuration: Mapping[str, Any], state: str, environment: Mapping[str, str]) -> None:
        self._told: List[str] = []
        self._failures: List[SentenceError] = []
        self._configuration = configuration
        self._positions = Positions(os.path.join(state, "positions.json"))  # noqa: PTH118
        metadata = environment.get("METADATA_ADDRESS") or METADATA
        given = configuration["proxy"], configuration["proxyCredentials"], configuration["proxyExceptions"]
        self._instance = instance_id(metadata)
        self._caller = Caller(
            region=configuration["region"],
            domain=configuration["domain"],
            who=credentials(metadata),
            proxy=Proxy(*given) if given[0] else None,
            address=environment.get("SERVICES_ADDRESS") or "",
            deadline=time.monotonic() + SECONDS,
        )

    def all(self) -> str:
        """Tells everything that can be told; what it was. Raises SentenceError, the first one, afterwards."""
        now = time.time()
        self._part(self._measures)
        for stream, path in FILES.items():
            self._part(partial(self._log, stream, tail(path, self._positions.of(stream), now), now))
        entries = journal(UNITS, self._positions.of(APPLICATION), self._caller.deadline)
        self._part(partial(self._log, APPLICATION, entries, now))
        if self._failures:
            raise self._failures[0]
        return ", ".join(self._told)

    def _part(self, what: Callable[[], str]) -> None:
        try:
            self._told.append(what())
        except SentenceError as failure:
            self._failures.append(failure)
        except RefusedError as refused:
            self._failures.append(SentenceError("internal", f"{refused}; that should not happen, see the host's log"))
        except OSError as error:
            self._failures.append(SentenceError("internal", f"a log of this host cannot be read ({error})"))

    def _measures(self) -> str:
        now = datetime.datetime.now(datetime.timezone.utc)
        with open("/proc/meminfo", encoding="ascii") as file:  # noqa: PTH123
            memory = memory_used(file.read())
        found: Dict[str, Tuple[float, str]] = {DISK: (disk_used(), "Percent"), MEMORY: (memory, "Percent")}
        days = certificate_days(SERVED, now) if self._configuration["certificate"] else None
        if days is not None:
            found[CERTIFICATE_DAYS] = (days, "None")
        form = {"Action": "PutMetricData", "Version": "2010-08-01", "Namespace": NAMESPACE}
        for number, (name, (value, unit)) in enumerate(found.items(), start=1):
            datum = {
                "MetricName": name,
                "Dimensions.member.1.Name": DIMENSION,
                "Dimensions.member.1.Value": self._instance,
                "Timestamp": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "Value": f"{value:.1f}",
                "Unit": unit,
            }
            form.update({f"MetricData.member.{number}.{key}": text for key, text in datum.items()})
        headers = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
        self._caller.call("monitoring", urlencode(form).encode(), headers)
        return ", ".join(f"{name} {value:.0f}" for name, (value, _) in found.items())

    def _log(self, stream: str, lines: Iterable[Line], now: float) -> str:
        name = f"{self._configuration['role']}/{stream}"
        there = LogStream(self._caller, self._configuration["group"], name)
        return f"{there.tell(lines, self._positions, stream, int(now * 1000))} new in {name}"


@contextmanager
def alone(state: str) -> Iterator[bool]:
    """Whether no other process is in here; as long as this one is, no other one gets in."""
    held = os.open(os.path.join(state, "lock"), os.O_RDWR | os.O_CREAT, 0o600)  # noqa: PTH118
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True
    finally:
        os.close(held)


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """0 or 1 for systemd; one sentence either way."""
    path, state = arguments
    os.umask(0o077)
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123
            configuration = json.load(file)
        with alone(state) as first:
            if not first:
                print("another run is at work")
                return 0
            code, sentence = 0, Telling(configuration, state, environment).all()
    except SentenceError as failure:
        code, sentence = 1, str(failure)
    except OSError as error:
        code, sentence = 1, f"disk: {state} cannot be written, or {path} not be read ({error}); make room on the host"
    print(sentence)
    try:
        with open(os.path.join(state, "answer"), "w", encoding="utf-8") as file:  # noqa: PTH118, PTH123
            file.write(sentence + "\n")
    except OSError:
        pass  # it is in the journal, too
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
