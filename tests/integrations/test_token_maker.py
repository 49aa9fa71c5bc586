"""`make_token`: every token is good but for what the call says."""

from __future__ import annotations

import pytest

from authcli import keys, tokens
from authcli.errors import InvalidClaim
from authcli.integrations.token_maker import TokenMaker
from authcli.keys import Key


def payload(token: str) -> dict[str, object]:
    return dict(tokens.decode(token).payload)


def test_a_plain_token_passes_every_check(
    make_token: TokenMaker, signing_key: Key, token_issuer: str, token_audience: str
) -> None:
    verified = tokens.verify(
        make_token(),
        key=signing_key.public(),
        issuer=token_issuer,
        audience=token_audience,
        subject="alice",
        typ="JWT",
        require=["exp", "iat", "jti"],
    )
    assert verified.algorithm == "ES256"
    assert verified.header["kid"] == keys.thumbprint(signing_key)


def test_claims_come_by_name_or_as_a_whole(make_token: TokenMaker) -> None:
    """By name wins; the whole has room for names that are no identifiers, or an option's."""
    made = payload(make_token({"sub": "carol", "key": 1, "a/b": [None]}, sub="bob", aud=["x"]))
    assert (made["sub"], made["aud"], made["key"], made["a/b"]) == ("bob", ["x"], 1, [None])


@pytest.mark.parametrize("name", ["iss", "sub", "aud", "exp", "iat", "jti"])
def test_none_leaves_a_claim_out(make_token: TokenMaker, name: str) -> None:
    assert payload(make_token()).keys() - payload(make_token(**{name: None})).keys() == {name}


def test_none_leaves_out_what_was_given_as_a_whole(make_token: TokenMaker) -> None:
    assert "role" not in payload(make_token({"role": "admin"}, role=None))


def test_times_hang_on_the_time_of_minting(make_token: TokenMaker) -> None:
    made = payload(make_token(at=1_796_115_600, lifetime_seconds=60))
    assert (made["iat"], made["exp"]) == (1_796_115_600, 1_796_115_660)


def test_header_and_key_are_the_calls_to_choose(make_token: TokenMaker) -> None:
    other = keys.generate("EdDSA", kid="other")
    token = make_token(key=other, typ="at+jwt", header={"trace": 1})
    assert tokens.verify(token, key=other).header == {
        "alg": "EdDSA",
        "typ": "at+jwt",
        "kid": "other",
        "trace": 1,
    }
    assert "kid" not in tokens.decode(make_token(kid=False)).header


def test_what_no_strict_reader_takes_is_for_bad_tokens(make_token: TokenMaker) -> None:
    with pytest.raises(InvalidClaim):
        make_token(exp="tomorrow")


def test_it_shows_no_key(make_token: TokenMaker) -> None:
    assert "signing" not in repr(make_token)
    assert make_token.issuer in repr(make_token)
