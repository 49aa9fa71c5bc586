"""Tokens for tests: each bad one is refused for its one flaw, each good one accepted by all."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
import warnings
from functools import cache

import jwt
import pytest
from cryptography import x509

from authcli import keys
from authcli.encoding import base64url_decode
from authcli.errors import InvalidInput, KeyWeak, KeyWrong, TokenRefused
from authcli.keys import KeySet, to_jwk
from authcli.keys.algorithms import ALGORITHMS
from authcli.tokens import decode
from authcli.tokens.fixtures import CASES, NAMES, Fixture, FixtureSet, make_fixtures
from authcli.tokens.fixtures.manifest import EXITS
from authcli.tokens.fixtures.model import DEMANDS, verdict_of
from authcli.tokens.policy import Policy
from authcli.tokens.verifier import Verifier
from tests.requirements import require_package
from tests.tokens.forging import NOW, key_for

YEAR = 365 * 86_400
#: A main algorithm of each type of key.
FAMILIES = ("ES256", "RS256", "PS512", "HS256", "EdDSA", "Ed448", "ML-DSA-44")


@cache
def made(algorithm: str = "ES256") -> FixtureSet:
    """Return a set whose main key is of that algorithm."""
    return make_fixtures(key=key_for(algorithm), algorithm=algorithm, at=NOW)


def judged(given: FixtureSet, *, at: float | None = None, warm: bool) -> dict[str, object]:
    """Return verdict and code of each token that differ from what it promises.

    Args:
        given: the set.
        at: another time than the set's own.
        warm: let one verifier see all of them, the good ones first, as a server does.
    """
    found: dict[str, object] = {}
    shared: dict[bool, Verifier] = {}
    for fixture in given.fixtures:
        verifier = shared.get(fixture.shared)
        if verifier is None or not warm:
            verifier = Verifier(given.keys_for(fixture), policy=given.policy)
            shared[fixture.shared] = verifier
        try:
            verifier.verify(fixture.token, at=given.now if at is None else at)
            verdict: tuple[str, str | None] = ("valid", None)
        except TokenRefused as refused:
            verdict = (verdict_of(refused), refused.code)
        if verdict != (fixture.verdict, fixture.code):
            found[fixture.name] = verdict
    return found


@pytest.mark.parametrize("algorithm", FAMILIES)
def test_our_verifier_says_of_each_token_what_the_set_says(algorithm: str) -> None:
    given = made(algorithm)
    assert judged(given, warm=False) == {}
    assert judged(given, warm=True) == {}


@pytest.mark.parametrize("algorithm", ["ES256", "HS256"])
def test_each_bad_token_is_wrong_in_one_way(algorithm: str) -> None:
    """One check fails, and all others pass or cannot be reached."""
    given = made(algorithm)
    several = {}
    for fixture in given.bad:
        report = Verifier(given.keys_for(fixture), policy=given.policy).check(
            fixture.token, at=given.now
        )
        if len(report.failures) != 1:
            several[fixture.name] = [check.detail for check in report.failures]
    assert several == {}


def test_verdicts_hold_without_a_pinned_clock_until_the_good_tokens_end() -> None:
    """A service under test looks at its own clock: today, in nine years, a second too early."""
    given = made()
    for at in (given.now - 1, given.now + 1, given.now + 9 * YEAR, given.valid_until - 1):
        late = {"expired-now", "expired-fraction"} if at < given.now else set()
        assert judged(given, at=at, warm=True).keys() == late
    ended = judged(given, at=given.valid_until + 1, warm=True)
    assert {"good", "good-rs256", "good-aud-array"} <= ended.keys()


def test_names_are_unique_stable_words_known_without_a_key() -> None:
    given = made()
    names = [fixture.name for fixture in given.fixtures]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) for name in names)
    assert tuple(fixture.name for fixture in given.bad) == NAMES
    assert len(NAMES) > 150
    assert all(fixture.verdict in EXITS for fixture in given.fixtures)
    assert all(fixture.demand in DEMANDS for fixture in given.fixtures)
    assert [fixture.valid for fixture in given.fixtures] == sorted(
        (fixture.valid for fixture in given.fixtures), reverse=True
    )


def test_the_names_load_no_engine() -> None:
    """A test runner collects by name, and only then makes keys."""
    code = "import sys, authcli.tokens.fixtures; print({'jwt', 'cryptography'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "set()\n", done.stderr


def test_every_row_says_what_and_why() -> None:
    words = [(case.title, case.source) for case in CASES]
    assert [title for title, _ in words if not title or title.endswith(".")] == []
    assert [source for _, source in words if not source.startswith("RFC ")] == []


def test_there_is_a_good_token_of_every_algorithm() -> None:
    good = {fixture.algorithm: fixture for fixture in made().good}
    assert good.keys() == ALGORITHMS.keys()
    assert {name: decode(fixture.token).header["alg"] for name, fixture in good.items()} == {
        name: name for name in ALGORITHMS
    }


def test_every_key_is_published_with_its_name_and_one_algorithm() -> None:
    given = made()
    assert [key for key in (*given.keys, *given.secrets) if not (key.kid and key.alg)] == []
    assert [key for key in given.keys if key.private] == []
    assert len({key.kid for key in (*given.keys, *given.secrets)}) == len(ALGORITHMS)
    assert [found for found in keys.lint(given.keys, at=NOW) if found.severity == "error"] == []


def test_fresh_keys_differ_from_set_to_set() -> None:
    one, two = make_fixtures(at=NOW), make_fixtures(at=NOW)
    assert not {key.kid for key in one.keys} & {key.kid for key in two.keys}
    assert judged(one, warm=True) == {}


def test_a_stranger_has_the_right_kid_and_another_key() -> None:
    """Were it the issuer's own key, the token would be good; were the kid another, unknown."""
    given = made()
    token = given.find("foreign-key").token
    assert decode(token).header == decode(given.find("good").token).header
    header = decode(given.find("header-jwk").token).header
    stranger = keys.read(json.dumps(header["jwk"]).encode())
    Verifier(stranger, policy=given.policy).verify(
        given.find("header-jwk").token, at=NOW
    )  # a service that believes the header accepts it


