"""`authcli jwks import`: keys from elsewhere, and the tokens that they signed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from authcli import keys
from tests.cli.harness import Cli
from tests.cli.jwks import kids, managed, told
from tests.cli.jwks_server import serving


@pytest.fixture
def ring(cli: Cli) -> dict[str, str]:
    """Managed keys: state -> kid."""
    return managed(cli)


def made(cli: Cli, name: str, kind: str = "ES256") -> keys.Key:
    """Make NAME.jwk, a private key of that kid, whose thumbprint needs no -- before it."""
    while keys.thumbprint(key := keys.generate(kind, kid=name)).startswith("-"):
        pass
    (cli.home / f"{name}.jwk").write_bytes(keys.write(key, format="jwk"))
    (cli.home / f"{name}.jwk").chmod(0o600)
    return key


def test_import_transcript(cli: Cli, ring: dict[str, str]) -> None:
    """A pipe gets the kid; what follows is said."""
    kid = keys.thumbprint(made(cli, "old"))
    assert str(cli("jwks", "import", "old.jwk")) == (
        f"exit: 0\n--- stdout\n{kid}\n--- stderr\n"
        f"note: {kid} is called 'old' in the JWKS, as in its tokens\n"
        "note: it signs after it was published: authcli jwks rotate --start --publish DIR\n"
    )
    assert kids(cli) == {"active": ring["active"], "next": kid, "retired": ring["next"]}
    facts = told(cli, "jwks", "show", kid)
    assert (facts["state"], facts["can_sign"], facts["public_jwk"]["kid"]) == ("next", True, "old")


def test_a_kid_that_begins_with_a_dash_stands_after_two(cli: Cli, ring: dict[str, str]) -> None:
    """The thumbprint of a key from elsewhere is what it is."""
    assert str(cli("jwks", "show", "-6abc")) == (
        "exit: 2\n--- stdout\n--- stderr\nerror: no such option: -6\n"
        "hint: an argument that begins with - stands after --; see: authcli jwks show --help\n"
    )
    assert cli("jwks", "show", "--", "-6abc").code == 7
    assert "stands after" not in cli("jwks", "list", "-6").err
    assert "stands after" not in cli("jwks", "show", "--6").err


def test_tokens_of_an_imported_key_are_verified_and_it_signs_under_its_name(
    cli: Cli, ring: dict[str, str]
) -> None:
    made(cli, "old")
    token = cli.ok("jwt", "mint", "--sub", "a", "-k", "old.jwk")
    assert cli("jwt", "verify", token).code == 3
    kid = cli.ok("jwks", "import", "old.jwk", "-q")
    assert cli("jwt", "verify", token).code == 0
    cli.ok("jwks", "activate", kid, "--force", "--yes")
    minted = cli.ok("jwt", "mint", "--sub", "b")
    assert json.loads(cli.ok("jwt", "decode", minted, "--json", "-q"))["header"]["kid"] == "old"
    assert cli("jwt", "verify", minted).code == 0
    cli.ok("jwks", "publish", "-o", "keys.json")
    assert cli("jwt", "verify", minted, "--jwks", "keys.json").code == 0


def test_a_compromised_key_from_elsewhere_has_its_tokens_denied(
    cli: Cli, ring: dict[str, str]
) -> None:
    """By the name that they bear, which is not its thumbprint."""
    made(cli, "old")
    token = cli.ok("jwt", "mint", "--sub", "a", "-k", "old.jwk")
    cli.ok("jwks", "import", "old.jwk", "--verify-only")
    cli.ok("jwks", "compromise", "old", "--yes")
    assert cli("jwt", "verify", token).code == 5


def test_a_set_of_public_keys_is_taken_in_whole_or_not_at_all(
    cli: Cli, ring: dict[str, str]
) -> None:
    """Until --until; one that is there already undoes the others."""
    found = [keys.to_jwk(made(cli, name), private=False) for name in ("a", "b")]
    (cli.home / "set.json").write_text(json.dumps({"keys": found}))
    result = told(cli, "jwks", "import", "set.json", "--until", "2d")
    assert [key["name"] for key in result["keys"]] == ["a", "b"]
    assert {key["state"] for key in result["keys"]} == {"retiring"}
    more = keys.to_jwk(made(cli, "c"), private=False)
    (cli.home / "set.json").write_text(json.dumps({"keys": [more, found[0]]}))
    again = cli("jwks", "import", "set.json")
    assert (again.code, again.out) == (8, "")
    assert len(told(cli, "jwks", "list")["items"]) == 4


def test_a_jwks_by_its_url(cli: Cli, ring: dict[str, str], tmp_path: Path) -> None:
    """Another issuer's keys, as one that is replaced."""
    (tmp_path / "other").mkdir()
    other = Cli(tmp_path / "other")
    theirs = managed(other)
    token = other.ok("jwt", "mint", "--sub", "a")
    with serving(other) as server:
        taken = cli.ok("jwks", "import", server.jwks_uri, "-q").split()
    assert {*taken} == {*theirs.values()}
    assert cli("jwt", "verify", token).code == 0


