"""What the resources of the plugin take, and what is wrong with a value."""

from collections.abc import Callable
from typing import Any

from local.plugins.framework import BOOLEAN, INTEGER, STRING, Field, ListOf, Object, one_of
from local.plugins.tls import certificates, keys, names, uses


def refused_by(read: Callable[[str], Any]) -> Callable[[str], str | None]:
    """A check out of a parser: its objection is the complaint."""

    def check(value: str) -> str | None:
        try:
            read(value)
        except ValueError as error:
            return f"cannot be read: {error}"
        return None

    return check


def _at_least(least: int, noun: str) -> Callable[[int], str | None]:
    return lambda value: None if value >= least else f"must be {noun}, {least} or more, not {value}"


def _rsa_bits(value: int) -> str | None:
    if value < keys.MINIMUM_RSA_BITS:
        return f"must be {keys.MINIMUM_RSA_BITS} or more, not {value}: shorter keys are insecure"
    if value > keys.MAXIMUM_RSA_BITS:
        return f"must be {keys.MAXIMUM_RSA_BITS} or fewer, not {value}"
    return None


def _dns_name(value: str) -> str | None:
    return None if value.isascii() else f"must be an ASCII name (IDNA: xn--…), not {value}"


def _uri(value: str) -> str | None:
    plain = value.isascii() and value.isprintable() and " " not in value
    return None if plain else f"must be a URI without spaces or other characters than ASCII, not {value!r}"


def _use(value: str) -> str | None:
    return None if value in uses.ALL else f"must be one of {', '.join(uses.ALL)}, not {value}"


def _combination(value: list[str]) -> str | None:
    narrowing = {"encipher_only", "decipher_only"} & set(value)
    if narrowing and "key_agreement" not in value:
        return f"has {' and '.join(sorted(narrowing))}, which means nothing without key_agreement"
    return None


KEY = (
    Field("algorithm", required=True, replaces=True, check=one_of(*keys.ALGORITHMS)),
    Field("rsaBits", INTEGER, default=keys.DEFAULT_RSA_BITS, replaces=True, check=_rsa_bits),
    Field("ecdsaCurve", default=keys.DEFAULT_CURVE, replaces=True, check=one_of(*keys.CURVES)),
)

PRIVATE_KEY = Field("privateKeyPem", required=True, replaces=True, secret=True, check=refused_by(keys.parse))

_SUBJECT = Object(
    tuple(Field(name, ListOf(STRING) if name == "streetAddresses" else STRING) for name in names.SUBJECT_FIELDS)
)


def _country(value: dict[str, str]) -> str | None:
    country = value.get("country", "")
    if isinstance(country, str) and country and len(country) != 2:
        return f"must have a country of two letters, not {country}"
    return None


HOLDER = (
    Field("subject", _SUBJECT, replaces=True, check=_country),
    Field("dnsNames", ListOf(STRING.checked(_dns_name)), replaces=True),
    Field("ipAddresses", ListOf(STRING.checked(refused_by(names.ip_address))), replaces=True),
    Field("uris", ListOf(STRING.checked(_uri)), replaces=True),
)
"""Whom a request or a certificate is for."""

TERMS = (
    Field("validityPeriodHours", INTEGER, required=True, replaces=True, check=_at_least(0, "hours")),
    Field("earlyRenewalHours", INTEGER, default=0, check=_at_least(0, "hours")),
    Field("allowedUses", ListOf(STRING.checked(_use)), required=True, replaces=True, check=_combination),
    Field("isCaCertificate", BOOLEAN, default=False, replaces=True),
    Field("maxPathLength", INTEGER, replaces=True, check=_at_least(-1, "a length, -1 for none")),
    Field("setSubjectKeyId", BOOLEAN, default=False, replaces=True),
)
"""What an issuer grants. Only the early renewal can change without a new certificate."""

SELF_SIGNED = (
    *HOLDER,
    *TERMS,
    Field("setAuthorityKeyId", BOOLEAN, default=False, replaces=True),
    PRIVATE_KEY,
)

LOCALLY_SIGNED = (
    *TERMS,
    Field("certRequestPem", required=True, replaces=True, check=refused_by(certificates.parse_request)),
    Field("caCertPem", required=True, replaces=True, check=refused_by(certificates.parse_certificate)),
    Field("caPrivateKeyPem", required=True, replaces=True, secret=True, check=refused_by(keys.parse)),
)
