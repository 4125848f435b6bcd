"""The stand-in for the tls plugin under the real engine: an authority, a server's certificate, its renewal."""

import subprocess
from pathlib import Path

import pytest

from tests.engine import Engine, Result

pytestmark = pytest.mark.engine

SELF_SIGNED = "tls:index/selfSignedCert:SelfSignedCert"
LOCALLY_SIGNED = "tls:index/locallySignedCert:LocallySignedCert"

PROGRAM = """
import os, pulumi, pulumi_tls as tls

key = tls.PrivateKey("ca", algorithm="ECDSA", ecdsa_curve="P384")
root = tls.SelfSignedCert(
    "ca",
    private_key_pem=key.private_key_pem,
    subject={"common_name": "Test Authority"},
    is_ca_certificate=True,
    validity_period_hours=8760,
    allowed_uses=["cert_signing", "crl_signing"],
)
server = tls.PrivateKey("server", algorithm="RSA", rsa_bits=2048)
request = tls.CertRequest(
    "server",
    private_key_pem=server.private_key_pem,
    subject={"common_name": "wickr.example.com"},
    dns_names=["wickr.example.com"],
    ip_addresses=["203.0.113.100"],
)
leaf = tls.LocallySignedCert(
    "server",
    cert_request_pem=request.cert_request_pem,
    ca_private_key_pem=key.private_key_pem,
    ca_cert_pem=root.cert_pem,
    validity_period_hours=int(os.environ["HOURS"]),
    early_renewal_hours=int(os.environ["EARLY"]),
    allowed_uses=[os.environ["USE"], "digital_signature"],
)
pulumi.export("root", root.cert_pem)
pulumi.export("leaf", leaf.cert_pem)
pulumi.export("host", tls.PrivateKey("host", algorithm="ED25519").public_key_openssh)
"""


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    folder = tmp_path / "program"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: certificates\nruntime: python\n")
    (folder / "__main__.py").write_text(PROGRAM)
    found = Engine(tmp_path / "engine", program=folder)
    found.environment |= {"HOURS": "48", "EARLY": "24", "USE": "server_auth"}
    found.stack()
    return found


def ops(result: Result, token: str) -> set[str]:
    assert result.code == 0, result.text
    return {step.op for step in result.of(token)}


def test_certificates_are_issued_kept_and_renewed_in_time(engine: Engine, tmp_path: Path) -> None:
    assert engine.up().changes["create"] >= 6
    assert engine.preview("--expect-no-changes").code == 0

    outputs = engine.outputs()
    (tmp_path / "root.pem").write_text(outputs["root"])
    (tmp_path / "leaf.pem").write_text(outputs["leaf"])
    verify = ["openssl", "verify", "-x509_strict", "-verify_hostname", "wickr.example.com"]
    subprocess.run([*verify, "-CAfile", "root.pem", "leaf.pem"], cwd=tmp_path, check=True, capture_output=True)
    assert outputs["host"].startswith("ssh-ed25519 ")
    assert outputs["host"].endswith("\n")

    engine.environment["EARLY"] = "12"
    assert ops(engine.up(), LOCALLY_SIGNED) == {"update"}
    assert engine.outputs()["leaf"] == outputs["leaf"]

    engine.environment["EARLY"] = "47"
    assert ops(engine.up(), LOCALLY_SIGNED) == {"update"}
    engine.environment["EARLY"] = "49"
    renewed = engine.up()
    assert "replace" in ops(renewed, LOCALLY_SIGNED)
    assert ops(renewed, SELF_SIGNED) == {"same"}
    assert engine.outputs()["leaf"] != outputs["leaf"]


def test_no_private_key_is_in_the_state_in_clear(engine: Engine) -> None:
    assert engine.up().code == 0
    for path in engine.state.rglob("*"):
        if path.is_file():
            assert "PRIVATE KEY" not in path.read_text(), path


def test_an_unknown_use_is_refused_at_preview(engine: Engine) -> None:
    engine.environment["USE"] = "serverAuth"
    refused = engine.preview()
    assert refused.code != 0
    assert "allowedUses[0] must be one of any_extended" in refused.text
    assert "not serverAuth" in refused.text
    assert "Traceback" not in refused.text
