"""`authcli totp list` and `remove`: names without secrets, and what asks before it is gone."""

from __future__ import annotations

import json

import pytest

from tests.cli.harness import Cli
from tests.cli.saved_accounts import RFC_ACCOUNT, RFC_SECRET, ended, terminal, with_accounts

TOKEN = RFC_ACCOUNT._replace(kind="hotp", issuer="\x1b[31mToken", counter=3)


@pytest.fixture
def saved(cli: Cli) -> Cli:
    return with_accounts(cli, {"github": RFC_ACCOUNT, "token": TOKEN})


def test_the_list_needs_no_passphrase_and_tells_no_secret(saved: Cli) -> None:
    del saved.env["AUTHCLI_KEYCHAIN_PASSPHRASE"]
    assert saved.ok("totp", "list") == "github\ntoken"
    shown = saved.ok("totp", "ls", "--json")
    items = json.loads(shown)["items"]
    assert items[0].pop("saved_at").endswith("Z")
    assert items[0] == {
        "name": "github",
        "kind": "totp",
        "issuer": "Example",
        "account": "alice",
        "algorithm": "SHA1",
        "digits": 6,
        "period_seconds": 30,
        "backend": "file",
    }
    assert (items[1]["kind"], items[1]["period_seconds"]) == ("hotp", None)
    assert RFC_SECRET not in shown


def test_of_no_accounts_it_is_empty_and_fields_are_still_checked(cli: Cli) -> None:
    assert cli.ok("totp", "list") == ""
    assert json.loads(cli.ok("totp", "list", "--json"))["items"] == []
    assert cli.ok("totp", "list", "--field", "name") == ""
    assert cli("totp", "list", "--field", "secret").code == 2


def test_a_terminal_gets_a_table_that_nothing_repaints(saved: Cli) -> None:
    with terminal(saved, "totp", "list") as child:
        assert ended(child) == 0
    head, *rows = child.before.strip().split("\r\n")
    assert head.split() == ["NAME", "ISSUER", "ACCOUNT", "KIND", "DIGITS", "PERIOD", "SAVED"]
    assert rows[0].split()[:7] == ["github", "Example", "alice", "totp", "6", "30", "s"]
    assert rows[1].split()[:6] == ["token", "\\x1b[31mToken", "alice", "hotp", "6", "-"]
    assert "\x1b" not in child.before


def test_a_damaged_index_is_one_clear_error(saved: Cli) -> None:
    (saved.home / ".local/share/authcli/keychain.names").write_text('{"version": 1, "names": [{}]}')
    result = saved("totp", "list")
    assert (result.code, result.out) == (9, "")
    assert result.err.count("error: ") == 1


def test_remove_asks_and_without_a_terminal_needs_yes(saved: Cli) -> None:
    result = saved("totp", "remove", "github")
    assert (result.code, result.out) == (2, "")
    assert "--yes" in result.err
    assert saved.ok("totp", "list") == "github\ntoken"
    assert saved.ok("totp", "rm", "github", "token", "github", "--yes") == "github\ntoken"
    assert saved.ok("totp", "list") == ""
    assert saved("totp", "code", "github").code == 7


def test_a_no_at_the_terminal_removes_nothing(saved: Cli) -> None:
    with terminal(saved, "totp", "remove", "github") as child:
        child.expect_exact("remove github and its secret? [y/N] ")
        child.sendline("n")
        assert ended(child) == 130
    assert saved.ok("totp", "list") == "github\ntoken"


def test_one_unknown_name_keeps_all_from_being_removed(saved: Cli) -> None:
    result = saved("totp", "remove", "token", "githab", "--yes")
    assert (result.code, result.out) == (7, "")
    assert "near it: github" in result.err
    assert saved.ok("totp", "list") == "github\ntoken"


def test_a_secret_in_the_place_of_a_name_is_not_repeated(saved: Cli) -> None:
    for verb in (("remove",), ("export", "--yes")):
        result = saved("totp", *verb, RFC_SECRET)
        assert result.code == 7
        assert RFC_SECRET not in result.err


def test_a_dry_run_removes_nothing_and_asks_nothing(saved: Cli) -> None:
    shown = json.loads(saved.ok("totp", "remove", "github", "--dry-run", "--json"))
    assert shown == {
        "schema": "authcli/totp.remove/1",
        "names": ["github"],
        "removed": 0,
        "dry_run": True,
    }
    assert saved.ok("totp", "list") == "github\ntoken"
