"""Managed signing keys in the commands of tokens: where `store:` names them, or nothing does."""

from __future__ import annotations

import json

import pytest

from authcli.signing.choosing import signer
from authcli.signing.model import Times
from authcli.signing.rotation import begin, init, rotate, update
from tests.cli.harness import Cli
from tests.cli.jwks import DAY, MADE, kids, managed, opened, published, told

ISSUER = "https://login.example"


def header(cli: Cli, token: str) -> dict[str, str]:
    found: dict[str, str] = told(cli, "jwt", "decode", token, "-q")["header"]
    return found


def test_the_active_key_signs_and_its_tokens_verify(cli: Cli) -> None:
    active = managed(cli, issuer=ISSUER)["active"]
    minted = cli("jwt", "mint", "--sub", "alice")
    assert (minted.code, minted.err) == (0, "")
    token = minted.out.strip()
    assert header(cli, token) == {"alg": "ES256", "typ": "JWT", "kid": active}
    verdict = told(cli, "jwt", "verify", token)
    assert (verdict["payload"]["iss"], verdict["key"]["kid"]) == (ISSUER, active)
    assert verdict["key"]["source"] == "the store's managed keys"


def test_an_issuer_that_is_named_wins(cli: Cli) -> None:
    managed(cli, issuer=ISSUER)
    for words in (["--iss", "https://other.example"], ["iss=https://other.example"]):
        payload = told(cli, "jwt", "mint", *words, "--dry-run", "-q")["payload"]
        assert payload["iss"] == "https://other.example"
    lines = cli("jwt", "mint", "--lines", "--json", stdin='{"iss":"x"}\n{"sub":"b"}\n')
    found = json.loads(lines.out)["items"]
    assert [item["payload"]["iss"] for item in found] == ["x", ISSUER]


def test_a_file_s_key_asks_no_store(cli: Cli) -> None:
    """What is wrong with a store, or slow, is nothing to who names a key; to others it is."""
    folder = cli.home / ".local/share/authcli"
    folder.mkdir(parents=True)
    (folder / "authcli.db").write_bytes(b"no database at all, for sure" * 100)
    cli.ok("key", "generate", "ES256", "-o", "key.pem", "--public", "key.pub")
    token = cli.ok("jwt", "mint", "--key", "key.pem")
    cli.ok("jwt", "verify", token, "--key", "key.pub")
    cli.ok("jwt", "edit", token, "a=b", "--key", "key.pem")
    cli.ok("jws", "sign", "hello", "--key", "key.pem")
    assert cli("jwt", "mint").code == 9
    assert cli("jwt", "verify", token).code == 9


def test_a_key_is_named_by_the_beginning_of_its_kid(cli: Cli) -> None:
    """The token bears the whole kid: verifiers know no beginnings."""
    active = managed(cli)["active"]
    for words in (["--kid", active[:9]], ["--key", f"store:{active[:9]}"], ["--key", "store:"]):
        assert header(cli, cli.ok("jwt", "mint", *words))["kid"] == active
    token = cli.ok("jwt", "edit", cli.ok("jwt", "mint"), "a=b", "--kid", active[:9])
    assert header(cli, token)["kid"] == active
    jws = told(cli, "jws", "sign", "hello", "--kid", active[:9])
    assert jws["kid"] == active
    cli.ok("jwt", "verify", token, "--key", f"store:{active[:9]}")


def test_a_key_that_does_not_sign_is_not_signed_with(cli: Cli) -> None:
    found = managed(cli)
    result = cli("jwt", "mint", "--key", f"store:{found['next']}")
    assert (result.code, result.out) == (8, "")
    assert "is next: it does not sign" in result.err
    assert cli("jwt", "mint", "--key", "store:nosuchkey").code == 7
    assert cli("jwt", "mint", "--alg", "EdDSA").code == 7


def test_without_managed_keys_store_is_not_the_development_key(cli: Cli) -> None:
    for words in (["mint"], ["verify", "a.b.c"], ["edit", "a.b.c"]):
        result = cli("jwt", *words, "--key", "store:")
        assert (result.code in (3, 7), result.out) == (True, ""), str(result)
    assert "hint: authcli jwks init" in cli("jwt", "mint", "--key", "store:").err
    assert not (cli.home / ".local").exists()


