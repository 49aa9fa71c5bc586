"""`authcli jwks init`, `list`, `show`, `status`: keys that sign, and what comes of them."""

from __future__ import annotations

import json
import re

from tests.cli.harness import Cli
from tests.cli.jwks import DAY, MADE, kids, managed, opened, told

KID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{42}")


def test_a_fresh_machine_has_no_keys(cli: Cli) -> None:
    """A list is empty; what needs a key says how to make one, and makes no store."""
    assert str(cli("jwks", "list")) == "exit: 0\n--- stdout\n--- stderr\n"
    for words in (["status"], ["rotate"], ["init", "--update", "--cache", "2h"]):
        result = cli("jwks", *words)
        assert (result.code, result.out) == (7, "")
        assert "hint: authcli jwks init" in result.err
    assert not (cli.home / ".local").exists()


def test_init_makes_one_key_that_signs_and_one_that_stands_by(cli: Cli) -> None:
    made = told(cli, "jwks", "init", "--iss", "https://login.example", "--rotate-every", "30d")
    assert [key["state"] for key in made["keys"]] in (["active", "next"], ["next", "active"])
    assert all(KID.fullmatch(key["kid"]) and key["can_sign"] for key in made["keys"])
    assert (made["ring"]["issuer"], made["ring"]["rotate_every"]) == (
        "https://login.example",
        "30 days",
    )
    assert (cli.home / ".local/share/authcli/authcli.db.kek").stat().st_mode & 0o777 == 0o600


def test_private_halves_are_in_the_store_sealed_alone(cli: Cli) -> None:
    """Neither the database nor any output holds the private number of a key."""
    cli.ok("jwks", "init")
    with opened(cli) as store:
        from authcli.signing.choosing import signer

        secret = signer(store.signing_keys).key.private_members["d"].reveal()
    files = (cli.home / ".local/share/authcli").glob("authcli.db*")
    assert [path.name for path in files if secret in path.read_bytes()] == []
    shown = cli.ok("jwks", "show", kids(cli)["active"], "--json") + cli.ok("jwks", "list", "--json")
    assert secret.decode() not in shown


def test_a_second_init_is_a_conflict_and_update_changes_the_times(cli: Cli) -> None:
    managed(cli, issuer="https://a.example")
    result = cli("jwks", "init", "ES256")
    assert (result.code, "jwks init --update" in result.err) == (8, True)
    ring = told(cli, "jwks", "init", "es256", "--update", "--max-token", "2h")["ring"]
    assert (ring["max_token_seconds"], ring["issuer"]) == (7200, "https://a.example")
    with opened(cli) as store:  # tokens of a day are out there
        assert {key.max_token_ms for key in store.signing_keys.find()} == {DAY}
    told(cli, "jwks", "init", "ES256", "--update", "--max-token", "3d")
    with opened(cli) as store:
        assert {key.max_token_ms for key in store.signing_keys.find()} == {3 * DAY}


def test_what_cannot_be_is_a_usage_error(cli: Cli) -> None:
    for arguments, said in (
        (["HS256"], "cannot be used for keys that are published"),
        (["ES256", "--cache", "1h", "--rotate-every", "1h"], "before verifiers know it"),
        (["ES256", "--max-token", "0s"], "--max-token"),
        (["ES256", "--update"], "--update changes nothing"),
        (["ES256", "--cache", "1000d"], "--cache"),
    ):
        result = cli("jwks", "init", *arguments)
        assert (result.code, result.out) == (2, ""), str(result)
        assert said in result.err
    assert not (cli.home / ".local").exists() or not kids(cli)


def test_a_key_is_named_by_the_beginning_of_its_kid(cli: Cli) -> None:
    active = managed(cli)["active"]
    jwk = json.loads(cli.ok("jwks", "show", active[:10]))
    assert (jwk["kid"], jwk["alg"], "d" in jwk) == (active, "ES256", False)
    assert cli("jwks", "show", "nosuchkid").code == 7


def test_the_list_has_states_and_filters(cli: Cli) -> None:
    found = managed(cli)
    assert cli.ok("jwks", "list", "--state", "next") == found["next"]
    assert cli.ok("jwks", "list", "--alg", "EdDSA") == ""
    assert cli("jwks", "list", "--state", "alive").code == 2


def test_status_says_what_comes_when(cli: Cli) -> None:
    found = managed(cli)
    ahead = told(cli, "jwks", "status", "--now", str(MADE // 1000))["ahead"]
    assert [(step["action"], step["kid"], step["estimated"]) for step in ahead] == [
        ("retire", found["active"], False),
        ("activate", found["next"], False),
        ("remove", found["active"], True),
    ]
    assert ahead[1]["at"] == "2026-12-20T14:13:20Z"


def test_status_check_is_10_where_something_is_due(cli: Cli) -> None:
    managed(cli)
    assert cli("jwks", "status", "--check", "--now", str(MADE // 1000)).code == 0
    result = cli("jwks", "status", "--check", "--now", str((MADE + 91 * DAY) // 1000))
    assert (result.code, "hint: authcli jwks rotate --publish DIR" in result.err) == (10, True)


def test_an_unpublished_key_is_due_too(cli: Cli) -> None:
    cli.ok("jwks", "init")
    assert "nothing was published yet" in cli("jwks", "status").err
    assert cli("jwks", "status", "--check").code == 10


def test_the_development_key_is_named_where_its_tokens_are_still_taken(cli: Cli) -> None:
    """What ends that can be typed as it stands; nobody has to publish anything for it."""
    token = cli.ok("jwt", "mint", "--sub", "alice")
    hint = cli("jwks", "init").err.partition("to end that: authcli ")[2].splitlines()[0]
    cli.ok("jwt", "verify", token)
    result = cli(*hint.split())
    assert (result.code, "publish" in result.err) == (0, False), str(result)
    assert cli("jwt", "verify", token).code == 3
    dropped = cli("jwks", "compromise", hint.split()[-1], "--yes")
    assert (dropped.code, dropped.err) == (0, ""), str(dropped)


def test_an_issuer_that_repaints_screens_is_refused(cli: Cli) -> None:
    result = cli("jwks", "init", "--iss", "https://a\x1b[2J")
    assert (result.code, "\x1b" in result.err, kids(cli)) == (2, False, {}), str(result)
