"""Minting: the defaults, the kinds of token, and what is refused before it is signed."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from authcli import clock, tokens
from authcli.errors import InvalidClaim, InvalidInput, KeyWeak, KeyWrong
from authcli.tokens.minter import Minter
from tests.tokens.forging import NOW, jwk, key_for, secret_key

KEY = secret_key()
ACCESS = {
    "iss": "https://issuer.example",
    "sub": "alice",
    "aud": "https://api.example",
    "client_id": "app",
}


def payload(claims: dict[str, object] | None = None, **options: object) -> dict[str, object]:
    return dict(tokens.prepare(claims, **{"key": KEY, "at": NOW, **options}).payload)


def header(**options: object) -> dict[str, object]:
    return dict(tokens.prepare(**{"key": KEY, **options}).header)


def test_the_defaults_are_fifteen_minutes_iat_and_a_random_id() -> None:
    claims = payload({"sub": "alice"})
    jti = str(claims.pop("jti"))
    assert claims == {"sub": "alice", "iat": NOW, "exp": NOW + 900}
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", jti)
    assert len({tokens.prepare(key=KEY).payload["jti"] for _ in range(100)}) == 100


def test_claims_win_over_defaults_and_defaults_can_be_left_out() -> None:
    mine = {"jti": "1", "iat": NOW - 5, "exp": NOW + 5}
    assert payload(mine) == mine
    assert payload({}, iat=False, jti=False, lifetime_seconds=None) == {}
    assert payload({}, iat=False, jti=False, lifetime_seconds=60) == {"exp": NOW + 60}


def test_the_clock_is_asked_when_no_time_is_given() -> None:
    before = clock.now()
    issued = tokens.prepare(key=KEY).payload["iat"]
    assert before <= issued <= clock.now()


def test_the_header_is_alg_typ_kid_then_the_rest() -> None:
    named = secret_key(kid="mine")
    assert list(header(key=named, header={"x": 1, "cty": "JWT"}).items()) == [
        ("alg", "HS256"),
        ("typ", "JWT"),
        ("kid", "mine"),
        ("x", 1),
        ("cty", "JWT"),
    ]
    assert header() == {"alg": "HS256", "typ": "JWT"}
    assert header(key=named, kid=False, typ=False) == {"alg": "HS256"}
    assert header(key=named, kid="other", typ="a+jwt")["kid"] == "other"
    assert header(header={"typ": "b+jwt", "kid": "h"}) == {
        "alg": "HS256",
        "typ": "b+jwt",
        "kid": "h",
    }


def test_a_draft_is_signed_as_it_stands() -> None:
    draft = tokens.prepare({"sub": "alice"}, key=KEY, at=NOW)
    assert (draft.algorithm, draft.key) == ("HS256", KEY)
    verified = tokens.verify(tokens.sign(draft), key=KEY, at=NOW)
    assert (verified.header, verified.payload) == (draft.header, draft.payload)


def test_a_minter_mints_many_with_one_header() -> None:
    minter = Minter(key=KEY, lifetime_seconds=60)
    minted = [minter.mint({"sub": name}, at=NOW) for name in "ab"]
    assert [tokens.decode(token).payload["sub"] for token in minted] == ["a", "b"]
    assert len({token.split(".")[0] for token in minted}) == 1


# Kinds of token


def test_an_access_token_is_that_of_rfc_9068() -> None:
    draft = tokens.prepare(ACCESS, key=KEY, as_="access", at=NOW)
    assert draft.header["typ"] == "at+jwt"
    assert draft.payload.keys() == {"iss", "sub", "aud", "client_id", "iat", "exp", "jti"}


def test_an_id_token_is_that_of_openid_connect() -> None:
    claims = {name: ACCESS[name] for name in ("iss", "sub", "aud")}
    draft = tokens.prepare({**claims, "nonce": "n", "auth_time": NOW}, key=KEY, as_="id", at=NOW)
    assert draft.header["typ"] == "JWT"
    assert draft.warnings == ()
    several = tokens.prepare({**claims, "aud": ["a", "b"]}, key=KEY, as_="id")
    assert "azp" in several.warnings[0]


@pytest.mark.parametrize("name", ["iss", "sub", "aud", "client_id"])
def test_an_access_token_lacks_nothing(name: str) -> None:
    for claims in (
        {key: value for key, value in ACCESS.items() if key != name},
        {**ACCESS, name: ""},
    ):
        with pytest.raises(InvalidClaim, match=name):
            tokens.mint(claims, key=KEY, as_="access")
    with pytest.raises(InvalidClaim, match=r"exp.*RFC 9068"):
        tokens.mint(ACCESS, key=KEY, as_="access", lifetime_seconds=None)


@pytest.mark.parametrize("extra", [{"client_id": 1}, {"scope": ["a"]}, {"auth_time": "now"}])
def test_an_access_token_is_well_typed(extra: dict[str, object]) -> None:
    with pytest.raises(InvalidClaim, match=next(iter(extra))):
        tokens.mint({**ACCESS, **extra}, key=KEY, as_="access")


def test_a_kind_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(InvalidInput) as error:
        tokens.mint({}, key=KEY, as_="acess")
    assert error.value.hint == "one of: access, id"


# What is refused


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": "tomorrow"},
        {"exp": True},
        {"nbf": math.nan},
        {"iat": math.inf},
        {"exp": None},
        {"exp": 1e300},
        {"iss": 1},
        {"sub": None},
        {"jti": ["a"]},
        {"aud": 1},
        {"aud": ["a", None]},
        {"x": math.nan},
        {"x": [math.inf]},
        {"x": {"y": -math.inf}},
        {"x": b"bytes"},
        {"x": {1, 2}},
        {"x": object()},
        {"x": {1: "a"}},
        {1: "a"},
        {"x": "\ud800"},
        {"\udfff": 1},
        {"x": datetime.now(UTC)},
        {"exp": datetime(2030, 1, 1)},  # noqa: DTZ001 - naive on purpose
        {"x": 10**5000},
    ],
)
def test_a_claim_that_a_strict_reader_refuses_is_not_minted(claims: dict[str, object]) -> None:
    with pytest.raises(InvalidClaim):
        tokens.mint(claims, key=KEY)


def test_a_claim_that_is_nested_too_deeply_or_in_itself_is_not_minted() -> None:
    circle: list[object] = []
    circle.append(circle)
    with pytest.raises(InvalidClaim, match="deeper"):
        tokens.mint({"x": circle}, key=KEY)
    deep: object = 1
    for _ in range(63):
        deep = [deep]
    assert tokens.verify(tokens.mint({"x": deep}, key=KEY), key=KEY).payload["x"] == deep
    with pytest.raises(InvalidClaim, match="deeper"):
        tokens.mint({"x": [deep]}, key=KEY)


def test_a_token_over_the_limit_is_not_minted() -> None:
    with pytest.raises(InvalidClaim, match="over the limit"):
        tokens.mint({"x": "a" * 200_000}, key=KEY)


def test_an_aware_datetime_is_its_instant() -> None:
    zone = timezone(timedelta(hours=2))
    assert payload({"exp": datetime(2026, 12, 1, 11, 0, tzinfo=zone)})["exp"] == NOW


@pytest.mark.parametrize("name", ["alg", "crit", "b64"])
def test_the_header_is_not_overridden(name: str) -> None:
    """CVE-free so far, and one `encode(headers=...)` away: the algorithm is the key's affair."""
    for value in ("none", "HS256", ["exp"], False):
        with pytest.raises(InvalidInput, match=name):
            tokens.mint({}, key=KEY, header={name: value})


