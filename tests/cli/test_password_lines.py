"""`password hash|verify|inspect --lines`: whole tables of users, in every form, in order."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pexpect
import pytest

from authcli import passwords
from authcli.cli.password._costs import settled
from authcli.cli.password._rows import Rows
from authcli.cli.password._user_lines import _jobs
from authcli.passwords.user_tables import recognise
from tests.cli.harness import Cli, Result
from tests.passwords.cheap import COSTS

QUICK = ("--scheme", "bcrypt", "-C", "4")
#: Of "secret", each; the last three are a disabled user, one without a hash and one unknown.
SHADOW = """\
# made for tests
argon:$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQxMjM0NTY$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA:19000::::::

weak:$2y$05$WbqNda/6m74sOxxUiqIjaOAZ5E2eJDE8ZmmW5xQJmhsgJoDe2CPTi:19000:0:99999:7:::
apache:$apr1$lJQW/15P$nklc6jgYgigdQDEXciwI7.
ldap:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=
daemon:*:19000:0:99999:7:::
guest::19000:0:99999:7:::
new:$y$j9T$abc$def:19000:0:99999:7:::
"""


def run(cli: Cli, verb: str, *words: str, stdin: str | bytes | None = None) -> Result:
    return cli("password", verb, "--lines", *words, stdin=stdin)


def rows_of(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_user_password_lines_become_user_hash_lines(cli: Cli) -> None:
    table = "alice:se:cret\nbob:pässwörd\r\ncarol: \n"
    result = run(cli, "hash", *QUICK, stdin=table)
    assert result.code == 0
    assert result.err == (
        "note: each line is taken for user:password; if that is wrong, add --from plain\n"
        "        lines  weak\n"
        "bcrypt      3     3\n"
    )
    made = dict(line.split(":", 1) for line in result.out.splitlines())
    assert [*made] == ["alice", "bob", "carol"]
    for user, password in {"alice": "se:cret", "bob": "pässwörd", "carol": " "}.items():
        passwords.verify(password, made[user])


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("u.csv", "email;Password\na@example.com;secret\n"),
        ("u", '{"user":"a@example.com","password":"secret"}\n\n'),
        ("u", "\ufeffuser,password\r\na@example.com,secret\r\n"),
        ("u.txt", "a@example.com:secret"),
    ],
)
def test_forms_of_tables_with_passwords(cli: Cli, name: str, table: str) -> None:
    (cli.home / name).write_text(table)
    result = run(cli, "hash", f"@{name}", *QUICK, "--jsonl")
    (row,) = rows_of(result.out)
    assert (row["user"], row["scheme"]) == ("a@example.com", "bcrypt")
    passwords.verify("secret", row["hash"])
    assert result.code == 0


@pytest.mark.parametrize("scheme", COSTS)
def test_the_work_of_every_scheme_is_known_beforehand(scheme: str) -> None:
    assert 0 < settled(scheme, {}).work().seconds < 2


def test_hashes_of_pbkdf2_are_made_in_bulk(cli: Cli) -> None:
    for scheme in ("pbkdf2-sha256", "pbkdf2-sha512"):
        result = run(cli, "hash", "-q", "--scheme", scheme, "--rounds", "1", stdin="a:b\nc:d\n")
        assert result.code == 0
        made = [line.split("$")[:3] for line in result.out.splitlines()]
        assert made == [["a:", scheme, "1"], ["c:", scheme, "1"]]


def test_bare_passwords_become_bare_hashes(cli: Cli) -> None:
    hashes = run(cli, "hash", *QUICK, "-q", stdin="secret\nse:cret\n#x\n").out.splitlines()
    for password, hash in zip(["secret", "se:cret", "#x"], hashes, strict=True):
        passwords.verify(password, hash)
    assert run(cli, "hash", "--from", "plain", *QUICK, stdin="a:b\nc\n").code == 0


def test_bad_lines_are_told_by_number_and_the_others_are_done(cli: Cli) -> None:
    table = f"alice:secret\nbob\ncarol:{'x' * 73}\n#dave:secret\n\nerin:secret\n:secret\nfrank:\n"
    result = run(cli, "hash", *QUICK, "--jobs", "2", stdin=table)
    assert [line.split(":")[0] for line in result.out.splitlines()] == ["alice", "erin"]
    assert result.code == 2
    assert result.err == (
        "note: each line is taken for user:password; if that is wrong, add --from plain\n"
        "error: line 2: the line is not user:password, it has no colon\n"
        "error: line 3: the password has 73 bytes and bcrypt takes 72 at most\n"
        "error: line 4: this is no name for a user: it begins with # or a blank, or ends with a"
        " blank, which servers skip\n"
        "error: line 7: the line has no user before its colon\n"
        "error: line 8: the line has no password\n"
        "          lines  weak\n"
        "bcrypt        2     2\n"
        "unusable      5\n"
        "error: 5 unusable of 7 lines\n"
    )
    assert "secret" not in result.err
    first = run(cli, "hash", *QUICK, "-q", "--fail-fast", stdin=table)
    assert (first.code, first.out.count("\n")) == (2, 1)


def test_an_audit_of_a_whole_table(cli: Cli) -> None:
    """Schemes and what the policy says; who is disabled is no error, who has no hash is."""
    result = run(cli, "inspect", stdin=SHADOW)
    found = {row["user"]: row for row in rows_of(result.out)}
    assert [*found] == ["argon", "weak", "apache", "ldap", "daemon"]
    assert {user: row["line"] for user, row in found.items()}["weak"] == 4
    assert found["weak"]["cost"] == {"cost": 5}
    assert found["weak"]["findings"][0]["code"] == "password.hash-weak"
    assert found["daemon"] == {"line": 7, "user": "daemon", "disabled": True}
    assert result.code == 2
    assert result.err == (
        "error: line 8: the user has no hash; where login(1) reads this, no password is asked"
        " for\n"
        "error: line 9: this is a hash of yescrypt, which is not computed here\n"
        "          lines  current  broken  weak\n"
        "apr1          1        0       1     0\n"
        "argon2id      1        1       0     0\n"
        "bcrypt        1        0       0     1\n"
        "ldap-sha      1        0       1     0\n"
        "unusable      2\n"
        "disabled      1\n"
        "error: 2 unusable of 7 lines\n"
    )


def test_the_closing_table_is_json_where_the_lines_are(cli: Cli) -> None:
    summary = {
        "schemes": [
            {"scheme": scheme, "lines": 1, **dict.fromkeys(STATES, 0), state: 1}
            for scheme, state in (
                ("apr1", "broken"),
                ("argon2id", "current"),
                ("bcrypt", "weak"),
                ("ldap-sha", "broken"),
            )
        ],
        "policy": {"current": 1, "broken": 2, "outdated": 0, "weak": 1},
        "disabled": 1,
        "unusable": 2,
        "mismatch": 0,
    }
    lines = run(cli, "inspect", "--jsonl", stdin=SHADOW)
    assert len(rows_of(lines.out)) == 7
    assert {"summary": summary} in rows_of(lines.err)
    whole = json.loads(run(cli, "inspect", "--json", stdin=SHADOW).out)
    assert whole["schema"] == "authcli/password.inspect/1"
    assert whole["summary"] == summary
    assert whole["counts"] == {"ok": 5, "unusable": 2}
    assert [item["line"] for item in whole["items"]] == [2, 4, 5, 6, 7, 8, 9]
    fields = run(cli, "inspect", "--field", "user", "--field", "scheme", stdin=SHADOW)
    assert fields.out.splitlines()[1] == "weak\tbcrypt"


STATES = ("current", "broken", "outdated", "weak")


def test_check_makes_outdated_hashes_due(cli: Cli) -> None:
    weak = next(line for line in SHADOW.splitlines() if line.startswith("weak"))
    result = run(cli, "inspect", "--check", "--json", stdin=weak)
    assert result.code == 10
    (item,) = json.loads(result.out)["items"]
    assert (item["code"], item["exit"], item["scheme"]) == ("password.outdated", 10, "bcrypt")
    policy = cli.home / "policy.toml"
    policy.write_text("[accept]\nbcrypt = [{ cost = 5 }]\n")
    assert run(cli, "inspect", "--check", "--policy", "policy.toml", stdin=weak).code == 0


def test_each_line_is_verified_with_its_own_password(cli: Cli) -> None:
    hash = passwords.hash("secret", scheme="bcrypt", cost=4)
    table = f"user,hash,password\nalice,{hash},secret\nbob,{hash},Secret\ncarol,x,secret\n"
    result = run(cli, "verify", stdin=table)
    assert str(result) == (
        "exit: 3\n--- stdout\nalice\n--- stderr\n"
        "error: line 3: the password does not match the hash\n"
        "error: line 4: this is no password hash that is known\n"
        "          lines  weak\n"
        "bcrypt        1     1\n"
        "mismatch      1\n"
        "unusable      1\n"
        "error: 1 rejected, 1 unusable of 3 lines\n"
    )
    rows = rows_of(run(cli, "verify", "--jsonl", stdin=table).out)
    assert [(row["line"], row["user"], row.get("valid")) for row in rows] == [
        (2, "alice", True),
        (3, "bob", False),
        (4, "carol", None),
    ]
    assert run(cli, "verify", "-q", stdin=f"dave:{hash}:secret\n{hash}:secret\n").out == (
        f"dave\n{hash}\n"
    )


def test_one_password_is_tried_on_every_line(cli: Cli) -> None:
    """Who has this password? A pen-tester's question."""
    (cli.home / "shadow").write_text(SHADOW)
    result = run(cli, "verify", "@shadow", "-", "-q", stdin="secret\n")
    assert result.out == "weak\napache\nldap\n"
    assert result.code == 3
    without = run(cli, "verify", "@shadow", "-q")
    assert (without.code, without.out) == (2, "")
    assert "line 2: the line has a hash, and no password beside it" in without.err


