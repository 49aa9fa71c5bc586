"""`authcli totp verify`: of a saved name each code passes once; of a source while it stands."""

from __future__ import annotations

import json
import subprocess
import time

import pytest

from authcli import otp
from authcli.otp.verifying import state_id
from authcli.store import open_store
from tests.cli.harness import Cli
from tests.cli.saved_accounts import (
    RFC_ACCOUNT,
    RFC_SECRET,
    ended,
    terminal,
    with_accounts,
    wrong_code,
)

#: 123456 in digits of another script, which `str.isdigit` takes.
FULL_WIDTH = "".join(chr(0xFF10 + digit) for digit in range(1, 7))


@pytest.fixture
def saved(cli: Cli) -> Cli:
    return with_accounts(cli, {"example": RFC_ACCOUNT, "twin": RFC_ACCOUNT})


def test_a_code_of_a_saved_name_passes_once(saved: Cli) -> None:
    code = otp.code(RFC_ACCOUNT).text
    assert str(saved("totp", "verify", "example", code)) == "exit: 0\n--- stdout\n--- stderr\n"
    again = saved("totp", "verify", "example", code)
    assert (again.code, again.out) == (3, "")
    assert again.err.startswith("error: this code was used already")


def test_the_same_secret_under_two_names_is_one(saved: Cli) -> None:
    code = otp.code(RFC_ACCOUNT).text
    assert saved("totp", "verify", "example", code).code == 0
    assert saved("totp", "verify", "twin", code).code == 3


