"""`authcli apikey verify`: the verdict, for a script, a program and a person."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pexpect
import pytest

from authcli.apikeys import verifying
from authcli.apikeys.issuing import Draft, issue_many
from authcli.apikeys.text import build, new_id, new_secret
from authcli.apikeys.uses import Uses
from authcli.cli._feed import Block
from authcli.cli._run import Run
from authcli.cli._store import Place
from authcli.cli.apikey._bulk import Judging
from authcli.cli.apikey._verdict import Asked
from authcli.errors import Unavailable
from authcli.store import open_store
from tests.cli.harness import Cli
from tests.requirements import require

STORE = ".local/share/authcli/authcli.db"
CHECKS = [
    *("format", "checksum", "known", "revoked", "disabled", "time"),
    *("address", "scope", "rate", "quota"),
]


@contextmanager
def changed(cli: Cli) -> Iterator[sqlite3.Connection]:
    """The database, for changes that time or another process would make."""
    with closing(sqlite3.connect(cli.home / STORE)) as database, database:
        yield database


def issued(cli: Cli, *words: str, name: str = "ci") -> str:
    return cli.ok("apikey", "issue", name, "-q", *words)


def id_of(key: str) -> str:
    return f"ak_{key[-60:-49]}"


def unknown() -> str:
    return build(prefix="ak_live", key_id=new_id(now_ms=1_800_000_000_000), secret=new_secret())


def test_a_valid_key_prints_its_id(cli: Cli) -> None:
    key = issued(cli)
    assert str(cli("apikey", "verify", key)) == f"exit: 0\n--- stdout\n{id_of(key)}\n--- stderr\n"


@pytest.mark.parametrize(
    "form",
    [
        "{}", " {}\r\n", "'{}'", '"{}"', "Bearer {}", "bearer {}", "Authorization: Bearer {}",
        "authorization:Bearer {}", "X-API-Key: {}", "x-api-key:{}", '"Bearer {}"\n',
    ],
)  # fmt: skip
def test_the_header_that_it_came_in_is_left_out(cli: Cli, form: str) -> None:
    key = issued(cli)
    text = form.format(key)
    (cli.home / "key").write_bytes(text.encode())
    expected = f"exit: 0\n--- stdout\n{id_of(key)}\n--- stderr\n"
    assert str(cli("apikey", "verify", text)) == expected
    if form == "{}":
        assert str(cli("apikey", "verify", "-", stdin=text)) == expected
        assert str(cli("apikey", "verify", stdin=text)) == expected
        assert str(cli("apikey", "verify", "@key")) == expected


@pytest.mark.parametrize(
    "text",
    [
        "env:HOME", "cmd:id", "fd:0", "literal:x", "https://x.example/k", "store:k", "/etc/passwd",
        "Basic {}", "Authorization: Basic {}", "ApiKey {}", "Cookie: {}", "{} x", "x{}", "{}0",
        "AK_LIVE_x", "a" * 100_000, "\x00", "\U0001f600",
        "{}".replace("_", "\uff3f"), "ak_live_" + "\u0661" * 60,
    ],
)  # fmt: skip
def test_nothing_else_is_and_no_prefix_means_anything(cli: Cli, text: str) -> None:
    """What is under test is a stranger's: it reads no variable, runs nothing, opens nothing."""
    key = issued(cli)
    given = text.replace("{}", key) if text != "{}" else key.replace("_", "\uff3f")
    result = cli("apikey", "verify", stdin=given)
    assert (result.code, result.out) == (3, ""), str(result)
    assert key[-49:-6] not in result.err


def test_what_was_meant_otherwise_is_hinted_at(cli: Cli) -> None:
    key = issued(cli)
    (cli.home / "keys.txt").write_text(f"{key}\n{key}\n")
    assert "hint: several keys, one a line? add --lines" in cli("apikey", "verify", "@keys.txt").err
    variable = cli("apikey", "verify", "env:KEY")
    assert (variable.code, variable.out) == (3, "")
    assert "hint: the key under test is text, - or @FILE" in variable.err


def test_a_field_that_no_verdict_has_spends_nothing(cli: Cli) -> None:
    key = issued(cli, "--quota", "1")
    assert cli("apikey", "verify", key, "--field", "nope").code == 2
    assert cli.ok("apikey", "verify", key, "--field", "remaining") == "0"


def test_nothing_is_a_usage_error(cli: Cli) -> None:
    issued(cli)
    for stdin in ("", "\n", "  ", "Bearer ", "''"):
        assert cli("apikey", "verify", stdin=stdin).code == 2
    assert cli("apikey", "verify", "").code == 2
    assert cli("apikey", "verify", "@missing").code == 2


