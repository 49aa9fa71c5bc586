"""The anatomy of a token: parts, meanings, and what is unwise."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import authcli
from authcli import tokens
from authcli.encoding import base64url_encode
from authcli.errors import TokenRejected
from authcli.findings import Finding
from authcli.tokens.common_secrets import COMMON_SECRETS
from authcli.tokens.meanings import CLAIMS, HEADERS, claim_meaning
from authcli.tokens.verifier import Verifier
from tests.tokens.forging import LIVE, NOW, hmac_signed, key_for, secret_key, signed, unsigned

HS = {"alg": "HS256", "typ": "JWT"}
WISE = {**LIVE, "aud": "api", "iss": "me"}


def found(token: str, severity: str | None = None) -> list[str]:
    return [
        finding.code.removeprefix("token.lint.")
        for finding in tokens.inspect(token, at=NOW).findings
        if severity in (None, finding.severity)
    ]


def test_a_token_is_taken_apart() -> None:
    token = hmac_signed({**HS, "x": 1}, {**WISE, "https://a.example/r": 1, "colour": "red"})
    anatomy = tokens.inspect(token, at=NOW)
    assert [part.name for part in anatomy.parts] == ["header", "payload", "signature"]
    assert ".".join(part.text for part in anatomy.parts) == token
    assert anatomy.parts[2].size_bytes == 32
    assert anatomy.size_bytes == len(token)
    kinds = {member.name: member.kind for member in anatomy.claims}
    assert kinds["sub"] == "registered"
    assert kinds["https://a.example/r"] == "public"
    assert kinds["colour"] == "private"
    assert [member.kind for member in anatomy.header] == ["registered", "registered", "private"]
    times = {member.name: member.instant for member in anatomy.claims if member.instant}
    assert times == {"iat": NOW - 60, "exp": NOW + 3600}


def test_every_name_in_the_tables_has_a_meaning_and_a_source() -> None:
    assert len(CLAIMS) >= 60
    for meaning in (*CLAIMS.values(), *HEADERS.values()):
        assert meaning.text
        assert meaning.source
    assert claim_meaning("email").kind == "public"
    assert claim_meaning("permissions").kind == "private"
    assert claim_meaning("urn:example:x").kind == "public"


def test_a_wise_token_has_nothing_to_mend() -> None:
    assert found(hmac_signed(HS, WISE)) == []


@pytest.mark.parametrize(
    ("header", "claims", "code", "severity"),
    [
        ({"alg": "none"}, WISE, "unsigned", "error"),
        ({"alg": "nOnE"}, WISE, "unsigned", "error"),
        (HS, {"sub": "a", "aud": "b"}, "no-exp", "warning"),
        (HS, {**WISE, "exp": NOW + 86_401, "iat": NOW}, "long-life", "warning"),
        (HS, {"exp": NOW + 86_401, "aud": "b"}, "long-life", "warning"),
        (HS, {**LIVE}, "no-aud", "warning"),
        (HS, {**WISE, "iat": NOW + 60}, "future", "warning"),
        (HS, {**WISE, "nbf": NOW + 3600}, "never-valid", "error"),
        (HS, {**WISE, "exp": (NOW + 60) * 1000}, "milliseconds", "error"),
        (HS, {**WISE, "exp": str(NOW)}, "type", "error"),
        (HS, {**WISE, "email": "a@b.example", "birthdate": "2000"}, "personal-data", "note"),
        (HS, {**WISE, "password": "x"}, "secret", "error"),
        (HS, {**WISE, "x": "y" * 3500}, "size", "note"),
        (HS, {**WISE, "x": "y" * 7000}, "size", "warning"),
        ({**HS, "jku": "https://a.example"}, WISE, "carries-key", "warning"),
        ({**HS, "jwk": {}, "x5c": []}, WISE, "carries-key", "warning"),
        ({**HS, "crit": ["x"], "x": 1}, WISE, "critical", "warning"),
        ({"alg": "HS256"}, WISE, "no-typ", "note"),
    ],
)
def test_what_is_unwise_is_found(
    header: dict[str, object], claims: dict[str, object], code: str, severity: str
) -> None:
    assert code in found(hmac_signed(header, claims), severity)


def test_a_day_is_not_longer_than_a_day() -> None:
    assert found(hmac_signed(HS, {**WISE, "iat": NOW, "exp": NOW + 86_400})) == []


def test_an_empty_signature_and_an_old_algorithm_are_found() -> None:
    assert "no-signature" in found(unsigned(HS, WISE), "error")
    token = signed({"alg": "RS256", "typ": "JWT"}, WISE, key=key_for("RS256"), algorithm="RS256")
    assert found(token) == ["old-algorithm"]


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
@pytest.mark.parametrize("secret", ["secret", "your-256-bit-secret", "keyboard cat", ""])
def test_a_common_secret_is_found_offline_and_not_repeated(algorithm: str, secret: str) -> None:
    token = hmac_signed({**HS, "alg": algorithm}, WISE, secret=secret.encode())
    assert found(token, "error") == ["common-secret"]
    said = [f"{finding.message} {finding.hint}" for finding in tokens.inspect(token).findings]
    assert not secret or not any(f"'{secret}'" in text for text in said)


def test_the_list_of_common_secrets_has_no_doubles() -> None:
    assert len(set(COMMON_SECRETS)) == len(COMMON_SECRETS) >= 200
    assert all(secret.strip() == secret != "" for secret in COMMON_SECRETS)


def test_the_worst_comes_first() -> None:
    token = hmac_signed({"alg": "HS256"}, {"email": "a", "password": "b"}, secret=b"secret")
    severities = [finding.severity for finding in tokens.inspect(token).findings]
    assert severities == sorted(severities, key=["error", "warning", "note"].index)
    assert all(isinstance(finding, Finding) for finding in tokens.inspect(token).findings)


def test_a_jws_whose_payload_is_no_claims_set_is_explained_all_the_same() -> None:
    anatomy = tokens.inspect(hmac_signed(HS, b"Payload"))
    assert anatomy.claims == ()
    assert [finding.code for finding in anatomy.findings] == ["token.lint.no-claims"]


def test_what_is_no_token_is_refused() -> None:
    with pytest.raises(TokenRejected, match="JWE"):
        tokens.inspect("a.b.c.d.e")


def test_times_that_no_calendar_holds_are_survived() -> None:
    for value in (2**53, -(2**53), 10**15, 0.1, -1):
        tokens.inspect(hmac_signed(HS, {"exp": value, "nbf": value, "iat": value}), at=NOW)


HEAVY = ("jwt", "cryptography", "ssl", "http.client", "uuid", "joserfc", "typer")


@pytest.mark.parametrize("call", ["tokens.decode({})", "tokens.inspect({})"])
def test_reading_a_token_loads_neither_pyjwt_nor_cryptography(call: str) -> None:
    """Start-up is a feature: reading needs the standard library alone."""
    token = hmac_signed(HS, WISE, secret=b"secret")
    code = f"""
