"""`authcli inspect`: what was pasted is recognised, and explained without its secrets."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from authcli import otp
from authcli.otp.formats import FORMATS
from authcli.otp.migration import build_migration
from authcli.otp.qr import to_png
from authcli.secret import Secret
from tests.cli.harness import Cli
from tests.cli.saved_accounts import RFC_ACCOUNT, RFC_SECRET, ended, terminal
from tests.requirements import require_package

BCRYPT = "$2b$04$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
ARGON2 = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
URI = otp.build_uri(RFC_ACCOUNT)


def seen(cli: Cli, *arguments: str, stdin: str | bytes | None = None) -> dict[str, object]:
    """Return what `inspect` says in JSON."""
    found = json.loads(cli.ok("inspect", *arguments, "--json", stdin=stdin))
    assert isinstance(found, dict)
    return found


# hashes


@pytest.mark.parametrize(
    ("text", "scheme"),
    [
        (BCRYPT, "bcrypt"),
        (f"alice:{BCRYPT}", "bcrypt"),
        ("alice:$1$abcdefgh$GHIiTfkPrNrNTuLYcX7Jd.:19000:0:99999:7:::", "md5-crypt"),
        (ARGON2, "argon2id"),
        ("pbkdf2_sha256$1000$salt$LpLGrX9ERB2ySVA4UXGZBB2ES8zqFDwQDkPSH7wMeh8=", "pbkdf2-sha256"),
        ("{SSHA}DkMTwBl+a/3DQTxCYEApdUtNXGgdUac3AAAAAA==", "ldap-ssha"),
        ("*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19", "mysql41"),
    ],
)
def test_a_hash_is_explained_as_password_inspect_does(cli: Cli, text: str, scheme: str) -> None:
    found = seen(cli, text)
    assert (found["schema"], found["scheme"]) == ("authcli/password.inspect/1", scheme)
    assert seen(cli, stdin=f"{text}\n") == found


def test_a_hash_that_was_cut_is_called_one(cli: Cli) -> None:
    result = cli("inspect", BCRYPT[:-3])
    assert (result.code, result.out) == (2, "")
    assert "bcrypt" in result.err


# API keys


def test_an_api_key_is_explained_offline_and_not_repeated(cli: Cli) -> None:
    key = cli.ok("apikey", "issue", "ci", "-q")
    issued = json.loads(cli.ok("apikey", "show", "ci", "--json"))
    for path in cli.home.rglob("authcli.db*"):
        path.unlink()
    result = cli("inspect", "--json", stdin=f"Authorization: Bearer {key}\n")
    found = json.loads(result.out)
    made_at, created_at = (
        datetime.fromisoformat(text) for text in (found.pop("made_at"), issued["created_at"])
    )
    assert abs((made_at - created_at).total_seconds()) < 60
    assert found == {
        "schema": "authcli/apikey.inspect/1",
        "id": issued["id"],
        "prefix": "ak_live",
        "checksum": "valid",
    }
    assert key[-49:] not in result.out + result.err
    with terminal(cli, "inspect", key) as child:
        assert ended(child) == 0
    assert key[-49:] not in child.before
    assert not [*cli.home.rglob("authcli.db*")]


def test_a_mistyped_api_key_is_rejected_and_not_repeated(cli: Cli) -> None:
    key = cli.ok("apikey", "issue", "ci", "-q")
    wrong = key[:-1] + ("0" if key[-1] != "0" else "1")
    result = cli("inspect", wrong)
    assert (result.code, result.out) == (3, "")
    assert wrong[-49:] not in result.err


# one-time codes


@pytest.mark.parametrize("text", [URI, build_migration([RFC_ACCOUNT])[0]], ids=["uri", "migration"])
def test_a_uri_is_explained_with_its_secret_masked(cli: Cli, text: str) -> None:
    (cli.home / "uri").write_text(text)
    for given in ((text,), ("uri",), ("@uri",)):
        result = cli("inspect", *given)
        found = json.loads(result.out)
        assert (found["issuer"], found["account"], found["secret"]) == ("Example", "alice", None)
        assert RFC_SECRET not in result.out + result.err
    assert seen(cli, stdin=text)["schema"] == "authcli/totp.read/1"
    assert cli.ok("inspect", "uri", "--field", "secret") == ""
    with terminal(cli, "inspect", "uri") as child:
        assert ended(child) == 0
    assert "160 bits, not shown" in child.before


def test_a_picture_is_explained_as_what_its_code_holds(cli: Cli) -> None:
    require_package("zxingcpp")
    (cli.home / "photo.png").write_bytes(to_png(URI, scale=4))
    items = seen(cli, "photo.png")["items"]
    assert isinstance(items, list)
    assert items[0]["account"] == "alice"
    assert seen(cli, stdin=(cli.home / "photo.png").read_bytes())["items"] == items


@pytest.mark.parametrize("form", ["aegis", "2fas", "andotp"])
def test_an_export_is_no_key_in_json(cli: Cli, form: str) -> None:
    result = cli("inspect", stdin=FORMATS[form].write([RFC_ACCOUNT]))
    assert json.loads(result.out)["account"] == "alice"
    assert RFC_SECRET not in result.out + result.err


def test_an_encrypted_export_is_opened_with_its_passphrase(cli: Cli) -> None:
    sealed = FORMATS["aegis"].write([RFC_ACCOUNT], passphrase=Secret("opener"))
    (cli.home / "aegis.json").write_bytes(sealed)
    cli.env["PW"] = "opener"
    assert cli("inspect", "aegis.json").code == 2
    assert seen(cli, "aegis.json", "--passphrase", "env:PW")["items"]


# the rest


def test_keys_and_tokens_are_still_what_they_were(cli: Cli) -> None:
    cli.ok("key", "generate", "HS256", "-o", "key.jwk")
    token = cli.ok("jwt", "mint", "--sub", "alice", "-k", "key.jwk")
    assert seen(cli, token)["schema"] == "authcli/jwt.inspect/1"
    assert seen(cli, "key.jwk")["schema"] == "authcli/key.inspect/1"


def test_what_is_nothing_of_these_is_not_repeated(cli: Cli) -> None:
    for text in ("correct horse battery staple", "JBSWY3DPEHPK3PXP", "!", "{}", "[]", "hunter2:x"):
        result = cli("inspect", text)
        assert (result.code, result.out) == (2, "")
        assert text == "!" or text in ("{}", "[]") or text not in result.err
