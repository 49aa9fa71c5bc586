"""`authcli password htpasswd`: transcripts, and the group itself, three words deep."""

from __future__ import annotations

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pexpect
import pytest

from authcli.cli import _tree
from authcli.cli._complete import complete
from tests.cli.harness import Cli, Result
from tests.requirements import require

#: Made by Apache's htpasswd: of "secret".
APACHE = """\
# staff
bcrypt:$2y$05$WbqNda/6m74sOxxUiqIjaOAZ5E2eJDE8ZmmW5xQJmhsgJoDe2CPTi
apr1:$apr1$lJQW/15P$nklc6jgYgigdQDEXciwI7.
sha:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=
"""


def htpasswd(cli: Cli, *words: str, stdin: str | None = "secret") -> Result:
    return cli("password", "htpasswd", *words, stdin=stdin)


@pytest.fixture
def file(cli: Cli) -> Path:
    path = cli.home / "users"
    path.write_text(APACHE)
    path.chmod(0o640)
    return path


def test_a_new_file(cli: Cli) -> None:
    assert str(htpasswd(cli, "add", "users", "alice", "-C", "4")) == (
        "exit: 0\n--- stdout\nalice\n--- stderr\n"
        "note: users is new, and its owner's alone; let the web server's group read it\n"
    )
    added = htpasswd(cli, "add", "users", "bob", "--cost", "4", "--json")
    assert json.loads(added.out) == {
        "schema": "authcli/password.htpasswd.add/1",
        "file": "users",
        "user": "bob",
        "scheme": "bcrypt",
        "status": "added",
    }
    assert htpasswd(cli, "add", "users", "bob", "-C4", stdin="new\n").code == 0
    program = require("htpasswd")
    for user, password in (("alice", "secret"), ("bob", "new")):
        command = [program, "-vb", str(cli.home / "users"), user, password]
        assert subprocess.run(command, capture_output=True).returncode == 0


def test_apaches_hashes_are_verified(cli: Cli, file: Path) -> None:
    for user in ("bcrypt", "apr1", "sha"):
        assert str(htpasswd(cli, "verify", "users", user)) == "exit: 0\n--- stdout\n--- stderr\n"
        wrong = htpasswd(cli, "verify", "users", user, stdin="Secret")
        assert str(wrong) == (
            "exit: 3\n--- stdout\n--- stderr\nerror: the password does not match the hash\n"
        )
        assert str(htpasswd(cli, "verify", "users", user.upper())) == str(wrong)


def test_the_verdict_in_json_tells_no_unknown_user_from_a_wrong_password(
    cli: Cli, file: Path
) -> None:
    verified = json.loads(htpasswd(cli, "verify", "users", "sha", "--json").out)
    assert (verified["valid"], verified["scheme"], verified["outdated"]) == (True, "ldap-sha", True)
    wrong = htpasswd(cli, "verify", "users", "sha", "--json", stdin="x")
    unknown = htpasswd(cli, "verify", "users", "shb", "--json", stdin="x")
    assert (wrong.code, unknown.code) == (3, 3)
    assert wrong.out.replace('"sha"', '"shb"') == unknown.out
    assert wrong.err == unknown.err


def test_users_are_listed_with_what_the_policy_says(cli: Cli, file: Path) -> None:
    file.write_text(f"{APACHE}odd:x\n")
    assert htpasswd(cli, "list", "users", stdin=None).out == "bcrypt\napr1\nsha\nodd\n"
    rows = cli.ok("password", "htpasswd", "list", "users", "--jsonl").splitlines()
    found = [json.loads(row) for row in rows]
    assert [(row["scheme"], row["line"], row["code"]) for row in found] == [
        ("bcrypt", 2, "password.hash-weak"),
        ("apr1", 3, "password.hash-broken"),
        ("ldap-sha", 4, "password.hash-broken"),
        (None, 5, "password.hash-malformed"),
    ]
    assert "WbqNda" not in "".join(rows)


def test_removing_asks_and_takes_that_user_alone(cli: Cli, file: Path) -> None:
    assert str(htpasswd(cli, "remove", "users", "apr1", stdin=None)) == (
        "exit: 2\n--- stdout\n--- stderr\n"
        "error: nobody to answer: remove apr1 from users?\nhint: add --yes\n"
    )
    assert htpasswd(cli, "remove", "users", "apr1", "-n").out == "would remove apr1\n"
    assert file.read_text() == APACHE
    assert htpasswd(cli, "rm", "users", "apr1", "--yes").out == "apr1\n"
    assert file.read_text() == "".join(
        line for line in APACHE.splitlines(keepends=True) if not line.startswith("apr1")
    )
    assert file.stat().st_mode & 0o777 == 0o640
    gone = htpasswd(cli, "remove", "users", "apr1", "--yes")
    assert str(gone) == (
        "exit: 7\n--- stdout\n--- stderr\nerror: there is no user 'apr1' in users\n"
        "hint: authcli password htpasswd list FILE shows who there is\n"
    )


