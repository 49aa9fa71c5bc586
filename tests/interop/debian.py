"""The commands `jose` (José, a library in C) and `jwt` (golang-jwt), Debian's packages of the same
names. Both get the key as a file; the token and the claims come through stdin.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.interop.cases import Material
from tests.interop.peer import RFC_7518, Refused, Shape, claims_of
from tests.requirements import missing, require


def run(*command: str | Path, stdin: bytes = b"") -> bytes:
    """Return the command's stdout; what fails refuses."""
    done = subprocess.run([str(word) for word in command], input=stdin, capture_output=True)
    if done.returncode != 0:
        raise Refused(done.stderr.decode(errors="replace"))
    return done.stdout


class Jose:
    """`jose`: JWK and JWKS alone, and no view on claims."""

    kinds = RFC_7518
    private_forms = ("jwk", "jwks")
    public_forms = ("jwk", "jwks")
    secret_forms = ("jwk", "jwks")
    knows_time = False
    makes = names = (*("HS256", "HS384", "HS512"), "RS256", "PS512", "ES256", "ES384", "ES512")
    hashes = ("sha256", "sha384", "sha512")
    shapes = tuple(
        Shape(form, detached)
        for form in ("compact", "flattened", "general")
        for detached in (False, True)
    )

    def __init__(self, folder: Path) -> None:
        self.command = require("jose")
        self.key = folder / "key"

    def sign(self, claims: Mapping[str, object], *, key: Material, kid: str, algorithm: str) -> str:
        self.key.write_bytes(key.data)
        template = json.dumps({"protected": {"alg": algorithm, "kid": kid}})
        arguments = ("-I", "-", "-k", self.key, "-c", "-s", template)
        payload = json.dumps(claims, ensure_ascii=False).encode()
        return run(self.command, "jws", "sig", *arguments, stdin=payload).decode()

    def verify(self, token: str, *, key: Material, algorithm: str) -> dict[str, object]:
        self.key.write_bytes(key.data)
        arguments = ("-i", "-", "-k", self.key, "-O", "-")
        return claims_of(run(self.command, "jws", "ver", *arguments, stdin=token.encode()))

    def make(self, kind: str) -> dict[str, bytes]:
        private = run(self.command, "jwk", "gen", "-i", json.dumps({"alg": kind}))
        if kind.startswith("HS"):
            return {"private jwk": private}
        public = (self.command, "jwk", "pub", "-i", "-")
        return {
            "private jwk": private,
            "public jwk": run(*public, stdin=private),
            "public jwks": run(*public, "--set", stdin=private),
        }

    def thumbprint(self, jwk: bytes, *, hash: str) -> str:
        name = hash.replace("sha", "S")
        return run(self.command, "jwk", "thp", "-i", "-", "-a", name, stdin=jwk).decode()

    def sign_payload(self, payload: bytes, *, keys: Sequence[Material], shape: Shape) -> str:
        arguments: list[str | Path] = ["-c"] if shape.form == "compact" else []
        for number, key in enumerate(keys):
            path = self.key.with_name(f"key{number}")
            path.write_bytes(key.data)
            template = json.dumps({"header": {"number": number}, "protected": {"typ": "text"}})
            arguments += ["-k", path]
            arguments += [] if shape.form == "compact" else ["-s", template]
        arguments += ["-O", os.devnull] if shape.detached else []
        return run(self.command, "jws", "sig", "-I", "-", *arguments, stdin=payload).decode()

    def verify_payload(self, jws: str, *, key: Material, payload: bytes | None = None) -> bytes:
        self.key.write_bytes(key.data)
        arguments = ("-i", jws, "-k", self.key)
        if payload is None:
            return run(self.command, "jws", "ver", *arguments, "-O", "-")
        run(self.command, "jws", "ver", *arguments, "-I", "-", stdin=payload)
        return payload


class GolangJwt:
    """`jwt` of golang-jwt: PEM alone, and a secret as the file holds it."""

    kinds = (*RFC_7518, "EdDSA")
    private_forms = ("pem",)
    public_forms = ("pem",)
    secret_forms = ("raw",)
    knows_time = True

    def __init__(self, folder: Path) -> None:
        self.command = require("jwt")
        self.key = folder / "key"
        usage = subprocess.run([self.command, "-help"], capture_output=True).stderr
        if b"path to claims object to sign" not in usage:
            missing("jwt")  # several programs have taken the name

    def sign(self, claims: Mapping[str, object], *, key: Material, kid: str, algorithm: str) -> str:
        self.key.write_bytes(key.data)
        arguments = ("-alg", algorithm, "-key", self.key, "-header", f"kid={kid}", "-sign", "-")
        payload = json.dumps(claims, ensure_ascii=False).encode()
        return run(self.command, *arguments, stdin=payload).decode().strip()

    def verify(self, token: str, *, key: Material, algorithm: str) -> dict[str, object]:
        self.key.write_bytes(key.data)
        arguments = ("-alg", algorithm, "-key", self.key, "-verify", "-")
        return claims_of(run(self.command, *arguments, stdin=token.encode()))
