"""Attacks on the claims: genuine tokens, for someone else, of another kind, or of another time."""

from __future__ import annotations

import pytest

from authcli import tokens
from authcli.errors import TokenDenied, TokenExpired, TokenRefused, TokenRejected
from tests.tokens.forging import LIVE, NOW, hmac_signed, secret_key

KEY = secret_key()
HS = {"alg": "HS256"}


def refused(claims: object, header: dict[str, object] = HS, **asked: object) -> TokenRefused:
    with pytest.raises(TokenRefused) as error:
        tokens.verify(hmac_signed(header, claims), key=KEY, at=NOW, **asked)
    return error.value


@pytest.mark.parametrize(
    ("says", "asked"),
    [("acb", "_acb_"), ("a", "abc"), ("", "abc"), ("abc", "abcd"), ("bc", "abc"), ("abc", "ab")],
)
def test_cve_2024_53861_part_of_an_issuer(says: str, asked: str) -> None:
    """PyJWT 2.10.0: `"acb" in "_acb_"` was true."""
    assert refused({**LIVE, "iss": says}, issuer=asked).code == "token.issuer"
    assert refused({**LIVE, "aud": says}, audience=asked).code == "token.audience"
    assert refused({**LIVE, "sub": says}, subject=asked).code == "token.subject"


def test_an_issuer_that_is_a_list() -> None:
    """A list that holds the issuer is no issuer."""
    assert refused({**LIVE, "iss": ["me"]}, issuer="me").code == "token.claims"


def test_rfc_8725_3_9_a_token_for_another_audience() -> None:
    error = refused({**LIVE, "aud": ["a", "b"]}, audience=["c", "d"])
    assert isinstance(error, TokenDenied)
    assert refused(LIVE, audience="c").code == "token.audience"


def test_rfc_8725_3_11_one_kind_of_token_for_another() -> None:
    """An ID token presented as an access token, a logout token as either."""
    for typ in ({}, {"typ": "JWT"}, {"typ": "logout+jwt"}, {"typ": "dpop+jwt"}, {"typ": "xat+jwt"}):
        assert refused(LIVE, {**HS, **typ}, typ="at+jwt").code == "token.typ"


@pytest.mark.parametrize(
    "exp",
    [f'"{NOW + 60}"', f'"{NOW + 60:_}"', "true", "[9999999999]", "1e400", "NaN", "null", "{}"],
)
def test_an_expiry_that_is_coerced(exp: str) -> None:
    """PyJWT takes "4_102_444_800", others `true`: what is no number does not postpone the end."""
    assert isinstance(refused(f'{{"exp":{exp}}}'), TokenRejected)


def test_the_second_of_expiry() -> None:
    """RFC 7519, section 4.1.4: on or after exp; off by one is a second for the thief."""
    assert isinstance(refused({"exp": NOW}), TokenExpired)
    assert tokens.verify(hmac_signed(HS, {"exp": NOW + 1}), key=KEY, at=NOW)


def test_a_token_of_the_future() -> None:
    assert refused({**LIVE, "nbf": NOW + 1}).code == "token.not-yet-valid"
    assert refused({**LIVE, "iat": NOW + 1}).code == "token.not-yet-valid"


@pytest.mark.parametrize(
    ("says", "asked"),
    [
        ("admin", "\uff41dmin"),
        ("\u212belvin", "\u00c5elvin"),
        ("Admin", "admin"),
        ("admin ", "admin"),
        ("admin\x00", "admin"),
        ("admin\u200b", "admin"),
        ("\u0430dmin", "admin"),
    ],
)
def test_names_that_look_alike(says: str, asked: str) -> None:
    """Normalised on one side alone, two accounts become one."""
    assert refused({**LIVE, "sub": says}, subject=asked).code == "token.subject"


def test_a_scope_that_contains_another() -> None:
    assert refused({**LIVE, "scope": "read:all readwrite"}, scopes="read").code == "token.scope"


def test_claims_in_the_header_are_not_claims() -> None:
    """RFC 7519, section 5.3: replicated claims are for encrypted tokens."""
    header = {**HS, "iss": "me", "sub": "root", "aud": "api", "exp": NOW + 60}
    assert refused({"exp": NOW + 60}, header, issuer="me").code == "token.issuer"
    assert refused({"exp": NOW + 60}, header, audience="api").code == "token.audience"