def test_the_certificate_in_x5c_is_the_signers() -> None:
    """A service that believes x5c can read it, and accepts the token."""
    for algorithm in ("ES256", "RS256", "EdDSA"):
        given = made(algorithm)
        token = given.find("header-x5c").token
        (text,) = decode(token).header["x5c"]  # type: ignore[misc, union-attr]
        der = base64.b64decode(text)
        certificate = x509.load_der_x509_certificate(der)
        assert "attacker.example" in certificate.subject.rfc4514_string()
        assert certificate.not_valid_after_utc.timestamp() > NOW
        Verifier(keys.read(der), policy=given.policy).verify(token, at=NOW)


def test_a_confused_service_accepts_the_confusion() -> None:
    """PyJWT's HMAC, given the public key's text as secret, finds the signatures right."""
    given = made("RS256")
    half = given.keys.find(given.kid)
    assert half is not None
    pem = keys.write(half, format="pem")
    secrets = {
        "hmac-by-public-pem": pem,
        "hmac-by-public-pem-bare": pem.strip(),
        "hmac-by-public-pem-crlf": pem.replace(b"\n", b"\r\n"),
        "hmac-by-public-pem-hs384": pem,
        "hmac-by-public-pem-hs512": pem,
        "hmac-by-public-der": keys.write(half, format="der"),
        "hmac-by-public-jwk": json.dumps(to_jwk(half, private=False), separators=(",", ":")),
        "hmac-empty-secret": b"",
        "hmac-common-secret": b"secret",
    }
    assert [
        name for name, secret in secrets.items() if not _hmac_right(given.find(name).token, secret)
    ] == []


def _hmac_right(token: str, secret: bytes | str) -> bool:
    message, _, signature = token.rpartition(".")
    engine = jwt.get_algorithm_by_name(str(decode(token).header["alg"]))
    raw = secret.encode() if isinstance(secret, str) else secret
    return engine.verify(message.encode(), raw, base64url_decode(signature))


def test_a_bent_spelling_is_bent_for_every_set() -> None:
    for algorithm in ("ES256", "RS256", "EdDSA"):
        for name, piece in (
            ("payload-base64", "+"),
            ("payload-base64", "/"),
            ("payload-padded", "==."),
        ):
            assert piece in made(algorithm).find(name).token


def test_lenient_reading_forgives_padding_alone() -> None:
    """The padded token is otherwise sound: nothing else is wrong with it."""
    given = made()
    policy = Policy(audience=given.audience, lenient=True)
    for name in ("payload-padded", "signature-padded"):
        Verifier(given.keys, policy=policy).verify(given.find(name).token, at=NOW)


