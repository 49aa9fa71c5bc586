"""`password verify`: yes is 0, no is 3, and what is no hash is 2 and never taken for no."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pexpect
import pytest

from authcli import passwords
from tests.cli.harness import Cli
from tests.cli.test_password_hash import finish, spawn
from tests.passwords.cheap import COSTS, make

PASSWORD = "correct horse battery staple"
BCRYPT = "$2b$04$SeGUbNTe4bRH8fSPALKnSeyBg1Rdi.oO2XNQNsI/SKL/pVhhAXXRu"
GOOD = make(PASSWORD, "pbkdf2-sha256")
LOW = ("--policy", "low.toml")


@pytest.fixture
def cli(cli: Cli) -> Cli:
    cli.env |= {"PW": PASSWORD, "WRONG": "wrong", "HASH": BCRYPT}
    (cli.home / "low.toml").write_text('[hash]\nscheme = "bcrypt"\ncost = 4\n')
    return cli


def test_yes_prints_nothing_in_a_pipe(cli: Cli) -> None:
    result = cli("password", "verify", BCRYPT, *LOW, stdin=PASSWORD)
    assert (result.code, result.out, result.err) == (0, "", "")


def test_an_outdated_hash_is_yes_with_a_note(cli: Cli) -> None:
    result = cli("password", "verify", BCRYPT, "env:PW")
    assert (result.code, result.out) == (0, "")
    assert result.err == ("note: the hash is outdated: cost 4 is less than cost 12; see --rehash\n")
    assert cli("password", "verify", BCRYPT, "env:PW", "-q").err == ""


def test_no_is_3_with_nothing_on_stdout(cli: Cli) -> None:
    result = cli("password", "verify", BCRYPT, "env:WRONG")
    assert (result.code, result.out) == (3, "")
    assert result.err == "error: the password does not match the hash\n"


def test_the_verdict_as_json(cli: Cli) -> None:
    yes = json.loads(cli("password", "verify", BCRYPT, "env:PW", "--json", *LOW).out)
    assert yes == {
        "schema": "authcli/password.verify/1",
        "valid": True,
        "code": None,
        "checks": [
            {"name": "hash", "status": "pass", "detail": None},
            {"name": "password", "status": "pass", "detail": None},
        ],
        "scheme": "bcrypt",
        "outdated": False,
        "findings": [],
        "rehash": None,
    }
    no = cli("password", "verify", BCRYPT, "env:WRONG", "--json")
    assert no.code == 3
    facts = json.loads(no.out)
    assert (facts["valid"], facts["code"]) == (False, "password.mismatch")
    assert json.loads(no.err)["error"]["exit"] == 3
    assert cli("password", "verify", BCRYPT, "env:WRONG", "--field", "rehash").out == ""
    unknown = cli("password", "verify", BCRYPT, "env:WRONG", "--field", "nothing")
    assert unknown.code == 2


@pytest.mark.parametrize("given", ["HASH", "@hash", "env:HASH"])
def test_the_hash_is_text_a_file_or_a_variable(cli: Cli, given: str) -> None:
    (cli.home / "hash").write_text(BCRYPT + "\n")
    text = BCRYPT if given == "HASH" else given
    assert cli("password", "verify", text, "env:PW").code == 0
    assert cli("password", "verify", "-", "env:PW", stdin=f" {BCRYPT}\r\n").code == 0


def test_only_one_of_them_may_come_from_stdin(cli: Cli) -> None:
    result = cli("password", "verify", "-", stdin=BCRYPT)
    assert (result.code, result.out) == (2, "")
    assert result.err == (
        "error: stdin already gives the hash; it cannot give the password too\n"
        "hint: give the hash as text or @FILE\n"
    )


@pytest.mark.parametrize("prefix", ["cmd:touch pwned", "fd:0", "literal:x", "keychain:x"])
def test_a_hash_under_test_runs_nothing(cli: Cli, prefix: str) -> None:
    assert cli("password", "verify", prefix, "env:PW").code == 2
    assert not (cli.home / "pwned").exists()


@pytest.mark.parametrize(
    "expanded",
    [
        "=19=65536,t=3,p=4",
        "b2./abc",
        "-sha25600000.abc",
        "-sha256=2,t=2b,r=12",
    ],
)
def test_a_hash_that_the_shell_expanded_is_recognised(cli: Cli, expanded: str) -> None:
    result = cli("password", "verify", expanded, "env:PW")
    assert (result.code, result.out) == (2, "")
    assert "a shell" in result.err
    assert "single-quote it" in result.err


@pytest.mark.parametrize(
    ("hash", "code"),
    [
        (BCRYPT[:-1], 2),
        ("nonsense", 2),
        ("$2x$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e", 2),
        ("$y$j9T$abcdefgh$abcdefghijklmnopqrstuvwxyz", 2),
        ("!", 3),
        (f"!{BCRYPT}", 3),
        ("é" * 60, 2),
        ("x" * 5000, 2),
    ],
)
def test_what_is_no_hash_is_told_apart_from_no(cli: Cli, hash: str, code: int) -> None:
    result = cli("password", "verify", hash, "env:PW", "--json")
    assert result.code == code, str(result)
    if code == 3:
        assert json.loads(result.out)["code"] == "password.disabled"
    else:
        assert result.out == ""
        assert json.loads(result.err)["error"]["code"].startswith("password.hash-")


def test_a_line_of_a_table_is_recognised(cli: Cli) -> None:
    (cli.home / "users").write_text(f"alice:{BCRYPT}\nbob:{BCRYPT}\n")
    for given in ("@users", f"alice:{BCRYPT}"):
        result = cli("password", "verify", given, "env:PW")
        assert result.code == 2
        assert "add --lines" in result.err


@pytest.mark.parametrize(
    ("hash", "flags"),
    [
        ("$argon2id$v=19$m=4194304,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub", ()),
        ("$argon2id$v=19$m=65536,t=1000,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub", ()),
        (BCRYPT.replace("$04$", "$31$"), ()),
        (BCRYPT.replace("$04$", "$31$"), ("--max-seconds", "30")),
        ("$6$rounds=999999999$saltstring$" + "." * 86, ()),
        ("$pbkdf2-sha256$4000000000$c29tZXNhbHQ$" + "A" * 43, ()),
        ("$scrypt$ln=30,r=8,p=1$c29tZXNhbHQ$" + "A" * 43, ("--max-memory", "1GiB")),
    ],
)
def test_a_hostile_hash_is_refused_at_once(cli: Cli, hash: str, flags: tuple[str, ...]) -> None:
    begun = time.monotonic()
    result = cli("password", "verify", hash, "env:PW", "--json", *flags)
    assert time.monotonic() - begun < 2
    assert result.code == 2, str(result)
    error = json.loads(result.err)["error"]
    assert error["code"] == "password.hash-cost"
    assert "--max-memory" in error["hint"]


def test_limits_can_be_raised_and_lowered(cli: Cli) -> None:
    hash = make(PASSWORD)
    verify = ("password", "verify", hash, "env:PW", "-q")
    assert cli(*verify, "--max-memory", "32KiB").code == 2
    assert cli(*verify, "--max-memory", "64KiB").code == 0
    assert cli(*verify, "--max-seconds", "0.00000001").code == 2
    for nonsense in ("0", "nan"):
        assert cli(*verify, "--max-seconds", nonsense).code == 2


def test_rehash_prints_a_new_hash_only_where_the_policy_wants_one(cli: Cli) -> None:
    new = cli.ok("password", "verify", GOOD, "env:PW", "--rehash", *LOW)
    assert new.startswith("$2b$04$")
    assert passwords.verify(PASSWORD, new)
    again = cli("password", "verify", new, "env:PW", "--rehash", *LOW)
    assert (again.code, again.out, again.err) == (0, "", "")
    wrong = cli("password", "verify", GOOD, "env:WRONG", "--rehash", *LOW)
    assert (wrong.code, wrong.out) == (3, "")
    facts = json.loads(cli.ok("password", "verify", GOOD, "env:PW", "--rehash", "-j", *LOW))
    assert facts["outdated"] is True
    assert facts["rehash"].startswith("$2b$04$")


def test_rehash_that_cannot_be_leaves_no_file(cli: Cli) -> None:
    """The policy's bcrypt takes 72 bytes, and this password has more."""
    cli.env["LONG"] = "x" * 100
    hash = passwords.hash("x" * 100, scheme="pbkdf2-sha256", **COSTS["pbkdf2-sha256"])
    result = cli("password", "verify", hash, "env:LONG", "--rehash", "-o", "new", *LOW)
    assert (result.code, (cli.home / "new").exists()) == (2, False)


