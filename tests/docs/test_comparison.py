"""README's table beside other programs: each cell is tried out, on the programs themselves.

What `step` does is by its documentation, to which docs/comparison.md links. A dash stands
where a program is for something else, and claims nothing; so does an empty cell.
"""

from __future__ import annotations

import hmac
import json
import re
import resource
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import pytest

from authcli.encoding import base64url_encode
from tests import tree
from tests.cli.harness import Cli
from tests.docs.sessions import ROOT
from tests.requirements import require, require_node

PEERS = ("authcli", "step", "jwt-cli", "jose", "oathtool", "htpasswd")
#: A row's cells, as the tests below prove them.
PROVEN: dict[str, dict[str, str]] = {}
DASH = "\N{EN DASH}"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
PAST = ("--now", "2020-01-01T00:00Z")

Test = TypeVar("Test", bound=Callable[..., None])


def proves(row: str, **cells: str) -> Callable[[Test], Test]:
    """Say which cells of a row a test proves; jwt_cli is jwt-cli."""

    def note(test: Test) -> Test:
        named = {name.replace("_", "-"): cell for name, cell in cells.items()}
        PROVEN.setdefault(row, {}).update(named)
        return test

    return note


def table() -> dict[str, dict[str, str]]:
    """Return README's table: each row's cells."""
    text = (ROOT / "README.md").read_text("utf-8")
    section = text.partition("## Beside others")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]
    return {row[0]: dict(zip(PEERS, row[1:], strict=True)) for row in rows}


def test_the_table_says_what_is_proven_below() -> None:
    tried = [name for name in PEERS if name != "step"]
    claims = {
        row: {name: cells[name] for name in tried if cells[name] not in ("", DASH)}
        for row, cells in table().items()
    }
    assert claims == PROVEN


def test_what_is_said_of_step_is_linked_to_its_documentation() -> None:
    text = (ROOT / "docs" / "comparison.md").read_text("utf-8")
    of_step = text.partition("## step")[2].partition("\n## ")[0]
    row = r"^\| ([^|]+) \| \[[^|]+\]\(https://smallstep\.com/docs/\S+\) \|$"
    linked = set(re.findall(row, of_step, re.MULTILINE))
    assert linked == {row for row, cells in table().items() if cells["step"]}