def test_a_key_of_a_set_is_chosen_and_a_nameless_one_is_named(
    cli: Cli, ring: dict[str, str]
) -> None:
    private = [keys.to_jwk(made(cli, name), private=True) for name in ("a", "b")]
    (cli.home / "set.json").write_text(json.dumps({"keys": private}))
    (cli.home / "set.json").chmod(0o600)
    many = cli("jwks", "import", "set.json")
    assert (many.code, many.out) == (2, "")
    assert "hint: choose one with --kid: 'a', 'b'" in many.err
    assert told(cli, "jwks", "import", "set.json", "--kid", "b")["keys"][0]["name"] == "b"
    cli.ok("key", "generate", "ES256", "-o", "key.pem")
    named = told(cli, "jwks", "import", "key.pem", "--kid", "2025-key", "--verify-only")
    assert named["keys"][0]["name"] == "2025-key"


def test_an_encrypted_key_is_opened(cli: Cli, ring: dict[str, str]) -> None:
    cli.env["PW"] = "correct horse"
    cli.ok("key", "generate", "ES256", "--passphrase", "env:PW", "-o", "key.pem")
    assert cli("jwks", "import", "key.pem").code == 2
    assert cli("jwks", "import", "key.pem", "--passphrase", "env:PW").code == 0


def test_what_is_exported_can_be_imported_elsewhere(cli: Cli, ring: dict[str, str]) -> None:
    """A store is moved key by key: the same kid, and the same tokens."""
    token = cli.ok("jwt", "mint", "--sub", "a")
    cli.ok("jwks", "export", ring["active"], "--private", "--yes", "-o", "key.pem")
    shutil.rmtree(cli.home / ".local")
    managed(cli)
    assert cli("jwt", "verify", token).code == 3
    assert cli.ok("jwks", "import", "key.pem", "-q") == ring["active"]
    assert cli("jwt", "verify", token).code == 0


def test_refusals_change_nothing(cli: Cli, ring: dict[str, str]) -> None:
    made(cli, "other", "RS256")
    made(cli, "old")
    cli.ok("key", "generate", "HS256", "-o", "secret.jwk")
    cli.ok("key", "generate", "X25519", "-o", "agreement.pem")
    before = cli.ok("jwks", "list", "--json")
    for words, code, said in (
        (["other.jwk"], 7, "authcli jwks init RS256"),
        (["secret.jwk"], 2, "does not sign what others could verify"),
        (["agreement.pem"], 2, "key agreement"),
        (["old.jwk", "--alg", "HS256"], 2, "cannot be used for keys that are published"),
        (["old.jwk", "--until", "2d"], 2, "add --verify-only"),
        (["old.jwk", "--verify-only", "--until", "2020-01-01"], 2, "in the past"),
        (["missing.pem"], 2, "no such file"),
        (["store:"], 2, "name a file or a URL"),
        (["http://127.0.0.1:9/"], 9, "could not be fetched"),
        (["env:NONE"], 2, "no variable NONE"),
    ):
        result = cli("jwks", "import", *words)
        assert (result.code, result.out, said in result.err) == (code, "", True), str(result)
    assert cli.ok("jwks", "list", "--json") == before


def test_no_private_member_is_ever_shown(cli: Cli, ring: dict[str, str]) -> None:
    """Not by the import, nor by what shows keys afterwards, nor in the store's files."""
    secret = made(cli, "old").private_members["d"].reveal_text()
    runs = [cli.raw("jwks", "import", "old.jwk", *more) for more in (["--json"], ["--debug"])]
    said = [(run.stdout + run.stderr).decode() for run in runs]
    said += [str(cli("jwks", "show", "old", "--json")), str(cli("jwks", "export"))]
    assert not any(secret in text for text in said)
    files = (cli.home / ".local").rglob("*")
    assert not any(secret.encode() in path.read_bytes() for path in files if path.is_file())