def test_no_line_costs_more_than_is_allowed(cli: Cli) -> None:
    """A hash names its own cost; a table of such hashes is done in a moment."""
    salt = "$c29tZXNhbHQxMjM0NTY$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    hostile = [
        f"$argon2id$v=19$m=4194304,t=3,p=4{salt}",
        "$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        f"$6$rounds=999999999$salt${'.' * 86}",
    ]
    begun = time.monotonic()
    result = run(cli, "verify", stdin="".join(f"{hash}:secret\n" for hash in hostile * 10))
    assert time.monotonic() - begun < 5
    assert result.code == 2
    assert result.err.count(" hash would take ") == 30
    low = run(cli, "verify", "--max-memory", "32KiB", stdin=f"$argon2id$v=19$m=64,t=1,p=1{salt}:x")
    assert "64 KiB of memory (the limit is 32 KiB)" in low.err


def test_order_is_kept_and_processes_change_nothing(cli: Cli) -> None:
    hash = passwords.hash("5", scheme="bcrypt", cost=4)
    table = "".join(f"user{n}:{hash}:{n}\n" for n in range(60))
    one = run(cli, "verify", "--jobs", "1", "--jsonl", stdin=table)
    four = run(cli, "verify", "--jobs", "4", "--jsonl", stdin=table)
    assert str(one) == str(four)
    assert [row["line"] for row in rows_of(one.out)] == [*range(1, 61)]
    users = run(cli, "hash", "--jobs", "3", *QUICK, "-q", stdin=table).out.splitlines()
    assert [line.partition(":")[0] for line in users] == [f"user{n}" for n in range(60)]


