"""A service that takes JWTs, to try the recipes on; yours stands in its place.

    ISSUER=https://ci.example AUDIENCE=https://api.example python3 service.py jwks.json 8080

GET /me answers 200 and the claims to a token that passes, else 401 and the error's code (RFC 6750,
section 3). GET /.well-known/jwks.json publishes the keys that it trusts (RFC 7517, section 5).
"""

from __future__ import annotations

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from authcli import keys
from authcli.errors import TokenRefused
from authcli.tokens.policy import Policy
from authcli.tokens.verifier import Verifier


def service(jwks: bytes, *, issuer: str, audience: str, port: int = 8080) -> ThreadingHTTPServer:
    """Return a server on the loopback interface that believes tokens signed by `jwks`.

    Args:
        jwks: the public keys, as a JWK set.
        issuer: the only `iss` that is taken.
        audience: what must be in `aud`.
        port: where to listen; 0 takes any free port.
    """
    policy = Policy(issuer=issuer, audience=audience)
    verifier = Verifier(keys.read_set(jwks), policy=policy)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/.well-known/jwks.json":
                return self.answer(200, jwks)
            if self.path != "/me":
                return self.answer(404, b"{}")
            scheme, _, token = self.headers.get("Authorization", "").partition(" ")
            if scheme.lower() != "bearer":
                return self.answer(401, b'{"error":"a bearer token is needed"}')
            try:
                verified = verifier.verify(token)
            except TokenRefused as refusal:
                return self.answer(401, json.dumps({"error": refusal.code}).encode())
            return self.answer(200, json.dumps(dict(verified.payload)).encode())

        def answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            if status == 401:
                self.send_header("WWW-Authenticate", 'Bearer error="invalid_token"')
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


if __name__ == "__main__":
    service(
        Path(sys.argv[1]).read_bytes(),
        issuer=os.environ["ISSUER"],
        audience=os.environ["AUDIENCE"],
        port=int(sys.argv[2]),
    ).serve_forever()
