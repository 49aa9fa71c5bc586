"""`authcli apikey import`: digests from elsewhere, through the command."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
from pathlib import Path

import pytest

from tests.cli.harness import Cli


def drf(name: str) -> tuple[str, str]:
    """A key of djangorestframework-api-key, and its row."""
    prefix, secret = secrets.token_hex(4), secrets.token_hex(16)
    text = f"{prefix}.{secret}"
    return text, f"{name},{prefix},sha512$${hashlib.sha512(text.encode()).hexdigest()},f,\n"


HEADER = "name,prefix,hashed_key,revoked,expiry_date\n"


@pytest.fixture
def export(cli: Cli) -> tuple[Path, list[str]]:
    """An export of two keys, and the keys."""
    made = [drf("web"), drf("mobile")]
    file = cli.home / "keys.csv"
    file.write_text(HEADER + "".join(row for _, row in made))
    return file, [text for text, _ in made]


FROM_DRF = ("--from", "djangorestframework-api-key")


def test_keys_go_on_being_used(cli: Cli, export: tuple[Path, list[str]]) -> None:
    """On a fresh machine, without a set-up; said again it changes nothing."""
    file, keys = export
    result = cli("apikey", "import", "keys.csv", *FROM_DRF, "--scope", "read")
    assert str(result) == "exit: 0\n--- stdout\n2 imported\n--- stderr\n"
    for key in keys:
        first = cli.ok("apikey", "verify", key, "--scope", "read")
        assert cli.ok("apikey", "verify", key) == first
    again = cli("apikey", "import", "-", *FROM_DRF, stdin=file.read_bytes())
    assert again.out == "0 imported; 2 skipped: the store has or had them\n"
    listed = json.loads(cli.ok("apikey", "list", "--json"))["items"]
    assert [(key["name"], key["imported"], key["scopes"]) for key in listed] == [
        ("web", True, ["read"]), ("mobile", True, ["read"])
    ]  # fmt: skip
    assert cli("audit", "verify").code == 0


@pytest.mark.parametrize("used", [False, True])
def test_the_audit_finds_a_key_that_was_imported(
    cli: Cli, export: tuple[Path, list[str]], used: bool
) -> None:
    """By its text, whatever its form; of any other text it says that it is no key."""
    cli.ok("apikey", "import", "keys.csv", *FROM_DRF)
    short = "s3cret"
    (cli.home / "list.csv").write_text(f"name,sha256\nx,{hashlib.sha256(b's3cret').hexdigest()}\n")
    cli.ok("apikey", "import", "list.csv", "--from", "sha256")
    for key in (export[1][0], short):
        if used:
            cli.ok("apikey", "verify", key)
        found = cli.ok("audit", "find", "--secret", "-", "--field", "event", stdin=key).split()
        assert found == ["apikey.imported", "apikey.upgraded"][: 1 + used]
    for other in ("s3cret2", "hunter2", f"{export[1][0][:9]}x", "a b"):
        result = cli("audit", "find", "--secret", "-", stdin=other)
        assert (result.code, result.out) == (2, "")
        assert "holds no API key and no token" in result.err


def test_a_dry_run_makes_no_store(cli: Cli, export: tuple[Path, list[str]]) -> None:
    result = cli("apikey", "import", "keys.csv", *FROM_DRF, "--dry-run")
    assert str(result) == (
        "exit: 0\n--- stdout\n2 would be imported\n"
        "--- stderr\nnote: nothing was imported (--dry-run)\n"
    )
    assert not (cli.home / ".local").exists()


def test_bad_records_are_named_and_nothing_is_imported(
    cli: Cli, export: tuple[Path, list[str]]
) -> None:
    file, _ = export
    with file.open("a") as more:
        more.write("old,abcdefgh,pbkdf2_sha256$1$x$y,f,\nshort,x,y,f,\n")
    result = cli("apikey", "import", "keys.csv", *FROM_DRF)
    assert str(result) == (
        "exit: 2\n--- stdout\n--- stderr\n"
        "error: line 4: hashed_key is of pbkdf2_sha256, as versions before 3.0 made it\n"
        "error: line 5: the prefix is not 8 letters and digits\n"
        "error: 2 of 4 records cannot be imported, so none was\n"
        "hint: mend them, or leave them out with --skip-bad\n"
    )
    assert cli.ok("apikey", "list", "--json").endswith('"items":[]}')
    left = cli("apikey", "import", "keys.csv", *FROM_DRF, "--skip-bad", "--json")
    assert json.loads(left.out) == {
        "schema": "authcli/apikey.import/1", "from": "djangorestframework-api-key",
        "imported": 2, "skipped": 0, "bad": 2, "dry_run": False,
    }  # fmt: skip
    assert [json.loads(line)["error"]["line"] for line in left.err.splitlines()] == [4, 5]


def test_unkey_from_a_pipe(cli: Cli) -> None:
    text = f"sk_{secrets.token_hex(12)}"
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    row = {"id": "key_1", "hash": digest, "remaining": 1, "roles": ["x"], "externalId": "cust"}
    result = cli("apikey", "import", "--from", "unkey", stdin=json.dumps({"keys": [row]}))
    assert result.out == "1 imported\n"
    assert result.err == "warning: roles are not taken over (1 of the keys)\n"
    verdict = json.loads(cli.ok("apikey", "verify", text, "--json"))
    assert (verdict["name"], verdict["owner"], verdict["remaining"]) == ("key_1", "cust", 0)
    assert cli("apikey", "verify", text).code == 6


def test_a_list_of_digests_with_defaults(cli: Cli) -> None:
    text = "k" + secrets.token_urlsafe(24)  # on a command line no key begins with a dash
    digest = hashlib.sha256(text.encode()).hexdigest()
    (cli.home / "list.csv").write_text(f"service;sha256\nbilling;{digest}\n")
    words = ("--name-column", "service", "--owner", "team", "--prefix", "acme_live")
    cli.ok("apikey", "import", "list.csv", "--from", "sha256-csv", *words, "--expires", "90d")
    [key] = json.loads(cli.ok("apikey", "list", "--json"))["items"]
    assert (key["name"], key["owner"], key["prefix"]) == ("billing", "team", "acme_live")
    assert key["expires_at"] is not None
    assert cli("apikey", "import", "list.csv", "--from", "sha256", *words, "--no-exp").code == 0
    rotated = cli.ok("apikey", "rotate", "billing", "--grace", "1h")
    assert rotated.startswith("acme_live_")
    assert cli("apikey", "verify", text).code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["keys.csv", "--from", "auth0"], "error: nothing is imported from 'auth0'"),
        (["keys.csv", *FROM_DRF, "--format", "xml"], "error: --format is one of"),
        (["keys.csv", *FROM_DRF, "--prefix", "A"], "error: 'A' is no prefix"),
        (["keys.csv", *FROM_DRF, "--expires", "soon"], "error: --expires: 'soon' is neither"),
        (["missing.csv", *FROM_DRF], "error: cannot read the export from missing.csv: no such"),
        ([".", *FROM_DRF], "error: . is a folder, not a file"),
        (["empty", *FROM_DRF], "error: the export is empty"),
        (["keys.csv"], "error: missing option '--from'"),
        (["keys.csv", *FROM_DRF, "--store", "sqlite:no/where.db"], "error: "),
    ],
)
def test_what_cannot_be_is_one_error(
    cli: Cli, export: tuple[Path, list[str]], words: list[str], said: str
) -> None:
    (cli.home / "empty").write_bytes(b"")
    result = cli("apikey", "import", *words)
    assert (result.code in (2, 9), result.out) == (True, "")
    assert result.err.startswith(said)


def test_a_file_of_strangers_repaints_no_screen(cli: Cli) -> None:
    (cli.home / "x.csv").write_bytes(HEADER.encode() + b"a\x1b[2J,\x1b]0;x\x07,\x9b31m\xff,f,\n")
    result = cli("apikey", "import", "x.csv", *FROM_DRF)
    assert result.code == 2
    assert "\x1b" not in result.err


@pytest.mark.skipif(os.name != "posix", reason="modes of Unix")
def test_a_folder_that_cannot_be_written_is_exit_9(
    cli: Cli, export: tuple[Path, list[str]]
) -> None:
    words = (*FROM_DRF, "--store", "sqlite:///nonexistent/folder/x.db")
    assert cli("apikey", "import", "keys.csv", *words).code == 9