@pytest.mark.parametrize(
    ("verb", "words", "stdin", "said"),
    [
        ("hash", (), "user,created\n", "no column for the password"),
        ("hash", ("--from", "csv"), "a,b\n", "no column for the password"),
        ("hash", ("--from", "xml"), "a,b\n", "'xml' is no form of a table"),
        ("hash", ("--column", "password"), "a,b\n", "is not WHAT=COLUMN"),
        ("hash", ("--column", "password=c"), "a,b\n", "no column is called 'c'"),
        ("hash", ("--scheme", "apr1"), "a:b\n", "read and verified, and not made"),
        ("hash", ("--jobs", "0"), "a:b\n", "--jobs 0 is not between 1 and"),
        ("hash", ("--field", "nope"), "a:b\n", "no field 'nope' here"),
        ("hash", ("secret",), None, "--lines reads passwords from @FILE"),
        ("hash", (), "", "stdin is empty"),
        ("verify", ("--rehash",), "a:b\n", "--rehash is for one item"),
        ("inspect", ("@none",), None, "no such file"),
        ("inspect", (), b"\xff\xfeu\x00", "the table is UTF-16"),
    ],
)
def test_what_cannot_be_is_one_clear_error(
    cli: Cli, verb: str, words: tuple[str, ...], stdin: str | bytes | None, said: str
) -> None:
    result = run(cli, verb, *words, stdin=stdin)
    assert (result.code, result.out) == (2, ""), str(result)
    assert said in result.err
    assert result.err.count("error:") == 1


