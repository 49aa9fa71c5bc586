"""`authcli hotp`: the store counts for saved names, the caller for sources."""

from __future__ import annotations

import json
import subprocess

import pytest

from authcli import otp
from authcli.secret import Secret
from tests.cli.harness import Cli
from tests.cli.saved_accounts import RFC_ACCOUNT, ended, terminal, with_accounts

#: RFC 4226, appendix D.
CODES = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871"]
TOKEN = RFC_ACCOUNT._replace(kind="hotp")


@pytest.fixture
def saved(cli: Cli) -> Cli:
    return with_accounts(cli, {"token": TOKEN, "example": RFC_ACCOUNT})


def test_a_saved_name_counts(saved: Cli) -> None:
    assert [saved.ok("hotp", "code", "token") for _ in range(3)] == CODES[:3]
    found = json.loads(saved.ok("hotp", "code", "token", "--json"))
    assert (found["code"], found["counter"], found["kind"]) == (CODES[3], 3, "hotp")


def test_processes_at_once_show_different_codes(saved: Cli) -> None:
    saved.ok("store", "init")
    racing = [
        subprocess.Popen(
            saved.command("hotp", "code", "token"),
            env=saved.environment(),
            cwd=saved.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    assert sorted(process.communicate(timeout=30)[0].strip() for process in racing) == sorted(
        CODES[:4]
    )


def test_a_source_needs_its_counter_and_nothing_is_stored(saved: Cli) -> None:
    assert saved.ok("hotp", "code", "env:SECRET", "--counter", "7") == CODES[7]
    assert saved.ok("hotp", "code", "env:SECRET", "--counter", "7") == CODES[7]
    done = saved("hotp", "code", "env:SECRET")
    assert (done.code, done.out) == (2, "")
    assert "--counter N is needed" in done.err
    assert not (saved.home / ".local/share/authcli/authcli.db").exists()


def test_counters_have_eight_bytes(saved: Cli) -> None:
    last = otp.code_at(TOKEN, 2**64 - 1).text
    assert saved.ok("hotp", "code", "env:SECRET", "--counter", str(2**64 - 1)) == last
    assert saved("hotp", "code", "env:SECRET", "--counter", str(2**64)).code == 2
    assert saved("hotp", "code", "env:SECRET", "--counter", "-1").code == 2
    verified = ("hotp", "verify", "env:SECRET", last, "--counter", str(2**64 - 1))
    assert saved(*verified).code == 0


def test_verifying_moves_the_counter_beyond_the_match(saved: Cli) -> None:
    assert saved.ok("hotp", "verify", "token", CODES[0]) == "1"
    assert saved("hotp", "verify", "token", CODES[0]).code == 3
    assert saved.ok("hotp", "verify", "token", CODES[5]) == "6"
    for over in (CODES[1], CODES[4], CODES[5]):
        assert saved("hotp", "verify", "token", over).code == 3
    assert saved.ok("hotp", "verify", "token", CODES[6], "--field", "next_counter") == "7"


def test_the_window_looks_ahead_and_never_back(saved: Cli) -> None:
    def verified(counter: str, *flags: str) -> int:
        words = ("hotp", "verify", "env:SECRET", CODES[7], "--counter", counter, *flags)
        return saved(*words).code

    assert verified("0") == 0
    assert verified("0", "--window", "6") == 3
    assert verified("0", "-w", "7") == 0
    assert verified("7", "-w", "0") == 0
    assert verified("8") == 3


def test_the_next_counter_of_a_source_is_printed_for_the_caller_to_keep(saved: Cli) -> None:
    words = ("hotp", "verify", "env:SECRET", CODES[3], "--counter", "1")
    assert str(saved(*words)) == "exit: 0\n--- stdout\n4\n--- stderr\n"
    found = json.loads(saved.ok(*words, "--json"))
    assert (found["counter"], found["next_counter"], found["drift"]) == (3, 4, 2)
    assert [check["status"] for check in found["checks"]] == ["skipped", "pass", "pass", "skipped"]


def test_who_verifies_and_who_shows_each_have_a_counter(saved: Cli) -> None:
    """As a token and its server do, here of one store."""
    code = saved.ok("hotp", "code", "token")
    assert saved.ok("hotp", "verify", "token", code) == "1"


@pytest.mark.parametrize(
    ("words", "exit", "says"),
    [
        ("code token --counter 3", 2, "the store counts for token"),
        ("verify token 755224 --counter 3", 2, "the store counts for token"),
        ("code example", 2, "authcli totp code example"),
        ("verify env:SECRET 75522x --counter 0", 3, "6 digits"),
        ("verify env:SECRET 755224", 2, "--counter N is needed"),
        ("verify token 755224 --window 11", 2, "0 to 10"),
        ("code nobody", 7, "no saved account nobody"),
        ("code token --store none.db", 9, "none.db"),
        ("code token --field nothing", 2, "no field"),
        ("code env:SECRET --counter 0 --period 30", 2, "--period"),
    ],
)
def test_what_cannot_be_is_one_clear_error(saved: Cli, words: str, exit: int, says: str) -> None:
    done = saved("hotp", *words.split())
    assert (done.code, done.out) == (exit, "")
    assert says in done.err


def test_a_code_that_cannot_be_written_takes_no_counter_where_that_is_known(saved: Cli) -> None:
    (saved.home / "taken").write_text("")
    assert saved("hotp", "code", "token", "-o", "taken").code == 8
    assert saved("hotp", "code", "token", "--field", "nothing").code == 2
    assert saved.ok("hotp", "code", "token") == CODES[0]


def test_the_uri_of_a_saved_token_has_the_counter_that_is_expected_next(saved: Cli) -> None:
    """A device that is set up with it is in step."""
    assert saved.ok("totp", "uri", "token").endswith("&counter=0")
    saved.ok("hotp", "verify", "token", CODES[4])
    assert saved.ok("totp", "uri", "token").endswith("&counter=5")


def test_an_account_leaves_with_the_counter_that_was_reached(cli: Cli) -> None:
    """Shown or verified, under whichever name; and never with one beyond the last."""
    last = TOKEN._replace(secret=Secret("last"), counter=2**64 - 1)
    ahead = TOKEN._replace(counter=50)
    saved = with_accounts(cli, {"token": TOKEN, "ahead": ahead, "last": last})
    saved.ok("hotp", "verify", "token", CODES[4])
    assert saved.ok("totp", "uri", "ahead").endswith("&counter=50")
    saved.ok("hotp", "code", "ahead")
    assert saved.ok("totp", "uri", "token").endswith("&counter=51")
    saved.ok("hotp", "code", "last")
    assert saved("hotp", "code", "last").code == 2
    exported = saved.ok("totp", "export", "--all", "--yes").splitlines()
    assert [uri.rpartition("=")[2] for uri in exported] == ["51", str(2**64 - 1), "51"]


def test_a_terminal_shows_the_counter(saved: Cli) -> None:
    with terminal(saved, "hotp", "code", "env:SECRET", "--counter", "7") as child:
        assert ended(child) == 0
        assert child.before.strip() == "162583  counter 7"
    words = ("hotp", "verify", "env:SECRET", "162583", "--counter", "5")
    with terminal(saved, *words) as child:
        assert ended(child) == 0
        assert child.before.strip() == "valid  env:SECRET, counter 7, next 8"
