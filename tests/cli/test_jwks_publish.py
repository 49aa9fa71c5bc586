"""`authcli jwks publish`, `export` and `lint`: transcripts, and what is refused."""

from __future__ import annotations

import json
import resource
import signal
import stat
import subprocess
from pathlib import Path
from typing import Any

import pexpect
import pytest

from authcli import keys
from authcli.secret import Secret
from tests.cli.harness import Cli
from tests.cli.jwks import HOUR, MADE, kids, managed, opened, told
from tests.cli.jwks_server import serving

ISSUER = "https://login.example"


@pytest.fixture
def ring(cli: Cli) -> dict[str, str]:
    """Managed keys: state -> kid."""
    return managed(cli, issuer=ISSUER)


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_bytes())
    return found


def test_publish_into_a_folder_transcript(cli: Cli, ring: dict[str, str]) -> None:
    """It is made where its name ends in a slash; a pipe gets the files."""
    assert str(cli("jwks", "publish", "-o", "public/")) == (
        "exit: 0\n--- stdout\npublic/jwks.json\npublic/.well-known/openid-configuration\n"
        "public/.well-known/oauth-authorization-server\n--- stderr\n"
        "note: serve public/jwks.json under Cache-Control: public, max-age=3600, must-revalidate\n"
    )
    folder = cli.home / "public"
    assert {key["kid"] for key in read(folder / "jwks.json")["keys"]} == {*ring.values()}
    assert stat.S_IMODE((folder / "jwks.json").stat().st_mode) == 0o644
    assert read(folder / ".well-known/openid-configuration")["issuer"] == ISSUER
    again = told(cli, "jwks", "publish", "-o", "public")
    assert (again["schema"], again["changed"], again["new"]) == (
        "authcli/jwks.publish/1",
        False,
        [],
    )


def test_publish_into_a_file(cli: Cli, ring: dict[str, str]) -> None:
    """And no discovery document beside it."""
    assert cli.ok("jwks", "publish", "-o", "keys.json", "-q") == "keys.json"
    assert [path.name for path in cli.home.glob("[!.]*")] == ["keys.json"]
    missing = cli("jwks", "publish", "-o", "no/such/keys.json")
    assert (missing.code, missing.out) == (2, "")
    assert "a name that ends in / is made" in missing.err


def test_what_it_wrote_is_replaced_and_what_it_did_not_is_not(
    cli: Cli, ring: dict[str, str]
) -> None:
    """Rotation replaces without --force what was published; --force replaces all."""
    cli.ok("jwks", "publish", "-o", "keys.json")
    cli.ok("jwks", "rotate", "--start", "--publish", "keys.json")
    before = kids(cli)
    (cli.home / "keys.json").write_text("mine")
    for words in (
        ["publish", "-o", "keys.json"],
        ["rotate", "--start", "--publish", "keys.json"],
    ):
        refused = cli("jwks", *words)
        assert (refused.code, refused.out) == (8, ""), words
        assert "error: keys.json exists already, and is no JWKS" in refused.err
    assert (cli.home / "keys.json").read_text() == "mine"
    assert kids(cli) == before, "what could not be published did not happen"
    dropped = before["next"]
    late = cli("jwks", "compromise", dropped, "--yes", "--publish", "keys.json")
    assert (late.code, kids(cli)["compromised"]) == (8, dropped), "a thief does not wait for that"
    cli.ok("jwks", "publish", "-o", "keys.json", "--force")
    assert dropped not in (cli.home / "keys.json").read_text()


def test_publish_asks_where(cli: Cli, ring: dict[str, str]) -> None:
    for words in ([], ["-o", "-"]):
        result = cli("jwks", "publish", *words)
        assert (result.code, result.out) == (2, "")
        assert "hint: authcli jwks publish -o public/" in result.err


def test_without_managed_keys_nothing_is_made(cli: Cli) -> None:
    """Neither a store, nor a folder."""
    for words in (["publish", "-o", "public/"], ["export"], ["lint", "store:"], ["serve"]):
        result = cli("jwks", *words)
        assert (result.code, result.out) == (7, ""), words
        assert "hint: authcli jwks init" in result.err
    assert list(cli.home.iterdir()) == []


def test_an_issuer_is_named_once(cli: Cli) -> None:
    """One that is no URL is refused; without any there is no discovery document, and a note."""
    managed(cli)
    first = cli("jwks", "publish", "-o", "public/")
    assert "note: no discovery document without an issuer that is a URL: --iss URL" in first.err
    wrong = cli("jwks", "publish", "-o", "public/", "--iss", "my-service")
    assert (wrong.code, wrong.out) == (2, "")
    uri = "https://cdn.example/keys"
    cli.ok("jwks", "publish", "-o", "public/", "--iss", ISSUER, "--jwks-uri", uri)
    cli.ok("jwks", "rotate", "--publish", "public/")
    found = read(cli.home / "public/.well-known/openid-configuration")
    assert (found["issuer"], found["jwks_uri"]) == (ISSUER, uri)


