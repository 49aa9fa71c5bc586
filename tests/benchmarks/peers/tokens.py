"""Tokens: decoded, signed, verified. What is signed by one is verified by authcli, and by all."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from authcli import keys, tokens
from authcli.errors import TokenRefused
from authcli.keys import Key
from authcli.tokens.verifier import Verifier
from tests.benchmarks.agreement import Differs
from tests.benchmarks.peers.jobs import Job, Side, write_secret
from tests.benchmarks.sides.side import CLAIMS

__all__ = ["jobs"]

#: jwt-cli takes a secret as text, on its command line.
_SECRET = "correct horse battery staple 32+ bytes"
_TEMPLATE = json.dumps({"protected": {"alg": "ES256", "typ": "JWT"}})


def jobs(folder: Path) -> Iterator[Job]:
    """Yield the jobs; their keys go into the folder."""
    key, secret = keys.generate("ES256", kid=None), keys.read(_SECRET.encode())
    write_secret(folder / "key.pem", keys.write(key, format="pem"))
    write_secret(folder / "key.jwk", keys.write(key, format="jwk"))
    write_secret(folder / "secret", _SECRET.encode())
    (folder / "public.pem").write_bytes(keys.write(key.public(), format="pem"))
    (folder / "public.jwk").write_bytes(keys.write(key.public(), format="jwk"))
    token, shared = (tokens.mint(CLAIMS, key=one, lifetime_seconds=86_400) for one in (key, secret))
    yield _decoding(token)
    yield _signing(key)
    yield _verifying("ES256", "public.pem", token)
    yield _verifying("HS256", "secret", shared)


def _decoding(token: str) -> Job:
    text = token.encode()
    sides = (
        Side("authcli", ["jwt", "decode", "-"], text),
        Side("jwt-cli", ["--output=json"], text),
        Side("golang-jwt", ["-show", "-"], text),
    )
    return Job("decode a token", sides, _tells_claims)


def _verifying(algorithm: str, key: str, token: str) -> Job:
    """Return how one token is verified; the first character of its signature can be another."""
    message, _, signature = token.rpartition(".")
    forged = f"{message}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}".encode()
    golang = ["-alg", algorithm, "-key", key, "-verify", "-"]
    words = {
        "authcli": ["jwt", "verify", "-", "--key", f"@{key}"],
        "golang-jwt": golang,
        **(
            {"jwt-cli": ["--output=json", f"--secret={_SECRET}"]}
            if algorithm == "HS256"
            else {"jose": ["jws", "ver", "-i", "-", "-k", "public.jwk", "-O", "-"]}
        ),
    }
    sides = (Side(name, each, token.encode(), forged) for name, each in words.items())
    return Job(f"verify a token, {algorithm}", tuple(sides), _tells_claims)


def _signing(key: Key) -> Job:
    claims = json.dumps(CLAIMS).encode()
    golang = ["-alg", "ES256", "-key", "key.pem", "-sign", "-"]
    jose = ["jws", "sig", "-I", "-", "-k", "key.jwk", "-c", "-s", _TEMPLATE]
    sides = (
        Side("authcli", ["jwt", "mint", "-", "--no-exp", "--key", "key.pem", "-q"], claims),
        Side("golang-jwt", golang, claims),
        Side("jose", jose, claims),
    )
    return Job("sign a token, ES256", sides, _verifies_with(key))


def _verifies_with(key: Key) -> Callable[[str, bytes], None]:
    verifier = Verifier(key.public())

    def check(name: str, output: bytes) -> None:
        try:
            payload = verifier.verify(output.decode().strip()).payload
        except TokenRefused as why:
            raise Differs(f"authcli refuses the token of {name}: {why}") from why
        _require(name, dict(payload))

    return check


def _tells_claims(name: str, output: bytes) -> None:
    text = output.decode()
    if name == "golang-jwt":
        text = text.rpartition("Claims:")[2]  # with -show the header stands before
    found = json.loads(text)
    _require(name, found["payload"] if name == "jwt-cli" else found)


def _require(name: str, found: dict[str, object]) -> None:
    if {claim: found.get(claim) for claim in CLAIMS} != CLAIMS:
        raise Differs(f"{name} tells {found} for {CLAIMS}")