def test_of_processes_with_one_code_one_is_told_yes(saved: Cli) -> None:
    saved.ok("store", "init")
    code = otp.code(RFC_ACCOUNT).text
    racing = [
        subprocess.Popen(
            saved.command("totp", "verify", "example", code, "--window", "2"),
            env=saved.environment(),
            cwd=saved.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(4)
    ]
    assert sorted(process.wait(30) for process in racing) == [0, 3, 3, 3]


def test_a_refusal_says_in_json_which_check_failed(saved: Cli) -> None:
    code = otp.code(RFC_ACCOUNT).text
    first = json.loads(saved.ok("totp", "verify", "example", code, "--json"))
    assert (first["valid"], first["code"]) == (True, None)
    assert first["drift"] in (0, -1)
    assert first["step"] in (int(time.time()) // 30, int(time.time()) // 30 - 1)
    assert {check["name"]: check["status"] for check in first["checks"]} == {
        "attempts": "pass",
        "format": "pass",
        "code": "pass",
        "once": "pass",
    }
    again = saved("totp", "verify", "example", code, "--json")
    verdict = json.loads(again.out)
    assert (again.code, verdict["valid"], verdict["code"]) == (3, False, "otp.used")
    assert [check["status"] for check in verdict["checks"]] == ["pass", "pass", "pass", "fail"]
    assert verdict["name"] == "example"
    assert json.loads(again.err)["error"]["exit"] == 3


@pytest.mark.parametrize(
    "code",
    ["12345", "1234567", "12345a", FULL_WIDTH, "123 456", "-12345", "+12345", "x" * 5000],
)
def test_a_malformed_code_is_rejected(saved: Cli, code: str) -> None:
    """No other digits than ASCII's: each code would have many spellings."""
    done = saved("totp", "verify", "env:SECRET", "--", code)
    assert (done.code, done.out) == (3, "")
    assert done.err == "error: a code of this account is 6 digits, 0 to 9\n"


def test_a_code_is_never_a_source(saved: Cli) -> None:
    """What is under test is a stranger's: no variable, no command is read for it."""
    for text in ("env:CODE", "cmd:touch hit"):
        saved.env["CODE"] = otp.code(RFC_ACCOUNT).text
        assert saved("totp", "verify", "env:SECRET", text).code == 3
    assert not (saved.home / "hit").exists()


def test_a_code_is_read_from_a_pipe_and_a_file(saved: Cli) -> None:
    now = ("--now", "59", "-q")
    (saved.home / "code").write_text("287082\r\n")
    assert saved("totp", "verify", "env:SECRET", *now, stdin="287082\n").code == 0
    assert saved("totp", "verify", "env:SECRET", "-", *now, stdin=" 287082 ").code == 0
    assert saved("totp", "verify", "env:SECRET", "@code", *now).code == 0
    assert saved("totp", "verify", "env:SECRET", "-", *now, stdin="\n").code == 2
    assert saved("totp", "verify", "-", *now, stdin=RFC_SECRET).code == 2


def test_account_and_code_are_not_both_piped_in(saved: Cli) -> None:
    """Nor is a code, read as the secret, told to be no base32."""
    for words in (("totp", "verify"), ("totp", "verify", "-", "-"), ("hotp", "verify", "-")):
        done = saved(*words, stdin="287082\n")
        assert (done.code, done.out) == (2, "")
        assert "cannot both come from stdin" in done.err


def test_of_a_source_nothing_is_remembered_and_a_note_says_so(saved: Cli) -> None:
    for _ in range(2):
        done = saved("totp", "verify", "env:SECRET", "287082", "--now", "59")
        assert (done.code, done.out) == (0, "")
        assert "note: a source is not remembered" in done.err
    assert not (saved.home / ".local/share/authcli/authcli.db").exists()


def test_the_window_is_narrow_unless_it_is_widened(saved: Cli) -> None:
    """287082 is the code of the seconds 30 to 59."""

    def verified(at: str, *flags: str) -> int:
        return saved("totp", "verify", "env:SECRET", "287082", "--now", at, *flags).code

    assert verified("89") == 0
    assert verified("90") == 3
    assert verified("90", "--window", "2") == 0
    assert verified("0") == 0
    assert verified("60", "-w", "0") == 3
    assert verified("59", "--window", "11") == 2
    assert verified("59", "--window", "-1") == 2


def test_too_many_wrong_codes_refuse_the_right_one_too(saved: Cli) -> None:
    """RFC 4226, section 7.3; the real clock counts, whatever --now says."""
    around = (otp.code(RFC_ACCOUNT, at=time.time() + 30 * step).text for step in range(-3, 4))
    assert saved("totp", "verify", "example", wrong_code(*around)).code == 3
    with open_store(str(saved.home / ".local/share/authcli/authcli.db")) as store:
        for _ in range(9):
            store.one_time.note_failure(state_id(RFC_ACCOUNT))
    right = saved("totp", "verify", "example", otp.code(RFC_ACCOUNT).text)
    assert right.code == 6
    assert "too many wrong codes" in right.err
    verdict = saved("totp", "verify", "twin", "123456", "--json", "--now", "2030-01-01")
    assert (verdict.code, json.loads(verdict.out)["code"]) == (6, "otp.blocked")


def test_a_name_that_is_not_saved_is_exit_7_before_any_store_is_made(saved: Cli) -> None:
    assert saved("totp", "verify", "nobody", "123456").code == 7
    assert not (saved.home / ".local/share/authcli/authcli.db").exists()


def test_a_store_that_cannot_be_had_is_exit_9(saved: Cli) -> None:
    done = saved("totp", "verify", "example", otp.code(RFC_ACCOUNT).text, "--store", "none.db")
    assert (done.code, done.out) == (9, "")


def test_an_unknown_field_spends_no_code(saved: Cli) -> None:
    code = otp.code(RFC_ACCOUNT).text
    assert saved("totp", "verify", "example", code, "--field", "nothing").code == 2
    assert saved("totp", "verify", "example", code, "--field", "valid").out == "true\n"


def test_a_terminal_is_told_whose_code_it_was(saved: Cli) -> None:
    words = ("totp", "verify", "env:URI", "287082", "--now", "60", "-q")
    saved.env["URI"] = otp.build_uri(RFC_ACCOUNT)
    with terminal(saved, *words) as child:
        assert ended(child) == 0
        assert child.before.strip() == "valid  Example (alice), 1 step behind this clock"