def test_a_place_that_lacks_the_new_keys_is_named(cli: Cli, ring: dict[str, str]) -> None:
    """Verifiers that ask there would refuse the next key's tokens."""
    cli.ok("jwks", "publish", "-o", "old.json", "--now", str(MADE // 1000))
    cli.ok("jwks", "rotate", "--start", "--now", str((MADE + 3 * HOUR) // 1000))
    result = cli("jwks", "publish", "-o", "new.json")
    assert f"warning: {cli.home}/old.json does not hold all of these keys" in result.err
    assert "warning" not in cli("jwks", "publish", "-o", "old.json").err


def test_on_a_full_disk_nothing_is_recorded(cli: Cli, postgres_url: str) -> None:
    """Exit 1, the old file whole, and no leftovers; on both ways to publish."""
    cli.env["AUTHCLI_STORE"] = postgres_url
    cli.ok("store", "init")
    cli.ok("jwks", "init")
    cli.ok("jwks", "publish", "-o", "keys.json")
    cli.ok("jwks", "init", "EdDSA")
    before = (cli.home / "keys.json").read_bytes()
    for words in (["publish", "-o", "keys.json"], ["rotate", "--publish", "keys.json"]):
        done = subprocess.run(
            cli.command("jwks", *words),
            env=cli.environment(),
            cwd=cli.home,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            preexec_fn=_tiny_files,
        )
        assert (done.returncode, done.stdout) == (1, ""), done.stderr
        assert "error: cannot write keys.json: file too large" in done.stderr
    assert (cli.home / "keys.json").read_bytes() == before
    assert [path.name for path in cli.home.glob("[!.]*")] == ["keys.json"]
    assert [len(place["kids"]) for place in told(cli, "jwks", "status")["published"]] == [2]


def _tiny_files() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))


# --- export ---


def test_export_prints_what_would_be_published_and_records_nothing(
    cli: Cli, ring: dict[str, str]
) -> None:
    printed = cli.ok("jwks", "export")
    assert [key["kid"] for key in json.loads(printed)["keys"]] == [ring["active"], ring["next"]]
    assert [place["place"] for place in told(cli, "jwks", "status")["published"]] == ["test"]
    managed(cli, "EdDSA")
    assert {key["alg"] for key in told(cli, "jwks", "export", "--alg", "eddsa")["keys"]} == {
        "EdDSA"
    }
    assert cli("jwks", "export", "--alg", "RS256").code == 7
    assert cli("jwks", "export", "--format", "pem").code == 2


def test_export_of_one_key_in_every_format(cli: Cli, ring: dict[str, str]) -> None:
    """The public half; also by a beginning of its kid, and with -o by the file's ending."""
    kid = ring["active"]
    for form in ("pem", "jwk", "openssh", "jwks"):
        text = cli.ok("jwks", "export", kid[:10], "--format", form)
        [key] = keys.read_set(text.encode())
        assert (key.private, keys.thumbprint(key)) == (False, kid)
    cli.ok("jwks", "export", kid, "-o", "key.jwk")
    assert read(cli.home / "key.jwk")["kid"] == kid
    assert cli("jwks", "export", "nothing").code == 7
    assert cli("jwks", "export", kid, "--alg", "ES256").code == 2


def test_a_private_half_is_only_written_encrypted_or_after_an_answer(
    cli: Cli, ring: dict[str, str]
) -> None:
    """Nobody to ask is a refusal; each that was written is in the audit."""
    kid = ring["active"]
    refused = cli("jwks", "export", kid, "--private")
    assert (refused.code, refused.out) == (2, "")
    assert f"nobody to answer: write the private half of {kid}, in clear?" in refused.err
    assert cli("audit", "list", "--field", "event").out.count("signing-key.exported") == 0
    plain = keys.read(cli.ok("jwks", "export", kid, "--private", "--yes").encode())
    assert (plain.private, keys.thumbprint(plain)) == (True, kid)
    cli.env["PW"] = "correct horse"
    cli.ok("jwks", "export", kid, "--private", "--passphrase", "env:PW", "-o", "key.pem")
    path = cli.home / "key.pem"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text().startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----")
    closed = keys.read(path.read_bytes(), passphrase=Secret(b"correct horse"))
    assert keys.thumbprint(closed) == kid
    events = told(cli, "audit", "list", "--event", "signing-key.exported")["items"]
    assert [event["target_id"] for event in events] == [kid, kid]
    assert [event["detail"]["encrypted"] for event in events] == [False, True]


def test_at_a_terminal_it_asks(cli: Cli, ring: dict[str, str]) -> None:
    """No is 130, and nothing written."""
    for answer, code in (("n", 130), ("y", 0)):
        words = cli.command("jwks", "export", ring["active"], "--private", "-o", "key.pem")
        child = pexpect.spawn(words[0], words[1:], env=cli.environment(), cwd=str(cli.home))  # type: ignore[arg-type]
        child.expect("in clear")
        child.sendline(answer)
        child.expect(pexpect.EOF)
        child.close()
        assert (child.exitstatus, (cli.home / "key.pem").exists()) == (code, code == 0)


def test_what_export_cannot_write_is_refused_before_anything_is_recorded(
    cli: Cli, ring: dict[str, str]
) -> None:
    cli.env["PW"] = "correct horse"
    (cli.home / "there.pem").write_text("mine")
    for words, code, said in (
        (["--private"], 2, "2 private halves"),
        ([ring["active"], "--passphrase", "env:PW"], 2, "add --private"),
        ([ring["active"], "--private", "--passphrase", "env:NONE"], 2, "no variable NONE"),
        (
            [ring["active"], "--private", "--format", "jwk", "--passphrase", "env:PW"],
            2,
            "a JWK is written in plain",
        ),
        ([ring["active"], "--private", "--yes", "-o", "there.pem"], 8, "exists already"),
    ):
        result = cli("jwks", "export", *words)
        assert (result.code, result.out, said in result.err) == (code, "", True), str(result)
    assert (cli.home / "there.pem").read_text() == "mine"
    assert "exported" not in cli("audit", "list", "--field", "event").out


def test_a_deleted_half_cannot_be_exported(cli: Cli, ring: dict[str, str]) -> None:
    cli.ok("jwks", "compromise", ring["active"], "--yes")
    result = cli("jwks", "export", ring["active"], "--private", "--yes")
    assert (result.code, result.out) == (8, "")
    assert "its private half is deleted" in result.err


# --- lint ---


def test_lint_finds_nothing_in_what_is_published(cli: Cli, ring: dict[str, str]) -> None:
    """As a file, from the store, piped in, and by URL."""
    cli.ok("jwks", "publish", "-o", "keys.json")
    assert str(cli("jwks", "lint", "keys.json")) == "exit: 0\n--- stdout\n--- stderr\n"
    assert str(cli("jwks", "lint", "store:")) == "exit: 0\n--- stdout\n--- stderr\n"
    assert cli("jwks", "lint", stdin=(cli.home / "keys.json").read_bytes()).code == 0
    with serving(cli) as server:
        assert str(cli("jwks", "lint", server.jwks_uri)) == "exit: 0\n--- stdout\n--- stderr\n"


def test_lint_finds_private_keys_and_double_names(cli: Cli) -> None:
    """Exit 3, a line each; JSON as that of key lint, under its own schema."""
    cli.ok("key", "generate", "ES256", "--kid", "a", "--format", "jwk", "-o", "a.jwk")
    cli.ok("key", "generate", "ES256", "--kid", "a", "--format", "jwk", "-o", "b.jwk")
    found = [read(cli.home / name) for name in ("a.jwk", "b.jwk")]
    (cli.home / "keys.json").write_text(json.dumps({"keys": found}))
    result = cli("jwks", "lint", "keys.json", "-q")
    assert result.code == 3
    private = "a private key stands where only public keys may be [key.lint.private]"
    assert result.out.splitlines() == [
        "error: 2 keys have the kid 'a' [key.lint.kid-duplicate]",
        f"error: key 1 (kid 'a'): {private}",
        f"error: key 2 (kid 'a'): {private}",
    ]
    assert result.err == "error: 3 findings\n"
    facts = json.loads(cli("jwks", "lint", "keys.json", "--json").out)
    assert (facts["schema"], facts["valid"], len(facts["findings"])) == (
        "authcli/jwks.lint/1",
        False,
        3,
    )


def test_lint_of_what_is_no_jwks(cli: Cli) -> None:
    """One key, another document, a URL where nothing listens."""
    cli.ok("key", "generate", "ES256", "-o", "key.pem", "--public", "public.pem")
    (cli.home / "package.json").write_text('{"name": "a"}')
    for source, code, said in (
        ("public.pem", 2, "authcli key lint"),
        ("package.json", 2, "error: "),
        ("http://127.0.0.1:9/jwks.json", 9, "could not be fetched"),
        ("http://login.example/jwks.json", 2, "use https://"),
    ):
        result = cli("jwks", "lint", source)
        assert (result.code, result.out, said in result.err) == (code, "", True), str(result)


@pytest.mark.parametrize("verb", ["publish", "import", "export", "lint", "serve"])
def test_help_leads_with_examples_and_says_exit_codes(cli: Cli, verb: str) -> None:
    text = cli.ok("jwks", verb, "--help")
    assert text.index("Examples:") < text.index("Exit codes:")


def test_a_store_that_was_never_given_its_keys_is_no_server(cli: Cli) -> None:
    """A store alone, without managed keys: 7, for every verb, and no publication."""
    with opened(cli):
        pass
    assert (cli.home / ".local/share/authcli/authcli.db").exists()
    for words in (["publish", "-o", "a.json"], ["export"], ["serve"], ["lint", "store:"]):
        assert cli("jwks", *words).code == 7, words
    assert not (cli.home / "a.json").exists()
