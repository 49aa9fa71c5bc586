"""`jws.verify`: one signature or several, who may have made them, and where the payload is."""

from __future__ import annotations

import hmac
import json

import pytest

from authcli import keys
from authcli.encoding import base64url_encode
from authcli.errors import InvalidInput, KeyWrong, TokenRejected
from authcli.keys import Key, KeySet
from authcli.tokens import jws
from tests.tokens.forging import jwks, key_for, secret_key
from tests.tokens.jws.writing import PAIR, PAYLOAD, SECRET, entry, flattened, general

OPEN = secret_key()  # allows HS256, HS384 and HS512
CURVE = entry({"alg": "ES256"}, key=PAIR, algorithm="ES256")
FOREIGN = entry({"alg": "ES256"}, key=keys.generate("ES256"), algorithm="ES256")
BOTH = KeySet((SECRET, PAIR.public()))


def refused(text: str, key: Key | KeySet = SECRET, **options: object) -> TokenRejected:
    with pytest.raises(TokenRejected) as caught:
        jws.verify(text, key=key, **options)  # type: ignore[arg-type]
    return caught.value


def test_one_signature_of_several_suffices_and_is_told() -> None:
    text = general(FOREIGN, entry({"alg": "HS256", "kid": "mac"}), CURVE)
    verified = jws.verify(text, key=SECRET)
    assert verified.payload == PAYLOAD
    assert [report.passed for report in verified.signatures] == [False, True, False]
    assert verified.verified[0].key is SECRET
    assert "any bytes" not in repr(verified)


def test_all_demands_every_signature() -> None:
    both = general(CURVE, entry({"alg": "HS256"}))
    assert len(jws.verify(both, key=BOTH, require_all=True).verified) == 2
    error = refused(general(CURVE, entry({"alg": "HS256"}), FOREIGN), BOTH, require_all=True)
    assert error.code == "token.signature"
    assert "1 of the 3 signatures do not verify; signature 3" in error.message


def test_a_refusal_of_several_lists_the_checks_of_each() -> None:
    error = refused(general(CURVE, FOREIGN, entry({"alg": "none"})))
    assert error.message.startswith("none of the 3 signatures verifies; signature 1: ")
    assert error.code == "token.rejected"
    failures = {(check.detail.partition(":")[0], check.code) for check in error.report.failures}
    assert failures == {
        ("signature 1", "token.algorithm"),
        ("signature 2", "token.algorithm"),
        ("signature 3", "token.alg-none"),
    }


def test_kid_chooses_among_keys_signed_or_not() -> None:
    pair = jwks(
        {**keys.to_jwk(PAIR.public(), private=False), "kid": "a"},
        {**keys.to_jwk(keys.generate("ES256").public(), private=False), "kid": "b"},
    )
    for kid, genuine in (("a", True), ("b", False), ("c", False)):
        signed = entry({"alg": "ES256", "kid": kid}, key=PAIR, algorithm="ES256")
        loose = entry({"alg": "ES256"}, key=PAIR, algorithm="ES256", header={"kid": kid})
        for members in (signed, loose):
            text = flattened(**members)
            if genuine:
                assert jws.verify(text, key=pair).verified[0].key is pair.find("a")
            else:
                code = "token.kid-unknown" if kid == "c" else "token.signature"
                assert refused(text, pair).code == code


def test_an_alg_that_is_not_signed_is_taken_only_where_it_is_no_choice() -> None:
    """RFC 7515, section 10.7; RFC 7520, section 4.7, signs so, with a key that says its alg."""
    text = flattened(**(entry(None, header={"alg": "HS256"}) | {"protected": None}))
    assert jws.verify(text, key=SECRET).payload == PAYLOAD
    error = refused(text, OPEN)
    assert error.code == "token.algorithm"
    assert "unprotected" in error.message
    assert error.hint is not None
    assert "--alg HS256" in error.hint
    assert jws.verify(text, key=OPEN, algorithms="HS256").payload == PAYLOAD


def test_a_changed_unsigned_alg_is_refused() -> None:
    """RS256 turned into HS256, with the public key for a secret: the key decides."""
    pair = key_for("RS256")
    public = keys.write(pair.public(), format="pem")
    value = hmac.digest(public, b"." + base64url_encode(PAYLOAD).encode(), "sha256")
    members = {"protected": None, "header": {"alg": "HS256"}}
    text = flattened(**members, signature=base64url_encode(value))
    assert refused(text, pair.public()).code == "token.algorithm"


@pytest.mark.parametrize(
    ("protected", "header", "words"),
    [
        ({"alg": "HS256", "crit": ["exp"], "exp": 1}, None, "not understood"),
        ({"alg": "HS256", "crit": ["b64", "exp"], "b64": True, "exp": 1}, None, "not understood"),
        ({"alg": "HS256", "crit": ["b64"]}, None, "lacks"),
        ({"alg": "HS256", "crit": []}, None, "not a list"),
        ({"alg": "HS256", "crit": "b64", "b64": True}, None, "not a list"),
        ({"alg": "HS256", "crit": ["b64", "b64"], "b64": True}, None, "twice"),
        ({"alg": "HS256", "crit": ["alg"]}, None, "forbids"),
        ({"alg": "HS256", "crit": [1]}, None, "no name"),
        ({"alg": "HS256"}, {"crit": ["b64"]}, "not signed"),
        ({"alg": "HS256"}, {"b64": True}, "not signed"),
        ({"alg": "HS256"}, {"b64": False}, "not signed"),
        ({"alg": "HS256", "crit": ["b64"]}, {"b64": True}, "not signed"),
    ],
)
def test_crit_is_understood_for_b64_alone_and_signed_alone(
    protected: dict[str, object], header: dict[str, object] | None, words: str
) -> None:
    error = refused(flattened(**entry(protected, header=header)))
    assert error.code == "token.critical"
    assert words in error.message


