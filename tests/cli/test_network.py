# ruff: noqa: E501 - the table of commands is read by its columns
"""No command touches the network unless a URL was named; where one was, it works.

A `sitecustomize` with an audit hook watches each process: it ends it when a socket does anything,
and records the files that were opened and the programs that were started.
"""

from __future__ import annotations

import base64
import json
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests import tree
from tests.cli.harness import Cli

WATCHER = """
import os, sys
log = os.open(os.environ["AUDIT_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
def hook(event, arguments):
    if event.startswith("socket.") and event not in ("socket.gethostname",):
        os.write(log, f"{event} {arguments!r}\\n".encode())
        os._exit(99)
    if event in ("open", "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork"):
        os.write(log, f"{event} {arguments[0]!r}\\n".encode("utf-8", "backslashreplace"))
sys.addaudithook(hook)
"""


@dataclass
class Watched:
    """Runs commands under the watcher."""

    cli: Cli
    log: Path

    def __call__(self, *arguments: str, stdin: str | None = None) -> tuple[int, str]:
        """Return the exit code and what was recorded."""
        self.log.write_text("")
        data = stdin.encode() if stdin is not None else None
        done = self.cli.raw(*arguments, stdin=data)
        record = self.log.read_text()
        assert done.returncode != 99, f"{arguments}: {record[-300:]}"
        assert record, "the watcher did not run"
        return done.returncode, record


@pytest.fixture
def watched(cli: Cli, tmp_path: Path) -> Watched:
    folder = tmp_path / "watcher"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(WATCHER)
    log = tmp_path / "audit.log"
    cli.env |= {"PYTHONPATH": str(folder), "AUDIT_LOG": str(log)}
    return Watched(cli, log)


def programs(record: str) -> list[str]:
    """Return the lines that say a program was started."""
    return [line for line in record.splitlines() if not line.startswith("open ")]


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def test_the_watcher_sees_sockets(watched: Watched) -> None:
    """The tests below would pass with a blind watcher; this one would not."""
    done = watched.cli.raw("jwt", "verify", "a.b.c", "--jwks", "http://127.0.0.1:9/jwks.json")
    assert done.returncode == 99
    assert "socket." in watched.log.read_text()


