"""Verification: which tokens pass, and what a refusal says."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import pytest

from authcli import keys, tokens
from authcli.encoding import base64url_encode
from authcli.errors import (
    InvalidInput,
    KeyWrong,
    TokenDenied,
    TokenExpired,
    TokenRefused,
    TokenRejected,
)
from authcli.keys import KeySet
from authcli.tokens.claims import as_time, scopes
from authcli.tokens.policy import Policy
from authcli.tokens.report import CHECK_NAMES
from authcli.tokens.verifier import Verifier
from tests.tokens.forging import (
    LIVE,
    NOW,
    SECRET,
    hmac_signed,
    jwks,
    key_for,
    secret_key,
    signed,
    unsigned,
)

KEY = secret_key()
HS = {"alg": "HS256"}
OTHER_SECRET = b"another secret of 32 bytes, too!"


def refusal(token: str, **asked: object) -> TokenRefused:
    with pytest.raises(TokenRefused) as error:
        tokens.verify(token, **{"key": KEY, "at": NOW, **asked})
    return error.value


def failures(token: str, **asked: object) -> dict[str, str | None]:
    return {check.name: check.code for check in refusal(token, **asked).report.failures}


def test_a_good_token_returns_its_claims_its_key_and_every_check() -> None:
    verified = tokens.verify(hmac_signed(HS), key=KEY, at=NOW)
    assert verified.payload == LIVE
    assert verified.header == HS
    assert verified.key is KEY
    assert verified.algorithm == "HS256"
    assert verified.report.passed
    assert [check.name for check in verified.report.checks] == list(CHECK_NAMES)
    assert verified.report.check("expiry").detail == "expires in 1 h (2026-12-01T10:00:00Z)"
    assert verified.report.check("issued-at").detail == "issued 2026-12-01T08:59:00Z (1 min ago)"
    skipped = {check.name for check in verified.report.checks if check.status == "skipped"}
    assert {"issuer", "audience", "subject", "typ", "scope", "required", "not-before"} <= skipped
    assert not skipped & {"format", "algorithm", "key", "signature", "strength", "expiry"}


def test_every_failure_is_listed_at_once_and_claims_are_judged_though_forged() -> None:
    token = hmac_signed(
        {**HS, "typ": "JWT"},
        {"exp": NOW - 180, "nbf": NOW + 60, "iat": NOW + 30, "iss": "a", "aud": "b", "sub": "c"},
        secret=b"not the secret",
    )
    found = failures(
        token,
        typ="at+jwt",
        issuer="A",
        audience="B",
        subject="C",
        scopes="read",
        require={"role": "admin"},
    )
    assert found == {
        "signature": "token.signature",
        "typ": "token.typ",
        "expiry": "token.expired",
        "not-before": "token.not-yet-valid",
        "issued-at": "token.not-yet-valid",
        "issuer": "token.issuer",
        "audience": "token.audience",
        "subject": "token.subject",
        "scope": "token.scope",
        "required": "token.claim-missing",
    }


def test_forged_comes_before_expired_before_denied() -> None:
    """Several reasons: the first of rejected, expired, denied."""
    late = {"exp": NOW - 180, "iss": "a"}
    assert isinstance(refusal(hmac_signed(HS, late, secret=b"x"), issuer="b"), TokenRejected)
    expired = refusal(hmac_signed(HS, late), issuer="b")
    assert isinstance(expired, TokenExpired)
    assert expired.message == "the token expired 3 min ago (2026-12-01T08:57:00Z)"
    assert isinstance(refusal(hmac_signed(HS, {"iss": "a"}), issuer="b"), TokenDenied)


def test_a_report_of_a_refusal_holds_the_unverified_claims_and_the_key() -> None:
    report = refusal(hmac_signed(HS, secret=b"forged")).report
    assert report.payload == LIVE
    assert report.header == HS
    assert report.key is KEY
    assert not report.passed
    unread = refusal("a.b").report
    assert (unread.header, unread.payload, unread.key) == (None, None, None)


def test_checks_without_ground_are_skipped_not_failed() -> None:
    report = refusal("a.b").report
    assert [check.status for check in report.checks] == ["fail"] + ["skipped"] * 17
    unreadable = refusal(hmac_signed(HS, b"no json")).report
    assert unreadable.check("signature").status == "pass"
    assert unreadable.check("claims").code == "token.claims"
    assert unreadable.check("expiry").status == "skipped"


def test_what_was_asked_for_and_holds_is_described() -> None:
    claims = {**LIVE, "iss": "me", "aud": ["a", "b"], "scope": "r w", "role": "x", "nbf": NOW - 60}
    report = tokens.verify(
        hmac_signed({**HS, "typ": "at+jwt"}, claims),
        key=KEY,
        at=NOW,
        issuer="me",
        subject="alice",
        audience=["c", "b"],
        typ="at+jwt",
        scopes=["r", "w"],
        require={"role": "x", "sub": None},
    ).report
    assert {check.name: check.detail for check in report.checks} == {
        "format": "three parts of canonical base64url",
        "header": "a JSON object without duplicate members",
        "algorithm": "HS256, which the key allows",
        "critical": "no critical extension",
        "key": "the key given",
        "strength": "oct, 256 bits",
        "signature": "matches (HS256)",
        "claims": "a JSON object, its registered claims of their right types",
        "typ": "'at+jwt'",
        "expiry": "expires in 1 h (2026-12-01T10:00:00Z)",
        "not-before": "valid since 2026-12-01T08:59:00Z (1 min ago)",
        "issued-at": "issued 2026-12-01T08:59:00Z (1 min ago)",
        "issuer": "'me'",
        "audience": "'b'",
        "subject": "'alice'",
        "scope": "'r' 'w'",
        "required": "'role', 'sub'",
        "revocation": "not asked for",
    }
    assert report.warnings == ()


# Times


@pytest.mark.parametrize(
    ("claims", "leeway", "failure"),
    [
        ({"exp": NOW + 1}, 0, None),
        ({"exp": NOW}, 0, "expiry"),
        ({"exp": NOW + 0.5}, 0, None),
        ({"exp": NOW - 60}, 60, "expiry"),
        ({"exp": NOW - 59}, 60, None),
        ({"nbf": NOW}, 0, None),
        ({"nbf": NOW + 1}, 0, "not-before"),
        ({"nbf": NOW + 60}, 60, None),
        ({"nbf": NOW + 61}, 60, "not-before"),
        ({"iat": NOW + 1}, 0, "issued-at"),
        ({"iat": NOW + 1}, 1, None),
        ({"iat": NOW + 2}, 1, "issued-at"),
        ({"exp": NOW - 3599}, 3600, None),
        ({"exp": -1}, 0, "expiry"),
        ({}, 0, None),
    ],
)
def test_times_are_compared_to_the_second(
    claims: dict[str, float], leeway: int, failure: str | None
) -> None:
    """RFC 7519, section 4.1.4: on or after exp the token is expired."""
    token = hmac_signed(HS, claims)
    if failure is None:
        assert tokens.verify(token, key=KEY, at=NOW, leeway_seconds=leeway).payload == claims
    else:
        assert list(failures(token, leeway_seconds=leeway)) == [failure]


@pytest.mark.parametrize("name", ["exp", "nbf", "iat"])
@pytest.mark.parametrize(
    "value",
    ['"4102444800"', '"4_102_444_800"', "true", "false", "null", "[]", "{}", "1e300", "-1e300",
     "9" * 400],
)  # fmt: skip
def test_a_time_that_is_no_number_is_rejected(name: str, value: str) -> None:
    found = failures(hmac_signed(HS, f'{{"{name}":{value}}}'))
    assert found == {"claims": "token.claims"}


def test_a_time_is_any_number_that_a_double_holds_exactly() -> None:
    for exact in (0, -1, 0.5, 2**53, -(2**53)):
        assert as_time(exact) == exact
    for beyond in (2**53 + 1, -(2**53) - 1, 2.0**54, math.inf, -math.inf, math.nan):
        assert as_time(beyond) is None


def test_scopes_are_told_apart_by_blanks_and_none_is_empty() -> None:
    assert scopes({"scope": " read  write ", "scp": ["", "admin"]}) == ("read", "write", "admin")


@pytest.mark.parametrize(
    "claims",
    [{"iss": 1}, {"sub": ["a"]}, {"jti": True}, {"aud": 1}, {"aud": ["a", 1]}, {"aud": {}},
     {"aud": None}, {"sub": None}],
)  # fmt: skip
def test_registered_claims_of_a_wrong_type_are_rejected(claims: dict[str, object]) -> None:
    right = {"exp": NOW + 1, "nbf": NOW, "iss": "i", "sub": "s", "jti": "j", "aud": "a"}
    token = hmac_signed(HS, right | claims)
    assert failures(token) == {"claims": "token.claims"}
    detail = refusal(token).report.check("claims").detail
    assert detail.startswith(f"{next(iter(claims))} is ")
    assert ";" not in detail


@pytest.mark.parametrize(
    "claims", [{"exp": NOW - 10}, {"exp": NOW - 299}, {"nbf": NOW + 10}, {"iat": NOW + 299.5}]
)
def test_the_leeway_that_a_refusal_suggests_suffices(claims: dict[str, float]) -> None:
    token = hmac_signed(HS, claims)
    found = re.search(r"--leeway ([0-9]+)s", refusal(token).hint or "")
    assert found
    suggested = int(found[1])
    assert tokens.verify(token, key=KEY, at=NOW, leeway_seconds=suggested).payload == claims
    assert failures(token, leeway_seconds=suggested - 2)


def test_a_leeway_that_no_clock_needs_is_not_suggested() -> None:
    for claims in ({"exp": NOW - 300}, {"nbf": NOW + 300}):
        assert "--leeway" not in (refusal(hmac_signed(HS, claims)).hint or "")


@pytest.mark.parametrize("leeway", [-1, 3601, math.nan, math.inf, True])
def test_a_leeway_is_finite_and_at_most_an_hour(leeway: float) -> None:
    with pytest.raises(InvalidInput, match="leeway"):
        tokens.verify(hmac_signed(HS), key=KEY, leeway_seconds=leeway)


def test_a_policy_that_was_told_nothing_asks_for_nothing_and_forgives_nothing() -> None:
    policy = Policy()
    assert (policy.leeway_seconds, policy.lenient, policy.allow_weak) == (0, False, False)
    assert (policy.names, policy.audiences, policy.needed_scopes) == ((), (), ())
    assert not policy.required


def test_the_time_to_verify_at_is_finite() -> None:
    with pytest.raises(InvalidInput):
        tokens.verify(hmac_signed(HS), key=KEY, at=math.nan)


def test_the_clock_is_asked_when_no_time_is_given() -> None:
    with pytest.raises(TokenExpired):
        tokens.verify(hmac_signed(HS, {"exp": 1_300_819_380}), key=KEY)


# Issuer, audience, subject, type


@pytest.mark.parametrize(
    ("token_says", "asked"),
    [
        ("https://issuer.example/", "https://issuer.example"),
        ("https://issuer.example", "https://issuer.example/"),
        ("https://Issuer.example", "https://issuer.example"),
        ("issuer", "issue"),
        ("issue", "issuer"),
        (" issuer", "issuer"),
        ("caf\u00e9", "cafe\u0301"),
        ("\u212bngstrom", "\u00c5ngstrom"),
        ("", "issuer"),
        (None, "issuer"),
    ],
)
@pytest.mark.parametrize(
    ("claim", "option"), [("iss", "issuer"), ("sub", "subject"), ("aud", "audience")]
)
def test_names_are_compared_exactly(
    claim: str, option: str, token_says: str | None, asked: str
) -> None:
    """RFC 7519, section 2 (StringOrURI): no normalisation of any kind."""
    claims = {} if token_says is None else {claim: token_says}
    token = hmac_signed(HS, {**claims, "exp": NOW + 60})
    error = refusal(token, **{option: asked})
    assert isinstance(error, TokenDenied)
    check = error.report.check(option)
    assert (check.expected, check.actual) == (asked, token_says)


def test_a_slip_in_a_name_is_named() -> None:
    error = refusal(hmac_signed(HS, {"iss": "https://a.example/"}), issuer="https://a.example")
    assert error.hint == "they differ in a trailing slash alone"


@pytest.mark.parametrize(
    ("aud", "asked", "passes"),
    [
        ("a", "a", True),
        (["a", "b"], "b", True),
        (["a", "b"], ["c", "b"], True),
        (["a", "b"], "c", False),
        ([], "a", False),
        ("a b", "a", False),
        (["ab"], "a", False),
    ],
)
def test_one_audience_of_those_asked_for_suffices(
    aud: object, asked: str | list[str], passes: bool
) -> None:
    token = hmac_signed(HS, {"aud": aud})
    if passes:
        assert tokens.verify(token, key=KEY, at=NOW, audience=asked).payload["aud"] == aud
    else:
        assert failures(token, audience=asked) == {"audience": "token.audience"}


def test_an_audience_that_nobody_asked_for_is_a_warning() -> None:
    report = tokens.verify(hmac_signed(HS, {**LIVE, "aud": "api"}), key=KEY, at=NOW).report
    assert report.warnings == (
        "the token is for the audience 'api', and none was asked for (--aud)",
    )


@pytest.mark.parametrize(
    ("typ", "asked", "passes"),
    [
        ("at+jwt", "at+jwt", True),
        ("AT+JWT", "at+jwt", True),
        ("application/at+jwt", "at+jwt", True),
        ("at+jwt", "application/at+jwt", True),
        ("Application/At+JWT", "at+jwt", True),
        ("JWT", "at+jwt", False),
        ("text/at+jwt", "at+jwt", False),
        ("application/application/at+jwt", "at+jwt", False),
        ("at+jwt ", "at+jwt", False),
        (None, "at+jwt", False),
    ],
)
def test_a_type_is_compared_as_a_media_type(typ: str | None, asked: str, passes: bool) -> None:
    """RFC 7515, section 4.1.9; RFC 9068, section 2.1."""
    token = hmac_signed(HS if typ is None else {**HS, "typ": typ})
    if passes:
        assert tokens.verify(token, key=KEY, at=NOW, typ=asked).header["typ"] == typ
    else:
        assert failures(token, typ=asked) == {"typ": "token.typ"}


# Scopes and required claims


@pytest.mark.parametrize(
    ("claims", "needed", "passes"),
    [
        ({"scope": "read write"}, ["read", "write"], True),
        ({"scope": "read write"}, "read", True),
        ({"scp": ["read"]}, "read", True),
        ({"scp": "read write"}, "write", True),
        ({"scope": "readwrite"}, "read", False),
        ({"scope": "READ"}, "read", False),
        ({"scope": "read\twrite"}, "read", False),
        ({"scope": {"read": 1}}, "read", False),
        ({"scp": [["read"]]}, "read", False),
        ({}, "read", False),
    ],
)
def test_every_scope_asked_for_must_be_granted(
    claims: dict[str, object], needed: str | list[str], passes: bool
) -> None:
    token = hmac_signed(HS, claims)
    if passes:
        assert tokens.verify(token, key=KEY, at=NOW, scopes=needed).payload == claims
    else:
        assert failures(token, scopes=needed) == {"scope": "token.scope"}


@pytest.mark.parametrize(
    ("require", "code"),
    [
        (["role"], None),
        ("role", None),
        ({"role": "admin"}, None),
        ({"role": None}, None),
        ({"groups": "a"}, None),
        ({"groups": ["a", "b"]}, None),
        ({"user": {"name": "x"}}, None),
        ({"user": {"name": None}}, None),
        ({"level": 3}, None),
        ({"nothing": None}, None),
        (["missing"], "token.claim-missing"),
        ({"missing": None}, "token.claim-missing"),
        ({"role": "Admin"}, "token.claim-mismatch"),
        ({"role": ["admin"]}, "token.claim-mismatch"),
        ({"groups": "c"}, "token.claim-mismatch"),
        ({"groups": ["b", "a"]}, "token.claim-mismatch"),
        ({"groups": ["a"]}, "token.claim-mismatch"),
        ({"groups": ["a", "b", "c"]}, "token.claim-mismatch"),
        ({"groups": {"a": None}}, "token.claim-mismatch"),
        ({"groups": {"a"}}, "token.claim-mismatch"),
        ({"groups": math.nan}, "token.claim-mismatch"),
        ({"role": {"admin": None}}, "token.claim-mismatch"),
        ({"letter": ["x"]}, "token.claim-mismatch"),
        ({"bits": [1, 0]}, "token.claim-mismatch"),
        ({"bits": [True, False]}, None),
        ({"user": {"name": "y"}}, "token.claim-mismatch"),
        ({"user": {"id": None}}, "token.claim-mismatch"),
        ({"level": "3"}, "token.claim-mismatch"),
        ({"flag": 1}, "token.claim-mismatch"),
        ({"level": True}, "token.claim-mismatch"),
    ],
)
def test_required_claims_are_there_and_equal_contain_or_hold(require: object, code: str) -> None:
    claims = {
        "role": "admin",
        "groups": ["a", "b"],
        "user": {"name": "x"},
        "level": 3,
        "flag": True,
        "letter": "x",
        "bits": [True, False],
        "nothing": None,
    }
    token = hmac_signed(HS, claims)
    if code is None:
        assert tokens.verify(token, key=KEY, at=NOW, require=require).payload == claims
    else:
        assert failures(token, require=require) == {"required": code}


# Parameters


@pytest.mark.parametrize(
    "asked",
    [{"issuer": ""}, {"subject": ""}, {"typ": ""}, {"audience": ""}, {"audience": []},
     {"audience": ["a", ""]}, {"algorithms": []}, {"algorithms": ""}, {"require": [""]},
     {"scopes": ["a", ""]}],
)  # fmt: skip
def test_an_empty_value_is_refused_and_never_means_unasked(asked: dict[str, object]) -> None:
    """An unset variable must not switch a check off."""
    with pytest.raises(InvalidInput, match="empty"):
        tokens.verify(hmac_signed(HS), key=KEY, at=NOW, **asked)


@pytest.mark.parametrize("name", ["none", "None", "NONE", "nOnE"])
def test_none_cannot_even_be_asked_for(name: str) -> None:
    with pytest.raises(InvalidInput, match="never accepted"):
        tokens.verify(unsigned({"alg": name}), key=KEY, algorithms=["HS256", name])


def test_an_unknown_algorithm_cannot_be_asked_for() -> None:
    with pytest.raises(InvalidInput, match="no signature algorithm is called 'HS255'"):
        tokens.verify(hmac_signed(HS), key=KEY, algorithms="HS255")


def test_algorithms_narrow_and_never_widen() -> None:
    token = signed({"alg": "RS256"}, key=replace(key_for("RS256"), alg=None), algorithm="RS256")
    public = replace(key_for("RS256").public(), alg=None)
    assert tokens.verify(token, key=public, at=NOW).algorithm == "RS256"
    found = failures(token, key=public, algorithms=["PS256", "RS384"])
    assert found == {"algorithm": "token.algorithm"}
    with pytest.raises(KeyWrong, match="not HS256"):
        tokens.verify(token, key=public, algorithms="HS256")


def test_a_key_declared_for_one_algorithm_verifies_no_other() -> None:
    token = signed({"alg": "PS256"}, key=key_for("PS256"), algorithm="PS256")
    assert tokens.verify(token, key=key_for("PS256"), at=NOW)
    assert failures(token, key=key_for("RS256")) == {"algorithm": "token.algorithm"}


@pytest.mark.parametrize("members", [{"use": "enc"}, {"key_ops": ["encrypt"]}, {"key_ops": []}])
def test_a_key_that_is_for_something_else_verifies_nothing(members: dict[str, object]) -> None:
    """RFC 7517, sections 4.2 and 4.3."""
    with pytest.raises(KeyWrong):
        tokens.verify(hmac_signed(HS), key=secret_key(**members), at=NOW)


def test_a_public_key_verifies_with_its_private_half_as_well() -> None:
    key = key_for("ES256")
    token = tokens.mint({"sub": "alice"}, key=key)
    assert tokens.verify(token, key=key).payload == tokens.verify(token, key=key.public()).payload


# Keys and kids


def oct_jwk(secret: bytes, **members: object) -> dict[str, object]:
    return {"kty": "oct", "k": base64url_encode(secret), **members}


def test_a_kid_chooses_its_key_from_a_set() -> None:
    both = jwks(oct_jwk(OTHER_SECRET, kid="a"), oct_jwk(SECRET, kid="b"))
    verified = tokens.verify(hmac_signed({**HS, "kid": "b"}), key=both, at=NOW)
    assert verified.key.kid == "b"
    assert verified.report.check("key").detail == "kid 'b'"
    assert failures(hmac_signed({**HS, "kid": "a"}), key=both) == {"signature": "token.signature"}


@pytest.mark.parametrize("kid", ["c", "", "B", "b ", "b\x00", "%62", "../b"])
def test_an_unknown_kid_is_not_guessed_around(kid: str) -> None:
    only = jwks(oct_jwk(SECRET, kid="b"))
    error = refusal(hmac_signed({**HS, "kid": kid}), key=only)
    assert error.code == "token.kid-unknown"
    assert error.report.check("key").actual == kid


def test_without_a_kid_every_key_that_fits_is_tried() -> None:
    several = jwks(oct_jwk(OTHER_SECRET, kid="a"), oct_jwk(SECRET))
    assert tokens.verify(hmac_signed(HS), key=several, at=NOW).key.kid is None
    error = refusal(hmac_signed(HS, secret=b"third"), key=several)
    assert error.message == "the signature does not match any of the 2 keys tried"
    assert error.report.key is None


def test_a_kid_names_nothing_in_a_set_without_names() -> None:
    unnamed = jwks(oct_jwk(OTHER_SECRET), oct_jwk(SECRET))
    token = hmac_signed({**HS, "kid": "k1"})
    report = tokens.verify(token, key=unnamed, at=NOW).report
    assert report.check("key").detail == "one of the 2 keys that fit"
    forged = hmac_signed({**HS, "kid": "k1"}, secret=b"third")
    assert failures(forged, key=unnamed) == {"signature": "token.signature"}


def test_not_every_key_of_a_huge_set_is_tried() -> None:
    """A signature costs the verifier more than the forger."""
    many = tuple(secret_key(bytes([n]) * 32, kid=str(n)) for n in range(1, 17))
    assert failures(hmac_signed(HS), key=KeySet(many)) == {"signature": "token.signature"}
    last = secret_key(kid="17")
    assert failures(hmac_signed(HS), key=KeySet((*many, last))) == {"key": "token.kid-unknown"}


def test_the_key_given_is_tried_whatever_kid_the_token_names() -> None:
    named = secret_key(kid="mine")
    report = tokens.verify(hmac_signed({**HS, "kid": "theirs"}), key=named, at=NOW).report
    assert report.check("key").detail == "the key given"
    assert report.warnings == ("the token names the key 'theirs'; the key given is 'mine'",)


def test_a_kid_of_another_family_is_an_algorithm_refused() -> None:
    both = KeySet(
        (
            replace(key_for("ES256").public(), kid="ec"),
            replace(secret_key(), kid="hmac", alg="HS256"),
        )
    )
    assert failures(hmac_signed({**HS, "kid": "ec"}), key=both) == {"key": "token.algorithm"}


def test_members_of_a_set_that_are_for_something_else_are_passed_over() -> None:
    both = jwks(oct_jwk(OTHER_SECRET, use="enc", kid="a"), oct_jwk(SECRET, kid="b"))
    assert tokens.verify(hmac_signed(HS), key=both, at=NOW).key.kid == "b"
    with pytest.raises(KeyWrong):
        tokens.verify(hmac_signed(HS), key=jwks(oct_jwk(OTHER_SECRET, use="enc")), at=NOW)
    with pytest.raises(KeyWrong, match="no usable key"):
        tokens.verify(hmac_signed(HS), key=KeySet(()), at=NOW)


def test_a_set_whose_keys_are_all_of_another_family_is_said_to_be() -> None:
    both = KeySet((key_for("ES256").public(), key_for("EdDSA").public()))
    with pytest.raises(KeyWrong, match="none of the set's 2 keys verifies HS256"):
        tokens.verify(hmac_signed(HS), key=both, algorithms="HS256", at=NOW)


def test_a_key_for_agreement_verifies_nothing() -> None:
    with pytest.raises(KeyWrong):
        tokens.verify(hmac_signed(HS), key=keys.generate("X25519"), at=NOW)


# Weak keys


@pytest.mark.parametrize(
    ("secret", "algorithm"),
    [(b"short", "HS256"), (SECRET, "HS512"), (b"x" * 32, "HS256"), (b"x" * 64, "HS512")],
)
def test_a_weak_key_is_a_check_of_its_own(secret: bytes, algorithm: str) -> None:
    token = hmac_signed({"alg": algorithm}, secret=secret)
    weak = secret_key(secret)
    error = refusal(token, key=weak)
    assert isinstance(error, TokenRejected)
    assert (error.code, error.report.check("signature").status) == ("key.weak", "pass")
    verified = tokens.verify(token, key=weak, at=NOW, allow_weak=True)
    assert "a weak key was allowed" in verified.report.warnings[0]
    assert verified.report.check("strength").detail.startswith("allowed although weak: ")


# Warnings and the rest


def test_what_deserves_a_look_is_a_warning() -> None:
    def warned(header: dict[str, object], claims: dict[str, object]) -> str:
        token = hmac_signed({**HS, **header}, claims)
        return " | ".join(tokens.verify(token, key=KEY, at=NOW).report.warnings)

    assert warned({}, LIVE) == ""
    assert warned({}, {}) == "the token has no exp: it never expires"
    assert "milliseconds?" in warned({}, {"exp": NOW * 1000})
    assert "jwk, jku is ignored" in warned({"jwk": {}, "jku": "https://evil.example"}, LIVE)


def test_a_verifier_is_prepared_once_and_judges_many() -> None:
    verifier = Verifier(KEY, policy=Policy(issuer="a"))
    good, bad = (hmac_signed(HS, {"iss": name, "exp": NOW + 60}) for name in "ab")
    assert verifier.verify(good, at=NOW).payload["iss"] == "a"
    with pytest.raises(TokenDenied):
        verifier.verify(bad, at=NOW)
    assert [verifier.check(token, at=NOW).passed for token in (good, bad, "x")] == [
        True,
        False,
        False,
    ]


def test_an_empty_claims_set_is_a_claims_set() -> None:
    report = tokens.verify(hmac_signed(HS, {}), key=KEY, at=NOW).report
    assert report.payload == {}


def test_text_out_of_a_token_is_escaped_and_cut_in_messages() -> None:
    """Claims reach a terminal through messages: no control, bidi or endless text."""
    nasty = "\x1b[2J\u202e" + "x" * 10_000
    claims = {"iss": nasty, "sub": nasty, "aud": [nasty, nasty], "scope": nasty, nasty: nasty}
    asked = {"issuer": "a", "subject": "b", "audience": "c", "typ": "d", "scopes": "e"}
    keyset = jwks(oct_jwk(OTHER_SECRET, kid="k"))
    token = hmac_signed({**HS, "kid": nasty, "typ": nasty}, claims)
    report = refusal(token, **asked, require={nasty: "f"}, key=keyset).report
    assert len(report.failures) == 7
    for check in report.checks:
        said = f"{check.detail}{check.hint}"
        assert said.isascii()
        assert said.isprintable()
        assert len(said) < 700
