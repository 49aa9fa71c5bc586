"""A result that cannot be written is refused before anything is kept, removed, moved or spent."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from authcli import otp
from authcli.apikeys.rotation import rotate
from authcli.cli._delivery import check_delivery
from authcli.cli._run import Run
from authcli.clock import now_ms
from authcli.errors import AuthError, Conflict, InvalidInput
from authcli.keychain import open_keychain
from authcli.keychain.names import read_names
from authcli.secret import Secret
from tests.cli.harness import Cli
from tests.cli.jwks import managed
from tests.cli.saved_accounts import PASSPHRASE, RFC_ACCOUNT, with_accounts
from tests.cli.test_apikey_change import events
from tests.cli.test_apikey_list import issued, opened
from tests.cli.test_jwt_mint import RFC_8037_KEY

TOKEN = RFC_ACCOUNT._replace(kind="hotp")
#: Commands that change something, and what they are given on stdin.
CHANGING = {
    "keychain set deploy": "secret",
    "keychain remove kept --yes": None,
    "totp add github": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
    "totp remove example --yes": None,
    "totp import": otp.build_uri(RFC_ACCOUNT._replace(name="bob")),
    "totp new --issuer Example --save github": None,
    "totp verify example 287082 --now 59": None,
    "hotp code token": None,
    "hotp verify token 755224": None,
    "totp recovery new alice --yes": None,
}

#: Commands that change a store, in an order in which each can.
CHANGING_STORE = (
    "jwks init EdDSA",
    "jwks import secret.jwk --verify-only",
    "jwks activate {next} --force --yes",
    "jwks compromise {next} --yes",
    "jwks rotate --start",
    "jwt revoke --jti abc",
    "apikey update ci --owner me",
    "apikey rotate old --abort",
    "apikey disable ci",
    "store rekey --pepper",
    "store rekey --kek",
    "store copy --to sqlite:///{home}/copy.db --with-roots",
)


@pytest.fixture
def saved(cli: Cli) -> Cli:
    with_accounts(cli, {"example": RFC_ACCOUNT, "token": TOKEN})
    keychain = open_keychain(folder(cli), backend="file", passphrase=lambda new: Secret(PASSPHRASE))
    keychain.set("kept", Secret("secret"))
    (cli.home / "taken").write_text("mine")
    return cli


def folder(cli: Cli) -> Path:
    return cli.home / ".local/share/authcli"


@pytest.mark.parametrize("words", CHANGING)
def test_nothing_is_changed_where_its_result_has_no_place(saved: Cli, words: str) -> None:
    before = read_names(folder(saved))
    stdin = CHANGING[words]
    done = saved(*words.split(), "--json", "-o", "taken", stdin=stdin)
    assert (done.code, done.out) == (8, "")
    assert saved(*words.split(), "--field", "nothing", stdin=stdin).code == 2
    assert read_names(folder(saved)) == before
    assert not (folder(saved) / "authcli.db").exists()
    assert (saved.home / "taken").read_text() == "mine"


def test_a_spent_recovery_code_would_be_lost(cli: Cli) -> None:
    code = cli.ok("totp", "recovery", "new", "alice").splitlines()[0]
    words = ("totp", "recovery", "verify", "alice", code)
    (cli.home / "taken").write_text("")
    assert cli(*words, "--json", "-o", "taken").code == 8
    assert cli(*words).code == 0


def test_a_closed_stdout_takes_no_counter(saved: Cli) -> None:
    for words in ("code token", "verify token 755224"):
        command = subprocess.list2cmdline(saved.command("hotp", *words.split()))
        done = subprocess.run(
            ["/bin/sh", "-c", f"exec {command} >&-"],
            env=saved.environment(), cwd=saved.home, capture_output=True, text=True,
        )  # fmt: skip
        assert (done.returncode, "stdout is closed" in done.stderr) == (1, True), done.stderr
    assert not (folder(saved) / "authcli.db").exists()


def test_without_a_clipboard_nothing_is_made_for_it(saved: Cli) -> None:
    before = read_names(folder(saved))
    saved.env["PATH"] = ""
    assert saved("hotp", "code", "token", "--copy").code == 9
    assert saved("totp", "new", "--issuer", "Example", "--save", "github", "--copy").code == 9
    assert read_names(folder(saved)) == before
    assert not (folder(saved) / "authcli.db").exists()


def test_where_a_file_cannot_be_is_known_before(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    check_delivery(Run("x", output=tmp_path / "new"), ("name",))
    check_delivery(Run("x", output=tmp_path / "file", force=True), ("name",))
    check_delivery(Run("x", output=Path("new"), fields=("name", "name.part")), ("name",))
    with pytest.raises(Conflict):
        check_delivery(Run("x", output=tmp_path / "file"), ("name",))
    for path in (tmp_path / "none" / "new", tmp_path / "file" / "new"):
        with pytest.raises(InvalidInput) as caught:
            check_delivery(Run("x", output=path, force=True), ("name",))
        assert caught.value.code == "output.path"


def test_what_prints_nothing_needs_no_stdout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", None)
    check_delivery(Run("x"), ("name",), prints=False)
    for run, prints in ((Run("x"), True), (Run("x", json=True), False)):
        with pytest.raises(AuthError, match="cannot write the code: stdout is closed"):
            check_delivery(run, ("name",), what="code", prints=prints)


def test_a_store_is_not_changed_where_a_field_is_not_there(cli: Cli) -> None:
    """The names that the refusal lists are those that the result has."""
    kids = managed(cli)
    issued(cli, "ci")
    old = issued(cli, "old").key.id
    with opened(cli) as store:
        rotate(store.api_keys, old, grace_ms=60_000, at_ms=now_ms())
    (cli.home / "secret.jwk").write_text(RFC_8037_KEY)
    (cli.home / "secret.jwk").chmod(0o600)
    for words in CHANGING_STORE:
        before = events(cli)
        refused = cli(*words.format(home=cli.home, **kids).split(), "--field", "nothing")
        assert (refused.code, refused.out) == (2, ""), (words, refused)
        assert events(cli) == before, words
        done = json.loads(cli.ok(*words.format(home=cli.home, **kids).split(), "--json"))
        members = list((done["items"][0] if "items" in done else done).keys() - {"schema"})
        assert sorted(members) == sorted(told_fields(refused.err)), words
        assert events(cli) != before or "copy" in words


def told_fields(error: str) -> list[str]:
    """Return the fields that a refusal names."""
    return error.split("; fields: ")[1].split("\n", maxsplit=1)[0].split(", ")


@pytest.mark.parametrize("words", ["apikey issue other", "jwt mint --sub alice --refresh"])
def test_no_secret_is_made_for_a_folder_that_is_not_there(cli: Cli, words: str) -> None:
    before = events(cli)
    assert cli(*words.split(), "-o", "none/file").code == 2
    assert events(cli) == before


def test_a_refresh_token_is_not_spent_for_a_folder_that_is_not_there(cli: Cli) -> None:
    refresh = cli.ok("jwt", "mint", "--sub", "alice", "--refresh", "--field", "refresh_token")
    before = events(cli)
    assert cli("jwt", "refresh", "-", "-o", "none/file", stdin=refresh).code == 2
    assert events(cli) == before
    again = json.loads(cli.ok("jwt", "refresh", "-", "--json", stdin=refresh))
    assert not again["repeated"]