def test_a_mistyped_key_needs_no_store(cli: Cli) -> None:
    key = unknown()
    mistyped = key[:20] + ("a" if key[20] != "a" else "b") + key[21:]
    for text, code in ((mistyped, "apikey.checksum"), ("a b", "apikey.malformed")):
        result = cli("apikey", "verify", text, "--json", "--store", "sqlite:nowhere.db")
        assert (result.code, json.loads(result.out)["code"]) == (3, code)
    verdict = json.loads(cli("apikey", "verify", mistyped, "--json").out)
    assert [check["status"] for check in verdict["checks"][:3]] == ["pass", "fail", "skipped"]
    cut = cli("apikey", "verify", key[:-3])
    assert (cut.code, cut.out) == (3, "")
    assert "too short" in cut.err
    assert not (cli.home / ".local").exists()


def test_a_fresh_machine_says_that_there_is_no_store(cli: Cli) -> None:
    result = cli("apikey", "verify", unknown())
    assert (result.code, result.out) == (9, "")
    assert "hint: authcli store init" in result.err
    assert not (cli.home / ".local").exists()


def test_unknown_ids_and_wrong_secrets_read_alike(cli: Cli) -> None:
    """Whoever guesses learns nothing of which ids there are, nor whose they are."""
    key = issued(cli, "--owner", "alice")
    from authcli.apikeys.text import parse

    forged = build(prefix="ak_live", key_id=parse(key).id, secret=new_secret())
    results = [cli("apikey", "verify", text, "--json") for text in (forged, unknown())]
    assert [result.code for result in results] == [3, 3]
    assert results[0].out == results[1].out
    assert results[0].err == results[1].err
    assert "alice" not in results[0].out


REFUSALS = {
    "revoked_at = 1": (5, "apikey.revoked", "revoked"),
    "disabled_at = 1": (5, "apikey.disabled", "disabled"),
    "expires_at = 1": (4, "apikey.expired", "time"),
    "not_before = 9000000000000": (4, "apikey.not-yet", "time"),
    "grace_until = 1": (4, "apikey.superseded", "time"),
    "cidrs = '10.0.0.0/8'": (6, "apikey.address", "address"),
    "scopes = 'write'": (6, "apikey.scope", "scope"),
    # Several reasons: the first of 3, 5, 4, 6.
    "revoked_at = 1, expires_at = 1, scopes = ''": (5, "apikey.revoked", "revoked"),
    "disabled_at = 1, expires_at = 1": (5, "apikey.disabled", "disabled"),
    "expires_at = 1, cidrs = '10.0.0.0/8', scopes = ''": (4, "apikey.expired", "time"),
}


@pytest.mark.parametrize("change", REFUSALS)
def test_a_refusal_has_its_exit_code_and_its_check(cli: Cli, change: str) -> None:
    code, name, check = REFUSALS[change]
    key = issued(cli, "--scope", "read:*", "--owner", "alice", "--cidr", "192.0.2.0/24")
    words = ("apikey", "verify", key, "--scope", "read:a", "--ip", "192.0.2.7")
    assert cli(*words).code == 0
    with changed(cli) as database:
        database.execute(f"UPDATE api_keys SET {change}")
    plain = cli(*words)
    assert (plain.code, plain.out) == (code, "")
    assert f"FAIL  {check}" in plain.err
    assert "error: " in plain.err
    result = cli(*words, "--json")
    found = json.loads(result.out)
    assert (result.code, found["valid"], found["code"]) == (code, False, name)
    statuses = {row["name"]: row["status"] for row in found["checks"]}
    position = CHECKS.index(check)
    assert [*statuses] == CHECKS
    assert {statuses[one] for one in CHECKS[:position]} == {"pass"}
    assert [statuses[one] for one in CHECKS[position:]] == ["fail"] + ["skipped"] * (
        len(CHECKS) - position - 1
    )
    assert (found["id"], found["name"], found["owner"]) == (id_of(key), "ci", "alice")
    assert "remaining" not in found
    assert json.loads(result.err)["error"]["exit"] == code


def test_the_verdict_on_a_valid_key_as_json(cli: Cli) -> None:
    key = issued(cli, "--scope", "a b:*", "--quota", "3", "--expires", "2099-01-01")
    found = json.loads(cli.ok("apikey", "verify", key, "--json", "--scope", "b:c a"))
    assert [row["name"] for row in found.pop("checks")] == CHECKS
    assert found == {
        "schema": "authcli/apikey.verify/1", "valid": True, "code": None, "id": id_of(key),
        "name": "ci", "owner": None, "environment": "live", "scopes": ["a", "b:*"],
        "expires_at": "2099-01-01T00:00:00Z", "remaining": 2,
    }  # fmt: skip


