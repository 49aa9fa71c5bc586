"""`authcli totp import`: all accounts of an export or none; those that are there are recognised."""

from __future__ import annotations

import json
import re
import resource
import subprocess

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from authcli import otp
from authcli.cli.totp._import_names import derived_name, free_name
from authcli.cli.totp._importing import MAX_ACCOUNTS
from authcli.keychain import check_name
from authcli.otp.formats import FORMATS
from authcli.otp.migration import build_migration
from authcli.otp.qr import to_png
from authcli.secret import Secret
from tests.cli.harness import Cli
from tests.cli.saved_accounts import RFC_ACCOUNT, ended, terminal, with_accounts
from tests.requirements import require_package

ACCOUNTS = [
    RFC_ACCOUNT._replace(issuer="GitHub", name="alice@example.com"),
    RFC_ACCOUNT._replace(secret=Secret(b"b" * 20), issuer="Big Corp", name="bob"),
    RFC_ACCOUNT._replace(secret=Secret(b"c" * 20), issuer="Token", kind="hotp", counter=7),
]
NAMES = ["github-alice@example.com", "big-corp-bob", "token-alice"]


def write(cli: Cli, name: str, accounts: list[otp.Account], *, form: str = "otpauth") -> None:
    (cli.home / name).write_bytes(FORMATS[form].write(accounts))
    (cli.home / name).chmod(0o600)


@pytest.fixture
def empty(cli: Cli) -> Cli:
    write(with_accounts(cli), "export", ACCOUNTS)
    return cli


@pytest.mark.parametrize("form", FORMATS)
def test_an_export_of_every_format_is_saved_under_names_made_of_it(empty: Cli, form: str) -> None:
    write(empty, "export", ACCOUNTS, form=form)
    result = empty("totp", "import", "export")
    assert str(result) == (
        "exit: 0\n--- stdout\n" + "".join(f"{name}\n" for name in NAMES) + "--- stderr\n"
        "note: 3 saved\n"
        "note: the file still holds the secrets; delete it where it is not needed\n"
    )
    exported = empty.ok("totp", "export", *NAMES, "--yes").splitlines()
    assert [otp.parse_uri(uri).account for uri in exported] == ACCOUNTS


def test_the_same_export_once_more_changes_nothing(empty: Cli) -> None:
    empty.ok("totp", "import", "export")
    again = json.loads(empty.ok("totp", "import", "export", "--json"))
    assert again["counts"] == {"import": 0, "replace": 0, "unchanged": 3, "left_out": 0}
    assert [item["name"] for item in again["items"]] == NAMES


def test_what_is_saved_under_another_name_is_recognised(empty: Cli) -> None:
    empty.ok("totp", "add", "gh", "-", stdin=otp.build_uri(ACCOUNTS[0]))
    assert empty.ok("totp", "import", "export").splitlines() == ["gh", *NAMES[1:]]


def test_a_counter_that_moved_on_makes_no_other_account(empty: Cli) -> None:
    empty.ok("totp", "import", "export")
    write(empty, "later", [ACCOUNTS[2]._replace(counter=9)])
    assert "there already" in empty("totp", "import", "later").err


def test_names_that_other_secrets_have_are_a_conflict_and_nothing_is_saved(empty: Cli) -> None:
    empty.ok("totp", "add", NAMES[1], "-", stdin=otp.build_uri(RFC_ACCOUNT))
    result = empty("totp", "import", "export")
    assert (result.code, result.out) == (8, "")
    assert result.err.startswith(
        "error: this name is taken by other secrets, and nothing was saved: big-corp-bob\n"
    )
    assert empty.ok("totp", "list") == NAMES[1]
    assert empty.ok("totp", "import", "export", "--prefix", "new-").splitlines() == [
        f"new-{name}" for name in NAMES
    ]


def test_replace_overwrites_and_says_which(empty: Cli) -> None:
    empty.ok("totp", "add", NAMES[1], "-", stdin=otp.build_uri(RFC_ACCOUNT))
    done = json.loads(empty.ok("totp", "import", "export", "--replace", "--json"))
    assert [item["action"] for item in done["items"]] == ["import", "replace", "import"]
    kept = otp.parse_uri(empty.ok("totp", "export", NAMES[1], "--yes")).account
    assert kept == ACCOUNTS[1]


def test_a_dry_run_saves_nothing_and_needs_no_passphrase(empty: Cli) -> None:
    del empty.env["AUTHCLI_KEYCHAIN_PASSPHRASE"]
    result = empty("totp", "import", "export", "--dry-run")
    assert (result.code, result.out.splitlines()) == (0, NAMES)
    assert result.err == "note: nothing was saved (--dry-run); it would be: 3 saved\n"
    assert empty.ok("totp", "list") == ""


def test_accounts_of_one_name_are_numbered_and_twins_are_saved_once(empty: Cli) -> None:
    twins = [ACCOUNTS[0]._replace(secret=Secret(bytes([n]) * 20)) for n in (1, 2, 1)]
    write(empty, "twins", twins)
    wanted = [NAMES[0], f"{NAMES[0]}-2"]
    assert empty.ok("totp", "import", "twins").splitlines() == wanted
    write(empty, "twins", twins[::-1])
    assert "2 there already" in empty("totp", "import", "twins").err


def test_where_the_keychain_fails_midway_what_was_saved_is_taken_back(empty: Cli) -> None:
    """The disk is full, as it were, when some twenty of thirty are saved."""
    many = [RFC_ACCOUNT._replace(secret=Secret(bytes([n]) * 20), name=f"u{n}") for n in range(30)]
    write(empty, "many", many)
    command = empty.command("totp", "import", "many")
    done = subprocess.run(
        command,
        env=empty.environment(),
        cwd=empty.home,
        capture_output=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000)),
    )
    assert done.returncode not in (0, 2), done.stderr
    assert b"Traceback" not in done.stderr
    assert empty.ok("totp", "list") == ""


