"""A certificate that is brought along works, or is refused with the reason (IG 4.4.2)."""

from collections.abc import Callable

import pytest

from infra import provided_certificate
from infra.provided_certificate import UNREADABLE, problems
from tests import certificates
from tests.certificates import NOW, Issued, authority, intermediate, issue, server

NAME = "wickr.example.com"


def check(
    *chain: Issued, key: str | None = None, ca: str | None = None, names: tuple[str, ...] = (NAME,)
) -> tuple[list[str], list[str]]:
    return problems(
        chain_pem="".join(each.pem for each in chain),
        private_key_pem=key or chain[0].key_pem(),
        ca_pem=ca,
        names=names,
        now=NOW,
    )


def leaf(*names: str, days: tuple[float, float] = (-1, 300), by: Issued | None = None, server: bool = True) -> Issued:
    return issue("leaf", by=by or intermediate(), names=names or [NAME], days=days, server=server)


@pytest.mark.parametrize(
    "chain",
    [
        lambda: (server(),),
        lambda: (server(), intermediate()),
        lambda: (server(), intermediate(), authority()),
        lambda: (leaf("*.example.com"), intermediate()),
        lambda: (leaf("other.example.com", NAME), intermediate()),
        lambda: (leaf("WICKR.example.COM"), intermediate()),
    ],
    ids=["leaf", "with intermediate", "with root", "wildcard", "one of its names", "capitals"],
)
def test_a_good_certificate_is_accepted(chain: Callable[[], tuple[Issued, ...]]) -> None:
    assert check(*chain()) == ([], [])


@pytest.mark.parametrize("ca", [authority, intermediate], ids=["root", "intermediate"])
def test_the_ca_may_be_any_that_issued_the_end_of_the_chain_or_stands_there(ca: Callable[[], Issued]) -> None:
    assert check(server(), intermediate(), ca=ca().pem) == ([], [])


@pytest.mark.parametrize("address", ["203.0.113.5", "2001:db8::5"])
def test_an_address_is_looked_for_among_addresses(address: str) -> None:
    good = issue("leaf", by=intermediate(), addresses=[address])
    assert check(good, names=(address,)) == ([], [])
    wrong = issue("leaf", by=intermediate(), names=["wickr.example.com"])
    assert len(check(wrong, names=(address,))[0]) == 1


def test_an_address_among_the_dns_names_counts_for_nothing() -> None:
    errors, _ = check(issue("leaf", by=intermediate(), names=["203.0.113.5"]), names=("203.0.113.5",))
    assert errors[0].startswith("chainPem is for 203.0.113.5 and not for 203.0.113.5")


@pytest.mark.parametrize(
    ("chain", "sentence"),
    [
        (
            lambda: (leaf("other.example.com"),),
            "chainPem is for other.example.com and not for wickr.example.com; clients compare the subject alternative "
            "names: provide one that has it",
        ),
        (lambda: (leaf("*.wickr.example.com"),), "chainPem is for *.wickr.example.com and not for wickr.example.com"),
        (lambda: (leaf("*.com"),), "chainPem is for *.com and not for wickr.example.com"),
        (lambda: (issue(NAME, by=intermediate()),), "chainPem is for no name and not for wickr.example.com"),
        (lambda: (leaf(days=(-9, -1)),), "chainPem expired on "),
        (lambda: (leaf(days=(1, 9)),), "chainPem is not valid before "),
        (lambda: (leaf(server=False),), "chainPem lacks the extended key usage serverAuth"),
        (
            lambda: (server(), authority()),
            "chainPem: certificate 2 (CN=Example Root) did not issue the one before it; the order is the server's "
            "certificate first, then each issuer",
        ),
        (
            lambda: (server(), authority(), intermediate()),
            "chainPem: certificate 2 (CN=Example Root) did not issue the one before it",
        ),
        (
            lambda: (leaf(by=(old := issue("Old", by=authority(), authority=True, days=(-9, -1)))), old),
            "chainPem: certificate 2 expired on ",
        ),
        (
            lambda: (issue("leaf", by=intermediate(), names=[NAME], rsa_bits=1024),),
            "chainPem: certificate 1 has an RSA key of 1024 bits, clients refuse less than 2048; have one made with a",
        ),
        (
            lambda: (issue("leaf", by=intermediate(), names=[NAME], signs=False),),
            "chainPem lacks the key usage digitalSignature, with which TLS signs: clients refuse it; request one that",
        ),
        (
            lambda: (leaf(by=(other := leaf())), other),
            "chainPem: certificate 2 (CN=leaf) is no CA's, so that it vouches for nobody; after the server's",
        ),
    ],
    ids=[
        *("other name", "wildcard below", "wildcard above", "no name", "expired", "not yet", "not for servers"),
        *("gap", "wrong order", "intermediate expired"),
        *("short key", "no signatures", "issued by a server"),
    ],
)
def test_a_certificate_that_clients_would_refuse_is_refused(
    chain: Callable[[], tuple[Issued, ...]], sentence: str
) -> None:
    errors, _ = check(*chain())
    assert errors[0].startswith(sentence)