def test_of_two_rings_the_first_signs_unless_another_is_named(cli: Cli) -> None:
    managed(cli)
    managed(cli, "EdDSA", at_ms=MADE + 1000)
    assert header(cli, cli.ok("jwt", "mint"))["alg"] == "ES256"
    token = cli.ok("jwt", "mint", "--alg", "EdDSA")
    assert header(cli, token)["alg"] == "EdDSA"
    cli.ok("jwt", "verify", token)


@pytest.mark.parametrize(
    "words",
    [
        ["jwt", "mint", "--exp", "25h"],
        ["jwt", "mint", "--exp", "never"],
        ["jwt", "mint", "exp:=99999999999"],
        ["jwt", "mint", "--exp", "2d", "--dry-run"],
        ["jwt", "mint", "--exp", "2d", "--count", "3"],
        ["jwt", "mint", "--exp", "2d", "--refresh"],
        ["jws", "sign", '{"sub":"alice","exp":99999999999}'],
        ["jws", "sign", '{"sub":"alice"}'],
    ],
)
def test_no_token_outlives_its_key_s_place_in_the_jwks(cli: Cli, words: list[str]) -> None:
    managed(cli)
    result = cli(*words)
    assert (result.code, result.out) == (2, "")
    assert "tokens of managed keys live for at most 1 day" in result.err
    assert "hint: --exp 1d, or: authcli jwks init ES256 --update --max-token TIME" in result.err


def test_that_holds_for_edited_tokens_and_for_lines(cli: Cli) -> None:
    managed(cli)
    token = cli.ok("jwt", "mint", "--exp", "24h")
    assert cli("jwt", "edit", token, "--exp", "2d").code == 2
    assert cli("jwt", "edit", token, "--no-exp").code == 2
    lines = '{"exp":99999999999}\n{"sub":"b"}\n'
    result = cli("jwt", "mint", "--lines", stdin=lines)
    assert (result.code, len(result.out.splitlines())) == (2, 1)
    with opened(cli) as store:
        update(store.signing_keys, "ES256", issuer=None, times=Times(max_token_ms=3 * DAY))
    cli.ok("jwt", "mint", "--exp", "3d")


def test_other_documents_than_tokens_are_signed_whatever_they_say(cli: Cli) -> None:
    managed(cli)
    signed = cli.ok("jws", "sign", '{"event":"paid"}')
    assert cli.ok("jws", "verify", signed) == '{"event":"paid"}'


def test_private_halves_do_not_leave_by_way_of_another_command(cli: Cli) -> None:
    active = managed(cli)["active"]
    with opened(cli) as store:
        secret = signer(store.signing_keys).key.private_members["d"].reveal().decode()
    for words in (
        ["key", "convert", "store:", "--format", "jwk"],
        ["key", "public", f"store:{active}", "--format", "jwk"],
        ["key", "inspect", "store:", "--json"],
        ["key", "lint", "store:", "--json"],
    ):
        assert secret not in str(cli(*words))
    assert json.loads(cli.ok("key", "convert", "store:", "--format", "jwk"))["kid"] == active
    result = cli("jwt", "fixtures", "-o", "made", "--key", "store:")
    assert (result.code, (cli.home / "made").exists()) == (2, False)


def test_a_token_signed_before_a_rotation_verifies_after_it(cli: Cli) -> None:
    managed(cli)
    before = cli.ok("jwt", "mint", "--sub", "alice")
    with opened(cli) as store:
        begin(store.signing_keys)
        assert rotate(store.signing_keys).changed
        published(store, at_ms=MADE)
    after = cli.ok("jwt", "mint", "--sub", "alice")
    assert header(cli, before)["kid"] != header(cli, after)["kid"]
    for token in (before, after):
        cli.ok("jwt", "verify", token)


