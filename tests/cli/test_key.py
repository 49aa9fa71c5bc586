"""`authcli key`: transcripts of every verb, and what no output may hold."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.cli.harness import Cli
from tests.cli.test_jwt_mint import RFC_8037_KEY
from tests.requirements import require

PRIVATE_MEMBERS = {"d", "p", "q", "dp", "dq", "qi", "k", "priv", "oth"}
ALGORITHMS = (
    "HS256", "HS384", "HS512", "RS256", "PS384", "ES256", "ES384", "ES512", "ES256K", "EdDSA",
    "Ed25519", "Ed448", "X25519", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87",
)  # fmt: skip


@pytest.fixture
def key(cli: Cli) -> str:
    (cli.home / "key.jwk").write_text(RFC_8037_KEY)
    (cli.home / "key.jwk").chmod(0o600)
    return "key.jwk"


def test_thumbprint_transcripts(cli: Cli, key: str) -> None:
    """RFC 8037, appendix A.3; RFC 9278, section 3 for the form of the URI."""
    thumbprint = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    assert str(cli("key", "thumbprint", key)) == f"exit: 0\n--- stdout\n{thumbprint}\n--- stderr\n"
    assert cli.ok("key", "thumbprint", key, "--uri") == (
        f"urn:ietf:params:oauth:jwk-thumbprint:sha-256:{thumbprint}"
    )
    assert len(cli.ok("key", "thumbprint", key, "--hash", "sha512")) == 86
    assert cli("key", "thumbprint", key, "--hash", "md5").code == 2


def test_public_transcript(cli: Cli, key: str) -> None:
    assert str(cli("key", "public", key)) == (
        "exit: 0\n--- stdout\n-----BEGIN PUBLIC KEY-----\n"
        "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
        "-----END PUBLIC KEY-----\n--- stderr\n"
    )
    jwk = json.loads(cli.ok("key", "public", key, "--format", "jwk"))
    assert jwk == {
        "kty": "OKP",
        "crv": "Ed25519",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    }


def test_inspect_as_json(cli: Cli, key: str) -> None:
    shown = json.loads(cli.ok("key", "inspect", key, "--json"))
    expected = {
        "schema": "authcli/key.inspect/1",
        "kty": "OKP",
        "crv": "Ed25519",
        "size_bits": 256,
        "private": True,
        "thumbprint": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
        "signing_algorithm": "EdDSA",
    }
    assert {name: shown[name] for name in expected} == expected
    assert "nWGxne" not in json.dumps(shown)


@pytest.mark.parametrize("kind", ALGORITHMS)
def test_generate_every_algorithm(cli: Cli, kind: str) -> None:
    """Made, named by its thumbprint, read back; its public half holds no private member."""
    text = cli.ok("key", "generate", kind, "--format", "jwk")
    jwk = json.loads(text)
    thumbprint = cli.ok("key", "thumbprint", "-", stdin=text)
    assert jwk["kid"] == thumbprint
    assert not thumbprint.startswith("-")
    public = cli("key", "public", "-", "--format", "jwk", stdin=text)
    if jwk["kty"] == "oct":
        assert public.code == 2
        assert "no public half" in public.err
    else:
        half = json.loads(public.out)
        assert not PRIVATE_MEMBERS & set(half)
        assert half["kid"] == thumbprint


def test_generate_writes_both_halves(cli: Cli) -> None:
    result = cli("key", "generate", "ES256", "-o", "k.pem", "--public", "p.pem")
    assert result.code == 0
    assert result.out == ""
    assert result.err == "note: wrote k.pem, the private key\nnote: wrote p.pem, the public key\n"
    assert "PRIVATE KEY" in (cli.home / "k.pem").read_text()
    assert "PUBLIC KEY" in (cli.home / "p.pem").read_text()
    shown = json.loads(cli.ok("key", "generate", "ES256", "-o", "k2.pem", "--json"))
    assert shown["file"] == "k2.pem"
    assert "key" not in shown
    assert shown["kty"] == "EC"


def test_generate_writes_nothing_where_one_file_exists(cli: Cli) -> None:
    (cli.home / "p.pem").write_text("old")
    result = cli("key", "generate", "ES256", "-o", "k.pem", "--public", "p.pem")
    assert (result.code, result.out) == (8, "")
    assert [p.name for p in cli.home.iterdir()] == ["p.pem"]


@pytest.mark.parametrize("where", [("-o", "missing/k"), ("--format", "jwk")])
def test_a_failed_generate_removes_no_file_that_was_there(cli: Cli, where: tuple[str, str]) -> None:
    """With --force too: what stood there is replaced by both halves, or stays."""
    (cli.home / "p").write_text("old")
    flags = ("--public", "p", "--force", "--passphrase", "literal:x", *where)
    assert cli("key", "generate", "ES256", *flags).code == 2
    assert [(p.name, p.read_text()) for p in cli.home.iterdir()] == [("p", "old")]


@pytest.mark.parametrize(
    ("name", "begins"),
    [("k.jwk", "{"), ("k.json", "{"), ("k.pem", "-----BEGIN PRIVATE"), ("k", "-----BEGIN PRIVATE")],
)
def test_the_ending_of_the_file_decides_the_format(cli: Cli, name: str, begins: str) -> None:
    cli.ok("key", "generate", "Ed25519", "-o", name)
    assert (cli.home / name).read_text().startswith(begins)
    cli.ok("key", "generate", "Ed25519", "-o", "k.der")
    assert (cli.home / "k.der").read_bytes()[:1] == b"\x30"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["generate", "HS1024"], 2, "HS1024"),
        (["generate", "none"], 2, "none"),
        (["generate", "RS256", "--bits", "1024"], 2, "1024"),
        (["generate", "RS256", "--bits", "1000000"], 2, "1000000"),
        (["generate", "RS256", "--bits", "x"], 2, "--bits"),
        (["generate", "ES256", "--format", "pgp"], 2, "pgp"),
        (["generate", "ES256", "--format", "jwk", "--passphrase", "literal:x"], 2, "passphrase"),
        (["generate", "X25519", "--format", "openssh"], 2, "OpenSSH"),
        (["generate", "HS256", "--public", "x.pub"], 2, "no public half"),
        (["generate"], 2, "ALG"),
        (["generate", "ES256", "extra"], 2, "got unexpected extra argument(s)\n"),
        (["generate", "ES256", "--kid", ""], 2, "--kid is empty"),
        (["convert", "missing"], 2, "no such file"),
        (["convert", "key.jwk", "--decrypt", "--new-passphrase", "env:X"], 2, "contradict"),
        (["convert", "key.jwk", "--kid", "x", "--format", "nope"], 2, "nope"),
        (["secret", "--bytes", "8"], 2, "16 to 4096"),
        (["secret", "--encoding", "rot13"], 2, "rot13"),
        (["thumbprint", "--output"], 2, "requires an argument"),
        (["frobnicate"], 2, "no such command"),
        (["inspect", "key.jwk", "--feild", "kty"], 2, "--field"),
    ],
)
def test_usage_errors(cli: Cli, key: str, arguments: list[str], code: int, message: str) -> None:
    result = cli("key", *arguments)
    assert result.code == code, str(result)
    assert result.out == ""
    assert message in result.err
    assert result.err.count("error:") == 1
    assert [p.name for p in cli.home.iterdir()] == ["key.jwk"]


def test_convert_keeps_an_encrypted_key_encrypted(cli: Cli) -> None:
    cli.env |= {"OLD": "old pass", "NEW": "new pass"}
    cli.ok("key", "generate", "ES256", "--passphrase", "env:OLD", "-o", "k.pem")
    name = cli.ok("key", "thumbprint", "k.pem", "--passphrase", "env:OLD")

    def convert(*flags: str) -> str:
        return cli.ok("key", "convert", "k.pem", "--passphrase", "env:OLD", *flags)

    assert "ENCRYPTED" in convert("--to", "pem")
    assert json.loads(convert("--to", "jwk", "--decrypt"))["kty"] == "EC"
    changed = convert("--to", "openssh", "--new-passphrase", "env:NEW")
    assert cli.ok("key", "thumbprint", "-", "--passphrase", "env:NEW", stdin=changed) == name
    assert cli("key", "thumbprint", "-", "--passphrase", "env:OLD", stdin=changed).code == 2
    refused = cli("key", "convert", "k.pem", "--passphrase", "env:OLD", "--to", "jwk")
    assert (refused.code, refused.out) == (2, "")


def test_openssl_and_ssh_keygen_read_what_we_write(cli: Cli) -> None:
    for kind in ("RS256", "ES256", "Ed25519"):
        cli.ok("key", "generate", kind, "--format", "openssh", "-o", f"{kind}.ssh")
        cli.ok("key", "convert", f"{kind}.ssh", "--to", "pem", "-o", f"{kind}.pem")
        subprocess.run(
            [require("openssl"), "pkey", "-in", f"{kind}.pem", "-noout"], cwd=cli.home, check=True
        )
        public = cli.ok("key", "public", f"{kind}.pem", "--to", "openssh")
        done = subprocess.run(
            [require("ssh-keygen"), "-y", "-f", f"{kind}.ssh"], cwd=cli.home, check=True,
            capture_output=True, text=True,
        )  # fmt: skip
        assert done.stdout.split()[:2] == public.split()[:2]


def test_lint(cli: Cli, key: str) -> None:
    assert cli("key", "lint", key).code == 0
    published = cli("key", "lint", "--public", key)
    assert published.code == 3
    assert "key.lint.private" in published.out
    assert "nWGxne" not in published.out + published.err
    weak = cli("key", "lint", "-", stdin="short", env={})
    assert weak.code == 3
    shown = json.loads(cli("key", "lint", "--public", key, "--json").out)
    assert shown["valid"] is False
    assert shown["findings"][0]["severity"] == "error"


def test_secret(cli: Cli) -> None:
    assert len(cli.ok("key", "secret")) == 43
    assert len(cli.ok("key", "secret", "--bytes", "64", "--encoding", "hex")) == 128
    assert len(cli.raw("key", "secret", "--encoding", "raw").stdout) == 32
    assert cli.ok("key", "secret", "--format", "dotenv", "--var", "S").startswith("S=")
    assert cli.ok("key", "secret") != cli.ok("key", "secret")
    assert cli("key", "secret", "--encoding", "raw", "--format", "export").code == 2


def test_a_set_is_shown_key_by_key(cli: Cli, keyring_folder: Path) -> None:
    texts = [
        json.loads(cli.ok("key", "convert", str(keyring_folder / name), "--to", "jwk"))
        for name in ("ES256.pem", "RS256.pem")
    ]
    (cli.home / "set.json").write_text(json.dumps({"keys": texts}))
    (cli.home / "set.json").chmod(0o600)
    shown = json.loads(cli.ok("key", "inspect", "set.json", "--json"))
    assert [item["kty"] for item in shown["items"]] == ["EC", "RSA"]
    lines = cli.ok("key", "inspect", "set.json", "--jsonl").splitlines()
    assert [json.loads(line)["kty"] for line in lines] == ["EC", "RSA"]
    public = json.loads(cli.ok("key", "public", "set.json"))
    assert not any(PRIVATE_MEMBERS & set(jwk) for jwk in public["keys"])
    assert cli.ok("key", "thumbprint", "set.json").count("\n") == 1
    fields = cli.ok("key", "inspect", "set.json", "--field", "kty", "--field", "size_bits")
    assert fields == "EC\t256\nRSA\t3072"
    many = cli("key", "convert", "set.json")
    assert many.code == 2
    assert "--kid" in many.err


def test_a_set_of_one_key_is_a_set(cli: Cli, keyring_folder: Path) -> None:
    """A set that rotates from two keys to one keeps its shape for scripts."""
    jwk = json.loads(cli.ok("key", "convert", str(keyring_folder / "ES256.pem"), "--to", "jwk"))
    text = json.dumps({"keys": [jwk]})
    shown = json.loads(cli.ok("key", "inspect", "-", "--json", stdin=text))
    assert [item["kty"] for item in shown["items"]] == ["EC"]
    assert "items" in json.loads(cli.ok("key", "thumbprint", "-", "--json", stdin=text))
    assert "keys" in json.loads(cli.ok("key", "public", "-", stdin=text))


def test_aliases(cli: Cli) -> None:
    assert "PRIVATE KEY" in cli.ok("keys", "new", "ES256")
    assert cli.ok("token", "encode", "-q").count(".") == 2
    assert cli.ok("tokens", "new", "-q").count(".") == 2
    assert cli("jwt", "ls").code == 2


def test_common_flags_work_before_and_after(cli: Cli, key: str) -> None:
    after = cli.ok("key", "inspect", key, "--json")
    assert cli.ok("--json", "key", "inspect", key) == after
    assert cli.ok("key", "--json", "inspect", key) == after
    assert cli.ok("key", "inspect", "--json", key) == after
