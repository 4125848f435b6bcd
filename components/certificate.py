"""The TLS certificate of an installation: issued by a CA of its own, or brought along."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_tls as tls

from guide.health import is_address

RSA_BITS = 4096
HOURS_A_DAY = 24


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """What hosts present: `chain_pem` is the certificate and its intermediates, leaf first.

    `ca_pem` verifies it; None means that the machine's own trust store does.
    """

    chain_pem: pulumi.Input[str]
    private_key_pem: pulumi.Input[str]
    ca_pem: pulumi.Input[str] | None


@dataclass(frozen=True, kw_only=True)
class IssuedCertificateArgs:
    """`names` are the DNS names or addresses that clients use, the first is the common name (IG 4.4.1).

    `addresses` are added as the hosts get them. Times are in days. `protect` keeps the CA from being replaced.
    """

    organization: str
    names: Sequence[str]
    addresses: Sequence[pulumi.Input[str]]
    validity_days: int
    renew_before_days: int
    ca_validity_days: int
    protect: bool


class IssuedCertificate(pulumi.ComponentResource):
    """A certificate authority of this installation alone, and the server certificate that it issues.

    Clients pin the CA, never the leaf, so that a renewed certificate locks nobody out. Renewal happens at the
    first `pulumi up` inside the last days of the validity.
    """

    certificate: Certificate

    def __init__(self, name: str, args: IssuedCertificateArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("wickr:certificate:IssuedCertificate", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        # A new CA would lock out every client that pinned this one.
        kept = pulumi.ResourceOptions(parent=self, protect=args.protect)
        # Its subject counts when it is made and never again: another host name needs no other CA.
        named_once = pulumi.ResourceOptions(parent=self, protect=args.protect, ignore_changes=["subject"])
        ca_key = tls.PrivateKey(f"{name}-ca-key", algorithm="RSA", rsa_bits=RSA_BITS, opts=kept)
        ca = tls.SelfSignedCert(
            f"{name}-ca",
            private_key_pem=ca_key.private_key_pem,
            is_ca_certificate=True,
            set_subject_key_id=True,
            allowed_uses=["cert_signing", "crl_signing", "digital_signature"],
            validity_period_hours=args.ca_validity_days * HOURS_A_DAY,
            subject=tls.SelfSignedCertSubjectArgs(
                common_name=f"Wickr CA for {args.names[0]}", organization=args.organization
            ),
            opts=named_once,
        )
        key = tls.PrivateKey(f"{name}-server-key", algorithm="RSA", rsa_bits=RSA_BITS, opts=child)
        request = tls.CertRequest(
            f"{name}-request",
            private_key_pem=key.private_key_pem,
            dns_names=[each for each in args.names if not is_address(each)],
            ip_addresses=[*(each for each in args.names if is_address(each)), *args.addresses],
            subject=tls.CertRequestSubjectArgs(common_name=args.names[0], organization=args.organization),
            opts=child,
        )
        server = tls.LocallySignedCert(
            f"{name}-server",
            cert_request_pem=request.cert_request_pem,
            ca_private_key_pem=ca_key.private_key_pem,
            ca_cert_pem=ca.cert_pem,
            set_subject_key_id=True,
            allowed_uses=["digital_signature", "key_encipherment", "server_auth"],
            validity_period_hours=args.validity_days * HOURS_A_DAY,
            early_renewal_hours=args.renew_before_days * HOURS_A_DAY,
            opts=child,
        )
        self.certificate = Certificate(
            chain_pem=server.cert_pem, private_key_pem=key.private_key_pem, ca_pem=ca.cert_pem
        )
        self.register_outputs({})
