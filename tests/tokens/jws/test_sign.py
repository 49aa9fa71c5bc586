"""`jws.sign`: what is written, and what cannot be."""

from __future__ import annotations

import json

import pytest

from authcli import keys
from authcli.encoding import base64url_decode
from authcli.errors import InvalidInput, KeyWeak, KeyWrong
from authcli.keys import ALGORITHMS
from authcli.tokens import jws
from authcli.tokens.jws.serialisations import MAX_PAYLOAD_BYTES
from authcli.tokens.jws.signing import Signer
from tests.tokens.forging import key_for, secret_key

KEY = secret_key(kid="k")


def header_of(text: str) -> dict[str, object]:
    return json.loads(base64url_decode(text.split(".", maxsplit=1)[0]))  # type: ignore[no-any-return]


def test_the_package_offers_these_names() -> None:
    assert jws.__all__ == ["inspect", "sign", "verify"]
    assert all(hasattr(jws, name) for name in jws.__all__)


def test_the_example_of_the_package_runs() -> None:
    """The docstring's lines, as they stand."""
    lines = [line.strip() for line in str(jws.__doc__).splitlines() if line.startswith("    ")]
    code = "\n".join(
        lines[: lines.index('apart = jws.sign(b"a large file", key=key, detached=True)') + 2]
    )
    assert 'payload=b"a large file"' in code
    exec(compile(code, "jws", "exec"), {})


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_algorithm_signs_bytes(algorithm: str) -> None:
    key = key_for(algorithm)
    text = jws.sign(b"\x00\xff", key=key, algorithm=algorithm)
    public = key if key.kty == "oct" else key.public()
    assert jws.verify(text, key=public, algorithms=algorithm).payload == b"\x00\xff"
    assert header_of(text) == {"alg": algorithm} | ({"kid": key.kid} if key.kid else {})


def test_the_header_says_what_was_asked_and_nothing_else() -> None:
    assert header_of(jws.sign(b"x", key=KEY)) == {"alg": "HS256", "kid": "k"}
    assert header_of(jws.sign(b"x", key=KEY, kid=False)) == {"alg": "HS256"}
    text = jws.sign(b"x", key=KEY, kid="other", typ="hook+json", header={"cty": "json"})
    assert list(header_of(text).items()) == [
        *(("alg", "HS256"), ("typ", "hook+json"), ("kid", "other"), ("cty", "json"))
    ]
    unencoded = header_of(jws.sign(b"x", key=KEY, unencoded=True))
    assert unencoded == {"alg": "HS256", "kid": "k", "b64": False, "crit": ["b64"]}


def test_detached_leaves_the_payload_out_and_signs_the_same() -> None:
    """RFC 7515, appendix F."""
    whole = jws.sign(b"body", key=KEY)
    header, _, signature = whole.split(".")
    assert jws.sign(b"body", key=KEY, detached=True) == f"{header}..{signature}"


@pytest.mark.parametrize("payload", [b"a.b", b"line\n", "é".encode(), b"\x7f", b"\x00"])
def test_an_unencoded_compact_payload_is_printable_without_periods(payload: bytes) -> None:
    """RFC 7797, section 5.2."""
    with pytest.raises(InvalidInput, match=r"5\.2"):
        jws.sign(payload, key=KEY, unencoded=True)
    text = jws.sign(payload, key=KEY, unencoded=True, detached=True)
    assert jws.verify(text, key=KEY, payload=payload).payload == payload


@pytest.mark.parametrize("unencoded", [False, True])
def test_an_empty_payload_is_signed_detached_alone(unencoded: bool) -> None:
    """Compact, nothing would tell it from a payload that travels apart."""
    with pytest.raises(InvalidInput, match="detached"):
        jws.sign(b"", key=KEY, unencoded=unencoded)
    text = jws.sign(b"", key=KEY, unencoded=unencoded, detached=True)
    assert jws.verify(text, key=KEY, payload=b"").payload == b""


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"header": {"b64": False}}, "b64 cannot be set"),
        ({"header": {"crit": ["b64"]}}, "crit cannot be set"),
        ({"header": {"alg": "none"}}, "alg cannot be set"),
        ({"header": {"kid": 1}}, "kid must be a string"),
        ({"header": {"x": "y" * 200_000}}, "no reader accepts"),
        ({"typ": ""}, "empty typ"),
        ({"typ": "JWT", "unencoded": True}, "not for JWTs"),
        ({"header": {"typ": "jwt"}, "unencoded": True}, "not for JWTs"),
        ({"algorithm": "none"}, "no signature algorithm"),
    ],
)
def test_what_no_reader_should_accept_is_not_signed(options: dict[str, object], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        jws.sign(b"x", key=KEY, **options)  # type: ignore[arg-type]


def test_a_key_that_must_not_sign_does_not() -> None:
    with pytest.raises(KeyWrong):
        jws.sign(b"x", key=key_for("ES256").public())
    with pytest.raises(KeyWrong):
        jws.sign(b"x", key=KEY, algorithm="ES256")
    with pytest.raises(KeyWeak):
        jws.sign(b"x", key=secret_key(b"short"))
    with pytest.raises(KeyWrong):
        jws.sign(b"x", key=keys.generate("X25519"))


def test_a_payload_is_bounded() -> None:
    with pytest.raises(InvalidInput, match="64 MiB"):
        Signer(key=KEY).sign(bytes(MAX_PAYLOAD_BYTES + 1))
    text = jws.sign(b"x", key=KEY, detached=True)
    with pytest.raises(InvalidInput, match="64 MiB"):
        jws.verify(text, key=KEY, payload=bytes(MAX_PAYLOAD_BYTES + 1))
