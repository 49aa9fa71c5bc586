"""`authcli totp code`: bare in a pipe, with its life on a terminal; names and sources."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from pathlib import Path

import pytest

from authcli import otp
from authcli.secret import Secret
from tests import requirements
from tests.cli.harness import Cli
from tests.cli.saved_accounts import RFC_ACCOUNT, RFC_SECRET, ended, terminal, with_accounts


@pytest.fixture
def saved(cli: Cli) -> Cli:
    token = RFC_ACCOUNT._replace(kind="hotp")
    return with_accounts(cli, {"example": RFC_ACCOUNT, "token": token})


@pytest.fixture
def unsaved(cli: Cli) -> Cli:
    return with_accounts(cli)


# RFC 6238, appendix B, with eight digits


@pytest.mark.parametrize(
    ("instant", "algorithm", "secret", "code"),
    [
        ("59", "SHA1", b"12345678901234567890", "94287082"),
        ("1111111109", "SHA256", b"12345678901234567890123456789012", "68084774"),
        ("20000000000", "SHA512", b"1234567890" * 6 + b"1234", "47863826"),
    ],
)
def test_the_codes_of_the_standard(
    unsaved: Cli, instant: str, algorithm: str, secret: bytes, code: str
) -> None:
    unsaved.env["SECRET"] = otp.write_secret(Secret(secret))
    flags = ("--digits", "8", "--algorithm", algorithm, "--now", instant)
    assert unsaved.ok("totp", "code", "env:SECRET", *flags) == code


def test_a_pipe_gets_the_code_alone(saved: Cli) -> None:
    done = saved("totp", "code", "example")
    assert (done.code, done.err) == (0, "")
    assert re.fullmatch(r"[0-9]{6}\n", done.out)


def test_the_code_is_the_one_that_oathtool_shows(saved: Cli) -> None:
    tool = requirements.require("oathtool")
    at = int(time.time())
    shown = saved.ok("totp", "code", "example", "--now", str(at))
    command = [tool, "--totp", "--base32", "--now", f"@{at}", RFC_SECRET]
    assert subprocess.check_output(command, text=True).strip() == shown


def test_json_has_the_next_code_and_the_end_of_this_one(saved: Cli) -> None:
    found = json.loads(saved.ok("totp", "code", "example", "--json", "--now", "59"))
    assert found == {
        "schema": "authcli/totp.code/1",
        "clock": "overridden",
        "code": "287082",
        "valid_until": "1970-01-01T00:01:00Z",
        "seconds_left": 1,
        "next": "359152",
        "name": "example",
        "kind": "totp",
        "issuer": "Example",
        "account": "alice",
    }


def test_every_source_of_a_secret_is_read(unsaved: Cli) -> None:
    """Grouped, lower case, a URI: as people keep them."""
    uri = otp.build_uri(RFC_ACCOUNT)
    (unsaved.home / "uri").write_text(uri + "\n")
    (unsaved.home / "uri").chmod(0o600)
    now = ("--now", "59", "-q")
    assert unsaved.ok("totp", "code", "@uri", *now) == "287082"
    assert unsaved.ok("totp", "code", *now, stdin="gezd gnbv gy3t qojq gezd gnbv gy3t qojq\n") == (
        "287082"
    )
    assert unsaved.ok("totp", "code", "-", *now, stdin=uri) == "287082"
    assert unsaved.ok("totp", "code", "cmd:cat uri", *now) == "287082"


def test_steam_has_five_letters(unsaved: Cli) -> None:
    shown = unsaved.ok("totp", "code", "env:SECRET", "--steam")
    assert re.fullmatch("[23456789BCDFGHJKMNPQRTVWXY]{5}", shown)
    unsaved.env["SECRET"] = f"steam://{RFC_SECRET}"
    now = ("--now", "59")
    assert (
        unsaved.ok("totp", "code", "env:SECRET", *now)
        == otp.code(RFC_ACCOUNT._replace(kind="steam", digits=5), at=59).text
    )


def test_a_short_secret_works_with_a_warning(unsaved: Cli) -> None:
    unsaved.env["SECRET"] = "JBSWY3DPEHPK3PXP"
    done = unsaved("totp", "code", "env:SECRET", "--now", "0")
    assert (done.code, done.out) == (0, "282760\n")
    assert "warning: the secret has 80 bits" in done.err


# What is no account


@pytest.mark.parametrize(
    "secret",
    [
        RFC_SECRET.lower(),
        "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ",
        "jbsw-y3dp-ehpk-3pxp",
        "3132333435363738393031323334353637383930",
        f"otpauth://totp/x?secret={RFC_SECRET}",
        f"OTPAUTH://totp/x?secret={RFC_SECRET}",
        f"steam://{RFC_SECRET}",
        "JBSWY3DPEHPK3PXP=====",
    ],
)
def test_a_secret_in_the_place_of_a_name_is_refused_and_not_repeated(cli: Cli, secret: str) -> None:
    assert str(cli("totp", "code", secret)) == (
        "exit: 2\n--- stdout\n--- stderr\n"
        "error: this looks like a secret, and every process sees the command line\n"
        "hint: use -, @FILE or env:NAME; a bare word is a saved name (authcli totp list)\n"
    )


@pytest.mark.parametrize(
    "words",
    ["totp verify {} 123456", "totp uri {}", "totp qr {}", "totp add {} env:HOME",
     "totp new --account x --save {}", "hotp code {}", "hotp verify {} 123456 --json"],
)  # fmt: skip
def test_no_verb_takes_a_secret_from_the_command_line(cli: Cli, words: str) -> None:
    done = cli(*words.format(RFC_SECRET).split())
    assert (done.code, done.out) == (2, "")
    assert "this looks like a secret" in done.err
    assert RFC_SECRET not in done.err


@pytest.mark.parametrize("word", ["qwertyuiopasdfghjklz", "abcd-efgh-ijkl-mnop-qrst"])
def test_what_may_be_a_word_or_a_secret_is_not_repeated(unsaved: Cli, word: str) -> None:
    done = unsaved("totp", "code", word)
    assert done.code == 7
    assert word not in done.err


def test_an_unknown_name_is_told_those_near_it(saved: Cli) -> None:
    done = saved("totp", "code", "exampel")
    assert str(done) == (
        "exit: 7\n--- stdout\n--- stderr\n"
        "error: there is no saved account exampel\n"
        "hint: near it: example; all: authcli totp list\n"
    )


def test_a_files_name_without_its_at_sign_is_recognised(unsaved: Cli) -> None:
    (unsaved.home / "uri.txt").write_text(otp.build_uri(RFC_ACCOUNT))
    done = unsaved("totp", "code", "uri.txt")
    assert done.code == 7
    assert "put @ before it" in done.err


@pytest.mark.parametrize(
    ("words", "exit", "says"),
    [
        (("env:UNSET",), 2, "no variable UNSET"),
        (("env:EMPTY",), 2, "empty"),
        (("",), 2, "empty"),
        (("a name",), 2, "neither a saved name nor a source"),
        (("../x",), 2, "neither a saved name nor a source"),
        (("env:SECRET", "--digits", "9"), 2, "between 6 and 8"),
        (("env:SECRET", "--period", "0"), 2, "--period"),
        (("env:SECRET", "--period", "2d"), 2, "--period"),
        (("env:SECRET", "--algorithm", "MD5"), 2, "SHA1, SHA256, SHA512"),
        (("env:SECRET", "--steam", "--digits", "6"), 2, "Steam"),
        (("env:SECRET", "--watch"), 2, "terminal"),
        (("env:SECRET", "--min-left", "30s"), 2, "stands for 30 s"),
        (("env:SECRET", "--field", "nothing"), 2, "no field"),
        (("env:SECRET", "--copy", "-o", "file"), 2, "different places"),
        (("env:SECRET", "--now", "1960-01-01"), 2, "1970"),
        (("env:BAD",), 2, "base32"),
        (("env:MIGRATION",), 2, "Google Authenticator"),
        (("token",), 2, "authcli hotp code token"),
        (("example", "--digits", "8"), 2, "number of digits"),
        (("example", "--steam"), 2, "kind"),
    ],
)
def test_what_cannot_be_is_one_clear_error(
    saved: Cli, words: tuple[str, ...], exit: int, says: str
) -> None:
    saved.env |= {
        "EMPTY": "",
        "BAD": "planted-secret-0189",
        "MIGRATION": "otpauth-migration://offline?data=AAAA",
    }
    done = saved("totp", "code", *words)
    assert (done.code, done.out) == (exit, "")
    assert says in done.err
    assert "planted" not in done.err


def test_a_damaged_source_is_not_repeated_in_json_nor_debug(unsaved: Cli) -> None:
    unsaved.env["BAD"] = "planted-secret-0189"
    for flags in ((), ("--json",), ("--debug",)):
        done = unsaved.raw("totp", "code", "env:BAD", *flags)
        assert done.returncode == 2
        assert b"planted" not in done.stdout + done.stderr


def test_no_keychain_is_exit_9(saved: Cli) -> None:
    del saved.env["AUTHCLI_KEYCHAIN_PASSPHRASE"]
    done = saved("totp", "code", "example")
    assert done.code == 9
    assert "AUTHCLI_KEYCHAIN_PASSPHRASE" in done.err


# The clock


def test_min_left_waits_for_the_next_code(unsaved: Cli) -> None:
    """A second before its end a code is of no use to who has to type it."""
    started = time.monotonic()
    done = unsaved("totp", "code", "env:SECRET", "--min-left", "2s", "--now", "59")
    assert (done.code, done.out) == (0, "359152\n")
    assert "note: 1 s are left; waiting" in done.err
    assert time.monotonic() - started >= 1


def test_min_left_does_not_wait_where_enough_is_left(unsaved: Cli) -> None:
    done = unsaved("totp", "code", "env:SECRET", "--min-left", "2", "--now", "40")
    assert (done.code, done.out) == (0, "287082\n")
    assert "waiting" not in done.err


# A terminal


def test_a_terminal_shows_the_life_of_the_code_and_the_next(saved: Cli) -> None:
    with terminal(saved, "totp", "code", "example", "--now", "40", "-q") as child:
        assert ended(child) == 0
        assert child.before.strip() == "287082  20 s left  next 359152"


def test_watch_redraws_one_line_until_ctrl_c(unsaved: Cli) -> None:
    with terminal(unsaved, "totp", "code", "env:SECRET", "--watch", "--now", "58") as child:
        child.expect("\r287082   2 s left  next 359152")
        child.expect("\r287082   1 s left  next 359152")
        child.expect("\r359152  30 s left  next 969429")
        assert "\n" not in child.before
        child.sendintr()
        assert ended(child) == 130
        assert child.before.endswith("\r\n")
        assert "Traceback" not in child.before


def test_watch_has_no_escapes_where_there_is_no_colour(unsaved: Cli) -> None:
    with terminal(unsaved, "totp", "code", "env:SECRET", "--watch") as child:
        child.expect("next [0-9]{6}")
        assert "\x1b" not in child.before
        child.sendintr()
        assert ended(child) == 130


def test_a_terminal_is_asked_for_the_secret_without_echo(unsaved: Cli) -> None:
    with terminal(unsaved, "totp", "code", "-", "--now", "59", "-q") as child:
        child.expect("secret: ")
        child.waitnoecho()
        child.sendline(RFC_SECRET)
        assert ended(child) == 0
        assert RFC_SECRET not in child.before
        assert "287082" in child.before


# The clipboard


def test_copy_puts_the_code_on_the_clipboard_and_not_on_stdout(saved: Cli, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "xclip").write_text(f"#!/bin/sh\ncat > {tmp_path}/copied\n")
    (tools / "xclip").chmod(0o755)
    saved.env |= {"PATH": f"{tools}:{os.environ['PATH']}", "DISPLAY": ":9"}
    done = saved("totp", "code", "example", "--copy", "--now", "59")
    assert (done.code, done.out) == (0, "")
    assert (tmp_path / "copied").read_text() == "287082"
    assert "it stands for 1 s" in done.err
    assert "287082" not in done.err