def test_the_expectation_is_the_callers() -> None:
    """Variants of a value differ from it, whatever it is."""
    for value in ("https://other.example", "mallory", "1234/"):
        given = make_fixtures(
            key=key_for("ES256"),
            issuer=value,
            audience=value,
            subject=value,
            typ="logout+jwt",
            at=NOW,
            valid_for_seconds=60,
        )
        assert judged(given, warm=True) == {}
        assert decode(given.find("good").token).payload["aud"] == value


def test_a_key_of_ones_own_signs() -> None:
    own = keys.generate("P-256", kid=None)
    given = make_fixtures(key=own, at=NOW)
    assert (given.algorithm, given.kid) == ("ES256", keys.thumbprint(own))
    Verifier(own.public(), policy=given.policy).verify(given.find("good").token, at=NOW)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"audience": ""}, InvalidInput),
        ({"typ": ""}, InvalidInput),
        ({"algorithm": "none"}, InvalidInput),
        ({"algorithm": "RSA"}, InvalidInput),
        ({"valid_for_seconds": 0}, InvalidInput),
        ({"valid_for_seconds": 10**12}, InvalidInput),
        ({"at": -1}, InvalidInput),
        ({"at": float("nan")}, InvalidInput),
        ({"key": key_for("ES256").public()}, KeyWrong),
        ({"key": key_for("ES256"), "algorithm": "RS256"}, KeyWrong),
        ({"key": keys.read(b'{"kty":"oct","k":"c2hvcnQ"}')}, KeyWeak),
    ],
)
def test_what_cannot_be_made_is_refused(
    options: dict[str, object], error: type[InvalidInput]
) -> None:
    with pytest.raises(error):
        make_fixtures(**options)  # type: ignore[arg-type]


# --- other people's verifiers ---------------------------------------------------------------


def _jwk_of(given: FixtureSet, fixture: Fixture) -> dict[str, object]:
    kid = decode(fixture.token).header["kid"]
    key = given.keys_for(fixture).find(str(kid))
    assert key is not None
    return to_jwk(key, private=fixture.shared)


def _with_pyjwt(given: FixtureSet, token: str, members: KeySet) -> None:
    """Verify as PyJWT's documentation has it: key and algorithm by kid, from the key set."""
    kid = jwt.get_unverified_header(token)["kid"]
    found = next(key for key in members if key.kid == kid)
    key = jwt.PyJWK(to_jwk(found, private=found.kty == "oct"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        jwt.decode(
            token,
            key,
            algorithms=[str(found.alg)],
            audience=given.audience,
            issuer=given.issuer,
            options={"require": ["exp"]},
        )


@pytest.fixture(scope="module")
def today() -> FixtureSet:
    """A set of now, because other libraries look at the clock."""
    return make_fixtures(key=key_for("ES256"))


def test_pyjwt_accepts_the_good_ones_that_it_knows(today: FixtureSet) -> None:
    known = {"EdDSA", *(name for name in ALGORITHMS if name[:2] in ("HS", "RS", "PS", "ES"))}
    for fixture in today.good:
        if fixture.algorithm in known:
            _with_pyjwt(today, fixture.token, today.keys_for(fixture))


def test_pyjwt_refuses_what_every_service_must(today: FixtureSet) -> None:
    """What a well-used library lets pass is no `must`, or the library has a hole."""
    accepted = []
    for fixture in today.bad:
        if fixture.demand == "must":
            try:
                _with_pyjwt(today, fixture.token, today.keys)
            except (jwt.PyJWTError, StopIteration, KeyError, ValueError, TypeError):
                continue
            accepted.append(fixture.name)
    assert accepted == []


def test_joserfc_accepts_the_good_ones_that_it_knows(today: FixtureSet) -> None:
    require_package("joserfc")
    from joserfc import jwk
    from joserfc import jwt as joserfc

    known = {name for name in ALGORITHMS if not name.startswith("ML-")}
    for fixture in today.good:
        # It refuses header members that it does not know, against RFC 7515, section 4.
        if fixture.algorithm in known and fixture.name != "good-unknown-header":
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                key = jwk.import_key(_jwk_of(today, fixture))  # type: ignore[arg-type]
                token = joserfc.decode(fixture.token, key, algorithms=[fixture.algorithm])
            assert token.claims["sub"] == "alice"
