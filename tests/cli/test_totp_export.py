"""`authcli totp export`: it asks where secrets are in clear; what it writes is read back."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from authcli import otp
from authcli.otp.exports import read_exports
from authcli.otp.formats import FORMATS
from authcli.secret import Secret
from tests.cli.harness import Cli
from tests.cli.saved_accounts import RFC_ACCOUNT, RFC_SECRET, ended, terminal, with_accounts
from tests.requirements import require, require_package

ACCOUNTS = {
    "github": RFC_ACCOUNT._replace(issuer="GitHub", name="alice@example.com"),
    "slow": RFC_ACCOUNT._replace(issuer="Slow", period_seconds=60, digits=8),
    "token": RFC_ACCOUNT._replace(secret=Secret(b"t" * 20), kind="hotp", counter=7),
}


@pytest.fixture
def saved(cli: Cli) -> Cli:
    return with_accounts(cli, ACCOUNTS)


def read(path: Path) -> list[otp.Account]:
    """Return the accounts of a file that was written."""
    return read_exports([(path.name, path.read_bytes())]).accounts


@pytest.mark.parametrize("form", [name for name in FORMATS if name != "migration"])
def test_every_format_reads_back_as_what_was_saved(saved: Cli, form: str) -> None:
    result = saved("totp", "export", "--all", "--format", form, "--yes", "-o", "out")
    assert str(result) == (
        "exit: 0\n--- stdout\n--- stderr\nnote: wrote out: 3 accounts, in clear\n"
    )
    assert (saved.home / "out").stat().st_mode & 0o777 == 0o600
    assert read(saved.home / "out") == list(ACCOUNTS.values())


def test_in_clear_nothing_is_written_without_someone_who_agrees(saved: Cli) -> None:
    for flags in ((), ("-o", "out"), ("--format", "aegis"), ("--json",), ("-o", "out.png")):
        result = saved("totp", "export", "github", *flags)
        assert (result.code, result.out) == (2, "")
        assert "--yes" in result.err
        assert RFC_SECRET not in result.err
    assert not [*saved.home.glob("out*")]


def test_an_encrypted_vault_is_written_unasked_and_holds_nothing_readable(saved: Cli) -> None:
    saved.env["PW"] = "opener"
    written = ("--format", "aegis", "--passphrase", "env:PW", "-o", "aegis.json")
    assert saved("totp", "export", "--all", *written).code == 0
    data = (saved.home / "aegis.json").read_bytes()
    assert RFC_SECRET.encode() not in data
    assert b"alice" not in data
    vault = FORMATS["aegis"].read(data, passphrase=lambda: Secret("opener"))
    assert vault.accounts == list(ACCOUNTS.values())


def test_a_passphrase_that_would_be_ignored_is_refused(saved: Cli) -> None:
    saved.env["PW"] = "opener"
    result = saved("totp", "export", "--all", "--format", "2fas", "--passphrase", "env:PW", "-y")
    assert (result.code, result.out) == (2, "")
    assert "--format aegis" in result.err


def test_a_file_that_exists_is_kept_and_nobody_is_asked(saved: Cli) -> None:
    (saved.home / "out").write_text("mine")
    assert saved("totp", "export", "github", "-o", "out", "--yes").code == 8
    assert (saved.home / "out").read_text() == "mine"
    assert saved("totp", "export", "github", "-o", "out", "--yes", "--force").code == 0
    assert read(saved.home / "out") == [ACCOUNTS["github"]]


def test_an_account_that_a_format_cannot_hold_is_named(saved: Cli) -> None:
    result = saved("totp", "export", "--all", "--format", "migration", "--yes", "-o", "out")
    assert (result.code, result.out) == (2, "")
    assert "Slow:alice" in result.err
    assert not (saved.home / "out").exists()


def test_hotp_is_exported_with_the_counter_that_was_reached(saved: Cli) -> None:
    for _ in range(2):
        saved.ok("hotp", "code", "token")
    exported = otp.parse_uri(saved.ok("totp", "export", "token", "--yes")).account
    assert exported == ACCOUNTS["token"]._replace(counter=9)


def test_names_or_all_and_not_both(saved: Cli) -> None:
    assert saved("totp", "export", "--yes").code == 2
    assert saved("totp", "export", "github", "--all", "--yes").code == 2
    assert saved("totp", "export", "nobody", "--yes").code == 7
    assert saved.ok("totp", "export", "token", "github", "--yes", "--json")


def test_all_of_nothing_is_not_found(cli: Cli) -> None:
    assert with_accounts(cli)("totp", "export", "--all", "--yes").code == 7


def test_json_tells_what_was_written_where(saved: Cli) -> None:
    written = json.loads(saved.ok("totp", "export", "github", "-o", "out", "--yes", "--json"))
    assert written == {
        "schema": "authcli/totp.export/1",
        "format": "otpauth",
        "encrypted": False,
        "accounts": ["github"],
        "files": ["out"],
    }
    shown = json.loads(saved.ok("totp", "export", "github", "--yes", "--json"))
    assert shown["content"] == otp.build_uri(ACCOUNTS["github"]) + "\n"


# pictures


def many(cli: Cli, count: int) -> list[otp.Account]:
    accounts = [
        RFC_ACCOUNT._replace(secret=Secret(bytes([n]) * 20), name=f"u{n:02}") for n in range(count)
    ]
    with_accounts(cli, {f"u{n:02}": account for n, account in enumerate(accounts)})
    return accounts


def test_pictures_are_as_many_as_are_needed_and_a_phone_reads_them(cli: Cli) -> None:
    accounts = many(cli, 12)
    done = cli("totp", "export", "--all", "-o", "codes.png", "--yes")
    assert done.err == (
        "note: wrote codes-1.png, codes-2.png: 12 accounts, in clear; delete them when scanned\n"
    )
    paths = [cli.home / "codes-1.png", cli.home / "codes-2.png"]
    assert [path.stat().st_mode & 0o777 for path in paths] == [0o600, 0o600]
    require_package("zxingcpp")
    files = [(path.name, path.read_bytes()) for path in paths]
    assert read_exports(files).accounts == accounts


def test_of_several_pictures_none_is_written_where_one_exists(cli: Cli) -> None:
    many(cli, 11)
    (cli.home / "codes-2.png").write_text("mine")
    assert cli("totp", "export", "--all", "-o", "codes.png", "--yes").code == 8
    assert [path.name for path in cli.home.glob("codes*")] == ["codes-2.png"]


def test_another_program_decodes_the_picture(saved: Cli) -> None:
    zbarimg = require("zbarimg")
    saved.ok("totp", "export", "github", "token", "-o", "codes.png", "--yes")
    read = subprocess.run(
        [zbarimg, "--quiet", "--raw", saved.home / "codes.png"], capture_output=True, check=True
    )
    found = read_exports([("zbar", read.stdout)]).accounts
    assert found == [ACCOUNTS["github"], ACCOUNTS["token"]]


def test_a_picture_of_another_format_is_refused(saved: Cli) -> None:
    result = saved("totp", "export", "github", "--format", "aegis", "-o", "x.png", "--yes")
    assert result.code == 2
    assert "totp qr" in result.err


def test_a_terminal_is_asked_and_shows_one_code_after_another(cli: Cli) -> None:
    many(cli, 12)
    with terminal(cli, "totp", "export", "--all", "--format", "migration") as child:
        child.expect_exact("write the secrets of 12 accounts in clear on this terminal? [y/N] ")
        child.sendline("y")
        child.expect_exact("1 of 2")
        child.expect_exact("press Enter for the next one ")
        child.sendline("")
        child.expect_exact("2 of 2")
        assert ended(child) == 0


def test_a_narrow_terminal_gets_smaller_codes_or_says_that_it_is_too_narrow(cli: Cli) -> None:
    many(cli, 10)
    arguments = ("totp", "export", "--all", "--format", "migration", "--yes", "--no-input")
    with terminal(cli, *arguments, columns=70) as child:
        assert ended(child) == 0
    assert "1 of " in child.before
    with terminal(cli, *arguments, columns=20) as child:
        assert ended(child) == 2
    assert "too narrow" in child.before


def test_a_no_at_the_terminal_writes_nothing(saved: Cli) -> None:
    with terminal(saved, "totp", "export", "github", "-o", "out") as child:
        child.expect_exact("write the secret of 1 account in clear to out? [y/N] ")
        child.sendline("")
        assert ended(child) == 130
    assert not (saved.home / "out").exists()
