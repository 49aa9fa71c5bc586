"""Tokens that are registered: what is kept of them, and the allow list that follows."""

from __future__ import annotations

import pytest

from authcli.clock import LATEST_INSTANT
from authcli.errors import Conflict, InvalidInput
from authcli.revocation.registry import checker, described, register
from authcli.store import Store

NOW = 1_900_000_000_000
CLAIMS = {
    "iss": "https://login.example",
    "jti": "1",
    "sub": "alice",
    "aud": ["a", "b"],
    "scope": "read write",
    "iat": NOW // 1000,
    "exp": NOW // 1000 + 60,
    "family": "tf_1",
}


def test_what_is_kept_says_who_got_what_until_when(store: Store) -> None:
    token = described({"alg": "ES256", "kid": "K"}, CLAIMS, by="tester", at_ms=NOW)
    register(store.tokens, token)
    kept = store.tokens.registered("https://login.example", "1")
    assert kept == token
    assert (token.aud, token.scopes, token.kid) == (("a", "b"), ("read", "write"), "K")
    assert (token.issued_at, token.expires_at) == (NOW, NOW + 60_000)
    assert (token.family_id, token.issued_by) == ("tf_1", "tester")
    assert len(list(store.audit.find(event="token.issued"))) == 1


def test_a_token_that_says_little_is_kept_too(store: Store) -> None:
    token = described({}, {"jti": "1", "aud": "one", "exp": True}, by="tester", at_ms=NOW)
    register(store.tokens, token)
    assert (token.issuer, token.sub, token.aud) == ("", None, ("one",))
    assert (token.issued_at, token.expires_at) == (NOW, LATEST_INSTANT * 1000)
    assert store.tokens.registered("", "1") == token


@pytest.mark.parametrize("claims", [{}, {"jti": ""}, {"jti": "x" * 1001}, {"jti": 1}])
def test_a_token_that_could_not_be_found_again_is_refused(claims: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as error:
        described({}, claims, by="tester")
    assert error.value.code == "token.no-jti"


def test_one_id_is_registered_once(store: Store) -> None:
    token = described({}, CLAIMS, by="tester", at_ms=NOW)
    register(store.tokens, token)
    with pytest.raises(Conflict) as error:
        register(store.tokens, token)
    assert error.value.code == "token.registered"
    other = described({}, {**CLAIMS, "iss": "https://other.example"}, by="tester", at_ms=NOW)
    register(store.tokens, other)


def test_an_allow_list_refuses_what_was_never_registered(store: Store) -> None:
    register(store.tokens, described({}, CLAIMS, by="tester", at_ms=NOW))
    check = checker(store.tokens)
    assert check(CLAIMS, "K") is None
    for claims in ({**CLAIMS, "jti": "2"}, {**CLAIMS, "iss": "x"}, {"sub": "alice"}, {}):
        denied = check(claims, "K")
        assert denied is not None
        assert denied.code == "token.unregistered"
