"""New deny marks on both engines: as long as a token can live, once, and in the audit."""

from __future__ import annotations

import pytest

from authcli.clock import LATEST_INSTANT
from authcli.errors import InvalidInput
from authcli.revocation.deny_list import checker
from authcli.revocation.model import Kind
from authcli.revocation.revoking import LEEWAY_MS, MAX_VALUE, revoke, revoke_token
from authcli.store import Store

NOW = 1_900_000_000_000
HOUR = 3_600_000
TOKEN = {"iss": "https://login.example", "jti": "1", "sub": "alice", "exp": NOW // 1000 + 60}


def events(store: Store) -> int:
    return len(list(store.audit.find(event="token.revoked")))


def test_a_token_is_denied_until_no_verifier_takes_it(store: Store) -> None:
    made = revoke_token(store.tokens, TOKEN, reason="laptop stolen", at_ms=NOW)
    assert made.expires_at == NOW + 60_000 + LEEWAY_MS
    assert (made.reason, made.actor, made.issued_before) == ("laptop stolen", "tester", None)
    assert checker(store.tokens, at_ms=made.expires_at - 1)(TOKEN, None) is not None
    assert checker(store.tokens, at_ms=made.expires_at)(TOKEN, None) is None


def test_a_token_without_an_end_is_denied_for_ever(store: Store) -> None:
    for exp in ({}, {"exp": True}, {"exp": 2**53}):
        claims = {"jti": f"{exp}", **exp}
        assert revoke_token(store.tokens, claims, at_ms=NOW).expires_at == LATEST_INSTANT * 1000


@pytest.mark.parametrize("kind", ["jti", "sub", "kid", "family"])
def test_what_has_no_known_end_is_denied_for_the_longest_life(store: Store, kind: Kind) -> None:
    made = revoke(store.tokens, kind, "x", issuer="i", longest_ms=HOUR, at_ms=NOW)
    assert made.expires_at == NOW + HOUR + LEEWAY_MS
    assert made.issuer == ("" if kind == "kid" else "i")
    assert made.issued_before == (NOW if kind == "sub" else None)


def test_denying_twice_keeps_the_first_mark_and_tells_once(store: Store) -> None:
    first = revoke_token(store.tokens, TOKEN, reason="first", at_ms=NOW)
    again = revoke_token(store.tokens, TOKEN, reason="again", at_ms=NOW + 5)
    assert (again, events(store)) == (first, 1)


def test_a_longer_denial_lengthens_the_mark(store: Store) -> None:
    revoke(store.tokens, "jti", "1", longest_ms=HOUR, reason="first", at_ms=NOW)
    made = revoke(store.tokens, "jti", "1", longest_ms=2 * HOUR, reason="again", at_ms=NOW)
    assert (made.expires_at, made.reason) == (NOW + 2 * HOUR + LEEWAY_MS, "first")
    assert events(store) == 2


def test_a_subject_is_denied_anew_from_each_time_on(store: Store) -> None:
    """What it got between the two is hit by the second."""
    revoke(store.tokens, "sub", "alice", longest_ms=HOUR, at_ms=NOW)
    between = {"sub": "alice", "iat": NOW // 1000 + 5}
    assert checker(store.tokens, at_ms=NOW)(between, None) is None
    revoke(store.tokens, "sub", "alice", longest_ms=HOUR, at_ms=NOW + 10_000)
    assert checker(store.tokens, at_ms=NOW)(between, None) is not None


def test_a_token_without_an_id_cannot_be_denied_alone(store: Store) -> None:
    with pytest.raises(InvalidInput) as error:
        revoke_token(store.tokens, {"sub": "alice"})
    assert (error.value.code, "--sub" in str(error.value.hint)) == ("revoke.no-jti", True)


@pytest.mark.parametrize(
    ("value", "issuer", "reason", "code"),
    [
        ("", "", None, "revoke.value"),
        ("x" * (MAX_VALUE + 1), "", None, "revoke.value"),
        ("x", "i" * (MAX_VALUE + 1), None, "revoke.value"),
        ("x", "", "", "revoke.reason"),
        ("x", "", "two\nlines", "revoke.reason"),
        ("x", "", "y" * 501, "revoke.reason"),
    ],
)
def test_what_cannot_be_kept_is_refused(
    store: Store, value: str, issuer: str, reason: str | None, code: str
) -> None:
    with pytest.raises(InvalidInput) as error:
        revoke(store.tokens, "jti", value, issuer=issuer, longest_ms=HOUR, reason=reason)
    assert error.value.code == code
    assert list(store.tokens.marks(at_ms=0)) == []


@pytest.mark.parametrize("odd", ["\ud800", "ü" * MAX_VALUE, "a\0b", "x'; --"])
def test_any_text_is_an_id_or_is_refused_whole(store: Store, odd: str) -> None:
    """A token's id is a stranger's: it is denied, or an error says that it was not."""
    token = {"jti": odd, "exp": NOW // 1000 + 60}
    try:
        revoke_token(store.tokens, token, at_ms=NOW)
    except InvalidInput as error:
        assert error.code in ("revoke.value", "store.value")
    else:
        assert checker(store.tokens, at_ms=NOW)(token, None) is not None