def test_b64_that_is_true_changes_nothing() -> None:
    """RFC 7797, section 6: crit may name it then, and need not."""
    for protected in (
        {"alg": "HS256", "b64": True},
        {"alg": "HS256", "b64": True, "crit": ["b64"]},
    ):
        text = flattened(**entry(protected))
        assert jws.verify(text, key=SECRET).payload == PAYLOAD


def test_b64_false_must_be_critical_and_the_same_everywhere() -> None:
    """RFC 7797, sections 3 and 6: a reader that does not know it would read another payload."""
    quiet = entry({"alg": "HS256", "b64": False}, signed=b"$.02")
    assert refused(flattened(**quiet, payload="$.02")).code == "token.critical"
    loud = entry({"alg": "HS256", "b64": False, "crit": ["b64"]}, signed=b"$.02")
    assert jws.verify(flattened(**loud, payload="$.02"), key=SECRET).payload == b"$.02"
    mixed = general(loud, entry({"alg": "HS256"}), payload="$.02")
    assert "differ in b64" in refused(mixed).message
    text = flattened(**entry({"alg": "HS256", "b64": "false", "crit": ["b64"]}))
    assert "not true or false" in refused(text).message


def test_an_unencoded_payload_in_json_is_any_text() -> None:
    payload = 'a.b "ü" \n \U0001f511'
    signed = entry({"alg": "HS256", "b64": False, "crit": ["b64"]}, signed=payload.encode())
    text = flattened(**signed, payload=payload)
    assert jws.verify(text, key=SECRET).payload == payload.encode()
    assert jws.verify(text.encode(), key=SECRET).payload == payload.encode()


def test_a_payload_comes_once() -> None:
    """Else a verifier holds the one, and its caller reads the other."""
    whole, apart = jws.sign(b"x", key=SECRET), jws.sign(b"x", key=SECRET, detached=True)
    for text in (whole, flattened()):
        error = refused(text, payload=b"x")
        assert (error.code, "twice" in error.message) == ("token.malformed", True)
    for text in (apart, flattened(payload=None)):
        error = refused(text)
        assert (error.code, "detached" in error.message) == ("token.malformed", True)
    assert jws.verify(apart, key=SECRET, payload=b"x").payload == b"x"
    assert refused(apart, payload=b"y").code == "token.signature"
    assert jws.verify(flattened(payload=None), key=SECRET, payload=PAYLOAD).detached


def test_the_key_that_is_named_decides_whatever_kid_says() -> None:
    text = jws.sign(b"x", key=secret_key(kid="theirs"), kid="theirs")
    verified = jws.verify(text, key=secret_key(kid="mine"))
    assert verified.payload == b"x"
    assert any("'theirs'" in warning for warning in verified.signatures[0].warnings)
    assert refused(text, KeySet((secret_key(kid="mine"),))).code == "token.kid-unknown"


def test_a_weak_key_verifies_only_when_it_is_allowed() -> None:
    weak = secret_key(b"short secret")
    text = flattened(**entry({"alg": "HS256"}, key=weak))
    assert refused(text, weak).code == "key.weak"
    verified = jws.verify(text, key=weak, allow_weak=True)
    assert any("weak key was allowed" in text for text in verified.signatures[0].warnings)


def test_algorithms_narrow_and_never_widen() -> None:
    long = secret_key(bytes(range(64)))
    text = jws.sign(b"x", key=long, algorithm="HS512")
    assert jws.verify(text, key=long, algorithms=["HS512", "HS384"]).payload == b"x"
    assert refused(text, long, algorithms="HS256").code == "token.algorithm"
    with pytest.raises(KeyWrong):
        jws.verify(text, key=long, algorithms="ES256")
    for nothing in ("none", "", []):
        with pytest.raises(InvalidInput):
            jws.verify(text, key=long, algorithms=nothing)


def test_a_key_in_the_header_is_not_believed() -> None:
    """CVE-2018-0114: the attacker's own key, in jwk, in either header."""
    mine = keys.generate("ES256")
    jwk = keys.to_jwk(mine.public(), private=False)
    for where in (
        entry({"alg": "ES256", "jwk": jwk}, key=mine, algorithm="ES256"),
        entry({"alg": "ES256"}, key=mine, algorithm="ES256", header={"jwk": jwk}),
    ):
        error = refused(flattened(**where), PAIR.public())
        assert error.code == "token.signature"
        assert any("jwk is ignored" in warning for warning in error.report.warnings)


def test_an_empty_signature_is_none() -> None:
    error = refused(flattened(signature=""))
    assert (error.code, error.message) == ("token.signature", "the signature is empty")


def test_blanks_around_json_and_unknown_members_are_json_s_affair() -> None:
    """RFC 7515, section 7.2.1: members that are not understood are ignored."""
    text = f"\n {json.dumps(json.loads(flattened(note='hello')), indent=2)} \n"
    assert jws.verify(text, key=SECRET).form == "flattened"
