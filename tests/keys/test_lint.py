"""What lint says, and that it says nothing of sound keys; what describe tells."""

from __future__ import annotations

import json
from typing import Any

import pytest

from authcli import keys
from authcli.keys import KeySet
from tests.keys.making import PAIR_KINDS, SECRET_KINDS, jwk, made, members


def jwks(*entries: dict[str, object]) -> KeySet:
    return keys.read_set(json.dumps({"keys": entries}).encode())


def said(subject: keys.Key | KeySet, **options: Any) -> list[tuple[str, str]]:
    return [(found.severity, found.code) for found in keys.lint(subject, **options)]


@pytest.mark.parametrize("kind", [*PAIR_KINDS, *SECRET_KINDS])
def test_sound_keys_are_left_in_peace(kind: str) -> None:
    assert not keys.lint(made(kind))
    if kind not in SECRET_KINDS:
        assert not keys.lint(made(kind).public(), public_expected=True)


def test_sound_sets_are_left_in_peace() -> None:
    public = [members(kind, private=False) for kind in ("RS256", "ES256", "Ed25519")]
    assert not keys.lint(jwks(*public), public_expected=True)


def test_private_keys_and_secrets_among_public_ones_are_errors() -> None:
    for kind in ("ES256", "HS256"):
        expected = ("error", "key.lint.private")
        assert expected in said(made(kind), public_expected=True)
        assert said(jwks(members(kind)), public_expected=True) == [expected]
        mixed = jwks(members(kind), members("Ed25519", private=False))
        assert said(mixed) == [("warning", "key.lint.mixed")]
        assert said(mixed, public_expected=True) == [expected]


def test_names_of_a_set_lead_to_one_key_each() -> None:
    """RFC 7517, section 4.5."""
    one, other = (members(kind, private=False) for kind in ("ES256", "Ed25519"))
    assert said(jwks(one | {"kid": "a"}, other | {"kid": "a"})) == [
        ("error", "key.lint.kid-duplicate")
    ]
    assert said(jwks(one | {"kid": "a"}, one | {"kid": "b"})) == [("warning", "key.lint.duplicate")]
    nameless = {name: value for name, value in one.items() if name != "kid"}
    assert said(jwks(nameless, other)) == [("warning", "key.lint.kid-missing")]
    assert said(jwks(nameless)) == []
    assert said(jwks()) == [("warning", "key.lint.empty")]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"use": "enc"}, ("error", "key.lint.alg-use")),
        ({"alg": "ECDH-ES", "use": "sig"}, ("error", "key.lint.alg-use")),
        ({"alg": "ES257"}, ("warning", "key.lint.alg-unknown")),
        ({"key_ops": ["sign", "deriveBits"], "use": None}, ("warning", "key.lint.key-ops")),
        ({"key_ops": []}, ("warning", "key.lint.key-ops")),
        ({"kid": "-x"}, ("warning", "key.lint.kid")),
        ({"kid": ""}, ("warning", "key.lint.kid")),
        ({"kid": "a\x1b[31m"}, ("warning", "key.lint.kid")),
        ({"kid": "k" * 300}, ("warning", "key.lint.kid")),
    ],
)
def test_contradictions_and_oddities_are_named(
    changes: dict[str, object], expected: tuple[str, str]
) -> None:
    bent = members("ES256") | changes
    key = jwk(**{name: value for name, value in bent.items() if value is not None})
    assert said(key) == [expected]


def test_a_public_key_that_says_sign_is_named() -> None:
    key = jwk(**members("ES256", private=False) | {"key_ops": ["sign"]})
    assert said(key) == [("warning", "key.lint.key-ops")]


def test_broken_entries_and_weak_keys_of_a_set_are_named_errors_first() -> None:
    weak = {"kty": "oct", "k": "c2VjcmV0", "kid": "weak"}
    padded = members("RS256", private=False) | {"kid": "padded", "n": "AA" + "A" * 4}
    found = keys.lint(jwks({"kty": "NEW", "kid": "later"}, weak, padded))
    assert [(one.severity, one.code, one.subject) for one in found] == [
        ("error", "key.malformed", "key 3 (kid 'padded')"),
        ("error", "key.weak.hmac-size", "key 2 (kid 'weak')"),
        ("note", "key.unsupported", "key 1 (kid 'later')"),
    ]


# --- describe


@pytest.mark.parametrize("kind", [*PAIR_KINDS, *SECRET_KINDS])
def test_a_description_is_json_and_public(kind: str) -> None:
    told = json.loads(json.dumps(keys.describe(made(kind))))
    secret = kind in SECRET_KINDS
    assert told["private"] is True
    assert told["thumbprint"] == (None if secret else keys.thumbprint(made(kind)))
    assert (told["signing_algorithm"] is None) == kind.startswith("X")
    assert set(told) == set(keys.describe(keys.read(b"another")))
    if not secret:
        public = keys.describe(made(kind).public())
        assert public["private"] is False
        assert public["thumbprint"] == told["thumbprint"]


def test_a_description_names_weaknesses() -> None:
    told = keys.describe(keys.read(b"secret"))
    assert told["weaknesses"] == [
        {
            "code": "key.weak.hmac-size",
            "severity": "error",
            "message": "the secret has 48 bits; HS256 needs 256",
            "hint": "make one: authcli key secret",
            "subject": None,
        }
    ]
