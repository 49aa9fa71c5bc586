"""The npm packages jose, fast-jwt and jsonwebtoken: a process of node each, asked line by line."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.interop.cases import Material
from tests.interop.debian import Jose
from tests.interop.peer import RFC_7518, Refused, Shape
from tests.requirements import require_node

SCRIPT = Path(__file__).with_name("peers.cjs")


class Package:
    """One of the packages."""

    package: str
    private_forms = ("jwk", "pem")
    public_forms = ("jwk", "jwks", "pem")
    secret_forms = ("jwk", "jwks", "raw")
    knows_time = True

    def __init__(self, folder: Path) -> None:
        node = require_node(self.package)
        self.process = subprocess.Popen(
            [node, str(SCRIPT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder
        )

    def ask(self, do: str, *, key: Material | None = None, **request: object) -> object:
        """Return what the package answers, or raise Refused."""
        message: dict[str, object] = {"peer": self.package, "do": do, **request}
        if key is not None:
            message["key"] = {"form": key.form, "data": base64.b64encode(key.data).decode()}
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "refused" in answer:
            raise Refused(answer["refused"])
        return answer["value"]

    def close(self) -> None:
        """End the process."""
        with self.process as process:
            process.kill()

    def sign(self, claims: Mapping[str, object], *, key: Material, kid: str, algorithm: str) -> str:
        return str(self.ask("sign", key=key, kid=kid, algorithm=algorithm, claims=claims))

    def verify(self, token: str, *, key: Material, algorithm: str) -> dict[str, object]:
        claims = self.ask("verify", key=key, algorithm=algorithm, token=token)
        assert isinstance(claims, dict)
        return claims


class Maker(Package):
    """A package that makes keys, or that takes those which Node makes."""

    makes = (*("HS256", "HS384", "HS512"), "RS256", "PS512", "ES256", "ES384", "ES512", "EdDSA")

    def make(self, kind: str) -> dict[str, bytes]:
        made = self.ask("make", kind=kind, algorithm=kind.partition("/")[0])
        assert isinstance(made, dict)
        return {form: text.encode() for form, text in made.items()}


class NodeJose(Maker):
    """`jose`, which Node, browsers and workers share."""

    package = "jose"
    kinds = (*RFC_7518, "EdDSA", "Ed25519")
    secret_forms = ("jwk", "raw")  # its sets hold public keys alone
    names = (*Maker.makes, "ES256K", "EdDSA/Ed448")
    hashes = ("sha256", "sha384", "sha512")
    shapes = (
        *Jose.shapes,
        Shape("compact", detached=True, unencoded=True),
        Shape("flattened", detached=True, unencoded=True),
        Shape("general", detached=True, unencoded=True),
    )

    def thumbprint(self, jwk: bytes, *, hash: str) -> str:
        return str(self.ask("thumbprint", jwk=json.loads(jwk), hash=hash))

    def sign_payload(self, payload: bytes, *, keys: Sequence[Material], shape: Shape) -> str:
        jwks = [json.loads(key.data) for key in keys]
        asked = {"payload": base64.b64encode(payload).decode(), "jwks": jwks, **shape._asdict()}
        return str(self.ask("signPayload", **asked))

    def verify_payload(self, jws: str, *, key: Material, payload: bytes | None = None) -> bytes:
        jwk = json.loads(key.data)
        apart = None if payload is None else base64.b64encode(payload).decode()
        verified = self.ask("verifyPayload", jws=jws, jwk=jwk, payload=apart)
        return base64.b64decode(str(verified))


class JsonWebToken(Maker):
    """`jsonwebtoken`."""

    package = "jsonwebtoken"
    kinds = RFC_7518
    makes = (*Maker.makes, "ES256K", "EdDSA/Ed448")


class FastJwt(Package):
    """`fast-jwt`."""

    package = "fast-jwt"
    kinds = (*RFC_7518, "EdDSA", "EdDSA/Ed448")