def test_the_hash_is_looked_at_before_the_password_is_asked_for(cli: Cli) -> None:
    code, shown = finish(spawn(cli, "password", "verify", "nonsense"))
    assert code == 2
    assert "password:" not in shown


def test_a_person_is_asked_once_and_told_what_is_outdated(cli: Cli) -> None:
    child = spawn(cli, "password", "verify", "env:HASH", "--no-color")
    child.expect("password: ")
    child.waitnoecho(5)
    child.sendline(PASSWORD)
    code, shown = finish(child)
    assert (code, PASSWORD in shown) == (0, False)
    assert "valid (bcrypt)\r\n  warning: cost 4 is less than cost 12 (" in shown


def test_no_error_holds_the_password_or_the_hash(cli: Cli) -> None:
    cli.env["WRONG"] = "planted-secret"
    for extra in ("--json", "--debug"):
        done = cli.raw("password", "verify", GOOD, "env:WRONG", extra)
        shown = done.stdout + done.stderr
        assert (done.returncode, b"planted" in shown) == (3, False)
        assert GOOD.split("$")[-1].encode() not in shown


def test_published_hashes_have_their_exit_codes(
    cli: Cli, published: Callable[[str], list[dict[str, Any]]]
) -> None:
    """One of each kind, through the command: tests/passwords goes through all of them."""
    codes = {"match": 0, "nomatch": 3, "malformed": 2}
    kinds: dict[tuple[str, str], dict[str, Any]] = {}
    for row in published("password_hashes.jsonl"):
        usual = row["scheme"] != "postgres_md5" and "expected_strict" not in row
        if usual and row["password_hex"] and not row["password_hex"].endswith("0a"):
            kinds.setdefault((row["scheme"].partition("_")[0], row["expected"]), row)
    for row in kinds.values():
        password = bytes.fromhex(row["password_hex"])
        result = cli("password", "verify", row["hash"], "-q", stdin=password)
        assert result.code == codes[row["expected"]], (row, str(result))
    assert len(kinds) > 20


def test_ctrl_c_at_the_prompt_is_130(cli: Cli) -> None:
    child = spawn(cli, "password", "verify", "env:HASH")
    child.expect("password: ")
    child.waitnoecho(5)
    child.sendintr()
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130
