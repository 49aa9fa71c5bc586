"""Whether a token was revoked: asked last, of genuine tokens alone, and never skipped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from authcli import tokens
from authcli.errors import TokenRefused, TokenRevoked, Unavailable
from authcli.keys import KeySet
from authcli.tokens.policy import Denial, Policy
from authcli.tokens.verifier import Verifier
from tests.tokens.forging import LIVE, NOW, hmac_signed, secret_key

KEY = replace(secret_key(), kid="K")
HS = {"alg": "HS256"}
REVOKED = Denial("the token was revoked at noon", hint="sign in again")
UNKNOWN = Denial("nobody issued it", "token.unregistered")


class Asked:
    """A store that answers always the same, and keeps what it was asked."""

    def __init__(self, answer: Denial | None = REVOKED) -> None:
        self.answer = answer
        self.questions: list[tuple[Mapping[str, object], str | None]] = []

    def __call__(self, payload: Mapping[str, object], kid: str | None) -> Denial | None:
        self.questions.append((payload, kid))
        return self.answer


def refusal(token: str, asked: Asked, **options: object) -> TokenRefused:
    with pytest.raises(TokenRefused) as error:
        tokens.verify(token, **{"key": KEY, "at": NOW, "revocation": asked, **options})  # type: ignore[arg-type]
    return error.value


def test_a_revoked_token_is_refused_with_when_and_why() -> None:
    asked = Asked()
    error = refusal(hmac_signed(HS), asked)
    assert isinstance(error, TokenRevoked)
    assert (error.code, error.message, error.hint) == (
        "token.revoked",
        "the token was revoked at noon",
        "sign in again",
    )
    assert [check.name for check in error.report.failures] == ["revocation"]
    assert asked.questions == [(LIVE, "K")]


def test_a_token_that_is_not_says_so_and_one_that_nobody_asked_about_too() -> None:
    passed = tokens.verify(hmac_signed(HS), key=KEY, at=NOW, revocation=Asked(None))
    assert passed.report.check("revocation")[1:3] == ("pass", "not revoked")
    unasked = tokens.verify(hmac_signed(HS), key=KEY, at=NOW)
    assert unasked.report.check("revocation")[1:3] == ("skipped", "not asked for")


def test_the_kid_is_that_of_the_key_that_signed_whatever_the_header_says() -> None:
    """Else whoever holds a key could name another's, and escape the mark of his own."""
    asked = Asked(None)
    tokens.verify(hmac_signed({**HS, "kid": "other"}), key=KEY, at=NOW, revocation=asked)
    assert asked.questions[0][1] == "K"


@pytest.mark.parametrize(
    ("token", "code"),
    [
        (hmac_signed(HS, secret=b"another secret of 32 bytes, too!"), "token.signature"),
        ("a.b.c", "token.malformed"),
        (hmac_signed(HS, {**LIVE, "exp": "soon"}), "token.claims"),
    ],
)
def test_what_is_not_genuine_is_not_asked_about(token: str, code: str) -> None:
    """A stranger cannot make the store work, nor learn from it what is revoked."""
    asked = Asked()
    error = refusal(token, asked)
    assert (error.code, asked.questions) == (code, [])
    assert error.report.check("revocation").status == "skipped"


EXPIRED, NOT_YET = {**LIVE, "exp": NOW - 60}, {**LIVE, "nbf": NOW + 60}


@pytest.mark.parametrize(
    ("claims", "answer", "asks", "code"),
    [
        (EXPIRED, REVOKED, {}, "token.revoked"),
        (NOT_YET, REVOKED, {}, "token.revoked"),
        (EXPIRED, UNKNOWN, {}, "token.unregistered"),
        (LIVE, REVOKED, {"audience": "other"}, "token.revoked"),
        (EXPIRED, None, {"audience": "other"}, "token.expired"),
        (EXPIRED, REVOKED, {"audience": "other"}, "token.revoked"),
    ],
)
def test_of_several_reasons_the_first_of_3_5_4_6_stands(
    claims: dict[str, object], answer: Denial | None, asks: dict[str, object], code: str
) -> None:
    """Rejected before revoked, before expired, before denied; the report lists them all."""
    error = refusal(hmac_signed(HS, claims), Asked(answer), **asks)
    assert error.code == code
    found = {check.code for check in error.report.failures}
    assert ("token.expired" in found) is (claims is EXPIRED)
    assert ("token.audience" in found) is bool(asks)


def test_a_store_that_cannot_be_asked_lets_nothing_pass() -> None:
    def broken(_: object, __: object) -> Denial | None:
        raise Unavailable("the store is away")

    verifier = Verifier(KEY, policy=Policy(revocation=broken))
    for _ in range(2):
        with pytest.raises(Unavailable):
            verifier.verify(hmac_signed(HS), at=NOW)


def test_a_header_that_is_recognised_spares_no_token_the_question() -> None:
    """The second token of a verifier takes a shorter way; it is asked about all the same."""
    asked = Asked(None)
    for key in (KEY, KeySet((KEY, replace(secret_key(b"x" * 32), kid="L")))):
        asked.questions.clear()
        asked.answer = None
        verifier = Verifier(key, policy=Policy(revocation=asked))
        texts = [hmac_signed({**HS, "kid": "K"}, {**LIVE, "jti": str(n)}) for n in range(4)]
        for text in texts[:3]:
            assert verifier.verify(text, at=NOW).report.check("revocation").status == "pass"
        assert [question[0]["jti"] for question in asked.questions] == ["0", "1", "2"]
        assert {question[1] for question in asked.questions} == {"K"}
        asked.answer = REVOKED
        for text in (texts[3], texts[0]):
            with pytest.raises(TokenRevoked) as error:
                verifier.verify(text, at=NOW)
            assert error.value.code == "token.revoked"


def test_what_expired_is_said_to_be_revoked_on_the_shorter_way_too() -> None:
    asked = Asked(None)
    verifier = Verifier(KEY, policy=Policy(revocation=asked))
    verifier.verify(hmac_signed(HS), at=NOW)
    asked.answer = REVOKED
    with pytest.raises(TokenRevoked):
        verifier.verify(hmac_signed(HS, EXPIRED), at=NOW)
