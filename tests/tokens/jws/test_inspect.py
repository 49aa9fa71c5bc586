"""`jws.inspect`: what a JWS is, without a word on whether it is genuine."""

from __future__ import annotations

import pytest

from authcli.encoding import base64url_encode
from authcli.tokens import jws
from authcli.tokens.jws.payloads import payload_kind
from tests.tokens.forging import secret_key
from tests.tokens.jws.writing import SECRET, entry, flattened, general


@pytest.mark.parametrize(
    ("payload", "kind"),
    [
        (b"", "empty"),
        (b'{"sub":"alice"}', "claims"),
        (b' {"exp":1}\n', "claims"),
        (b'{"event":"paid"}', "json"),
        (b"[1]", "json"),
        (b"42", "text"),
        (b'{"sub":1,"sub":2}', "text"),
        (b"{not json", "text"),
        ("\u00e9\t\r\n".encode(), "text"),
        (b"\xff", "binary"),
        (b"a\x00b", "binary"),
        (b"\x1b[2J", "binary"),
        (b"a\x7f", "binary"),
    ],
)
def test_a_payload_is_recognised_by_content(payload: bytes, kind: str) -> None:
    assert payload_kind(payload) == kind


def test_the_parts_of_every_form_are_told() -> None:
    compact = jws.inspect(jws.sign(b"{}", key=SECRET, typ="hook"))
    assert (compact.form, compact.detached, compact.encoded) == ("compact", False, True)
    (signature,) = compact.signatures
    assert [member.name for member in signature.protected] == ["alg", "typ", "kid"]
    assert signature.protected[2].meaning == "which key signed: chooses among trusted keys"
    assert (signature.algorithm, signature.kid, signature.size_bytes) == ("HS256", "mac", 32)
    assert compact.payload is not None
    assert compact.payload == ("json", b"{}")
    both = jws.inspect(
        general(entry({"alg": "HS256"}), entry({"alg": "HS256"}, header={"kid": "x"}))
    )
    assert both.form == "general"
    assert [one.kid for one in both.signatures] == [None, "x"]
    assert [member.name for member in both.signatures[1].unprotected] == ["kid"]
    apart = jws.inspect(flattened(payload=None))
    assert (apart.form, apart.detached, apart.payload) == ("flattened", True, None)


def findings(text: str) -> set[tuple[str | None, str]]:
    return {(found.subject, found.code) for found in jws.inspect(text).findings}


def test_what_is_unwise_is_found_for_each_signature() -> None:
    unsigned = base64url_encode(b'{"alg":"none"}')
    assert findings(f"{unsigned}.QQ.") == {(None, "token.lint.unsigned")}
    text = general(
        entry(None, header={"alg": "HS256"}),
        entry({"alg": "HS256", "jwk": {}}),
        entry({"alg": "HS256", "crit": ["x"], "x": 1}),
        {**entry({"alg": "RS256"}), "signature": ""},
    )
    assert findings(text) == {
        ("signature 1", "token.lint.unprotected-alg"),
        ("signature 2", "token.lint.carries-key"),
        ("signature 3", "token.lint.critical"),
        ("signature 4", "token.lint.no-signature"),
        ("signature 4", "token.lint.old-algorithm"),
    }


def test_a_secret_that_everybody_knows_is_found() -> None:
    """Webhooks are signed with it, too."""
    known = secret_key(b"secret")
    text = flattened(**entry({"alg": "HS256"}, key=known))
    assert findings(text) == {(None, "token.lint.common-secret")}
    assert findings(jws.sign(b"x", key=SECRET)) == set()
