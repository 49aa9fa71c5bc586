"""Keys: made, their public half, their thumbprint (RFC 7638)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from authcli import keys
from authcli.errors import AuthError
from tests.benchmarks.agreement import Differs
from tests.benchmarks.peers.jobs import Job, Side, equal_to, write_secret

__all__ = ["jobs"]

_OPENSSL = ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]


def jobs(folder: Path) -> Iterator[Job]:
    """Yield the jobs; their key goes into the folder."""
    key = keys.generate("ES256", kid=None)
    public = key.public()
    write_secret(folder / "own.pem", keys.write(key, format="pem"))
    (folder / "own.jwk").write_bytes(keys.write(public, format="jwk"))
    yield Job(
        "generate a key, P-256",
        (
            Side("authcli", ["key", "generate", "ES256", "-q"]),
            Side("openssl", _OPENSSL),
            Side("jose", ["jwk", "gen", "-i", '{"alg":"ES256"}']),
        ),
        _is_a_key,
    )
    yield Job(
        "the public half of a PEM",
        (
            Side("authcli", ["key", "public", "own.pem"]),
            Side("openssl", ["pkey", "-in", "own.pem", "-pubout"]),
        ),
        equal_to(keys.write(public, format="pem").decode()),
    )
    yield Job(
        "the thumbprint of a JWK",
        (
            Side("authcli", ["key", "thumbprint", "own.jwk"]),
            Side("jose", ["jwk", "thp", "-i", "own.jwk"]),
        ),
        equal_to(keys.thumbprint(public)),
    )


def _is_a_key(name: str, output: bytes) -> None:
    try:
        key = keys.read(output)
    except AuthError as why:
        raise Differs(f"authcli cannot read the key of {name}: {why}") from why
    if not key.private or key.crv != "P-256":
        raise Differs(f"{name} made another key: {key!r}")
