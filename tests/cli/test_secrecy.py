# ruff: noqa: E501 - a table of damaged keys is read by its columns
"""No secret is shown: markers are planted in every kind of key and looked for in all that comes out.

A marker is looked for as it is, in base64, in hex and as Python would print it.
"""

from __future__ import annotations

import base64
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from tests.cli.harness import Cli

MARKER = b"MARKER-q7Zt0b1c2d3e4f5g6h7i8j9k-KREMAR"
WORD = MARKER.decode()
FLAGS = ([], ["--json"], ["--debug"], ["-q"])


def forms(secret: bytes) -> set[bytes]:
    """Return how a secret could appear: a leak of twelve bytes anywhere in it counts."""
    found: set[bytes] = set()
    for start in range(len(secret) - 11):
        piece = secret[start : start + 12]
        found |= {piece, piece.hex().encode(), piece.hex().upper().encode()}
    for shift in range(3):  # base64 of a piece depends on its place
        whole = secret[shift : shift + (len(secret) - shift) // 3 * 3]
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            text = encode(whole)
            found |= {text[i : i + 16] for i in range(0, len(text) - 15, 4)}
    return found


def assert_silent(shown: bytes, secret: bytes = MARKER) -> None:
    leaked = [form for form in forms(secret) if form in shown]
    assert not leaked, f"{leaked[:3]} in {shown[:3000]!r}"


def files_below(folder: Path, *, but: set[Path] = frozenset()) -> bytes:  # type: ignore[assignment]
    return b"".join(p.read_bytes() for p in folder.rglob("*") if p.is_file() and p not in but)


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def pem(label: str, data: bytes) -> bytes:
    body = base64.encodebytes(data).decode().strip()
    return f"-----BEGIN {label}-----\n{body}\n-----END {label}-----\n".encode()


#: A private key that is no key, but holds the marker where the secret would be.
RSA_PUBLIC = {"kty": "RSA", "e": "AQAB", "n": b64(b"\xc5" + b"n" * 255)}
EC_POINT = {"kty": "EC", "crv": "P-256", "x": b64(b"x" * 32), "y": b64(b"y" * 32)}
DAMAGED: dict[str, bytes] = {
    **{
        f"RSA JWK with the marker in {name}": json.dumps({**RSA_PUBLIC, "d": b64(b"d" * 256), name: b64(MARKER * 4)}).encode()
        for name in ("d", "p", "q", "dp", "dq", "qi")
    },
    **{
        f"RSA JWK with {kind} in d": json.dumps({**RSA_PUBLIC, "d": value}).encode()
        for kind, value in (("a list", [WORD]), ("an object", {"x": WORD}), ("stray text", f"{WORD}!"), ("padding", f"{b64(MARKER)}=="))
    },
    "RSA JWK with oth": json.dumps({**RSA_PUBLIC, "d": b64(MARKER), "oth": [{"r": b64(MARKER), "d": WORD}]}).encode(),
    "EC JWK off its curve": json.dumps({**EC_POINT, "d": b64(MARKER[:32])}).encode(),
    "EC JWK of another curve": json.dumps({**EC_POINT, "crv": "P-999", "d": b64(MARKER)}).encode(),
    "OKP JWK with a long d": json.dumps({"kty": "OKP", "crv": "Ed25519", "x": b64(b"x" * 32), "d": b64(MARKER)}).encode(),
    "OKP JWK with another x": json.dumps({"kty": "OKP", "crv": "Ed25519", "x": b64(b"x" * 32), "d": b64(MARKER[:32])}).encode(),
    "AKP JWK": json.dumps({"kty": "AKP", "alg": "ML-DSA-44", "pub": b64(b"p"), "priv": b64(MARKER[:32])}).encode(),
    "oct JWK with text for k": json.dumps({"kty": "oct", "k": f"{WORD} "}).encode(),
    "oct JWK of an unknown alg": json.dumps({"kty": "oct", "alg": WORD[:5], "k": b64(MARKER)}).encode(),
    "JWK with d twice": b'{"kty":"EC","d":"' + MARKER + b'","d":"' + MARKER + b'"}',
    "JWK cut short": b'{"kty":"oct","k":"' + MARKER,
    "JWK of no kind": json.dumps({"kty": WORD, "k": WORD}).encode(),
    "JWKS with a broken entry": json.dumps({"keys": [{"kty": "EC", "d": WORD}, {"kty": WORD}, WORD]}).encode(),
    "PKCS#8 PEM": pem("PRIVATE KEY", b"\x30\x2e\x02\x01\x00" + MARKER),
    "PKCS#1 PEM": pem("RSA PRIVATE KEY", b"\x30\x50" + MARKER * 2),
    "SEC1 PEM": pem("EC PRIVATE KEY", b"\x30\x77\x02\x01\x01\x04\x26" + MARKER),
    "encrypted PEM": pem("ENCRYPTED PRIVATE KEY", b"\x30\x2e" + MARKER),
    "OpenSSH PEM": pem("OPENSSH PRIVATE KEY", b"openssh-key-v1\0" + MARKER),
    "PEM cut short": pem("PRIVATE KEY", b"\x30\x2e\x02\x01\x00" + MARKER)[:70],
    "PEM of an unknown label": pem(f"{WORD[:10]} KEY", MARKER),
    "PEM with text inside": b"-----BEGIN PRIVATE KEY-----\n" + MARKER + b"!!\n-----END PRIVATE KEY-----\n",
    "PEM with a header": b"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: " + MARKER + b",00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n",
    "DER": b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x26" + MARKER,
    "SSH line": b"ssh-ed25519 " + base64.b64encode(MARKER) + b" " + MARKER,
    "raw secret": MARKER,
    "raw secret of two lines": MARKER + b"\n" + MARKER,
    "UTF-16 JWK": json.dumps({"kty": "oct", "k": WORD}).encode("utf-16"),
}  # fmt: skip

READERS = (
    ("inspect", "KEY", "--debug"),
    ("key", "inspect", "KEY", "--debug"),
    ("key", "lint", "KEY", "--json"),
    ("jwt", "verify", "eyJhbGciOiJIUzI1NiJ9.e30.AA", "--jwks", "KEY", "--json"),
    ("jwt", "mint", "--sub", "a", "-k", "KEY", "--dry-run", "--debug"),
)


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_key_is_never_shown(cli: Cli, name: str) -> None:
    place = cli.home / "damaged"
    place.write_bytes(DAMAGED[name])
    for reader in READERS:
        done = cli.raw(*("damaged" if word == "KEY" else word for word in reader))
        assert done.returncode in (0, 2, 3), done.stderr
        assert_silent(done.stdout + done.stderr)
    assert_silent(files_below(cli.home, but={place}))


SOURCES = {
    "env": ("env:SECRET", None),
    "file": ("@secret", None),
    "stdin": ("-", MARKER),
    "command": ("cmd:cat secret", None),
    "literal": (f"literal:{WORD}", None),
}


@pytest.mark.parametrize(
    ("source", "flags"), list(zip(SOURCES, [*FLAGS, ["--debug", "--json"]], strict=True))
)
def test_an_hmac_secret_is_never_shown(cli: Cli, source: str, flags: list[str]) -> None:
    """Good tokens, forged ones, tokens of another algorithm: whatever the verdict, no secret."""
    cli.env["SECRET"] = WORD
    (cli.home / "secret").write_bytes(MARKER)
    (cli.home / "secret").chmod(0o600)
    key, stdin = SOURCES[source]
    minted = cli.raw("jwt", "mint", "--sub", "a", "-k", key, stdin=stdin)
    assert minted.returncode == 0, minted.stderr
    assert_silent(minted.stdout + minted.stderr)
    good = minted.stdout.decode().strip()
    for token in (good, f"{good[:-4]}AAAA", "eyJhbGciOiJFUzI1NiJ9.e30.AA", "x"):
        for option in ("-k", "--jwks"):
            done = cli.raw("jwt", "verify", token, option, key, *flags, stdin=stdin)
            assert done.returncode in (0, 3), done.stderr
            assert_silent(done.stdout + done.stderr)
    for verb in ("inspect", "lint", "thumbprint", "public"):
        done = cli.raw("key", verb, key, *flags, stdin=stdin)
        assert_silent(done.stdout + done.stderr)
    wrong = cli.raw("jwt", "verify", good, "-k", key, "--kid", "x", *flags, stdin=stdin)
    assert wrong.returncode == 7
    assert_silent(wrong.stdout + wrong.stderr)


@pytest.mark.parametrize("flags", [["--debug"], ["--json"]], ids="".join)
def test_a_secret_given_where_a_source_is_expected_is_not_repeated(
    cli: Cli, flags: list[str]
) -> None:
    """jwt-cli's users write -S SECRET: an error that repeats it puts it into every build log."""
    for arguments in (
        ("jwt", "mint", "-k", WORD),
        ("jwt", "mint", "-S", WORD),
        ("jwt", "verify", "a.b.c", "-k", WORD),
        ("jwt", "verify", "a.b.c", "--jwks", WORD),
        ("jwt", "verify", "a.b.c", "-k", f"https://user:{WORD}@issuer.example/"),
        ("jwt", "verify", "a.b.c", "--jwks", f"https://user:{WORD}@issuer.example/"),
        ("jwt", "verify", "a.b.c", "--issuer", f"https://user:{WORD}@issuer.example/"),
        ("jwt", "verify", "eyJhbGciOiJIUzI1NiJ9.e30.AA", "-k", f"cmd:echo {WORD}"),
        ("key", "inspect", "-", "--passphrase", WORD),
        ("key", "generate", "ES256", "--passphrase", WORD),
        ("key", "inspect", f"-----BEGIN {WORD}"),
        ("key", "inspect", f'{{"k":"{WORD}"}}'),
        ("key", "inspect", f"ak_live_{'A' * 60}{WORD}"),
        ("key", "convert", "-", "--new-passphrase", WORD),
    ):
        done = cli.raw(*arguments, *flags, stdin=b"x")
        assert done.returncode in (2, 3), done.stderr
        assert_silent(done.stdout + done.stderr)


@pytest.mark.parametrize("format", ["pem", "openssh", "der"])
def test_a_wrong_passphrase_and_the_key_behind_it_are_not_shown(cli: Cli, format: str) -> None:
    cli.env |= {"RIGHT": "right", "WRONG": WORD}
    made = cli(
        "key", "generate", "Ed25519", "--format", format, "--passphrase", "env:RIGHT", "-o", "k"
    )
    assert made.code == 0, str(made)
    for flags in FLAGS:
        for source in ("env:WRONG", f"literal:{WORD}", f"cmd:echo {WORD}"):
            done = cli.raw("key", "inspect", "k", "--passphrase", source, *flags)
            assert done.returncode == 2
            assert_silent(done.stdout + done.stderr)


def test_a_terminal_shows_no_secret_either(cli: Cli) -> None:
    (cli.home / "damaged").write_bytes(DAMAGED["RSA JWK with a list in d"])
    for arguments in (
        ("key", "inspect", "damaged"),
        ("jwt", "verify", "eyJhbGciOiJIUzI1NiJ9.e30.AA", "-k", f"literal:{WORD}"),
        ("key", "inspect", f"literal:{WORD}"),
        ("key", "lint", f"literal:{WORD}", "--debug"),
    ):
        command, *words = cli.command(*arguments)
        shown = pexpect.run(
            shlex.join([command, *words]), env=cli.environment({"TERM": "xterm"}), cwd=str(cli.home)
        )
        assert shown
        assert_silent(shown)


def test_a_passphrase_that_is_typed_is_not_echoed(cli: Cli) -> None:
    cli.env["RIGHT"] = "right"
    cli.ok("key", "generate", "Ed25519", "--passphrase", "env:RIGHT", "-o", "k")
    command, *words = cli.command("key", "inspect", "k", "--debug")
    child = pexpect.spawn(command, words, env=cli.environment({"TERM": "xterm"}), cwd=str(cli.home))
    child.expect("passphrase of k: ")
    child.waitnoecho(5)
    child.sendline(WORD)
    shown = child.read()
    child.close()
    assert child.exitstatus == 2
    assert_silent(shown)


def test_a_program_that_is_started_gets_no_secret_in_its_arguments(cli: Cli) -> None:
    """What `ps` shows of a `cmd:` source is what the user wrote, and no other source's value."""
    cli.env |= {"SECRET": WORD}
    spy = cli.home / "spy"
    spy.write_text("#!/bin/sh\necho \"$0 $*\"\ntr '\\0' ' ' </proc/$$/cmdline\n")
    spy.chmod(0o700)
    if not os.path.exists("/proc/self/cmdline"):  # noqa: PTH110
        pytest.skip("this system has no /proc")
    done = cli.raw(
        "key", "generate", "ES256", "--passphrase", f"cmd:{spy} env:SECRET $SECRET", "-o", "k"
    )
    assert done.returncode == 0, done.stderr
    seen = subprocess.run([spy, "env:SECRET", "$SECRET"], capture_output=True).stdout
    assert_silent(seen)


PUBLIC_ONLY = {
    "ES256", "ES384", "ES512", "ES256K", "Ed25519", "Ed448", "EdDSA", "X25519", "RS256", "PS384",
    "ML-DSA-44", "ML-DSA-65", "ML-DSA-87",
}  # fmt: skip
PRIVATE_MEMBERS = {"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"}


@pytest.mark.parametrize("kind", sorted(PUBLIC_ONLY))
def test_public_output_never_holds_private_members(cli: Cli, kind: str) -> None:
    private = json.loads(
        cli.ok("key", "generate", kind, "--format", "jwk", "-o", "k.jwk", "--json") or "{}"
    )
    assert not PRIVATE_MEMBERS & private.keys()
    secret = json.loads((cli.home / "k.jwk").read_text())
    values = [secret[name] for name in PRIVATE_MEMBERS & secret.keys()]
    assert values
    for format in ("jwk", "jwks", "pem"):
        done = cli.raw("key", "public", "k.jwk", "--format", format)
        as_json = cli.raw("key", "public", "k.jwk", "--format", format, "--json")
        for shown in (done.stdout, as_json.stdout, done.stderr):
            for value in values:
                assert value.encode() not in shown
                raw = base64.urlsafe_b64decode(value + "==")
                assert raw not in shown
                assert base64.b64encode(raw).rstrip(b"=") not in shown
        if format != "pem":
            written = json.loads(done.stdout)
            for key in written.get("keys", [written]):
                assert not PRIVATE_MEMBERS & key.keys()
    for verb in ("inspect", "thumbprint", "lint"):
        shown = cli.raw("key", verb, "k.jwk", "--json").stdout
        assert not any(value.encode() in shown for value in values)


def test_no_secret_is_made_public(cli: Cli) -> None:
    cli.ok("key", "generate", "HS256", "-o", "k.jwk")
    value = json.loads((cli.home / "k.jwk").read_text())["k"]
    done = cli.raw("key", "public", "k.jwk", "--format", "jwks")
    assert (done.returncode, done.stdout) == (2, b"")
    assert value.encode() not in done.stderr


def test_a_crash_of_ours_would_show_no_values(cli: Cli) -> None:
    """`--debug` shows files, lines and names of an unexpected error; never values or its message."""
    program = (
        "import sys\n"
        "from authcli.cli import _common, app\n"
        "from authcli.cli._root import run\n"
        "from authcli import keys\n"
        f"def broken(*a, **k):\n    secret = {WORD!r}\n    raise RuntimeError(secret)\n"
        "keys.read_set = broken\n"
        "sys.exit(run(app, ['key', 'inspect', 'env:SECRET', '--debug']))\n"
    )
    cli.env["SECRET"] = WORD
    done = subprocess.run(
        [sys.executable, "-P", "-c", program],
        capture_output=True,
        env=cli.environment(),
        cwd=cli.home,
    )
    assert done.returncode == 1
    assert b"RuntimeError" in done.stderr
    assert_silent(done.stdout + done.stderr)


#: Where a key is pasted in the place of something else; KEY stands for it.
MISPLACED = """
KEY
help KEY
apikey KEY
apikey list --KEY
apikey list KEY
apikey issue n --cidr KEY
apikey issue n --rate KEY
apikey issue n --rate KEYx
apikey issue n --rate NAME_KEY
apikey issue n --expires KEY
apikey issue n --not-before KEY
apikey issue n --environment KEY
apikey issue n --meta KEY
apikey issue n --quota KEY
apikey issue n --count KEY
apikey issue n --prefix KEY
apikey issue n --scope KEY
apikey issue n --actor KEY
apikey issue n --format KEY
apikey issue KEY
apikey update n --add-scope KEY
apikey list --limit KEY
apikey list --offset KEY
apikey list --field KEY
apikey list --state KEY
apikey list --sort KEY
apikey list --time KEY
apikey list --now KEY
apikey list --color KEY
apikey list --expiring-within KEY
apikey list --unused-for KEY
apikey list --profile KEY
apikey list --store KEY
apikey list --store sqlite:///KEY/KEY
apikey list -o KEY
apikey show KEY
apikey verify KEY --ip KEY
apikey verify - --lines --jobs KEY
apikey verify @KEY
apikey rotate n --grace KEY
apikey rotate n --if-older-than KEY
apikey expiring --within KEY
apikey detect KEY
apikey detect nowhere/KEY
apikey rules KEY
apikey import KEY --from KEY
audit list --since KEY
audit list --until KEY
audit verify --anchor KEY
audit verify --anchor nowhere/KEY
audit find --secret KEY
audit find --secret @KEY
audit find --secret env:KEY
audit find --secret cmd:KEY
store backup -o b --roots KEY
store restore KEY
store copy --to KEY
key generate ES256 -o k --public KEY
key inspect ./KEY
jwt mint -k env:KEY
jwt mint a=@KEY
completion KEY
config show KEY
expiring KEY
expiring @KEY
expiring --kind KEY
inspect KEY
"""

#: Runs every command line that stdin holds, in one process; says each exit code.
_RUN_ALL = """
import json, sys
from authcli.cli import app
from authcli.cli._root import run
for words in json.load(open(sys.argv[1])):
    print(run(app, words), flush=True)
"""


@pytest.mark.parametrize("prefix", ["ak_live", "x", "acme_production_europe1"])
def test_a_key_in_the_wrong_place_is_not_repeated(cli: Cli, prefix: str) -> None:
    """Neither whole nor cut, in messages of ours, of Typer and of the system; nor is it a path."""
    from authcli.apikeys.text import build, new_id, new_secret
    from authcli.clock import now_ms

    key = build(prefix=prefix, key_id=new_id(now_ms=now_ms()), secret=new_secret())
    (cli.home / key).write_text("{}")  # that there is such a file makes it no path
    lines = [
        [word.replace("KEY", key) for word in line.split()]
        for line in MISPLACED.split("\n")
        if line
    ]
    (cli.home / "lines").write_text(
        json.dumps([[*words, flag] for words in lines for flag in ("--json", "--debug")])
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", _RUN_ALL, "lines"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=cli.environment(),
        cwd=cli.home,
    )
    codes = done.stdout.decode().splitlines()
    assert len(codes) >= 2 * len(lines), done.stderr
    assert not {"0", "1"} & set(codes), list(zip(codes, lines, strict=False))
    assert_silent(done.stdout + done.stderr, key[-49:].encode())
    assert b"****" in done.stderr
    (cli.home / "lines").unlink()
    (cli.home / key).unlink()
    assert_silent(files_below(cli.home), key[-49:].encode())


def test_what_is_no_key_is_said_as_it_is() -> None:
    """Thumbprints, file names with a hash in them, names of variables."""
    from authcli.cli._key_text import without_keys

    for text in (
        "choose one with --kid: 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs'",
        f"cannot read /srv/build_{'0123456789abcdef' * 4}: no such file",
        f"unset {'A_LONG_NAME_' * 9}0",
        f"no key ak_0Bq3v9XkT1a in sha256_{'a1B2' * 16}",
    ):
        assert without_keys(text) == text
