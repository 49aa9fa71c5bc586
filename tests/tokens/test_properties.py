"""Round trips, and what no mutation of a token may do."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from authcli import tokens
from authcli.errors import TokenRefused
from authcli.tokens.verifier import Verifier
from tests.tokens.forging import NOW, hmac_signed, key_for, secret_key, unsigned

KEY = secret_key()
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
    max_leaves=20,
)
REGISTERED = ("iss", "sub", "aud", "exp", "nbf", "iat", "jti")
CLAIMS = st.dictionaries(
    st.text(st.characters(codec="utf-8")).filter(lambda name: name not in REGISTERED),
    JSON,
    max_size=6,
)
ALGORITHMS = ("HS256", "RS256", "PS256", "ES256", "ES384", "EdDSA", "ML-DSA-44")


@given(claims=CLAIMS)
def test_claims_come_back_as_they_were_minted(claims: dict[str, object]) -> None:
    token = tokens.mint(claims, key=KEY, at=NOW, iat=False, jti=False, lifetime_seconds=None)
    assert tokens.decode(token).payload == claims
    assert tokens.verify(token, key=KEY, at=NOW).payload == claims


@given(
    iss=st.text(st.characters(codec="utf-8"), min_size=1),
    aud=st.lists(st.text(st.characters(codec="utf-8"), min_size=1), min_size=1, max_size=4),
    exp=st.floats(NOW + 1, 2.0**53) | st.integers(NOW + 1, 2**53),
)
def test_what_was_minted_is_what_can_be_asked_for(iss: str, aud: list[str], exp: float) -> None:
    token = tokens.mint({"iss": iss, "aud": aud, "exp": exp}, key=KEY, at=NOW)
    for audience in aud:
        assert tokens.verify(token, key=KEY, at=NOW, issuer=iss, audience=audience)


@pytest.fixture(scope="module")
def minted() -> dict[str, tuple[Verifier, str]]:
    found = {}
    for algorithm in ALGORITHMS:
        key = key_for(algorithm)
        token = tokens.mint({"sub": "alice"}, key=key, algorithm=algorithm, at=NOW)
        found[algorithm] = (Verifier(key), token)
    return found


@given(data=st.data())
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_mutated_token_verifies_and_nothing_but_a_verdict_is_raised(
    data: st.DataObject, minted: dict[str, tuple[Verifier, str]]
) -> None:
    verifier, token = minted[data.draw(st.sampled_from(ALGORITHMS))]
    mutated = data.draw(mutations(token))
    assume(mutated != token)
    with pytest.raises(TokenRefused) as refused:
        verifier.verify(mutated, at=NOW)
    assert refused.value.report.failures


@st.composite
def mutations(draw: st.DrawFn, token: str) -> str:
    """Change, drop, double or insert characters; swap, drop or repeat parts."""
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(token)))
        until = draw(st.integers(at, min(len(token), at + 8)))
        text = draw(st.text("ABCxyz019-_.=+/ \n\x00\u00e9{}", max_size=4))
        token = draw(
            st.sampled_from(
                [
                    token[:at] + text + token[until:],
                    token[:at] + token[until:],
                    token[:at] + token[at:until] * 2 + token[until:],
                    ".".join(draw(st.permutations(token.split(".")))),
                    ".".join(token.split(".")[:-1]) + ".",
                    token.swapcase(),
                ]
            )
        )
    return token


@given(
    header=st.just({"alg": "HS256"}) | st.binary(max_size=60) | JSON,
    payload=st.binary(max_size=60) | JSON | st.dictionaries(st.sampled_from(REGISTERED), JSON),
)
@settings(max_examples=300)
def test_no_header_or_payload_raises_anything_but_a_verdict(
    header: object, payload: object
) -> None:
    for token in (unsigned(header, payload, b"sig"), hmac_signed(header, payload)):
        for read in (
            lambda text: tokens.verify(text, key=KEY, at=NOW),
            tokens.decode,
            tokens.inspect,
        ):
            with contextlib.suppress(TokenRefused):
                read(token)


@given(
    members=st.dictionaries(
        st.sampled_from(["alg", "typ", "kid", "crit", "b64", "jwk", "jku", "x5c", "zip", "cty"]),
        JSON | st.sampled_from(["HS256", "none", "RS256", "JWT"]),
    )
)
def test_no_header_of_known_members_raises_anything_but_a_verdict(
    members: dict[str, object],
) -> None:
    with pytest.raises(TokenRefused):
        tokens.verify(unsigned(members, {"sub": "alice"}, b"sig"), key=KEY, at=NOW)


@given(token=st.text() | st.binary())
def test_no_text_raises_anything_but_a_verdict(token: str | bytes) -> None:
    for read in (tokens.decode, tokens.inspect):
        with pytest.raises(TokenRefused):
            read(token)
