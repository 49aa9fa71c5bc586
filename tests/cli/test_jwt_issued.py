"""`authcli jwt mint --record` and `authcli jwt issued`: who got a token; never the token."""

from __future__ import annotations

import json

from tests.cli.harness import Cli
from tests.cli.jwks import MADE, managed, told

AT = ["--now", str(MADE // 1000), "-q"]


def test_a_fresh_machine_has_issued_nothing(cli: Cli) -> None:
    for words in ([], ["--families"], ["--json"]):
        result = cli("jwt", "issued", *words)
        assert (result.code, result.err) == (0, "")
    assert json.loads(cli("jwt", "issued", "--json").out)["items"] == []
    assert not (cli.home / ".local").exists()


def test_what_was_recorded_is_listed_without_the_token(cli: Cli) -> None:
    active = managed(cli, issuer="https://login.example")["active"]
    words = ["--sub", "alice", "--aud", "api", "--scope", "read", "--exp", "1h", "--jti", "one"]
    token = cli.ok("jwt", "mint", *words, "--record", "--actor", "deploy", *AT)
    cli.ok("jwt", "mint", "--sub", "bob", *AT)
    [item] = told(cli, "jwt", "issued", *AT)["items"]
    assert item == {
        "jti": "one",
        "issuer": "https://login.example",
        "sub": "alice",
        "aud": ["api"],
        "scopes": ["read"],
        "kid": active,
        "family": None,
        "issued_at": "2026-09-21T14:13:20Z",
        "expires_at": "2026-09-21T15:13:20Z",
        "issued_by": "deploy",
    }
    assert cli.ok("jwt", "issued", *AT) == "one"
    assert token.split(".")[2] not in str(cli("jwt", "issued", "--json", *AT))
    assert cli.ok("audit", "list", "--event", "token.issued", "--field", "actor") == "deploy"


def test_filters_and_what_is_over(cli: Cli) -> None:
    managed(cli)
    for sub, aud in (("alice", "a"), ("bob", "b")):
        cli.ok("jwt", "mint", "--sub", sub, "--aud", aud, "--jti", sub, "--record", *AT)
    assert cli.ok("jwt", "issued", "--sub", "bob", *AT) == "bob"
    assert cli.ok("jwt", "issued", "--aud", "a", *AT) == "alice"
    assert cli.ok("jwt", "issued", "--sub", "carol", *AT) == ""
    assert cli.ok("jwt", "issued") == ""
    assert sorted(cli.ok("jwt", "issued", "--all").split()) == ["alice", "bob"]


def test_families_are_listed_until_they_end(cli: Cli) -> None:
    managed(cli)
    first = told(cli, "jwt", "mint", "--sub", "alice", "--scope", "r", "--refresh")
    second = told(cli, "jwt", "mint", "--sub", "bob", "--refresh", "--absolute", "20d")
    assert cli.ok("jwt", "issued", "--families").split() == [second["family"], first["family"]]
    [item] = told(cli, "jwt", "issued", "--families", "--sub", "alice")["items"]
    assert (item["scopes"], item["last_refreshed_at"]) == (["r"], None)
    cli.ok("jwt", "revoke", "--family", first["family"])
    assert cli.ok("jwt", "issued", "--families") == second["family"]
    assert cli("jwt", "issued", "--families", "--aud", "x").code == 2


def test_a_token_is_recorded_before_it_is_handed_out(cli: Cli) -> None:
    """And what keeps it from being handed out is found before it is recorded."""
    managed(cli)
    (cli.home / "there").write_text("x")
    assert cli("jwt", "mint", "--record", "-o", "there").code == 8
    assert cli("jwt", "mint", "--record", "--field", "nosuch").code == 2
    assert cli("jwt", "mint", "--record", "--jti", "none").code == 2
    assert cli("jwt", "mint", "--record", "--count", "2").code == 2
    assert cli("jwt", "mint", "--record", "--dry-run").code == 0
    assert cli.ok("jwt", "issued", "--all") == ""
    cli.ok("jwt", "mint", "--record", "--jti", "one")
    result = cli("jwt", "mint", "--record", "--jti", "one")
    assert (result.code, result.out) == (8, "")


def test_the_development_key_s_tokens_are_recorded_in_a_store_of_one_s_own(cli: Cli) -> None:
    cli.ok("jwt", "mint", "--sub", "alice", "--record", "-q")
    assert cli.ok("jwt", "issued", "--field", "sub") == "alice"
    missing = cli("jwt", "mint", "--record", "--store", "sqlite:typo.db", "-q")
    assert (missing.code, missing.out) == (9, "")


def test_hostile_names_stay_on_their_line(cli: Cli) -> None:
    managed(cli)
    (cli.home / "claims.json").write_text('{"sub":"a\\u001b[2J\\nb","jti":"x\\ty"}')
    cli.ok("jwt", "mint", "@claims.json", "--record")
    shown = cli.ok("jwt", "issued", "--field", "sub", "--field", "jti")
    assert len(shown.splitlines()) == 1
    assert shown.count("\t") == 1
