"""Editing a token: what was named changes, everything else keeps its bytes, and the key signs."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authcli import keys, tokens
from authcli.errors import InvalidClaim, InvalidInput, KeyWeak, KeyWrong, TokenRejected
from authcli.tokens import engine
from authcli.tokens.changes import Change
from authcli.tokens.compact import MAX_TOKEN_BYTES
from authcli.tokens.editing import Edited, prepare_edit
from authcli.tokens.engine import Sign, signer
from authcli.tokens.minter import Minter
from authcli.tokens.rewriting import rewritten
from tests.tokens.forging import (
    LIVE,
    NOW,
    SECRET,
    hmac_signed,
    key_for,
    secret_key,
    signed,
    unsigned,
)
from tests.tokens.test_properties import CLAIMS, JSON

KEY = secret_key()
HS256 = {"alg": "HS256", "typ": "JWT"}
NAMES = st.sampled_from(["a", "b", "c.d", "https://ex.org/r", "é"])
NESTED = st.recursive(
    JSON.filter(lambda value: not isinstance(value, dict)),
    lambda inner: st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)


def exact(value: object) -> str:
    """Return a text that tells 1, 1.0 and true apart, and -0.0 from 0.0."""
    return json.dumps(value, sort_keys=True)


def edited(payload: object = LIVE, *changes: Change, **options: Any) -> Edited:
    return prepare_edit(hmac_signed(HS256, payload), changes, key=KEY, at=NOW, **options)


def payload_text(token: str) -> str:
    return tokens.decode(token).compact.payload.decode()


# --- what is not named stays ------------------------------------------------------------------


@given(claims=CLAIMS)
def test_an_edit_without_changes_gives_the_token_back_byte_for_byte(
    claims: dict[str, object],
) -> None:
    token = tokens.mint(claims, key=KEY, at=NOW)
    assert tokens.edit(token, key=KEY, at=NOW) == token


@given(claims=CLAIMS, indent=st.sampled_from([None, 0, 2]), ascii_only=st.booleans())
def test_another_spelling_of_json_is_kept_too(
    claims: dict[str, object], indent: int | None, ascii_only: bool
) -> None:
    written = json.dumps(claims, indent=indent, ensure_ascii=ascii_only)
    token = hmac_signed('{"typ" : "JWT",\n"alg":"HS256"}', written)
    assert tokens.edit(token, key=KEY, at=NOW) == token


@given(claims=CLAIMS, name=st.text(st.characters(codec="utf-8")), value=JSON)
def test_one_claim_changes_and_the_others_keep_value_and_place(
    claims: dict[str, object], name: str, value: object
) -> None:
    token = hmac_signed(HS256, json.dumps(claims, ensure_ascii=False, indent=1))
    name = f"x{name}"  # never a registered claim, whose type is checked
    after = tokens.decode(tokens.edit(token, {name: value}, key=KEY, at=NOW)).payload
    assert exact(after) == exact({**claims, name: value})
    assert list(after) == list({**claims, name: value})


@given(claims=CLAIMS, first=NESTED, second=NESTED)
def test_an_edit_undone_gives_the_token_back(
    claims: dict[str, object], first: object, second: object
) -> None:
    token = tokens.mint({**claims, "edited": first}, key=KEY, at=NOW)
    other = tokens.edit(token, {"edited": second}, key=KEY, at=NOW)
    again = tokens.edit(other, {"edited": first}, key=KEY, at=NOW)
    assert again == token
    assert (other == token) == (json.dumps(first) == json.dumps(second))


@given(claims=CLAIMS, first=CLAIMS, second=CLAIMS)
def test_an_edit_of_an_edit_is_one_edit_with_both(
    claims: dict[str, object], first: dict[str, object], second: dict[str, object]
) -> None:
    token = tokens.mint(claims, key=KEY, at=NOW)
    twice = tokens.edit(tokens.edit(token, first, key=KEY, at=NOW), second, key=KEY, at=NOW)
    once = tokens.edit(
        token,
        [Change((name,), value) for part in (first, second) for name, value in part.items()],
        key=KEY,
        at=NOW,
    )
    assert twice == once


@given(before=NESTED, after=NESTED, indent=st.sampled_from([None, 0, 3]))
def test_rewritten_json_says_what_it_was_to_say(
    before: Any, after: Any, indent: int | None
) -> None:
    text = rewritten(json.dumps(before, indent=indent, ensure_ascii=False), before, after)
    assert exact(json.loads(text)) == exact(after)


NUMBERS = """\
{"deep": {"n":1E2, "m" :0.10},"big":100000000000000000000,"one":1.0,"long":[0.3000000000000000001]}
"""


def test_numbers_that_are_not_named_keep_every_digit() -> None:
    """Read and written again they would be 100.0, 0.1 and 0.3."""
    token = hmac_signed(HS256, NUMBERS)
    changes = [Change(("deep", "new"), 1), Change(("long",), 2, append=True)]
    text = payload_text(tokens.edit(token, changes, key=KEY, at=NOW))
    assert text == (
        '{"deep":{"n":1E2,"m":0.10,"new":1},"big":100000000000000000000,"one":1.0,'
        '"long":[0.3000000000000000001,2]}'
    )


def test_no_time_is_refreshed_and_no_id_renewed() -> None:
    old = {"sub": "a", "iat": 1, "exp": 2, "jti": "x"}
    found = edited(old, Change(("sub",), "b"))
    assert found.payload == {**old, "sub": "b"}
    assert found.warnings == ("the token is born expired: exp is 1970-01-01T00:00:02Z",)


# --- what is named changes --------------------------------------------------------------------

ALICE = {"sub": "alice", "aud": "api", "scope": "read", "roles": ["x"], "at": {"city": "Oslo"}}


@pytest.mark.parametrize(
    ("change", "name", "value"),
    [
        (Change(("sub",), "bob"), "sub", "bob"),
        (Change(("at", "city"), "Rome"), "at", {"city": "Rome"}),
        (Change(("at", "zip"), 7), "at", {"city": "Oslo", "zip": 7}),
        (Change(("made", "of", "parts"), 7), "made", {"of": {"parts": 7}}),
        (Change(("roles",), "y", append=True), "roles", ["x", "y"]),
        (Change(("teams",), "y", append=True), "teams", ["y"]),
        (Change(("aud",), "web", append=True), "aud", ["api", "web"]),
        (Change(("scope",), "write", append=True), "scope", "read write"),
        (Change(("exp",), datetime(2026, 12, 1, tzinfo=UTC)), "exp", 1_796_083_200),
        (Change(("a.b",), (1, 2)), "a.b", [1, 2]),
    ],
)
def test_changes(change: Change, name: str, value: object) -> None:
    payload = edited(ALICE, change).payload
    assert payload == {**ALICE, name: value}
    assert list(payload) == list({**ALICE, name: value})


def test_what_the_caller_gave_stays_the_callers() -> None:
    given = {"city": "Rome"}
    edited(ALICE, Change(("at",), given), Change(("at", "zip"), 7))
    assert given == {"city": "Rome"}


@pytest.mark.parametrize(
    ("remove", "left"),
    [
        ("sub", {name: ALICE[name] for name in ALICE if name != "sub"}),
        (["sub", "aud"], {name: ALICE[name] for name in ALICE if name not in ("sub", "aud")}),
        ([("at", "city")], {**ALICE, "at": {}}),
    ],
)
def test_removal(remove: Any, left: dict[str, object]) -> None:
    found = edited(ALICE, remove=remove)
    assert found.payload == left
    assert tokens.decode(found.sign()).payload == left


@pytest.mark.parametrize(
    ("changes", "remove", "message"),
    [
        ([Change(("sub", "x"), 1)], (), "claim 'sub' is no object, so it has no 'x'"),
        ([Change(("sub",), 1, append=True)], (), "claim 'sub' is no list"),
        ([Change(("scope",), 1, append=True)], (), "claim 'scope' is no list"),
        ([Change((), 1)], (), "an empty path names no claim"),
        ([], ["subject"], "there is no claim 'subject' to remove"),
        ([], [("at", "zip")], "there is no claim 'at.zip' to remove"),
        ([], [("to", "zip")], "there is no claim 'to.zip' to remove"),
        ([], [("sub", "zip")], "claim 'sub' is no object"),
        ([Change(("exp",), None)], (), "exp is null"),
        ([Change(("x",), float("nan"))], (), "nan"),
        ([Change(("x",), {1})], (), "set"),
        ([Change(("x",), 10**5000)], (), "number that cannot be written"),
    ],
)
def test_a_change_that_cannot_be_is_refused(changes: Any, remove: Any, message: str) -> None:
    with pytest.raises(InvalidClaim, match=message):
        edited(ALICE, *changes, remove=remove)


def test_a_hint_says_what_there_is_to_remove() -> None:
    with pytest.raises(InvalidClaim) as refused:
        edited(ALICE, remove="subject")
    assert refused.value.hint == "there is: 'sub', 'aud', 'scope', 'roles', 'at'"


def test_no_token_is_made_that_no_reader_takes() -> None:
    found = edited(LIVE, Change(("x",), "y" * MAX_TOKEN_BYTES))
    with pytest.raises(InvalidClaim, match="over the limit of"):
        found.sign()


# --- the header and the key -------------------------------------------------------------------


def test_the_header_keeps_order_members_and_kid() -> None:
    header = {"kid": "k1", "x": [1], "alg": "HS512", "typ": "JWT"}
    token = hmac_signed(header, LIVE, secret=SECRET * 2)
    key = secret_key(SECRET * 2, kid="k1")
    found = tokens.decode(tokens.edit(token, {"role": "dev"}, key=key, at=NOW))
    assert json.dumps(found.header) == json.dumps(header)


def test_header_members_are_set_in_place_and_removed() -> None:
    token = hmac_signed({"kid": "k1", "alg": "HS256", "typ": "JWT"})
    found = prepare_edit(token, key=KEY, header={"cty": "x"}, kid="k2", remove_header="typ", at=NOW)
    assert json.dumps(found.header) == '{"kid": "k2", "alg": "HS256", "cty": "x"}'
    assert [difference.path for difference in found.differences] == [("kid",), ("typ",), ("cty",)]


@pytest.mark.parametrize(
    "options",
    [
        {"header": {"alg": "none"}},
        {"header": {"crit": ["b64"]}},
        {"header": {"b64": False}},
        {"header": {"typ": 7}},
        {"header": {"kid": "a"}, "kid": "b"},
        {"header": {"typ": "a"}, "remove_header": ["typ"]},
        {"kid": ""},
        {"remove_header": ["alg"]},
        {"remove_header": ["cty"]},
        {"algorithm": "none"},
        {"algorithm": "FOO"},
        {"header": {"jwk": {"kty": "oct", "k": "AAAA"}}},
    ],
)
def test_a_header_that_cannot_be_is_refused(options: Any) -> None:
    with pytest.raises(InvalidInput):
        edited(LIVE, **options)


@pytest.mark.parametrize("member", [{"crit": []}, {"b64": True}, {"zip": "DEF"}, {"enc": "A"}])
def test_a_token_that_cannot_be_signed_faithfully_is_refused(member: dict[str, object]) -> None:
    with pytest.raises(InvalidInput, match="cannot be signed again") as refused:
        tokens.edit(hmac_signed({**HS256, **member}), key=KEY)
    assert refused.value.code == "token.uneditable"


@pytest.mark.parametrize("algorithm", ["HS256", "RS256", "PS512", "ES384", "EdDSA", "ML-DSA-44"])
def test_the_edited_token_verifies_with_the_key_that_signed(algorithm: str) -> None:
    key = key_for(algorithm)
    token = signed({"alg": algorithm}, key=key, algorithm=algorithm)
    found = prepare_edit(token, {"role": "dev"}, key=key, at=NOW)
    assert (found.algorithm, found.same_key, found.warnings, found.notes) == (
        algorithm,
        True,
        (),
        (),
    )
    verified = tokens.verify(found.sign(), key=key, at=NOW)
    assert verified.payload == {**LIVE, "role": "dev"}


def test_the_key_is_prepared_once_however_often_it_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = []

    def watched(algorithm: str, key: keys.Key) -> Sign:
        prepared.append(algorithm)
        return signer(algorithm, key)

    monkeypatch.setattr(engine, "signer", watched)
    found = edited(LIVE, Change(("role",), "dev"))
    assert len({found.sign(), found.sign(), found.minter.sign_texts("{}", "{}")}) == 2
    assert prepared == ["HS256"]


def test_texts_are_signed_as_they_are_spelled() -> None:
    header, payload = '{ "alg":"HS256"}', '{"exp" : 4E9}'
    token = Minter(key=KEY).sign_texts(header, payload)
    decoded = tokens.decode(token)
    assert (decoded.compact.header, decoded.compact.payload) == (header.encode(), payload.encode())
    assert tokens.verify(token, key=KEY, at=NOW).payload == {"exp": 4e9}
    with pytest.raises(InvalidClaim, match="over the limit of"):
        Minter(key=KEY).sign_texts(header, " " * MAX_TOKEN_BYTES)


def test_the_algorithm_follows_the_key_and_a_note_says_so() -> None:
    key = keys.generate("ES256")
    found = prepare_edit(hmac_signed({"typ": "JWT", "alg": "HS256"}), key=key, at=NOW)
    assert json.dumps(found.header) == '{"typ": "JWT", "alg": "ES256"}'
    assert found.notes == ("alg becomes ES256: this key cannot sign 'HS256'",)
    assert tokens.verify(found.sign(), key=key.public(), at=NOW)


def test_a_secret_too_short_for_the_tokens_algorithm_signs_its_own() -> None:
    found = prepare_edit(hmac_signed({"alg": "HS512"}), key=KEY, at=NOW)
    assert (found.algorithm, found.same_key) == ("HS256", True)


def test_the_algorithm_that_was_asked_for_is_no_surprise() -> None:
    key = key_for("RS256")
    token = signed({"alg": "RS256"}, key=key, algorithm="RS256")
    key = keys.read(keys.write(key, format="pem"))
    found = prepare_edit(token, key=key, algorithm="PS256", at=NOW)
    assert (found.header, found.notes) == ({"alg": "PS256"}, ())
    assert tokens.verify(found.sign(), key=key, algorithms="PS256", at=NOW)


def test_a_foreign_or_forged_original_is_edited_with_a_warning() -> None:
    foreign = hmac_signed(HS256, secret=b"another secret of 32 bytes, okay")
    said = "this key did not sign the original: who trusts its signer will refuse the edited token"
    assert prepare_edit(foreign, key=KEY, at=NOW).warnings == (said,)
    none = unsigned({"alg": "none"})
    assert prepare_edit(none, key=KEY, at=NOW).warnings == ("the original was not signed at all",)


def test_what_the_header_says_of_the_old_key_is_kept_and_warned_of() -> None:
    header = {**HS256, "kid": "old", "x5t": "AAAA", "jku": "https://ex.org"}
    token = hmac_signed(header, secret=b"another secret of 32 bytes, okay")
    found = prepare_edit(token, key=secret_key(kid="new"), at=NOW)
    assert found.header == header
    assert found.warnings[1:] == (
        "the header still names the key 'old'; the one that signs is 'new'",
        "the header's jku, x5t still describes the original's key",
    )
    mended = prepare_edit(
        token, key=secret_key(kid="new"), kid="new", remove_header=["x5t", "jku"], at=NOW
    )
    assert len(mended.warnings) == 1
    assert prepare_edit(hmac_signed(header), key=secret_key(kid="new"), at=NOW).warnings == ()


def test_a_key_that_must_not_sign_does_not() -> None:
    token = hmac_signed(HS256)
    with pytest.raises(KeyWrong, match="public key"):
        tokens.edit(token, key=keys.generate("ES256").public())
    with pytest.raises(KeyWeak):
        tokens.edit(token, key=secret_key(b"short"))


def test_only_a_token_can_be_edited() -> None:
    for text in ("", "a.b", "a.b.c", unsigned({"alg": "HS256"}, "[]")):
        with pytest.raises(TokenRejected):
            tokens.edit(text, key=KEY)


def test_lenient_forgives_padding_and_writes_none() -> None:
    token = hmac_signed({"alg": "HS256"})
    header, rest = token.split(".", 1)
    padded = f"{header}{'=' * (-len(header) % 4)}.{rest}"
    assert padded != token
    with pytest.raises(TokenRejected):
        tokens.edit(padded, key=KEY)
    found = prepare_edit(padded, key=KEY, lenient=True, at=NOW)
    assert found.notes == ("forgiven: the '=' padding of the header",)
    assert found.sign() == token


def test_no_repr_shows_the_key() -> None:
    assert "planted" not in repr(
        prepare_edit(hmac_signed(HS256), key=secret_key(b"planted-marker-planted-marker-00"))
    )