def test_fields_of_a_verdict(cli: Cli) -> None:
    key = issued(cli, "--owner", "alice")
    assert cli.ok("apikey", "verify", key, "--field", "owner", "--field", "valid") == "alice\ttrue"
    refused = cli("apikey", "verify", unknown(), "--field", "owner")
    assert (refused.code, refused.out) == (3, "")
    assert cli("apikey", "verify", unknown(), "--field", "code").out == "apikey.unknown\n"
    assert cli("apikey", "verify", unknown(), "--field", "nonsense").code == 2


@pytest.mark.parametrize("words", [("--scope", ""), ("--scope", " "), ("--ip", "x"), ("--ip", ""),
                                   ("--scope", 'a"b'), ("--jobs", "2"), ("--fail-fast",),
                                   ("--store", ""), ("--now", "x")])  # fmt: skip
def test_what_cannot_be_asked_is_a_usage_error(cli: Cli, words: tuple[str, ...]) -> None:
    key = issued(cli)
    assert cli("apikey", "verify", key, *words).code == 2


def test_a_rate_and_a_quota_are_kept_and_peeking_spends_nothing(cli: Cli) -> None:
    rated, limited = issued(cli, "--rate", "2/1h"), issued(cli, "--quota", "2")
    for key in (rated, limited):
        assert [cli("apikey", "verify", key, "--peek").code for _ in range(3)] == [0, 0, 0]
        assert [cli("apikey", "verify", key).code for _ in range(3)] == [0, 0, 6]
        assert cli("apikey", "verify", key, "--peek").code == 6


def test_a_use_is_counted_after_the_answer(cli: Cli) -> None:
    key = issued(cli)
    cli.ok("apikey", "verify", key, "--ip", "192.0.2.7")
    cli.ok("apikey", "verify", key, "--peek")
    with changed(cli) as database:
        assert database.execute("SELECT outcome, n FROM api_key_usage").fetchall() == [("ok", 1)]
        assert database.execute("SELECT last_used_ip FROM api_keys").fetchall() == [("192.0.2.7",)]


def test_a_revocation_elsewhere_is_seen_at_once(cli: Cli) -> None:
    key = issued(cli)
    assert cli("apikey", "verify", key).code == 0
    with open_store(str(cli.home / STORE)) as store:
        from authcli.apikeys.revocation import revoke
        from authcli.apikeys.text import parse

        revoke(store.api_keys, [parse(key).id])
        assert cli("apikey", "verify", key).code == 5  # while that process is still there


def test_dates_follow_the_overridden_clock(cli: Cli) -> None:
    key = issued(cli, "--expires", "90d")
    result = cli("apikey", "verify", key, "--now", "2099-01-01", "--json")
    assert (result.code, json.loads(result.out)["clock"]) == (4, "overridden")