def test_an_encrypted_export_takes_its_passphrase_from_a_source(empty: Cli) -> None:
    sealed = FORMATS["aegis"].write(ACCOUNTS, passphrase=Secret("opener"))
    (empty.home / "aegis.json").write_bytes(sealed)
    empty.env |= {"OPENER": "opener", "WRONG": "geheimnis"}
    without = empty("totp", "import", "aegis.json")
    assert (without.code, without.out) == (2, "")
    assert "--passphrase" in without.err
    wrong = empty("totp", "import", "aegis.json", "--passphrase", "env:WRONG")
    assert (wrong.code, wrong.out) == (2, "")
    assert "geheimnis" not in wrong.err
    assert empty.ok("totp", "import", "aegis.json", "--passphrase", "env:OPENER", "-q").split() == (
        NAMES
    )


def test_pictures_of_several_parts_are_joined_or_imported_one_by_one(empty: Cli) -> None:
    require_package("zxingcpp")
    many = [RFC_ACCOUNT._replace(secret=Secret(bytes([n]) * 20), name=f"u{n}") for n in range(12)]
    for number, uri in enumerate(build_migration(many), 1):
        (empty.home / f"{number}.png").write_bytes(to_png(uri, scale=3))
    first = empty("totp", "import", "1.png")
    assert first.code == 0
    assert "part 2 of 2 of an export is missing" in first.err
    both = json.loads(empty.ok("totp", "import", "2.png", "1.png", "--json"))
    assert both["counts"] == {"import": 2, "replace": 0, "unchanged": 10, "left_out": 0}


def test_a_uri_is_no_argument_because_everybody_sees_it(empty: Cli) -> None:
    result = empty("totp", "import", otp.build_uri(RFC_ACCOUNT))
    assert (result.code, result.out) == (2, "")
    assert "visible to every process" in result.err
    assert otp.write_secret(RFC_ACCOUNT.secret) not in result.err
    assert empty.ok("totp", "import", stdin=otp.build_uri(RFC_ACCOUNT)) == "example-alice"


def test_an_export_of_which_a_part_cannot_be_kept_says_what_is_left_out(empty: Cli) -> None:
    text = (empty.home / "export").read_text() + "otpauth://totp/x?secret=AAAA&digits=12\n"
    done = empty("totp", "import", "-", stdin=text)
    assert done.code == 0
    assert "warning: URI 4 is left out: " in done.err
    assert "note: 3 saved, 1 left out" in done.err


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"{}", b"\x00" * 100, b'{"version":1,"db":"x","header":{}}']
)
def test_what_is_no_export_is_one_clear_error(empty: Cli, data: bytes) -> None:
    (empty.home / "junk").write_bytes(data)
    result = empty("totp", "import", "junk")
    assert (result.code, result.out) == (2, "")
    assert result.err.count("error: ") == 1
    assert empty.ok("totp", "list") == ""


def test_a_file_that_others_can_read_draws_a_warning(empty: Cli) -> None:
    (empty.home / "export").chmod(0o644)
    assert "chmod 600 export" in empty("totp", "import", "export", "--dry-run").err


def test_a_prefix_or_a_format_that_cannot_be_is_refused(empty: Cli) -> None:
    assert empty("totp", "import", "export", "--prefix", "a b:").code == 2
    assert empty("totp", "import", "export", "--format", "authy").code == 2
    assert empty("totp", "import", "export", "--format", "aegis").code == 2


def test_a_terminal_gets_a_table_of_what_was_done(empty: Cli) -> None:
    with terminal(empty, "totp", "import", "export") as child:
        assert ended(child) == 0
    lines = child.before.split("\r\n")
    assert lines[0].split() == ["NAME", "ACTION", "ISSUER", "ACCOUNT", "KIND"]
    assert lines[2].split() == ["big-corp-bob", "import", "Big", "Corp", "bob", "totp"]


@pytest.mark.parametrize(
    ("issuer", "name", "wanted"),
    [
        ("GitHub", "alice@example.com", "github-alice@example.com"),
        ("", "alice", "alice"),
        ("GitHub", "", "github"),
        ("Alice", "alice", "alice"),
        ("", "", "totp"),
        ("日本", "", "totp"),
        ("Café Zürich", "é", "cafe-zurich-e"),
        ("$(rm -rf ~)", "`id`", "rm-rf-id"),
        ("../../etc", "-rf", "etc-rf"),
        ("keychain:x", "@file", "keychain-x-file"),
        ("A" * 100, "b" * 100, f"{'a' * 24}-{'b' * 34}"),
    ],
)
def test_a_name_is_one_that_shells_take_as_it_is(issuer: str, name: str, wanted: str) -> None:
    made = derived_name(RFC_ACCOUNT._replace(issuer=issuer, name=name))
    assert made == wanted


@given(issuer=st.text(max_size=300), name=st.text(max_size=300))
@example(issuer="A" * 100, name="b" * 100)
def test_every_account_has_a_name_that_the_keychain_takes(issuer: str, name: str) -> None:
    made = derived_name(RFC_ACCOUNT._replace(issuer=issuer, name=name))
    assert check_name(made) == made
    assert re.fullmatch("[a-z0-9._@-]+", made)
    taken = {made, *(f"{made}-{number}" for number in range(2, MAX_ACCOUNTS))}
    assert check_name(free_name(made, taken)) == f"{made}-{MAX_ACCOUNTS}"