def run(command: Sequence[str | Path], *, stdin: str = "") -> tuple[int, str]:
    """Return a peer's exit code and what it wrote to stdout."""
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Holds a key, its public half as JWK and as PEM, and tokens: good, and wrong in one way."""
    cli = Cli(tmp_path_factory.mktemp("tokens"))
    cli.ok("key", "generate", "ES256", "--format", "jwk", "-o", "key.jwk")
    cli.ok("key", "public", "key.jwk", "-o", "public.jwk")
    cli.ok("key", "public", "key.jwk", "--format", "pem", "-o", "public.pem")
    mint = ("jwt", "mint", "-q", "-k", "key.jwk", "--sub", "alice")
    good = cli.ok(*mint, "--aud", "api").strip()
    header, payload, signature = good.split(".")
    tokens = {
        "good": good,
        "changed": f"{header}.{payload}.{signature[:9]}{'AB'[signature[9] == 'A']}{signature[10:]}",
        "malformed": good.rpartition(".")[0],
        "expired": cli.ok(*mint, "--aud", "api", "--exp", "5m", *PAST).strip(),
        "denied": cli.ok(*mint, "--aud", "app").strip(),
        "forged": _forged((cli.home / "public.pem").read_bytes()),
    }
    (cli.home / "tokens.json").write_text(json.dumps(tokens))
    return cli.home


def _forged(public: bytes) -> str:
    """Return an HS256 token whose secret is the text of a public key."""
    parts = [b'{"alg":"HS256","typ":"JWT"}', b'{"sub":"alice","aud":"api"}']
    signed = ".".join(map(base64url_encode, parts))
    mac = hmac.digest(public.rstrip(b"\n"), signed.encode(), "sha256")
    return f"{signed}.{base64url_encode(mac)}"


@pytest.fixture
def tokens(folder: Path) -> dict[str, str]:
    return dict(json.loads((folder / "tokens.json").read_text()))


@pytest.fixture
def jose(folder: Path) -> Callable[..., tuple[int, str]]:
    """Verifies with the key of the tokens."""
    program = require("jose")

    def verify(token: str, key: str = "public.jwk") -> tuple[int, str]:
        return run([program, "jws", "ver", "-i", "-", "-k", folder / key, "-O", "-"], stdin=token)

    return verify


@pytest.fixture
def jwt_cli(folder: Path) -> Callable[..., tuple[int, str]]:
    """Verifies with the key of the tokens, in PEM."""
    node = require_node("jwt-cli")

    def verify(token: str, key: str = "public.pem", *options: str) -> tuple[int, str]:
        command = "process.argv.splice(1, 0, require.resolve('jwt-cli')); require('jwt-cli')"
        words = [f"--secret={(folder / key).read_text()}", "--output=json", *options]
        return run([node, "-e", command, "--", *words], stdin=token)

    return verify


@proves("verify signature", authcli="yes")
@proves("verify expiry", authcli="yes")
@proves("verify audience", authcli="yes")
@proves("exit codes tell malformed, expired and denied apart", authcli="yes")
@proves("print nothing of a token that is refused", authcli="yes")
def test_our_verdicts(folder: Path, tokens: dict[str, str]) -> None:
    cli, options = Cli(folder), ("--key", "public.jwk", "--aud", "api")
    verdicts = {name: cli("jwt", "verify", "-", *options, stdin=tokens[name]) for name in tokens}
    codes = {name: verdict.code for name, verdict in verdicts.items()}
    assert codes.pop("forged") == 3
    assert codes == {"good": 0, "changed": 3, "malformed": 3, "expired": 4, "denied": 6}
    assert {name for name, verdict in verdicts.items() if verdict.out} == {"good"}


@proves("verify signature", jwt_cli="yes")
@proves("verify expiry", jwt_cli="yes")
@proves("verify audience", jwt_cli="no")
@proves("exit codes tell malformed, expired and denied apart", jwt_cli="no")
@proves("print nothing of a token that is refused", jwt_cli="yes")
@proves("keys in PEM, and in JWK", jwt_cli="PEM")
def test_verdicts_of_jwt_cli(
    jwt_cli: Callable[..., tuple[int, str]], tokens: dict[str, str]
) -> None:
    verdicts = {name: jwt_cli(token) for name, token in tokens.items()}
    codes = {name: code for name, (code, _) in verdicts.items()}
    assert codes.pop("forged") == 1
    assert codes == {"good": 0, "changed": 1, "malformed": 1, "expired": 1, "denied": 0}
    assert {name for name, (_, out) in verdicts.items() if out} == {"good", "denied"}
    assert jwt_cli(tokens["denied"], "public.pem", "--aud=api")[0] == 0, "no option asks for it"
    assert jwt_cli(tokens["good"], "public.jwk")[0] == 1


@proves("verify signature", jose="yes")
@proves("verify expiry", jose="no")
@proves("verify audience", jose="no")
@proves("exit codes tell malformed, expired and denied apart", jose="no")
@proves("print nothing of a token that is refused", jose="no")
@proves("keys in PEM, and in JWK", jose="JWK")
def test_verdicts_of_jose(jose: Callable[..., tuple[int, str]], tokens: dict[str, str]) -> None:
    verdicts = {name: jose(token) for name, token in tokens.items()}
    codes = {name: code for name, (code, _) in verdicts.items()}
    assert codes.pop("forged") == 1
    assert codes == {"good": 0, "changed": 1, "malformed": 1, "expired": 0, "denied": 0}
    assert '"sub":"alice"' in verdicts["changed"][1], "its payload is on stdout before the verdict"
    assert jose(tokens["good"], "public.pem")[0] == 1


@proves("mint a token from claims", authcli="yes", jose="signs JSON")
@proves("keys in PEM, and in JWK", authcli="both")
@proves("encrypt (JWE)", authcli="no", jose="yes")
def test_what_jose_makes(cli: Cli, tmp_path: Path) -> None:
    jose = require("jose")
    cli.ok("key", "generate", "ES256", "--format", "jwk", "-o", "key.jwk", "--public", "public.pem")
    signed = run(
        [jose, "jws", "sig", "-I", "-", "-k", tmp_path / "key.jwk", "-c", "-o", "-"],
        stdin='{"sub":"alice"}',
    )[1]
    assert cli("jwt", "verify", "-", "--key", "public.pem", stdin=signed).code == 0
    token = cli.ok("jwt", "mint", "-q", "--sub", "alice", "-k", "key.jwk")
    assert cli("jwt", "verify", "-", "--key", "public.pem", stdin=token).code == 0
    (tmp_path / "wrap.jwk").write_text(run([jose, "jwk", "gen", "-i", '{"alg":"A128KW"}'])[1])
    key = ("-k", tmp_path / "wrap.jwk")
    closed = run([jose, "jwe", "enc", "-I", "-", *key], stdin="secret")[1]
    assert run([jose, "jwe", "dec", "-i", "-", *key, "-O", "-"], stdin=closed) == (0, "secret")
    assert not [words for words in tree.commands() if {"jwe", "encrypt"} & set(words)]


@proves("print a TOTP code", authcli="yes", oathtool="yes")
@proves("accept a code only once", authcli="yes", oathtool="no")
@proves("draw the QR code", authcli="yes", oathtool="no")
def test_one_time_codes(cli: Cli, tmp_path: Path) -> None:
    oathtool = require("oathtool")
    (tmp_path / "secret").write_text(SECRET)
    (tmp_path / "secret").chmod(0o600)
    then = "2026-12-01 09:00:00 UTC"
    code = run([oathtool, "--totp", "-b", "-N", then, "@" + str(tmp_path / "secret")])[1].strip()
    now = ("--now", "2026-12-01T09:00:00Z", "-q")
    assert cli.ok("totp", "code", "@secret", *now).strip() == code
    for _ in range(2):
        assert run([oathtool, "--totp", "-b", "-N", then, SECRET, code])[0] == 0
    keychain = {
        "AUTHCLI_KEYCHAIN": "file",
        "AUTHCLI_KEYCHAIN_PASSPHRASE": "env:PW",
        "PW": "p a s s",
    }
    cli.env.update(keychain)
    cli.ok("totp", "add", "phone", "@secret", *now)
    assert [cli("totp", "verify", "phone", code, *now).code for _ in range(2)] == [0, 3]
    assert "█▀▀▀▀▀█" in cli.ok("totp", "qr", "@secret", "--account", "alice")
    assert not re.search("qr|barcode", run([oathtool, "--help"])[1], re.IGNORECASE)


@proves("hash passwords with Argon2", authcli="yes", htpasswd="no")
@proves("a password beyond bcrypt's 72 bytes", authcli="refused", htpasswd="cut")
@proves("read and write htpasswd files", authcli="yes", htpasswd="yes")
def test_passwords(cli: Cli, tmp_path: Path) -> None:
    htpasswd = require("htpasswd")
    usage = subprocess.run([htpasswd], capture_output=True, text=True).stderr
    assert "bcrypt" in usage
    assert "argon" not in usage.lower()
    assert re.search(r"MD5[^\n]*\(default\)", usage)
    assert "default: 5, valid" in usage
    assert cli.ok("password", "hash", "-", stdin="a fine password").startswith("$argon2id$")
    users, long = tmp_path / "users", "a" * 72
    assert run([htpasswd, "-cbB", users, "alice", f"{long} and a tail"])[0] == 0
    assert run([htpasswd, "-vb", users, "alice", f"{long} and another"])[0] == 0, "72 bytes count"
    refused = cli("password", "hash", "--scheme", "bcrypt", "-", stdin=f"{long} and a tail")
    assert (refused.code, "takes 72 at most" in refused.err) == (2, True)
    assert run([htpasswd, "-bB", users, "bob", "short"])[0] == 0
    assert cli("password", "htpasswd", "verify", "users", "bob", "-", stdin="short").code == 0
    cli.ok("password", "htpasswd", "add", "users", "carol", "-q", stdin="a fine password")
    assert run([htpasswd, "-vb", users, "carol", "a fine password"])[0] == 0
    assert re.search(r"^carol:\$2[by]\$12\$", users.read_text(), re.MULTILINE)


@proves("issue, rotate and revoke API keys", authcli="yes")
@proves("run a CA, log in by OAuth", authcli="no")
def test_api_keys_and_what_we_lack(cli: Cli) -> None:
    first = cli.ok("apikey", "issue", "billing", "-q").strip()
    second = cli.ok("apikey", "rotate", "billing", "--grace", "1h", "-q").strip()
    cli.ok("apikey", "revoke", "--key", "-", "--yes", "-q", stdin=first)
    assert [cli("apikey", "verify", "-", stdin=key).code for key in (first, second)] == [5, 0]
    assert not [words for words in tree.commands() if {"ca", "cert", "oauth", "login"} & set(words)]


@proves(
    "starts in", authcli="about 0.1 s", jose="a few ms", oathtool="a few ms", htpasswd="a few ms"
)
def test_programs_in_c_start_sooner(cli: Cli) -> None:
    """In processor time, the least of some starts: what a busy machine adds is not theirs."""
    slowest = max(_seconds([require(name)]) for name in ("jose", "oathtool", "htpasswd"))
    assert slowest < 0.05
    assert slowest * 3 < _seconds(cli.command("jwt", "decode", "x.y.z")) < 0.5


def _seconds(command: Sequence[str]) -> float:
    spent = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(spent)