def test_eight_commands_at_once_lose_nobody(cli: Cli) -> None:
    def add(number: int) -> Result:
        return htpasswd(cli, "add", "users", f"user{number}", "-C", "4", "-q")

    with ThreadPoolExecutor(8) as pool:
        assert [result.code for result in pool.map(add, range(16))] == [0] * 16
    names = cli.ok("password", "htpasswd", "list", "users").splitlines()
    assert sorted(names) == sorted(f"user{number}" for number in range(16))


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("add", "users", "a:b"), 2, "holds a colon"),
        (("add", "users", ""), 2, "an argument is empty"),
        (("add", "users", "alice", "-C", "3"), 2, "--cost 3 is out of the bounds of bcrypt"),
        (("add", "users", "alice", "--rounds", "9"), 2, "bcrypt has no --rounds"),
        (("add", "users", "alice", "--scheme", "apr1"), 2, "read and verified, and not made"),
        (("add", "users", "alice", "--scheme", "rot13"), 2, "there is no scheme 'rot13'"),
        (("add", ".", "alice"), 2, "it is a folder"),
        (("add", "none/users", "alice", "-C4"), 2, "no such file"),
        (("verify", "none", "alice"), 2, "no such file"),
        (("verify", "users", "alice", "secret"), 2, "needs a source"),
        (("list", "/dev/null"), 2, "no regular file"),
        (("remove", "users"), 2, "missing argument 'USER'"),
    ],
)
def test_what_cannot_be_is_one_clear_error(
    cli: Cli, file: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    result = htpasswd(cli, *words)
    assert (result.code, result.out) == (code, "")
    assert said in result.err
    assert "secret" not in result.err
    assert file.read_text() == APACHE


def test_schemes_that_apache_does_not_know_are_warned_of(cli: Cli) -> None:
    result = htpasswd(cli, "add", "users", "alice", "--scheme", "pbkdf2-sha256", "--rounds", "1000")
    assert result.code == 0
    assert "warning: Apache does not verify pbkdf2-sha256" in result.err


def test_on_a_terminal_the_password_is_asked_for_twice(cli: Cli) -> None:
    command = cli.command("password", "htpasswd", "add", "users", "alice", "-C", "4")
    env = cli.environment({"TERM": "xterm", "NO_COLOR": "1"})
    shown = pexpect.spawn(
        command[0], command[1:], env=env, cwd=str(cli.home), encoding="utf-8", timeout=20
    )
    shown.expect("password: ")
    shown.sendline("hunter22")
    shown.expect("password again: ")
    shown.sendline("hunter22")
    shown.expect(pexpect.EOF)
    assert "hunter22" not in shown.before
    assert "alice: added" in shown.before
    shown.close()
    assert htpasswd(cli, "verify", "users", "alice", stdin="hunter22").code == 0


def test_a_group_within_a_group_is_one_everywhere(cli: Cli) -> None:
    """Help, TAB, aliases, the common flags before and after, and typing errors."""
    shown = cli.ok("password", "htpasswd", "--help")
    assert shown.startswith("Usage: authcli password htpasswd ")
    for verb in ("add", "verify", "remove", "list"):
        assert f"\n  {verb} " in shown
        assert cli.ok("pw", "htpasswd", verb, "-h").startswith(
            f"Usage: authcli password htpasswd {verb} "
        )
        assert [verb] == [line.split("\t")[0] for line in complete(["password", "htpasswd", verb])]
    bare = cli("password", "htpasswd")
    assert (bare.code, bare.out) == (2, "")
    assert bare.err.startswith("Usage: authcli password htpasswd ")
    assert cli("password", "htpasswd", "lst").err == (
        "error: no such command 'lst'. Did you mean 'list'?\n"
        "hint: see: authcli password htpasswd --help\n"
    )
    (cli.home / "users").write_text(APACHE)
    for words in (("-j", "password", "htpasswd", "list"), ("password", "-j", "htpasswd", "ls")):
        assert json.loads(cli.ok(*words, "users"))["schema"] == "authcli/password.htpasswd.list/1"
    flagged = ("password", "htpasswd", "--field", "user", "list", "users")
    assert cli.ok(*flagged) == "bcrypt\napr1\nsha"
    context = _tree.root()
    for word in ("password", "htpasswd", "remove"):
        context = _tree.child(context, word)
    assert context.command_path == "authcli password htpasswd remove"
