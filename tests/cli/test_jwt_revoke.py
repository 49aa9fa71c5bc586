"""`authcli jwt revoke`: a token, or many, denied from now on."""

from __future__ import annotations

import json

import pytest

from tests.cli.harness import Cli
from tests.cli.jwks import MADE, managed, told

ISSUER = "https://login.example"


@pytest.fixture
def token(cli: Cli) -> str:
    """A token of a managed key, whose ring has an issuer."""
    managed(cli, issuer=ISSUER)
    return cli.ok("jwt", "mint", "--sub", "alice")


def claims(cli: Cli, token: str) -> dict[str, str]:
    found: dict[str, str] = json.loads(cli.ok("jwt", "decode", token, "-q"))
    return found


def test_a_token_is_denied_until_it_would_have_ended(cli: Cli, token: str) -> None:
    assert str(cli("jwt", "revoke", token)) == "exit: 0\n--- stdout\n--- stderr\n"
    assert cli("jwt", "verify", token).code == 5
    cli.ok("jwt", "verify", cli.ok("jwt", "mint", "--sub", "alice"))


def test_a_token_of_a_compromised_key_is_denied_all_the_same(cli: Cli, token: str) -> None:
    """`verify` knows it and refuses it; so "revoke it" is not answered by "what token?"."""
    header = json.loads(cli.ok("jwt", "decode", token, "--json", "-q"))["header"]
    cli.ok("jwks", "compromise", header["kid"], "--yes", "-q")
    assert cli("jwt", "revoke", token).code == 0
    assert cli("jwt", "verify", token).code == 5