import json, sys
from authcli import tokens
{call.format(repr(token))}
print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))
"""
    root = str(Path(authcli.__file__).parent.parent)
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": root},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(ran.stdout) == []


def test_only_rsa_loads_pyjwt_and_nothing_is_warned_of() -> None:
    """PyJWT warns of short keys on stderr; here weakness is a check, and said once."""
    secret = base64url_encode(b"short")
    code = f"""
import json, sys
from authcli import keys, tokens
key = keys.read(json.dumps({{"kty": "oct", "k": "{secret}"}}).encode())
assert "jwt" not in sys.modules
tokens.verify({hmac_signed(HS, WISE, secret=b"short")!r}, key=key, at={NOW}, allow_weak=True)
assert "jwt" not in sys.modules
rsa = keys.generate("RS256")
tokens.verify(tokens.mint({{}}, key=rsa), key=rsa)
assert "jwt" in sys.modules
"""
    root = str(Path(authcli.__file__).parent.parent)
    ran = subprocess.run(
        [sys.executable, "-W", "always", "-c", code],
        env={"PYTHONPATH": root},
        capture_output=True,
        text=True,
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def test_a_common_secret_is_weak_to_verify_with_but_readable() -> None:
    token = hmac_signed(HS, WISE, secret=b"secret")
    report = Verifier(secret_key(b"secret")).check(token, at=NOW)
    assert report.check("strength").code == "key.weak"