def test_a_signature_is_noted_to_the_hour(cli: Cli) -> None:
    active = managed(cli)["active"]
    assert told(cli, "jwks", "show", active)["last_signed_at"] is None
    cli.ok("jwt", "mint", "--dry-run")
    assert told(cli, "jwks", "show", active)["last_signed_at"] is None
    cli.ok("jwt", "mint", "--now", str(MADE // 1000 + 1))
    assert told(cli, "jwks", "show", active)["last_signed_at"] == "2026-09-21T14:00:00Z"


def test_tokens_of_the_development_key_are_taken_but_it_signs_no_more(cli: Cli) -> None:
    old = cli.ok("jwt", "mint", "--sub", "alice")
    cli.ok("jwks", "init")
    cli.ok("jwt", "verify", old)
    development = header(cli, old)["kid"]
    assert header(cli, cli.ok("jwt", "mint"))["kid"] == kids(cli)["active"] != development
    assert development not in cli.ok("jwks", "export")
    assert cli("jwt", "mint", "--kid", development).code == 8


def test_verifying_needs_no_key_encryption_key(cli: Cli) -> None:
    """A lost KEK ends signing, with an error and never with another key; verifying goes on."""
    managed(cli)
    token = cli.ok("jwt", "mint", "--sub", "alice")
    (cli.home / ".local/share/authcli/authcli.db.kek").unlink()
    cli.ok("jwt", "verify", token)
    assert cli("jwks", "export").code == 0
    for words in (["jwt", "mint"], ["jws", "sign", "x"], ["jwt", "edit", token, "a=b"]):
        result = cli(*words)
        assert (result.code, result.out) == (9, ""), str(result)
        assert "kek" in result.err


def test_a_store_that_is_gone_is_not_replaced_by_the_development_key(cli: Cli) -> None:
    managed(cli)
    (cli.home / ".local/share/authcli/authcli.db").unlink()
    result = cli("jwt", "mint")
    assert (result.code, result.out) == (9, "")


def test_a_database_holds_them_too(cli: Cli, postgres_url: str) -> None:
    """All of a token's life in PostgreSQL, by the environment alone."""
    cli.env |= {"AUTHCLI_STORE": postgres_url}
    cli.ok("store", "init")
    cli.ok("jwks", "init", "--iss", ISSUER)
    token = cli.ok("jwt", "mint", "--sub", "alice", "--record")
    cli.ok("jwt", "verify", token, "--allow-list")
    assert cli.ok("jwt", "issued", "--field", "sub") == "alice"
    first = told(cli, "jwt", "mint", "--sub", "bob", "--refresh")
    after = json.loads(cli.ok("jwt", "refresh", "--json", stdin=first["refresh_token"]))
    assert after["family"] == first["family"]
    cli.ok("jwt", "revoke", "--sub", "bob", "--yes")
    assert cli("jwt", "verify", after["token"]).code == 5
    assert cli("jwt", "refresh", stdin=after["refresh_token"]).code == 5
    assert not (cli.home / ".local/share/authcli/authcli.db").exists()


def test_two_stores_are_two_sets_of_keys(cli: Cli) -> None:
    managed(cli)
    cli.ok("store", "init", "--store", "sqlite:other.db")
    cli.ok("jwks", "init", "--store", "sqlite:other.db")
    token = cli.ok("jwt", "mint", "--store", "sqlite:other.db")
    cli.ok("jwt", "verify", token, "--store", "sqlite:other.db")
    result = cli("jwt", "verify", token)
    assert (result.code, "kid" in result.err) == (3, True)


def test_a_damaged_key_is_told_apart_from_a_forged_token(cli: Cli) -> None:
    """Another's public half under a managed kid: no token of any key verifies."""
    active = managed(cli)["active"]
    token = cli.ok("jwt", "mint")
    with opened(cli) as store:
        init(store.signing_keys, "ES384", at_ms=MADE)
        other = signer(store.signing_keys, alg="ES384").row
        store.database.run(
            "UPDATE signing_keys SET public_jwk = :jwk WHERE kid = :kid",
            jwk=other.public_jwk,
            kid=active,
        )
    result = cli("jwt", "verify", token)
    assert (result.code, "was changed in the store" in result.err) == (9, True)
