"""The other ends of the recipes: the service under test, and a CI system's issuer of ID tokens."""

from __future__ import annotations

import json
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from authcli import keys, tokens
from tests.recipes.machine import RECIPES, Tools

ISSUER = "https://ci.example"
AUDIENCE = "https://api.example"
REQUEST_TOKEN = "what-the-runner-gives-a-job-to-ask-with"


@contextmanager
def running_service(
    tools: Tools, jwks: Path, *, program: Path = RECIPES / "service.py"
) -> Iterator[str]:
    """Run docs/recipes/service.py, or another, and yield its URL."""
    home = tools.folder
    env = {**tools.environment(home), "ISSUER": ISSUER, "AUDIENCE": AUDIENCE}
    port = free_port()
    with (home / "service.log").open("w") as log:
        command = [tools.bin / "python3", program, jwks, str(port)]
        process = subprocess.Popen(command, env=env, stderr=log, cwd=home)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(url)
        yield url
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    """Return a port that nobody listens at."""
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        return server.server_port


def _wait(url: str) -> None:
    command = ["curl", "-s", "-o", "/dev/null", "--retry", "100", "--retry-connrefused"]
    subprocess.run([*command, "--retry-delay", "1", url], check=True, timeout=60)


@contextmanager
def running_issuer(claims: dict[str, object]) -> Iterator[str]:
    """Run an issuer that has a discovery document, keys, and ID tokens for who may ask."""
    key = keys.generate("ES256")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            if asked.path == "/.well-known/openid-configuration":
                return self.answer({"issuer": url, "jwks_uri": f"{url}/jwks"})
            if asked.path == "/jwks":
                return self.answer({"keys": [keys.to_jwk(key.public(), private=False)]})
            assert asked.path == "/id-token"
            if self.headers["Authorization"] != f"Bearer {REQUEST_TOKEN}":
                return self.answer({}, status=401)
            return self.answer({"value": id_token(parse_qs(asked.query)["audience"][0])})

        def answer(self, body: object, *, status: int = 200) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            pass

    def id_token(audience: str) -> str:
        return tokens.mint({"iss": url, "aud": audience, **claims}, key=key)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield url
        server.shutdown()


def fetched_id_token(url: str, *, audience: str) -> str:
    """Ask a running issuer for a token, as a runner does."""
    request = urllib.request.Request(f"{url}/id-token?audience={audience}")
    request.add_header("Authorization", f"Bearer {REQUEST_TOKEN}")
    with urllib.request.urlopen(request, timeout=10) as answer:
        return str(json.loads(answer.read())["value"])