@pytest.mark.parametrize(
    "extra", [{"typ": 1}, {"kid": None}, {"cty": []}, {"x": math.nan}, {"x": object()}, {2: 1}]
)
def test_a_header_that_no_reader_accepts_is_not_minted(extra: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        tokens.mint({}, key=KEY, header=extra)


def test_a_member_given_twice_is_refused_unless_both_agree() -> None:
    with pytest.raises(InvalidInput, match="twice"):
        tokens.mint({}, key=KEY, kid="a", header={"kid": "b"})
    assert header(kid="a", header={"kid": "a"})["kid"] == "a"
    with pytest.raises(InvalidInput, match="empty"):
        tokens.mint({}, key=KEY, kid="")


@pytest.mark.parametrize("member", ["d", "k", "priv", "p"])
def test_a_private_key_is_not_put_into_a_header(member: str) -> None:
    with pytest.raises(InvalidInput, match="private") as error:
        tokens.mint({}, key=KEY, header={"jwk": {"kty": "EC", member: "marker-of-a-secret"}})
    assert "marker" not in f"{error.value} {error.value.hint}"


@pytest.mark.parametrize("algorithm", ["none", "None", "", "hs256", "HS255", "ES256", "RS256"])
def test_an_algorithm_is_one_of_the_keys(algorithm: str) -> None:
    with pytest.raises(InvalidInput):
        tokens.mint({}, key=KEY, algorithm=algorithm)


def test_only_a_private_key_for_signing_signs() -> None:
    key = key_for("ES256")
    for unfit in (key.public(), replace(key, use="enc"), replace(key, key_ops=("verify",))):
        with pytest.raises(KeyWrong):
            tokens.mint({}, key=unfit)
    assert tokens.mint({}, key=replace(key, use="sig", key_ops=("sign",)))


@pytest.mark.parametrize(("size", "algorithm"), [(31, "HS256"), (47, "HS384"), (63, "HS512")])
def test_a_short_secret_signs_nothing(size: int, algorithm: str) -> None:
    """RFC 7518, section 3.2."""
    with pytest.raises(KeyWeak):
        tokens.mint({}, key=secret_key(bytes(range(size))), algorithm=algorithm)
    assert tokens.mint({}, key=secret_key(bytes(range(size + 1))), algorithm=algorithm)


@pytest.mark.parametrize("seconds", [0, -1, True])
def test_a_lifetime_is_positive(seconds: int) -> None:
    with pytest.raises(InvalidInput, match="lifetime"):
        tokens.mint({}, key=KEY, lifetime_seconds=seconds)


def test_the_time_of_minting_is_finite() -> None:
    with pytest.raises(InvalidInput):
        tokens.mint({}, key=KEY, at=math.nan)


def test_a_token_that_is_useless_from_the_start_is_minted_with_a_warning() -> None:
    """Tests want such tokens."""
    born = tokens.prepare({"exp": NOW - 1}, key=KEY, at=NOW)
    assert born.warnings == ("the token is born expired: exp is 2026-12-01T08:59:59Z",)
    never = tokens.prepare({"exp": NOW + 1, "nbf": NOW + 2}, key=KEY, at=NOW)
    assert never.warnings == ("the token is never valid: exp is not after nbf",)
    assert tokens.sign(born)


def test_the_callers_claims_and_header_are_left_alone() -> None:
    claims: dict[str, object] = {"list": [1]}
    extra: dict[str, object] = {"x": [1]}
    draft = tokens.prepare(claims, key=KEY, header=extra)
    draft.payload["list"].append(2)
    assert (claims, extra) == ({"list": [1]}, {"x": [1]})


def test_an_ml_dsa_token_is_minted_and_verified() -> None:
    key = key_for("ML-DSA-44")
    token = tokens.mint({"sub": "alice"}, key=key)
    assert tokens.verify(token, key=key.public()).algorithm == "ML-DSA-44"


def test_a_key_for_agreement_signs_nothing() -> None:
    members = {"kty": "OKP", "crv": "X25519", "x": "3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08"}
    with pytest.raises(KeyWrong):
        tokens.mint({}, key=jwk(members))


@pytest.mark.parametrize(
    "number", [10**4300, -(10**5000), 1 << 14_284], ids=["more", "minus", "bits"]
)
def test_a_number_that_no_json_reader_takes_is_neither_a_claim_nor_a_header_member(
    number: int,
) -> None:
    with pytest.raises(InvalidClaim, match="cannot be written"):
        tokens.mint({"x": [number]}, key=KEY)
    with pytest.raises(InvalidClaim, match="cannot be written"):
        tokens.mint({}, key=KEY, header={"x": number})
    assert tokens.mint({"x": [10**4299]}, key=KEY, header={"x": (1 << 14_284) - 1})