def test_a_chain_that_begins_with_a_ca_is_told_what_comes_first() -> None:
    errors, _ = check(intermediate(), authority())
    assert "chainPem begins with the certificate of a CA; the server's own comes first, then its issuers" in errors


def test_signatures_that_nobody_accepts_any_more_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    # Whoever makes certificates here refuses to sign so badly: another hash is taken for broken.
    monkeypatch.setattr(provided_certificate, "BROKEN_HASHES", ("sha256",))
    errors, _ = check(server(), intermediate(), authority())
    assert errors == [
        f"chainPem: certificate {number} is signed with SHA256, which clients refuse; have it issued anew with SHA-256"
        for number in (1, 2)
    ]


@pytest.mark.parametrize(
    ("chain", "ca", "key"),
    [
        (lambda: server().pem + server().key_pem(), None, "chainPem"),
        (lambda: server().pem, lambda: authority().pem + authority().key_pem(), "caPem"),
    ],
)
def test_a_private_key_where_anybody_reads_it_is_refused_and_not_repeated(
    chain: Callable[[], str], ca: Callable[[], str] | None, key: str
) -> None:
    found = problems(chain_pem=chain(), private_key_pem=server().key_pem(), ca_pem=ca and ca(), names=[NAME], now=NOW)
    assert found == (
        [
            f"{key} holds a private key, which would stand in the stack file for everybody to read; take it out, and "
            "have another one made, since this one is known by now"
        ],
        [],
    )


def test_a_pinned_certificate_is_a_ca_s() -> None:
    good = server()
    errors, _ = check(good, ca=good.pem)
    assert errors == ["caPem is no CA's certificate: clients that pin it trust nobody; provide the CA's own"]


@pytest.mark.parametrize(("days", "warned"), [(825, False), (827, True)])
def test_a_certificate_that_apple_s_systems_refuse_is_warned_of(days: int, warned: bool) -> None:
    _, warnings = check(leaf(days=(-1, days - 1)))
    told = f"chainPem is valid for {days} days; clients on Apple's systems refuse more than 825"
    assert warnings == [told] * warned


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        (lambda: leaf().key_pem(), "privateKeyPem does not fit the first certificate of chainPem; provide the key"),
        (lambda: server().key_pem(passphrase=b"x"), "privateKeyPem is encrypted with a passphrase; provide it without"),
        (lambda: "none", "privateKeyPem is no PEM private key; paste the key that belongs to chainPem"),
        (lambda: server().pem, "privateKeyPem is no PEM private key; paste the key that belongs to chainPem"),
    ],
    ids=["of another", "encrypted", "no key", "a certificate"],
)
def test_a_key_that_does_not_fit_is_refused(key: Callable[[], str], sentence: str) -> None:
    (error,), _ = check(server(), intermediate(), key=key())
    assert error.startswith(sentence)


@pytest.mark.parametrize(
    ("ca", "sentence"),
    [
        (lambda: issue("Foreign", authority=True).pem, "caPem did not issue the last certificate of chainPem; provide"),
        (lambda: "none", "caPem is no PEM certificate; paste the CA that issued the last certificate"),
    ],
    ids=["foreign", "no certificate"],
)
def test_a_ca_that_does_not_vouch_for_the_chain_is_refused(ca: Callable[[], str], sentence: str) -> None:
    (error,), _ = check(server(), intermediate(), ca=ca())
    assert error.startswith(sentence)


def test_a_ca_that_expired_vouches_for_nothing() -> None:
    old = issue("Old Root", authority=True, days=(-9, -1))
    (error,), _ = check(leaf(by=old), ca=old.pem)
    assert error.startswith("caPem expired on ")


@pytest.mark.parametrize("text", ["", "none", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_a_chain_that_is_none_is_refused_first(text: str) -> None:
    found = problems(chain_pem=text, private_key_pem="x", ca_pem=None, names=(NAME,), now=NOW)
    assert found == (["chainPem is no PEM certificate; paste the server's certificate, then its intermediates"], [])


@pytest.mark.parametrize(("days", "warned"), [(29, True), (31, False)])
def test_a_certificate_that_ends_within_a_month_is_warned_of(days: int, warned: bool) -> None:
    errors, warnings = check(leaf(days=(-1, days)))
    assert errors == []
    assert [warning.startswith("chainPem expires on ") for warning in warnings] == [True] * warned


def test_all_that_is_wrong_is_told_at_once() -> None:
    wrong = issue("leaf", by=intermediate(), names=["other.example.com"], days=(-9, -1), server=False)
    errors, _ = check(wrong, authority(), key=server().key_pem(), ca=certificates.server().pem)
    assert len(errors) == 7


def test_a_key_that_nobody_here_can_read_is_present_and_not_judged() -> None:
    def judged(key: str) -> list[str]:
        errors, _ = problems(
            chain_pem=server().pem, private_key_pem=key, ca_pem=None, names=["other.example.com"], now=NOW
        )
        return [each.split()[0] for each in errors]

    assert judged("[encrypted]") == ["privateKeyPem", "chainPem"]
    token = UNREADABLE.set(frozenset({"[encrypted]"}))
    try:
        assert judged("[encrypted]") == ["chainPem"]
    finally:
        UNREADABLE.reset(token)
