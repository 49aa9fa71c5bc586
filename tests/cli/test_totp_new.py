"""`authcli totp new`, `add`, `uri`, `qr`: secrets made, saved, and shown to who may see them."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pexpect
import pytest

from authcli import otp
from authcli.otp import qr
from tests import requirements
from tests.cli.harness import Cli
from tests.cli.saved_accounts import (
    RFC_ACCOUNT,
    RFC_SECRET,
    ended,
    terminal,
    with_accounts,
    wrong_code,
)

NEW = ("totp", "new", "--issuer", "Example", "--account", "alice@example.com")


@pytest.fixture
def saved(cli: Cli) -> Cli:
    token = RFC_ACCOUNT._replace(kind="hotp")
    return with_accounts(cli, {"example": RFC_ACCOUNT, "token": token})


@pytest.fixture
def unsaved(cli: Cli) -> Cli:
    return with_accounts(cli)


def names(cli: Cli) -> list[str]:
    """The saved names, as the list of them has it."""
    file = cli.home / ".local/share/authcli/keychain.names"
    rows = json.loads(file.read_text())["names"] if file.exists() else []
    return [row["name"] for row in rows if row["namespace"] == "otp"]


def decoded(path: Path) -> str:
    """What a real decoder of QR codes reads."""
    tool = requirements.require("zbarimg")
    command = [tool, "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.strip()


# new


def test_a_pipe_gets_the_uri_of_a_new_secret_of_160_bits(cli: Cli) -> None:
    first, second = cli.ok(*NEW), cli.ok(*NEW)
    account = otp.parse_uri(first).account
    assert len(account.secret) == 20
    assert (account.issuer, account.name) == ("Example", "alice@example.com")
    assert (account.kind, account.algorithm, account.digits) == ("totp", "SHA1", 6)
    assert otp.parse_uri(second).account.secret != account.secret


def test_the_flags_say_which_codes(cli: Cli) -> None:
    flags = ("-d", "8", "--period", "1m", "--algorithm", "sha-256")
    account = otp.parse_uri(cli.ok(*NEW, *flags)).account
    assert (account.digits, account.period_seconds, account.algorithm) == (8, 60, "SHA256")


def test_json_has_every_part(cli: Cli) -> None:
    found = json.loads(cli.ok(*NEW, "--json"))
    account = otp.parse_uri(found.pop("uri")).account
    assert otp.write_secret(account.secret) == found.pop("secret")
    assert found == {
        "schema": "authcli/totp.new/1",
        "name": None,
        "kind": "totp",
        "issuer": "Example",
        "account": "alice@example.com",
        "algorithm": "SHA1",
        "digits": 6,
        "period_seconds": 30,
        "counter": None,
    }


def test_saved_and_printed_are_the_same(unsaved: Cli) -> None:
    uri = unsaved.ok(*NEW, "--save", "work")
    assert unsaved.ok("totp", "uri", "work") == uri
    assert unsaved.ok("totp", "code", "work", "--now", "0") == (
        otp.code(otp.parse_uri(uri).account, at=0).text
    )


def test_the_picture_in_a_file_decodes_and_is_the_owners(unsaved: Cli) -> None:
    unsaved.ok(*NEW, "--save", "work", "-o", "qr.png")
    picture = unsaved.home / "qr.png"
    assert picture.stat().st_mode & 0o777 == 0o600
    assert decoded(picture) == unsaved.ok("totp", "uri", "work")


def test_pictures_are_written_by_the_files_ending(unsaved: Cli) -> None:
    uri = unsaved.env["URI"] = otp.build_uri(RFC_ACCOUNT)
    for ending, content in {
        "png": qr.to_png(uri),
        "svg": qr.to_svg(uri).encode(),
        "txt": qr.to_text(uri).encode(),
    }.items():
        unsaved.ok("totp", "qr", "env:URI", "-o", f"qr.{ending}")
        assert (unsaved.home / f"qr.{ending}").read_bytes() == content
    assert unsaved.ok("totp", "qr", "env:URI") + "\n" == qr.to_text(uri)


def test_a_pipe_gets_the_qr_code_where_it_is_asked_for(unsaved: Cli) -> None:
    shown = unsaved.ok(*NEW, "--save", "work", "--qr")
    assert shown + "\n" == qr.to_text(unsaved.ok("totp", "uri", "work"))


def test_a_variable_of_the_uri_is_written_as_secrets_are(cli: Cli) -> None:
    assert cli.ok(*NEW, "--format", "dotenv").startswith("OTPAUTH_URI='otpauth://totp/Example:")


@pytest.mark.parametrize(
    ("flags", "exit", "says"),
    [
        (("-o", "qr.pdf"), 2, ".png, .svg, .txt"),
        (("-o", "taken.png"), 8, "exists already"),
        (("--save", "example"), 8, "authcli totp remove example"),
        (("--save", "a name"), 2, "names are up to 64"),
        (("--digits", "5"), 2, "between 6 and 8"),
        (("--issuer", ""), 2, "--issuer"),
        (("--account", "a" * 201), 2, "200 characters"),
        (("--qr", "--copy"), 2, "--qr"),
        (("--field", "nothing"), 2, "no field"),
    ],
)
def test_what_cannot_be_makes_nothing(
    saved: Cli, flags: tuple[str, ...], exit: int, says: str
) -> None:
    (saved.home / "taken.png").write_text("")
    done = saved(*NEW, "--save", "new", *flags)
    assert (done.code, done.out) == (exit, "")
    assert says in done.err
    assert names(saved) == ["example", "token"]
    assert (saved.home / "taken.png").read_text() == ""


def test_a_secret_without_names_is_refused(cli: Cli) -> None:
    done = cli("totp", "new")
    assert done.code == 2
    assert "--issuer Example --account" in done.err


def test_no_keychain_prints_no_secret(unsaved: Cli) -> None:
    """A secret that was shown and not saved would lock its owner out."""
    del unsaved.env["AUTHCLI_KEYCHAIN_PASSPHRASE"]
    done = unsaved(*NEW, "--save", "work")
    assert (done.code, done.out) == (9, "")
    done = unsaved(*NEW, "--save", "work", "-o", "qr.png")
    assert done.code == 9
    assert not (unsaved.home / "qr.png").exists()


# new, at a terminal


def shown_account(child: pexpect.spawn) -> otp.Account:
    """The account that the terminal shows."""
    child.expect(r"uri +(otpauth://\S+)")
    return otp.parse_uri(child.match[1]).account


def test_a_terminal_shows_all_and_saves_after_a_right_code(unsaved: Cli) -> None:
    with terminal(unsaved, *NEW, "--save", "work", "--now", "59") as child:
        account = shown_account(child)
        before = child.before
        drawn = qr.to_terminal(otp.build_uri(account)).replace("\n", "\r\n")
        assert drawn in before
        assert f"secret   {otp.write_secret(account.secret, grouped=True)}" in before
        child.expect("the code that the app shows now")
        right = otp.code(account, at=59).text
        child.sendline(wrong_code(*(otp.code_at(account, step).text for step in range(4))))
        child.expect("the code is wrong; try again")
        child.expect("the code that the app shows now")
        assert names(unsaved) == []
        child.sendline(right)
        assert ended(child) == 0
        assert "saved as work" in child.before
    assert names(unsaved) == ["work"]


@pytest.mark.parametrize("how", ["nothing", "ctrl-c", "ctrl-d"])
def test_who_confirms_nothing_saves_nothing(unsaved: Cli, how: str) -> None:
    with terminal(unsaved, *NEW, "--save", "work") as child:
        child.expect("the code that the app shows now")
        child.expect(": ")
        {"nothing": lambda: child.sendline(""), "ctrl-c": child.sendintr, "ctrl-d": child.sendeof}[
            how
        ]()
        assert ended(child) == 130
        assert "Traceback" not in child.before
    assert names(unsaved) == []


def test_bytes_that_are_no_text_are_a_wrong_code(unsaved: Cli) -> None:
    """As most locales read a terminal: strictly."""
    unsaved.env["PYTHONIOENCODING"] = "utf-8:strict"
    with terminal(unsaved, *NEW, "--save", "work") as child:
        child.expect("the code that the app shows now")
        child.setecho(False)  # what comes back is read as text
        os.write(child.child_fd, b"\xff\xfe\n")
        child.expect("6 digits, 0 to 9; try again")
        child.expect("the code that the app shows now")
        child.sendline("")
        assert ended(child) == 130


def test_no_confirm_asks_for_no_code(unsaved: Cli) -> None:
    with terminal(unsaved, *NEW, "--save", "work", "--no-confirm") as child:
        shown_account(child)
        assert ended(child) == 0
        assert "the code that the app shows" not in child.before
    assert names(unsaved) == ["work"]


def test_a_narrow_terminal_is_told_so_and_gets_no_broken_picture(cli: Cli) -> None:
    with terminal(cli, *NEW, "--no-confirm", columns=40) as child:
        child.expect("too narrow for the QR code; -o qr.png")
        assert ended(child) == 0
        assert "█" not in child.before


# add


def test_an_account_is_added_from_a_source(unsaved: Cli) -> None:
    done = unsaved("totp", "add", "work", "env:SECRET", "--issuer", "Example", "--json")
    assert (done.code, done.err) == (0, '{"note":"saved as work; authcli totp code work"}\n')
    assert json.loads(done.out)["issuer"] == "Example"
    assert RFC_SECRET not in done.out + done.err
    assert unsaved.ok("totp", "code", "work", "--now", "59", "-q") == "287082"


def test_a_uri_is_added_as_it_is_and_its_missing_names_filled_in(unsaved: Cli) -> None:
    bare = otp.build_uri(RFC_ACCOUNT._replace(issuer="", name="", digits=8))
    assert unsaved("totp", "add", "work", "--account", "bob", stdin=bare).code == 0
    kept = otp.parse_uri(unsaved.ok("totp", "uri", "work")).account
    assert kept == RFC_ACCOUNT._replace(issuer="", name="bob", digits=8)


def test_a_counted_account_is_added_with_its_counter(unsaved: Cli) -> None:
    unsaved.ok("totp", "add", "work", "env:SECRET", "--hotp", "--counter", "7")
    assert unsaved.ok("hotp", "code", "work") == "162583"


def test_an_account_is_saved_when_the_clock_says(unsaved: Cli) -> None:
    clock = ("-q", "--now", "2030-01-01T00:00:00Z")
    unsaved.ok("totp", "add", "work", "env:SECRET", *clock)
    unsaved.ok("totp", "import", *clock, stdin=otp.build_uri(RFC_ACCOUNT))
    listed = unsaved.ok("totp", "list", "--field", "saved_at").split("\n")
    assert listed == ["2030-01-01T00:00:00Z"] * 2


def test_a_taken_name_is_replaced_only_when_asked(saved: Cli) -> None:
    saved.env["OTHER"] = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    assert saved("totp", "add", "example", "env:OTHER").code == 8
    assert RFC_SECRET in saved.ok("totp", "uri", "example")
    saved.ok("totp", "add", "example", "env:OTHER", "--replace")
    assert "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP" in saved.ok("totp", "uri", "example")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("work", "plain"), "needs a source"),
        (("work", "env:SECRET", "--counter", "3"), "add --hotp"),
        (("work", "env:SECRET", "--hotp", "--steam"), "contradict"),
        (("work", "env:SECRET", "--hotp", "--period", "30"), "--period"),
        (("work", "env:URI", "--issuer", "Other"), "says itself what its issuer is"),
        (("work", "env:EMPTY"), "empty"),
    ],
)
def test_what_cannot_be_added_saves_nothing(
    unsaved: Cli, words: tuple[str, ...], says: str
) -> None:
    unsaved.env |= {"URI": otp.build_uri(RFC_ACCOUNT), "EMPTY": ""}
    done = unsaved("totp", "add", *words)
    assert (done.code, done.out) == (2, "")
    assert says in done.err
    assert names(unsaved) == []


def test_a_terminal_asks_for_the_secret_without_echo(unsaved: Cli) -> None:
    with terminal(unsaved, "totp", "add", "work") as child:
        child.expect("secret: ")
        child.waitnoecho()
        child.sendline("gezd gnbv gy3t qojq gezd gnbv gy3t qojq")
        assert ended(child) == 0
        assert "gezd" not in child.before
    assert names(unsaved) == ["work"]


# uri and qr of what is saved


@pytest.mark.parametrize("verb", ["uri", "qr"])
def test_a_terminal_is_asked_before_it_shows_a_saved_secret(saved: Cli, verb: str) -> None:
    with terminal(saved, "totp", verb, "example") as child:
        child.expect(r"show the secret of example on this terminal\? \[y/N\] ")
        assert RFC_SECRET not in child.before
        child.sendline("n")
        assert ended(child) == 130
        assert RFC_SECRET not in child.before
        assert "█" not in child.before
    with terminal(saved, "totp", verb, "example", "--yes") as child:
        assert ended(child) == 0
        shown = otp.build_uri(RFC_ACCOUNT)
        expected = shown if verb == "uri" else qr.to_terminal(shown).replace("\n", "\r\n")
        assert expected.strip("\r\n") in child.before


def test_a_source_is_shown_unasked(unsaved: Cli) -> None:
    with terminal(unsaved, "totp", "uri", "env:SECRET", "--account", "alice") as child:
        assert ended(child) == 0
        assert RFC_SECRET in child.before


def test_a_terminal_without_anyone_to_ask_shows_nothing(saved: Cli) -> None:
    with terminal(saved, "totp", "uri", "example", "--no-input") as child:
        assert ended(child) == 2
        assert "--yes" in child.before
        assert RFC_SECRET not in child.before


def test_what_a_stranger_named_does_not_act_on_a_terminal(unsaved: Cli) -> None:
    """An issuer comes from a QR code on any web page."""
    evil = RFC_ACCOUNT._replace(issuer="\x1b]0;owned\x07Bank", name="\u202eecila")
    unsaved.env["URI"] = otp.build_uri(evil)
    words = ("totp", "verify", "env:URI", "287082", "--now", "59")
    with terminal(unsaved, *words) as child:
        assert ended(child) == 0
        assert "\x1b" not in child.before
        assert "\u202e" not in child.before
        assert "\\x1b]0;owned\\x07Bank (\\u202eecila)" in child.before