def test_a_busy_store_delays_no_answer(cli: Cli) -> None:
    """Statistics never decide: the answer is there while another process holds the store."""
    key = issued(cli)
    with closing(sqlite3.connect(cli.home / STORE, isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        process = subprocess.Popen(
            cli.command("apikey", "verify", key),
            cwd=cli.home, env=cli.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout is not None
        answer = process.stdout.readline()
        database.execute("ROLLBACK")
    process.communicate(timeout=20)
    assert (process.returncode, answer.decode()) == (0, f"{id_of(key)}\n")
    with changed(cli) as database:
        assert database.execute("SELECT n FROM api_key_usage").fetchall() == [(1,)]


def test_a_stdout_that_fails_is_said(cli: Cli) -> None:
    key = issued(cli)
    done = subprocess.run(
        ["bash", "-c", '"$@" >/dev/full', "bash", *cli.command("apikey", "verify", key)],
        cwd=cli.home, env=cli.environment(), capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (
        1,
        "error: cannot write stdout: no space left on device\n",
    )


def test_a_terminal_shows_whose_key_it_is(cli: Cli) -> None:
    key = issued(cli, "--scope", "read:invoices", "--owner", "al\u202eice", "--quota", "5")
    command, *words = cli.command("apikey", "verify", key)
    child = pexpect.spawn(
        command, words, env=cli.environment({"TERM": "xterm", "NO_COLOR": "1"}),
        cwd=str(cli.home), encoding="utf-8", timeout=30, dimensions=(40, 100),
    )  # fmt: skip
    child.expect(pexpect.EOF)
    lines = child.before.replace("\r", "").splitlines()
    assert lines[0] == "valid"
    assert [line.split()[0] for line in lines[1:]] == [
        *("id", "name", "owner", "scopes", "expires", "remaining"),
    ]
    assert "al\\u202eice" in lines[3]
    assert "\u202e" not in child.before


def test_lines_keep_their_order_and_bad_ones_their_number(cli: Cli) -> None:
    keys = cli.ok("apikey", "issue", "d", "-q", "--count", "5").split()
    lines = [keys[0], "bad", f"Bearer {keys[1]}", "", unknown(), f'"{keys[2]}"\r']
    (cli.home / "keys").write_bytes("\n".join(lines).encode())
    result = cli("apikey", "verify", "--lines", "@keys")
    assert result.code == 3
    assert result.out.split() == [id_of(key) for key in keys[:3]]
    said = result.err.splitlines()
    assert [line.split(":")[1].strip() for line in said[:3]] == ["line 2", "line 4", "line 5"]
    assert said[3] == "error: 3 rejected of 6 lines"
    rows = cli("apikey", "verify", "--lines", "@keys", "--field", "line", "--field", "code",
               "--field", "name").out  # fmt: skip
    assert rows.splitlines()[0].split("\t")[2] == "d"
    assert rows.splitlines()[1] == "2\tapikey.malformed\t"
    found = [
        json.loads(line)
        for line in cli("apikey", "verify", "--lines", "@keys", "--jsonl").out.splitlines()
    ]
    assert [item["valid"] for item in found] == [True, False, True, False, False, True]
    first = cli("apikey", "verify", "--lines", "@keys", "--fail-fast")
    assert first.out.split() == [id_of(keys[0])]


def test_many_lines_by_several_processes(cli: Cli) -> None:
    """Each opens the store itself; all uses are counted, and the order is the input's."""
    keys = cli.ok("apikey", "issue", "d", "-q", "--count", "3000").split()
    (cli.home / "keys").write_text("\n".join(keys * 2) + "\n")
    result = cli("apikey", "verify", "--lines", "@keys", "--jobs", "3")
    assert result.code == 0, result.err[-500:]
    assert result.out.split() == [id_of(key) for key in keys] * 2
    with changed(cli) as database:
        assert database.execute("SELECT sum(n) FROM api_key_usage").fetchall() == [(6000,)]


def test_a_rate_is_exact_over_many_lines(cli: Cli) -> None:
    key = issued(cli, "--rate", "100/1h")
    result = cli("apikey", "verify", "--lines", "--jobs", "2", stdin=f"{key}\n" * 8000)
    assert result.code == 6
    assert len(result.out.split()) == 100


def test_a_store_that_is_busy_midway_takes_no_answers_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the batches before it spent is spent: their lines are said to be what they are."""
    with open_store(f"sqlite:///{tmp_path}/auth.db", create=True) as store:
        parts = [str(key.text) for key in issue_many(store.api_keys, Draft("ci"), count=600)]
        judging = Judging(Run("apikey.verify"), Place("", True, {}, "", "", ""), Asked())
        judging._opened[os.getpid()] = (store, Uses())
        verify_many = verifying.verify_many

        def busy(keys: Any, texts: list[str], **options: Any) -> Any:
            if texts[0] != parts[0]:
                raise Unavailable("busy", code="store.locked")
            return verify_many(keys, texts, **options)

        monkeypatch.setattr(verifying, "verify_many", busy)
        items = list(judging(Block(1, 600, "\n".join(parts).encode())))
    assert [item.error is None for item in items] == [True] * 512 + [False] * 88


def test_lines_without_a_store_say_so_once(cli: Cli) -> None:
    result = cli("apikey", "verify", "--lines", stdin=f"{unknown()}\n" * 3)
    assert (result.code, result.out) == (9, "")
    assert result.err.count("error:") == 1


def test_a_store_that_cannot_be_written_still_verifies(cli: Cli) -> None:
    """Uses are not counted, and a note says so; a key with a quota cannot be held to it."""
    plain, limited = issued(cli), issued(cli, "--quota", "5")
    folder = (cli.home / STORE).parent
    # Root may write everywhere, unless these are taken from it.
    less = "-dac_override,-dac_read_search"
    words = [require("setpriv"), f"--bounding-set={less}", f"--inh-caps={less}"]

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*(words if os.geteuid() == 0 else []), *cli.command(*arguments)],
            cwd="/", env=cli.environment(), capture_output=True, text=True,
        )  # fmt: skip

    with closing(sqlite3.connect(cli.home / STORE)) as reader:  # so that the -shm file is there
        reader.execute("SELECT 1 FROM api_keys").fetchall()
        for path in (*folder.iterdir(), folder):
            path.chmod(0o500 if path.is_dir() else 0o400)
        try:
            done = run("apikey", "verify", plain)
            refused = run("apikey", "verify", limited)
            many = run("apikey", "verify", "--lines", "@/dev/stdin")
        finally:
            folder.chmod(0o700)
    assert (done.returncode, done.stdout) == (0, f"{id_of(plain)}\n"), done.stderr
    assert done.stderr == "note: uses are not counted, because the store cannot be written\n"
    assert (refused.returncode, refused.stdout) == (9, ""), refused.stderr
    assert many.returncode == 2  # no lines came; and no traceback
