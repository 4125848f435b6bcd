"""A certificate that ran out between two deployments: renewed where the stack issues it, and named before a host is
touched where somebody brought it along.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import certificates
from tests.faults import description
from tests.faults.scene import NAME, Scene

pytestmark = pytest.mark.fault

Record = Callable[[str, object], None]

SERVER = "tls:index/locallySignedCert:LocallySignedCert"
LIVES = """
systemctl show -p ActiveEnterTimestamp docker replicated replicated-ui replicated-operator
grep -c ' begins$' /var/log/wickr-bootstrap.log
"""
SHOWN = "openssl s_client -connect 127.0.0.1:443 </dev/null 2>/dev/null | openssl x509 -noout -serial"
PLACED = "openssl x509 -noout -serial -in $(find /var/lib /etc /opt -xdev -name certificate.pem | head -n 1)"
RUN_AGAIN = ("files", "configure", "application", "health")
"""The phases that a new certificate is for."""


def expire(scene: Scene, folder: Path) -> None:
    """Time passes: by the state, the server's certificate ended a day ago."""
    exported = json.loads(scene.whole.pulumi("stack", "export").stdout)
    (server,) = (each for each in exported["deployment"]["resources"] if each["type"] == SERVER)
    server["outputs"]["validityEndTime"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 86400))
    file = folder / "state.json"
    file.write_text(json.dumps(exported))
    done = scene.whole.pulumi("stack", "import", "--file", str(file))
    assert done.returncode == 0, done.stderr


def but_the_certificate(lines: set[str]) -> set[str]:
    """A description without what the certificate itself is a part of: its file, and what makes phases run again."""
    again = {f"::{NAME}-{phase} triggers " for phase in RUN_AGAIN}
    return {line for line in lines if "certificate.pem" not in line and not any(each in line for each in again)}


def test_an_issued_certificate_that_ran_out_is_renewed_and_nothing_else_is_done(
    scene: Scene, undisturbed: set[str], tmp_path: Path, record_property: Record
) -> None:
    record_property("fault", "issued certificate expired between two runs")
    scene.afresh()
    scene.settle()
    old, lives = scene.sh(SHOWN), scene.sh(LIVES).splitlines()
    expire(scene, tmp_path)
    planned = scene.whole.planned(config=scene.config)
    assert {name for names in planned.values() for name in names} == {
        "certificate-server",
        *(f"{NAME}-{phase}" for phase in RUN_AGAIN),
    }
    scene.settle()
    now = scene.sh(LIVES).splitlines()
    assert now[:-1] == lives[:-1], "a service was restarted"
    assert int(now[-1]) - int(lives[-1]) == 3, "phases of the host that ran again"
    assert scene.sh(SHOWN) == scene.sh(PLACED) != old
    description.same(but_the_certificate(description.of(scene.whole)), but_the_certificate(undisturbed))
    record_property("outcome", "resumed: by pulumi up, with a certificate of the same CA; nothing else was done")


def test_a_certificate_brought_along_that_ran_out_is_named_before_a_host_is_touched(
    scene: Scene, undisturbed: set[str], record_property: Record
) -> None:
    record_property("fault", "provided certificate expired between two runs")
    scene.afresh()
    scene.settle()
    before, notes = description.of(scene.whole), scene.notes()
    now = time.time() - certificates.NOW.timestamp()
    authority = certificates.issue("A company's CA", authority=True)
    brought = certificates.issue(
        "wickr.example.com", by=authority, names=["wickr.example.com"], days=(-300, (now + 40) / 86400)
    )
    keys = {"source": "provided", "chainPem": brought.pem, "caPem": authority.pem}
    with scene.other_keys({"wickr:certificate": keys}):
        secret = ("config", "set", "--secret", "--path", "certificate.privateKeyPem")
        told = scene.whole.pulumi(*secret, config=scene.config, stdin=brought.key_pem())
        assert told.returncode == 0, told.stderr
        in_time = scene.whole.pulumi("preview", config=scene.config)
        assert "chainPem expires on " in in_time.stdout + in_time.stderr
        assert "chainPem expired on " not in in_time.stdout + in_time.stderr
        end = brought.certificate.not_valid_after_utc.timestamp()
        assert time.time() < end, "the preview took too long to be before the end"
        time.sleep(end - time.time() + 1)
        run = scene.up()
    assert run.code != 0
    assert "chainPem expired on " in run.text, run.text[-3000:]
    assert scene.notes() == notes, "a phase ran"
    description.same(description.of(scene.whole), before)
    scene.mended(undisturbed)
    record_property("outcome", "refused: certificate.chainPem expired; nothing changed; done by pulumi up afterwards")
