"""The certificate that clients see, as a stack names it."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from infra.model import Model
from infra.names import printable


class Certificate(Model):
    """The certificate that clients see (IG 4.4.1, 4.4.2): issued by the stack, provided, or the installer's own."""

    source: Literal["issued", "provided", "installer"] = "issued"
    """Who issues it: a CA of the stack's own, you (`chainPem`, `privateKeyPem`), or the vendor's installer."""
    organization: Annotated[str, Field(min_length=1, max_length=64), AfterValidator(printable)] = "Wickr Enterprise"
    """The organisation in certificates that the stack issues."""
    validity_days: Annotated[int, Field(ge=1, le=825)] = 397
    """How long such a certificate is valid; many clients take no more than 825 days."""
    renew_before_days: Annotated[int, Field(ge=1)] = 60
    """In its last days, `pulumi up` renews it."""
    ca_validity_days: Annotated[int, Field(ge=365, le=7300)] = 3650
    """How long the stack's CA is valid. Another number is another CA, which clients would have to pin anew."""
    chain_pem: str | None = None
    """Yours: the server's certificate, then its intermediates, in PEM."""
    private_key_pem: SecretStr | None = None
    """Yours: its private key in PEM, without a passphrase."""
    ca_pem: str | None = None
    """Yours: the CA, where the machines' own trust stores do not know it."""

    @property
    def provided(self) -> tuple[str, str] | None:
        """Chain and key that were brought along; None for the other sources."""
        if self.chain_pem is None or self.private_key_pem is None:
            return None
        return self.chain_pem, self.private_key_pem.get_secret_value()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        given = [
            name
            for name, value in (
                ("chainPem", self.chain_pem),
                ("privateKeyPem", self.private_key_pem),
                ("caPem", self.ca_pem),
            )
            if value is not None
        ]
        if self.source == "provided" and not (self.chain_pem and self.private_key_pem):
            raise ValueError(
                "source provided needs chainPem and privateKeyPem; set the key with: "
                "pulumi config set --secret --path certificate.privateKeyPem < KEY.pem"
            )
        if self.source != "provided" and given:
            raise ValueError(f"{', '.join(given)} given, but source is {self.source}; set source to provided")
        if self.renew_before_days >= self.validity_days:
            raise ValueError(
                f"renewBeforeDays {self.renew_before_days} is not below validityDays {self.validity_days}: "
                "the certificate would be renewed at every deployment"
            )
        if self.ca_validity_days < self.validity_days:
            raise ValueError(
                f"caValidityDays {self.ca_validity_days} is below validityDays {self.validity_days}: "
                "the certificate would outlive the CA that vouches for it"
            )
        return self