COMMANDS: dict[tuple[str, ...], list[tuple[str, ...]]] = {
    ("key", "generate"): [("ES256", "-o", "new.pem", "--public", "new.pub"), ("HS256",), ("RS256",)],
    ("key", "inspect"): [("key.pem",), ("key.pem", "--json")],
    ("key", "convert"): [("key.pem", "--to", "jwk")],
    ("key", "public"): [("key.pem", "--format", "openssh")],
    ("key", "thumbprint"): [("key.pem", "--uri")],
    ("key", "lint"): [("key.pub",)],
    ("key", "secret"): [(), ("--format", "dotenv")],
    ("jwt", "mint"): [("--sub", "a"), ("--iss", "https://issuer.example", "-k", "key.pem", "jku=https://x.example"),
                      ("--dry-run",), ("--explain", "curl")],
    ("jwt", "decode"): [("TOKEN",), ("TOKEN", "--json")],
    ("jwt", "verify"): [("TOKEN", "-k", "key.pub"), ("TOKEN", "--jwks", "jwks.json", "--iss", "https://issuer.example"),
                        ("TOKEN", "--issuer", "https://issuer.example", "-k", "key.pub"), ("TOKEN",)],
    ("jwt", "inspect"): [("TOKEN",), ("TOKEN", "-k", "key.pub")],
    ("jwt", "edit"): [("TOKEN", "role=admin", "-k", "key.pem"), ("TOKEN", "jku=https://x.example")],
    ("jwt", "diff"): [("TOKEN", "TOKEN")],
    ("jwt", "fixtures"): [("-o", "fixtures", "--iss", "https://issuer.example")],
    ("jwt", "refresh"): [("@refresh.txt",), ("https://issuer.example/token",), ("@refresh.txt", "-k", "https://issuer.example/jwks.json")],
    ("jwt", "revoke"): [("TOKEN", "-k", "key.pub", "--reason", "https://issuer.example"), ("--sub", "a", "--yes")],
    ("jwt", "issued"): [(), ("--families",)],
    ("jws", "sign"): [("payload", "-k", "key.pem")],
    ("jws", "verify"): [("TOKEN", "-k", "key.pub"), ("TOKEN", "--jwks", "jwks.json")],
    ("jws", "inspect"): [("TOKEN",)],
    ("password", "htpasswd", "add"): [("users", "bob", "@key.pub", "--scheme", "sha512-crypt", "--rounds", "1000"),
                                      ("users", "https://issuer.example", "@key.pub")],
    ("password", "htpasswd", "verify"): [("users", "alice", "@key.pub"), ("users", "bob", "@key.pub")],
    ("password", "htpasswd", "list"): [("users",)],
    ("password", "htpasswd", "remove"): [("users", "alice", "--yes")],
    ("password", "hash"): [("@key.pub", "--memory", "64KiB", "--lanes", "1"), ("https://issuer.example/pw",)],
    ("password", "verify"): [("$2b$04$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "@key.pub"),
                             ("https://issuer.example/hash", "@key.pub"), ("cmd:id", "@key.pub")],
    ("password", "inspect"): [("$1$abcdefgh$GHIiTfkPrNrNTuLYcX7Jd.",), ("https://issuer.example/hash",)],
    ("password", "check"): [("@key.pub", "--about", "https://issuer.example"), ("@key.pub", "--policy", "classic")],
    ("password", "generate"): [(), ("--words", "6")],
    ("password", "tune"): [("--target", "1ms", "--scheme", "bcrypt")],
    ("password", "schemes"): [()],
    ("totp", "recovery", "new"): [("https://issuer.example",), ("alice", "--dry-run")],
    ("totp", "recovery", "verify"): [("alice", "https://issuer.example/code"), ("alice", "0000-0000-0000-0000")],
    ("jwks", "init"): [("EdDSA", "--iss", "https://issuer.example")],
    ("jwks", "list"): [()],
    ("jwks", "show"): [("KID",)],
    ("jwks", "status"): [(), ("--format", "ics")],
    ("jwks", "rotate"): [("--publish", "public/"), ("--start",)],
    ("jwks", "activate"): [("KID", "--force", "--yes")],
    ("jwks", "retire"): [("KID",)],
    ("jwks", "compromise"): [("KID", "--yes", "--publish", "jwks.json")],
    ("jwks", "publish"): [("-o", "public/", "--iss", "https://issuer.example")],
    ("jwks", "import"): [("key.pem",)],
    ("jwks", "export"): [(), ("KID", "--private", "--yes")],
    ("jwks", "lint"): [("jwks.json",), ("store:",)],
    ("jwks", "serve"): [("--port", "65536")],
    ("apikey", "issue"): [("ci", "--scope", "a"), ("ci", "--count", "2")],
    ("apikey", "verify"): [("API_KEY",), ("https://issuer.example/key",), ("--lines", "@keys")],
    ("apikey", "list"): [(), ("--owner", "https://issuer.example")],
    ("apikey", "show"): [("watched",)],
    ("apikey", "update"): [("watched", "--owner", "me", "--cidr", "192.0.2.7")],
    ("apikey", "enable"): [("watched",)],
    ("apikey", "disable"): [("watched",), ("--name", "w*", "--yes")],
    ("apikey", "usage"): [(), ("watched",)],
    ("apikey", "rotate"): [("watched",), ("watched", "--finish")],
    ("apikey", "revoke"): [("watched", "--reason", "https://issuer.example"), ("-k", "https://issuer.example/key")],
    ("apikey", "expiring"): [(), ("--format", "prometheus")],
    ("expiring",): [("--format", "junit"), ("key.pem", "jwks.json", "--format", "ics")],
    ("doctor",): [(), ("--json",)],
    ("exec",): [("--set", "TOKEN=jwt:", "--", "true")],
    ("apikey", "detect"): [(".",), ("key.pem", "--no-store")],
    ("apikey", "rules"): [("gitleaks",), ("trufflehog",), ("github",)],
    ("apikey", "import"): [("jwks.json", "--from", "sha256"), ("-", "--from", "unkey", "--dry-run")],
    ("totp", "new"): [("--issuer", "https://issuer.example"), ("--account", "a", "-o", "qr.svg"), ("--account", "a", "--qr")],
    ("totp", "add"): [("x", "https://issuer.example/secret")],
    ("totp", "code"): [("literal:GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",), ("https://issuer.example/secret",)],
    ("totp", "verify"): [("literal:GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "123456"), ("literal:GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "https://issuer.example/code")],
    ("totp", "uri"): [("literal:GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "--issuer", "https://issuer.example")],
    ("totp", "qr"): [("literal:GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "-o", "qr.png")],
    ("totp", "read"): [("otpauth://totp/a?secret=GEZDGNBVGY3TQOJQ&image=https://issuer.example/a.png",), ("https://issuer.example/qr.png",)],
    ("totp", "list"): [()],
    ("totp", "import"): [("literal:otpauth://totp/a?secret=GEZDGNBVGY3TQOJQ&image=https://issuer.example/a.png", "--dry-run"), ("https://issuer.example/export",)],
    ("totp", "remove"): [("kept", "--dry-run"), ("kept", "--yes")],
    ("totp", "export"): [("kept", "--yes"), ("kept", "-o", "kept.png", "--yes")],
    ("hotp", "code"): [("literal:GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "--counter", "1")],
    ("hotp", "verify"): [("literal:GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "287082", "--counter", "1")],
    ("keychain", "set"): [("https-x", "env:HOME"), ("x", "https://issuer.example/secret")],
    ("keychain", "get"): [("kept",)],
    ("keychain", "list"): [()],
    ("keychain", "remove"): [("kept", "--yes")],
    ("store", "init"): [()],
    ("store", "status"): [(), ("--full",)],
    ("store", "migrate"): [()],
    ("store", "backup"): [("-o", "backup.db")],
    ("store", "restore"): [("kept.db", "--dry-run"), ("key.pem",)],
    ("store", "gc"): [("--dry-run",)],
    ("store", "copy"): [("--to", "sqlite:copy.db")],
    ("store", "rekey"): [("--pepper", "--dry-run")],
    ("audit", "list"): [(), ("--since", "1d", "--jsonl")],
    ("audit", "verify"): [()],
    ("audit", "find"): [("--secret", "@kept.key")],
    ("audit", "export"): [()],
    ("inspect",): [("TOKEN",), ("key.pem",), ("https://issuer.example/jwks.json",)],
    ("config", "show"): [("--origin",)],
    ("config", "path"): [()],
    ("config", "check"): [()],
    ("config", "trust"): [("--yes",)],
    ("completion",): [("bash",), ("zsh",), ("fish",), ("powershell",)],
    ("help",): [(), ("exit-codes",), ("token.expired",), ("jwt", "mint")],
}  # fmt: skip


def test_every_command_is_watched() -> None:
    assert set(COMMANDS) == tree.commands()


@pytest.fixture
def signed(watched: Watched) -> str:
    """Key files in the home, and a token of theirs."""
    ok = watched.cli.ok
    ok("key", "generate", "ES256", "-o", "key.pem", "--public", "key.pub")
    ok("key", "public", "key.pem", "--format", "jwks", "-o", "jwks.json")
    return ok("jwt", "mint", "--sub", "a", "--iss", "https://issuer.example", "-k", "key.pem")


def with_keys(watched: Watched, command: tuple[str, ...]) -> dict[str, str]:
    """Make the keys that a command works on; return what stands for them among its arguments."""
    ok, home = watched.cli.ok, watched.cli.home
    if command[0] == "apikey":
        key = ok("apikey", "issue", "watched", "-q")
        (home / "keys").write_text(key)
        return {"API_KEY": key}
    if command[0] == "jwks":
        ok("jwks", "init")
        return {"KID": ok("jwks", "list", "--state", "next", "-q")}
    if command == ("jwt", "refresh"):
        (home / "refresh.txt").write_text(ok("jwt", "mint", "--refresh", "-q").splitlines()[1])
    return {}


def prepare(watched: Watched, command: tuple[str, ...]) -> None:
    """Make what else a command works on."""
    ok, home = watched.cli.ok, watched.cli.home
    if command == ("config", "trust"):
        (home / "authcli.toml").write_text('jwks = "https://issuer.example/jwks"\n')
    if command[:2] == ("password", "htpasswd"):
        (home / "users").write_text("alice:{SHA}qUqP5cyxm6YcTAhz05Hph5gvu9M=\n")
    if command[0] == "audit":
        ok("apikey", "issue", "watched", "-o", "kept.key")
    if command[0] == "store":
        ok("store", "init")
        ok("store", "backup", "-o", "kept.db")
    if command[:2] == ("totp", "recovery"):
        ok("totp", "recovery", "new", "alice", "--yes")


def prepare_keychain(watched: Watched, command: tuple[str, ...]) -> None:
    """Keep something in the encrypted file; the system's keychain is reached through a socket."""
    of_totp = command in (("totp", "remove"), ("totp", "export"))
    if not of_totp and command[0] not in ("keychain", "doctor"):
        return
    watched.cli.env |= {"AUTHCLI_KEYCHAIN": "file", "AUTHCLI_KEYCHAIN_PASSPHRASE": "env:HOME"}
    if of_totp:
        watched.cli.ok("totp", "add", "kept", "literal:GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
    else:
        watched.cli.ok("keychain", "set", "kept", "env:HOME")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_command_touches_the_network_unasked(
    watched: Watched, signed: str, command: tuple[str, ...]
) -> None:
    values = {"TOKEN": signed, **with_keys(watched, command)}
    prepare(watched, command)
    prepare_keychain(watched, command)
    for arguments in COMMANDS[command]:
        words = [values.get(word, word) for word in arguments]
        code, record = watched(*command, *words)
        assert code in (0, 2, 3, 10), (command, words)
        started = programs(record)
        if command == ("exec",):  # the program that was asked for, and no other
            assert started.pop().endswith("/true'")
        assert started == [], record


LURES: dict[str, object] = {
    "jku": "https://attacker.example/jwks.json",
    "x5u": "http://127.0.0.1:9/cert.pem",
    "jwk": {"kty": "oct", "k": "AAAA"},
    "x5c": ["MIIB"],
    "kid": "/etc/hostname",
}


@pytest.mark.parametrize("kid", ["/etc/hostname", "../../etc/hostname", "file:///etc/hostname", "cmd:id", "|id",
                                 "@/etc/hostname", "env:HOME", "$(id)", "https://attacker.example/k"])  # fmt: skip
def test_nothing_in_a_token_leads_anywhere(watched: Watched, signed: str, kid: str) -> None:
    """RFC 8725, section 3.10: no network, file or program is reached by what a token says."""
    header = b64(json.dumps({"alg": "ES256", **LURES, "kid": kid}).encode())
    lure = ".".join([header, *signed.split(".")[1:]])
    for arguments in (
        ("jwt", "verify", lure, "-k", "key.pub"),
        ("jwt", "verify", lure, "--jwks", "jwks.json"),
        ("jwt", "verify", lure),
        ("jwt", "inspect", lure),
        ("jwt", "inspect", lure, "-k", "key.pub"),
        ("jwt", "decode", lure),
        ("inspect", lure),
    ):
        _, record = watched(*arguments)
        opened = [line for line in record.splitlines() if line.startswith("open ")]
        assert not any("hostname" in line or "attacker" in line for line in opened), opened
        assert programs(record) == []


@dataclass
class Server:
    """A real web server for keys; `pages` maps a path to its document."""

    port: int = 0
    pages: dict[str, object] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def serve(
    shared: Server, *, context: ssl.SSLContext | None = None
) -> tuple[ThreadingHTTPServer, Callable[[], None]]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            shared.asked.append(self.path)
            body = json.dumps(shared.pages.get(self.path)).encode()
            self.send_response(200 if self.path in shared.pages else 404)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "max-age=60")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", shared.port), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    shared.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def stop() -> None:
        server.shutdown()
        server.server_close()

    return server, stop


@pytest.fixture
def server() -> Iterator[Server]:
    shared = Server()
    running, stop = serve(shared)
    yield shared
    if running.socket.fileno() != -1:
        stop()


def published(cli: Cli, *names: str) -> dict[str, object]:
    """Make a key NAME.pem for each name that has none; return their JWKS."""
    keys = []
    for name in names:
        if not (cli.home / f"{name}.pem").exists():
            cli.ok("key", "generate", "ES256", "-o", f"{name}.pem")
        jwks = json.loads(cli.ok("key", "public", f"{name}.pem", "--format", "jwks"))
        keys += [{**key, "kid": name} for key in jwks["keys"]]
    return {"keys": keys}


def mint(cli: Cli, name: str, *claims: str) -> str:
    return cli.ok("jwt", "mint", "--sub", "a", *claims, "-k", f"{name}.pem", "--kid", name)


def test_keys_by_url_verify_are_cached_and_show_their_age(cli: Cli, server: Server) -> None:
    server.pages["/jwks.json"] = published(cli, "one")
    token, url = mint(cli, "one"), f"{server.origin}/jwks.json"
    assert cli("jwt", "verify", token, "--jwks", url).code == 0
    again = cli("jwt", "verify", token, "--jwks", url)
    assert again.code == 0
    assert f"note: keys of {url} from the cache, " in again.err
    assert server.asked == ["/jwks.json"]


def test_a_rotated_key_is_fetched_once_more_and_an_unknown_one_is_not_hammered(
    cli: Cli, server: Server
) -> None:
    url = f"{server.origin}/jwks.json"
    server.pages["/jwks.json"] = published(cli, "one")
    assert cli("jwt", "verify", mint(cli, "one"), "--jwks", url).code == 0
    age_the_cache(cli, 30)
    server.pages["/jwks.json"] = published(cli, "one", "two")
    assert cli("jwt", "verify", mint(cli, "two"), "--jwks", url).code == 0
    assert len(server.asked) == 2
    unknown = cli.ok("jwt", "mint", "-k", "one.pem", "--kid", "three")
    for _ in range(3):
        assert cli("jwt", "verify", unknown, "--jwks", url).code == 3
    assert len(server.asked) <= 3


def test_a_key_that_is_rotated_in_between_many_tokens_is_fetched_once(
    cli: Cli, server: Server
) -> None:
    url = f"{server.origin}/jwks.json"
    server.pages["/jwks.json"] = published(cli, "one")
    old = mint(cli, "one")
    assert cli("jwt", "verify", old, "--jwks", url).code == 0
    age_the_cache(cli, 30)
    server.pages["/jwks.json"] = published(cli, "one", "two")
    new, unknown = mint(cli, "two"), cli.ok("jwt", "mint", "-k", "one.pem", "--kid", "three")
    lines = f"{old}\n{new}\n{unknown}\n{unknown}\n{old}\n{new}\n"
    result = cli("jwt", "verify", "--lines", "--jwks", url, "--jobs", "1", stdin=lines)
    assert (result.code, len(result.out.splitlines())) == (3, 4), str(result)
    assert "line 3: the token's kid 'three' is not in the key set" in result.err
    assert len(server.asked) == 2
    offline = cli("jwt", "verify", "--lines", "--jwks", url, "--offline", stdin=lines)
    assert (offline.code, len(offline.out.splitlines())) == (3, 4)
    assert len(server.asked) == 2


def age_the_cache(cli: Cli, seconds: int, *, expired: bool = False) -> None:
    """Make what is cached older, as if time had passed."""
    for file in (cli.home / ".cache/authcli").rglob("*.json"):
        entry = json.loads(file.read_text())
        entry["fetched_at"] -= seconds
        entry["asked_at"] -= seconds
        entry["expires_at"] -= seconds
        assert (entry["expires_at"] < datetime.now(UTC).timestamp()) is expired
        file.write_text(json.dumps(entry))


def test_stale_keys_serve_with_a_warning_while_the_server_is_down(cli: Cli) -> None:
    shared = Server()
    _, stop = serve(shared)
    shared.pages["/jwks.json"] = published(cli, "one")
    token, url = mint(cli, "one", "-e", "1d"), f"{shared.origin}/jwks.json"
    assert cli("jwt", "verify", token, "--jwks", url).code == 0
    stop()
    age_the_cache(cli, 600, expired=True)
    stale = cli("jwt", "verify", token, "--jwks", url)
    assert stale.code == 0
    assert "warning: " in stale.err
    assert "what was fetched 10 min ago is used" in stale.err.replace("10 min 1 s", "10 min")
    missing = cli("jwt", "verify", token, "--jwks", f"{shared.origin}/other.json")
    assert (missing.code, missing.out) == (9, "")


def test_offline_uses_the_cache_alone(cli: Cli, server: Server) -> None:
    server.pages["/jwks.json"] = published(cli, "one")
    token, url = mint(cli, "one"), f"{server.origin}/jwks.json"
    nothing = cli("jwt", "verify", token, "--jwks", url, "--offline")
    assert (nothing.code, nothing.out, server.asked) == (9, "", [])
    assert cli("jwt", "verify", token, "--jwks", url).code == 0
    assert cli("jwt", "verify", token, "--jwks", url, "--offline").code == 0
    assert server.asked == ["/jwks.json"]


def test_an_issuers_keys_are_discovered_and_its_name_expected(cli: Cli, server: Server) -> None:
    server.pages["/jwks.json"] = published(cli, "one")
    server.pages["/.well-known/openid-configuration"] = {
        "issuer": server.origin,
        "jwks_uri": f"{server.origin}/jwks.json",
    }
    good = mint(cli, "one", "--iss", server.origin)
    assert cli("jwt", "verify", good, "--issuer", server.origin).code == 0
    other = mint(cli, "one", "--iss", "https://other.example")
    assert cli("jwt", "verify", other, "--issuer", server.origin).code == 6
    assert cli("jwt", "verify", good, "--issuer", f"{server.origin}/").code in (6, 9)


def test_a_certificate_that_nobody_vouches_for_is_refused(cli: Cli, tmp_path: Path) -> None:
    shared = Server()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path))
    _, stop = serve(shared, context=context)
    shared.pages["/jwks.json"] = published(cli, "one")
    url = f"https://localhost:{shared.port}/jwks.json"
    result = cli("jwt", "verify", mint(cli, "one"), "--jwks", url)
    stop()
    assert (result.code, result.out, shared.asked) == (9, "", [])
    assert "certificate" in result.err


def self_signed(folder: Path) -> Path:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    pem = serialization.Encoding.PEM
    path.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(pem)
    )
    return path


@pytest.mark.parametrize("url", ["http://issuer.example/jwks.json", "http://192.0.2.1/k", "http://127.0.0.1.example/",
                                 "http://localhost.example/", "http://[2001:db8::1]/", "http://0/"])  # fmt: skip
def test_plain_http_to_another_machine_is_refused_unasked(watched: Watched, url: str) -> None:
    for option in ("--jwks", "--issuer"):
        code, _ = watched("jwt", "verify", "a.b.c", option, url)
        assert code == 2


def test_a_url_where_a_private_key_is_wanted_is_refused_unasked(watched: Watched) -> None:
    for arguments in (
        ("jwt", "mint", "-k", "https://issuer.example/key.pem"),
        ("key", "inspect", "https://issuer.example/key.pem"),
        ("key", "inspect", "key.pem", "--passphrase", "https://issuer.example/pw"),
    ):
        assert watched(*arguments)[0] == 2


def test_a_url_as_the_key_to_verify_with_is_a_set_of_public_keys(cli: Cli, server: Server) -> None:
    server.pages["/jwks.json"] = published(cli, "one")
    token = mint(cli, "one")
    assert cli("jwt", "verify", token, "--key", f"{server.origin}/jwks.json").code == 0
    secret = "https://user:planted@issuer.example/jwks.json"
    refused = cli("jwt", "verify", token, "--key", secret)
    assert refused.code == 2
    assert "planted" not in refused.err


def test_servers_that_misbehave_are_exit_9(cli: Cli, server: Server) -> None:
    token = cli.ok("jwt", "mint", "--sub", "a")
    server.pages |= {"/list": [1], "/text": "x", "/empty": {}, "/big": "x" * (2 << 20)}
    for path in ("/list", "/text", "/big", "/missing"):
        result = cli("jwt", "verify", token, "--jwks", server.origin + path)
        assert (result.code, result.out) == (9, ""), str(result)
    assert cli("jwt", "verify", token, "--jwks", f"{server.origin}/empty").code in (3, 9)


def test_proxies_of_the_environment_are_not_asked(cli: Cli, server: Server) -> None:
    server.pages["/jwks.json"] = published(cli, "one")
    cli.env |= {"http_proxy": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9"}
    result = cli("jwt", "verify", mint(cli, "one"), "--jwks", f"{server.origin}/jwks.json")
    assert result.code == 0, str(result)


def test_the_cache_is_the_users_alone(cli: Cli, server: Server) -> None:
    server.pages["/jwks.json"] = published(cli, "one")
    cli("jwt", "verify", mint(cli, "one"), "--jwks", f"{server.origin}/jwks.json")
    listing = subprocess.run(
        ["find", str(cli.home / ".cache"), "-type", "f", "!", "-perm", "600"], capture_output=True
    )
    assert listing.stdout == b""