def test_a_table_without_a_header_shows_nobodys_password(cli: Cli) -> None:
    (cli.home / "users.csv").write_text("alice,hunter22\nbob,hunter33\n")
    for verb in ("hash", "verify", "inspect"):
        result = run(cli, verb, "@users.csv", "--json")
        assert (result.code, result.out) == (2, "")
        assert "hunter" not in result.err
        assert json.loads(result.err)["error"]["code"] == "password.table-columns"


@pytest.mark.parametrize("verb", ["hash", "verify", "inspect"])
@pytest.mark.parametrize("flag", [("--from", "csv"), ("--column", "a=b"), ("--jobs", "2")])
def test_flags_for_many_need_lines(cli: Cli, verb: str, flag: tuple[str, str]) -> None:
    result = cli("password", verb, *flag, stdin="secret")
    assert (result.code, result.out) == (2, "")
    assert f"{flag[0]} is for many items\nhint: add --lines" in result.err


def test_a_terminal_sees_words_and_nothing_that_acts_on_it(cli: Cli) -> None:
    rows = [{"user": "a\x1b[2Jb", "hash": "*"}, {"user": "c", "hash": f"{{SHA}}{'A' * 27}="}]
    table = "\n".join(map(json.dumps, rows))
    (cli.home / "t").write_text(table)
    command = cli.command("password", "inspect", "--lines", "@t", "--no-color")
    env = cli.environment({"TERM": "xterm"})
    shown = pexpect.spawn(command[0], command[1:], env=env, cwd=str(cli.home), encoding="utf-8")
    shown.expect(pexpect.EOF)
    assert "a\\x1b[2Jb: disabled\r\n" in shown.before
    assert "c: ldap-sha, ldap-sha is broken" in shown.before
    assert "\x1b" not in shown.before
    shown.close()


def test_names_cannot_make_lines_of_their_own(cli: Cli) -> None:
    hash = passwords.hash("x", scheme="bcrypt", cost=4)
    table = json.dumps({"user": "a\nroot", "hash": hash, "password": "x"})
    assert run(cli, "verify", "-q", stdin=table).out == "a\\nroot\n"
    refused = run(cli, "hash", "-q", *QUICK, stdin=table)
    assert (refused.code, refused.out) == (2, "")
    (row,) = rows_of(run(cli, "hash", "-q", "--jsonl", *QUICK, stdin=table).out)
    assert row["user"] == "a\nroot"


def test_blocks_are_small_and_numbered_by_the_files_lines(tmp_path: Path) -> None:
    from authcli.cli._feed import open_lines

    path = tmp_path / "table"
    path.write_text("\ufeff# users\na:1\nb:2\n\nc:3\nd:4\ne:5\n")
    lines = open_lines(f"@{path}", what="hashes", per_read=1 << 16)
    table = recognise(lines.peek(), wants=("hash",))
    rows = Rows(lines, table, weight=lambda line: 0.5)
    found = []
    seen = [rows.pulled]
    while not rows.ended:
        found += [(b.first, b.size, b.data) for b in rows.pull()]
        seen.append(rows.pulled)
    assert found == [(2, 2, b"a:1\nb:2\n"), (5, 2, b"c:3\nd:4\n"), (7, 1, b"e:5\n")]
    assert seen == sorted(seen)
    assert seen[-1] == rows.total


def test_processes_are_as_many_as_the_memory_is_for() -> None:
    assert _jobs(7, 1 << 40) == 7
    assert _jobs(None, 1 << 40) == 1
    assert (_jobs(None, 1) or 0) >= 1