def test_json_says_what_is_denied_until_when(cli: Cli) -> None:
    managed(cli, issuer=ISSUER)
    at = ["--now", str(MADE // 1000)]
    token = cli.ok("jwt", "mint", "--sub", "alice", "--jti", "1", *at, "-q")
    found = told(cli, "jwt", "revoke", token, "--reason", "laptop stolen", *at, "-q")
    assert found == {
        "schema": "authcli/jwt.revoke/1",
        "clock": "overridden",
        "kind": "jti",
        "issuer": ISSUER,
        "value": "1",
        "revoked_at": "2026-09-21T14:13:20Z",
        "issued_before": None,
        "until": "2026-09-21T15:28:20Z",
        "reason": "laptop stolen",
        "changed": True,
        "families": [],
    }
    assert cli.ok("jwt", "revoke", token, *at, "-q", "--field", "reason", "--field", "changed") == (
        "laptop stolen\tfalse"
    )


def test_denying_it_twice_is_no_error(cli: Cli, token: str) -> None:
    cli.ok("jwt", "revoke", token, "--reason", "first")
    again = cli("jwt", "revoke", token, "--reason", "again", "--json")
    found = json.loads(again.out)
    assert (again.code, found["changed"], found["reason"]) == (0, False, "first")
    assert json.loads(again.err) == {"note": "it was denied before"}
    assert cli.ok("audit", "list", "--json").count('"token.revoked"') == 1


def test_a_strangers_token_is_not_denied(cli: Cli, token: str) -> None:
    """Else anyone could have any id denied; by --jti an operator can."""
    cli.ok("key", "generate", "ES256", "-o", "key.pem", "--public", "key.pub")
    foreign = cli.ok("jwt", "mint", "--sub", "alice", "--key", "key.pem")
    assert cli("jwt", "revoke", foreign).code == 3
    assert cli("jwt", "revoke", "a.b.c").code == 3
    cli.ok("jwt", "revoke", foreign, "--key", "key.pub")
    result = cli("jwt", "verify", foreign, "--key", "key.pub", "--check-revocation")
    assert result.code == 5


def test_what_is_over_is_4_and_what_clocks_forgive_is_denied(cli: Cli, token: str) -> None:
    old = cli.ok("jwt", "mint", "--sub", "a", "--now", "-3h", "-q")
    result = cli("jwt", "revoke", old)
    assert (result.code, "there is nothing to deny" in result.err) == (4, True)
    late = cli.ok("jwt", "mint", "--sub", "a", "--now", "-30m", "-q")
    cli.ok("jwt", "revoke", late)
    assert cli("jwt", "verify", late, "--leeway", "1h").code == 5
    early = cli.ok("jwt", "mint", "--nbf", "+2h", "--exp", "3h")
    cli.ok("jwt", "revoke", early)
    assert cli("jwt", "verify", early, "--now", "+2h30m").code == 5


def test_a_subject_s_tokens_and_sign_ins_end(cli: Cli, token: str) -> None:
    """The managed keys' issuer is meant: without it no token of theirs would be hit."""
    signed_in = told(cli, "jwt", "mint", "--sub", "alice", "--refresh")
    bob = told(cli, "jwt", "mint", "--sub", "bob", "--refresh")
    result = cli("jwt", "revoke", "--sub", "alice", "--yes", "--json")
    found = json.loads(result.out)
    assert (found["issuer"], found["families"]) == (ISSUER, [signed_in["family"]])
    assert "with it a family of refresh tokens ends" in result.err
    for denied in (token, signed_in["token"]):
        assert cli("jwt", "verify", denied).code == 5
    assert cli("jwt", "refresh", stdin=signed_in["refresh_token"]).code == 5
    cli.ok("jwt", "verify", bob["token"])
    cli.ok("jwt", "refresh", stdin=bob["refresh_token"])
    # iat is in whole seconds, so what is issued in the same one is hit.
    at = ["--now", "+2s", "-q"]
    cli.ok("jwt", "verify", cli.ok("jwt", "mint", "--sub", "alice", *at), *at)


def test_what_is_issued_to_the_subject_later_is_not_hit(cli: Cli) -> None:
    managed(cli)
    cli.ok("jwt", "revoke", "--sub", "alice", "--yes", "--now", "-10s", "-q")
    cli.ok("jwt", "verify", cli.ok("jwt", "mint", "--sub", "alice"))


def test_many_are_denied_after_asking(cli: Cli, token: str) -> None:
    for flag, value in (("--sub", "alice"), ("--kid", "K")):
        result = cli("jwt", "revoke", flag, value)
        assert (result.code, "--yes" in result.err) == (2, True)
    cli.ok("jwt", "verify", token)


def test_a_dry_run_denies_nothing(cli: Cli, token: str) -> None:
    signed_in = told(cli, "jwt", "mint", "--sub", "alice", "--refresh")
    for words in (["--sub", "alice"], [token], ["--family", signed_in["family"]]):
        result = cli("jwt", "revoke", *words, "--dry-run", "--json")
        assert (result.code, json.loads(result.out)["changed"]) == (0, False)
        assert "nothing was denied (--dry-run)" in result.err
    cli.ok("jwt", "verify", token)
    cli.ok("jwt", "refresh", stdin=signed_in["refresh_token"])


def test_a_key_s_tokens_are_denied_by_the_beginning_of_its_kid(cli: Cli, token: str) -> None:
    active = json.loads(cli.ok("jwt", "decode", token, "--json", "-q"))["header"]["kid"]
    result = cli("jwt", "revoke", "--kid", active[:9], "--yes", "--json")
    assert json.loads(result.out)["value"] == active
    assert f"authcli jwks compromise {active[:12]}" in result.err
    assert cli("jwt", "verify", token).code == 5
    unknown = cli("jwt", "revoke", "--kid", "theirs", "--yes")
    assert (unknown.code, "taken as it is" in unknown.err) == (0, True)


def test_a_family_ends_with_its_access_tokens(cli: Cli, token: str) -> None:
    signed_in = told(cli, "jwt", "mint", "--sub", "alice", "--refresh")
    result = cli("jwt", "revoke", signed_in["token"])
    assert f"authcli jwt revoke --family {signed_in['family']}" in result.err
    first = told(cli, "jwt", "revoke", "--family", signed_in["family"], "--reason", "left")
    again = told(cli, "jwt", "revoke", "--family", signed_in["family"], "-q")
    assert (first["changed"], again["changed"], again["reason"]) == (True, False, "left")
    assert again["revoked_at"] == first["revoked_at"]
    refused = cli("jwt", "refresh", stdin=signed_in["refresh_token"])
    assert (refused.code, "was revoked: left" in refused.err) == (5, True)
    missing = cli("jwt", "revoke", "--family", "tf_none")
    assert (missing.code, "hint: authcli jwt issued --families" in missing.err) == (7, True)


def test_a_recorded_id_is_denied_until_its_own_end(cli: Cli) -> None:
    managed(cli, issuer=ISSUER)
    at = ["--now", str(MADE // 1000), "-q"]
    cli.ok("jwt", "mint", "--jti", "1", "--exp", "1h", "--record", *at)
    assert told(cli, "jwt", "revoke", "--jti", "1", *at)["until"] == "2026-09-21T16:13:20Z"
    assert told(cli, "jwt", "revoke", "--jti", "2", *at)["until"] == "2026-09-22T15:13:20Z"
    found = told(cli, "jwt", "revoke", "--jti", "3", "--longest", "2h", *at)
    assert found["until"] == "2026-09-21T17:13:20Z"


def test_of_several_issuers_one_is_named(cli: Cli) -> None:
    managed(cli, issuer=ISSUER)
    managed(cli, "EdDSA", issuer="https://other.example", at_ms=MADE + 1)
    result = cli("jwt", "revoke", "--sub", "alice", "--yes")
    assert (result.code, f"hint: --iss {ISSUER}" in result.err) == (2, True)
    token = cli.ok("jwt", "mint", "--sub", "alice", "--alg", "EdDSA")
    cli.ok("jwt", "revoke", "--sub", "alice", "--iss", "https://other.example", "--yes")
    assert cli("jwt", "verify", token).code == 5


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["a.b.c", "--jti", "1"], "name one thing to deny"),
        (["--jti", "1", "--sub", "a"], "name one thing to deny"),
        (["a.b.c", "--iss", "x"], "--iss is for --jti, --sub"),
        (["--kid", "K", "--iss", "x"], "--iss is for --jti, --sub"),
        (["--family", "tf_1", "--longest", "1h"], "--longest is for"),
        (["--jti", "1", "--key", "k.pem"], "--key verifies a token"),
        (["--jti", ""], "--jti is empty"),
        (["--jti", "x" * 1001], "1 to 1000 characters"),
        (["--jti", "1", "--reason", ""], "--reason is empty"),
        (["--jti", "1", "--longest", "soon"], "--longest"),
    ],
)
def test_what_makes_no_sense_is_refused(cli: Cli, words: list[str], said: str) -> None:
    result = cli("jwt", "revoke", *words)
    assert (result.code, said in result.err) == (2, True), str(result)
    assert "Traceback" not in result.err


def test_a_token_without_an_id_is_denied_with_others_alone(cli: Cli) -> None:
    managed(cli)
    token = cli.ok("jwt", "mint", "--sub", "alice", "--jti", "none")
    result = cli("jwt", "revoke", token)
    assert (result.code, "deny all of its subject (--sub)" in result.err) == (2, True)
