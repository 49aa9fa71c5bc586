"""Signing keys and tokens in `authcli store`: rekey --kek, gc, status, restore."""

from __future__ import annotations

import json
import os

import pexpect
import pytest

from authcli.clock import now_ms
from authcli.revocation.model import Mark
from authcli.signing.choosing import signer
from authcli.signing.compromise import compromise
from tests.cli.harness import Cli
from tests.cli.jwks import kids, managed, opened
from tests.store.lives import DAY, denying, family, issued

DATA = ".local/share/authcli/authcli.db"


@pytest.fixture
def signing(cli: Cli) -> str:
    """The kid of the key that signs in the command's own store."""
    return managed(cli, "EdDSA", at_ms=now_ms())["active"]


def test_rekey_of_the_kek_transcript(cli: Cli, signing: str) -> None:
    kek = f"{cli.home}/{DATA}.kek"
    plan = cli("store", "rekey", "--kek", "--dry-run")
    assert str(plan) == (
        "exit: 0\n--- stdout\n1\tactive\t2\n--- stderr\n"
        "note: would make a new kek, and seal 2 signing keys under it\n"
    )
    done = cli("store", "rekey", "--kek")
    assert str(done) == (
        "exit: 0\n--- stdout\n1\tretired\t0\n2\tactive\t2\n--- stderr\n"
        f"note: kek 2 is active; added to {kek}\n"
        "note: sealed 2 signing keys under it\n"
        f"note: backups made before need the first line of {kek}: "
        "remove it with the last of those\n"
    )
    facts = json.loads(cli.ok("store", "rekey", "--kek", "--json", "-q"))
    assert (facts["root"], facts["resealed"], facts["retired"]) == ("kek", 2, [1, 2])
    assert facts["changed"] is True
    with opened(cli) as store:
        assert signer(store.signing_keys).row.kid == signing
    assert cli("audit", "verify").code == 0


def test_a_private_half_that_was_changed_stops_a_rekey(cli: Cli, signing: str) -> None:
    with opened(cli) as store:
        half = store.signing_keys.sealed(signing)
        assert half is not None
        store.signing_keys.reseal(signing, half._replace(text=half.text[:-4]))
    held = (cli.home / f"{DATA}.kek").read_bytes()
    refused = cli("store", "rekey", "--kek")
    assert str(refused) == (
        "exit: 9\n--- stdout\n--- stderr\n"
        f"error: the key {signing} was changed in the store, or put there from elsewhere\n"
        "hint: put back the last backup: authcli store restore; or: authcli jwks compromise KID\n"
    )
    assert (cli.home / f"{DATA}.kek").read_bytes() == held


def test_a_lost_kek_is_named_and_not_replaced(cli: Cli, signing: str) -> None:
    (cli.home / f"{DATA}.kek").unlink()
    for verb in (("store", "rekey", "--kek"), ("store", "status")):
        refused = cli(*verb)
        assert refused.code == 9
        assert "the key that seals signing keys, is not there" in refused.err + refused.out
    assert not (cli.home / f"{DATA}.kek").exists()


@pytest.mark.parametrize(
    "flags", [("--kek", "--pepper"), (), ("--kek", "--finish")], ids=["both", "none", "finish"]
)
def test_a_rekey_is_of_one_root(cli: Cli, flags: tuple[str, ...]) -> None:
    assert cli("store", "rekey", *flags).code == 2


@pytest.mark.skipif(os.name != "posix", reason="needs a terminal")
def test_rekey_of_the_kek_on_a_terminal_is_a_table(cli: Cli, signing: str) -> None:
    command, *words = cli.command("store", "rekey", "--kek", "--dry-run")
    child = pexpect.spawn(
        command,
        words,
        env=cli.environment() | {"NO_COLOR": "1"},
        cwd=str(cli.home),
        encoding="utf-8",
        timeout=30,
    )
    *_, head, row = child.read().splitlines()
    child.close()
    assert child.exitstatus == 0
    assert head.split() == ["KEK", "STATE", "MADE", "SIGNING", "KEYS"]
    assert row.split()[:2] + row.split()[-1:] == ["1", "active", "2"]


def test_gc_names_what_is_dead_of_tokens(cli: Cli, signing: str) -> None:
    at = now_ms()
    with opened(cli) as store:
        store.tokens.add([Mark("jti", "", "x", revoked_at=1, expires_at=at - 1)])
        store.tokens.register([issued("1", ends_at=at - 100 * DAY)])
        begun = family(store)
        sql = "UPDATE token_families SET expires_at = :t WHERE id = :id"
        store.database.run(sql, t=at - 100 * DAY, id=begun.family.id)
    words = "1 denial, 1 issued token, 1 family, 1 refresh token"
    assert cli.ok("store", "gc", "--dry-run") == f"would delete {words}"
    assert cli.ok("store", "gc", "--yes") == f"deleted {words}"
    facts = json.loads(cli.ok("store", "gc", "--yes", "--json"))
    counts = ("signing", "denied", "issued", "families", "refreshes", "total")
    assert [facts[name] for name in counts] == [0] * 6


def test_status_shows_keys_and_tokens(cli: Cli, signing: str) -> None:
    with opened(cli) as store:
        family(store)
        store.tokens.register([issued("1", ends_at=now_ms() + DAY)])
    page = cli.ok("store", "status")
    assert "signing keys  1 next, 1 active\n" in page
    assert "tokens        1 recorded, 1 family\n" in page
    facts = json.loads(cli.ok("store", "status", "--json"))
    assert facts["signing_keys"]["active"] == 1
    assert (facts["denied"], facts["issued_tokens"], facts["families"]) == (0, 1, 1)


def test_a_restore_says_that_a_stolen_key_would_be_trusted_again(cli: Cli, signing: str) -> None:
    cli.ok("store", "backup", "-o", "b.db")
    with opened(cli) as store:
        compromise(store.signing_keys, signing, deny=denying(store), at_ms=now_ms() + 1000)
    plan = cli("store", "restore", "b.db", "--dry-run")
    assert plan.code == 0
    assert "1 signing key compromised since would be trusted again\n" in plan.err
    assert "1 signing key made since would be unknown, and their tokens refused\n" in plan.err
    assert "1 denial since would be forgotten, and those tokens taken again\n" in plan.err
    facts = json.loads(cli.ok("store", "restore", "b.db", "--dry-run", "--json"))
    assert (facts["keys_compromised_since"], facts["denied_since"]) == (1, 1)
    assert kids(cli)["compromised"] == signing
