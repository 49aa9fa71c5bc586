"""`authcli store`: transcripts of every verb; what is asked, refused and left behind."""

from __future__ import annotations

import json
import os
import resource
import sqlite3
import stat
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pexpect
import pytest

from authcli.store.migrate import NEWEST
from tests.cli.harness import Cli

DATA = ".local/share/authcli"
#: What schema 1 did not have; a table after those that refer to it.
LATER_TABLES = (
    *("refresh_tokens", "token_families", "issued_tokens"),
    *("revocation_state", "revocations"),
    *("key_publications", "signing_keys", "signing_rings"),
    *("recovery_codes", "otp_states"),
    *("rate_buckets", "api_key_usage", "api_key_quotas", "api_keys"),
)


@pytest.fixture
def key(cli: Cli) -> str:
    """A key of the default store."""
    return cli.ok("apikey", "issue", "ci", "-q")


def shown(cli: Cli, *arguments: str) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(cli.ok("store", *arguments, "--json"))
    return result


def names(cli: Cli) -> list[str]:
    return sorted(path.name for path in (cli.home / DATA).glob("*"))


def test_init_transcript(cli: Cli) -> None:
    """The second time it says so, and changes nothing."""
    made = cli("store", "init", "--store", "a.db")
    assert str(made) == (
        "exit: 0\n--- stdout\n--- stderr\nnote: made sqlite:a.db\n"
        f"note: its root keys are in {cli.home}/a.db.pepper, {cli.home}/a.db.audit-key:"
        " back them up too, elsewhere\n"
    )
    files = {path.name: path.read_bytes() for path in cli.home.glob("a.db.*")}
    assert str(cli("store", "init", "--store", "a.db")) == (
        "exit: 0\n--- stdout\n--- stderr\nnote: sqlite:a.db is there already\n"
    )
    assert files == {path.name: path.read_bytes() for path in cli.home.glob("a.db.*")}
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in cli.home.glob("a.db*"))
    facts = shown(cli, "init", "--store", "a.db")
    assert (facts["schema"], facts["changed"]) == ("authcli/store.init/1", False)
    assert shown(cli, "init", "--store", "b.db")["changed"] is True


def test_init_makes_a_store_on_a_server(cli: Cli, postgres_url: str) -> None:
    cli.env["AUTHCLI_STORE"] = postgres_url
    facts = shown(cli, "init")
    assert (facts["engine"], facts["changed"]) == ("postgresql", True)
    assert [Path(file).name for file in facts["root_files"]] == ["pepper", "audit-key"]
    assert shown(cli, "init")["changed"] is False
    text = cli.ok("apikey", "issue", "ci", "-q")
    assert cli.ok("apikey", "verify", text).startswith("ak_")
    assert shown(cli, "status")["usable"] is True


def test_a_lost_store_is_not_made_again_by_the_next_command(cli: Cli, key: str) -> None:
    """It would know no key; `store init` makes a new one, asks, and keeps what proves the loss."""
    path = cli.home / DATA / "authcli.db"
    path.unlink()
    before = names(cli)
    uses = [["issue", "x"], ["list"], ["show", "ci"], ["verify", key], ["revoke", "ci", "--yes"]]
    for arguments in (*(["apikey", *use] for use in uses), ["store", "status"]):
        refused = cli(*arguments, "--json")
        assert (arguments, refused.code) == (arguments, 9)
        assert json.loads(refused.err.splitlines()[-1])["error"]["code"] == "store.missing"
        assert "authcli store restore" in refused.err
    assert names(cli) == before
    unsaid = cli("store", "init")
    assert (unsaid.code, "add --yes" in unsaid.err) == (2, True)
    assert names(cli) == before
    made = cli("store", "init", "--yes")
    assert made.code == 0
    assert "authcli.db.audit-head, authcli.db.pepper, authcli.db.audit-key" in made.err
    (kept,) = [name for name in names(cli) if ".lost-" in name]
    assert f"what was there is in {cli.home / DATA / kept}" in made.err
    assert json.loads(cli.ok("audit", "verify"))["seq"] == 1
    cli.ok("apikey", "issue", "x", "-q")
    assert cli("apikey", "verify", key).code == 3


def test_a_lost_store_comes_back_from_a_backup(cli: Cli, key: str) -> None:
    cli.ok("store", "backup", "-o", "b.db")
    (cli.home / DATA / "authcli.db").write_bytes(b"")
    assert cli("apikey", "issue", "x").code == 9
    cli.ok("store", "restore", "b.db")
    cli.ok("apikey", "verify", key)


def test_root_keys_that_were_put_there_beforehand_are_taken_over(cli: Cli) -> None:
    pepper = cli.home / "a.db.pepper"
    pepper.write_text(cli.ok("key", "secret").strip() + "\n")
    before = pepper.read_bytes()
    made = cli("store", "init", "--store", "a.db")
    assert (made.code, pepper.read_bytes()) == (0, before)
    assert "root keys that are there are taken over: a.db.pepper" in made.err


@pytest.mark.parametrize("name", ["pepper", "audit-key"])
def test_a_root_keys_file_that_is_none_is_the_stores_fault(cli: Cli, key: str, name: str) -> None:
    """Exit 9, as where it is missing; a source that a setting names is a usage error."""
    path = cli.home / DATA / f"authcli.db.{name}"
    path.write_bytes(b"")
    uses = [["apikey", "issue", "x"], ["store", "status"]]
    uses.append(["apikey", "verify", key] if name == "pepper" else ["audit", "verify"])
    for use in uses:
        refused = cli(*use, "--json")
        assert (use, refused.code) == (use, 9)
        assert json.loads(refused.err.splitlines()[-1])["error"]["code"] == "root.damaged"
    cli.env[f"AUTHCLI_{'PEPPER' if name == 'pepper' else 'AUDIT_KEY'}"] = f"@{path}"
    assert cli(*uses[-1]).code == 2


def test_status_says_that_the_row_of_a_root_key_is_lost(cli: Cli, key: str) -> None:
    with closing(sqlite3.connect(cli.home / DATA / "authcli.db")) as plain, plain:
        plain.execute("DELETE FROM root_keys WHERE root = 'pepper'")
    found = cli("store", "status", "--json")
    codes = [(one["code"], one["subject"]) for one in json.loads(found.out)["findings"]]
    assert (found.code, codes[0]) == (9, ("root.missing", "pepper"))
    with closing(sqlite3.connect(cli.home / DATA / "authcli.db")) as plain, plain:
        plain.execute("UPDATE root_keys SET check_mac = 'é'")
    found = cli("store", "status", "--json")
    codes = [(one["code"], one["subject"]) for one in json.loads(found.out)["findings"]]
    assert (found.code, ("store.corrupt", "audit") in codes) == (9, True)


def test_a_key_that_cannot_be_read_leaves_no_words_of_pythons(cli: Cli, key: str) -> None:
    with closing(sqlite3.connect(cli.home / DATA / "authcli.db")) as plain, plain:
        plain.execute("UPDATE api_keys SET metadata = 'zz', name = 'ci'")
    assert "Exception ignored" not in cli("apikey", "show", "ci").err
    with closing(sqlite3.connect(cli.home / DATA / "authcli.db")) as plain, plain:
        plain.execute("UPDATE api_keys SET metadata = '{}', owner = CAST(x'fffe80' AS text)")
    refused = cli("apikey", "list", "--json")
    assert refused.code == 9
    assert json.loads(refused.err.splitlines()[-1])["error"]["code"] == "store.corrupt"


def test_a_limit_of_file_sizes_is_no_failing_disk(cli: Cli, key: str) -> None:
    """Not even the first byte of the files beside the database can be written."""
    done = subprocess.run(
        cli.command("apikey", "issue", "x"),
        env=cli.environment(),
        cwd=cli.home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)),
        text=True,
    )
    assert done.returncode == 9
    assert "no room for" in done.stderr


def test_status_of_a_healthy_store(cli: Cli, key: str) -> None:
    facts = shown(cli, "status")
    assert facts["schema"] == "authcli/store.status/1"
    expected = {"engine": "sqlite", "schema_number": NEWEST, "writable": True, "integrity": "ok"}
    assert {name: facts[name] for name in expected} == expected
    assert facts["keys"]["live"] == 1
    assert {file["mode"] for file in facts["files"]} == {"0600"}
    page = cli("store", "status")
    assert (page.code, page.err) == (0, "")
    for line in ("API keys     1 live", "writing      works", "integrity    ok"):
        assert line in page.out


def test_status_of_what_cannot_be_used(cli: Cli, key: str) -> None:
    """Exit 9 with the reason, and the whole page or object on stdout all the same."""
    assert cli("store", "status", "--store", "nothing.db").code == 9
    (cli.home / DATA / "authcli.db.pepper").unlink()
    found = cli("store", "status", "--json")
    assert found.code == 9
    facts = json.loads(found.out)
    assert facts["usable"] is False
    assert next(finding["code"] for finding in facts["findings"]) == "root.missing"
    assert json.loads(found.err.splitlines()[-1])["error"]["code"] == "root.missing"
    page = cli("store", "status")
    assert page.code == 9
    assert "pepper key   1 needed, and none is held" in page.out
    assert "authcli.db.pepper" not in page.out  # what the error says is not said twice
    assert page.err.startswith("error: the pepper, which keys the digests of API keys, is not")


def test_status_says_that_a_server_was_not_checked(cli: Cli, postgres_url: str) -> None:
    cli.env["AUTHCLI_STORE"] = postgres_url
    cli.ok("store", "init")
    assert shown(cli, "status", "--full")["integrity"] is None
    assert "integrity   not checked: the server answers" in cli("store", "status", "--full").out


def test_status_of_a_store_with_nothing_to_back_up(cli: Cli) -> None:
    cli.ok("store", "init")
    assert "backup" not in cli.ok("store", "status")
    cli.ok("apikey", "issue", "ci", "-q")
    assert "last backup  none known" in cli.ok("store", "status")


def test_status_after_tampering_does_not_say_that_the_audit_is_sound(cli: Cli, key: str) -> None:
    """It looks at the end alone, and says who looks at all of it."""
    with closing(sqlite3.connect(cli.home / DATA / "authcli.db")) as plain, plain:
        plain.execute("UPDATE audit_events SET actor = 'nobody' WHERE seq = 1")
    assert cli("audit", "verify").code == 3
    page = cli.ok("store", "status")
    assert "its end agrees with the copy outside (audit verify looks at every event)" in page
    (cli.home / DATA / "authcli.db.audit-head").write_text("junk")
    page = cli.ok("store", "status")
    assert "its end and the copy of it outside do not agree" in page
    assert "authcli.db.audit-head is no copy of an audit's head" in page


def test_status_fits_the_terminal(cli: Cli, key: str) -> None:
    """A finding is folded between words, so that its path can be copied."""
    (cli.home / DATA / "authcli.db.audit-head").write_text("junk")
    *_, warning, hint, note, command = _typed(cli, "store", "status", width=60)
    assert warning.endswith("an audit's head")
    assert hint == "    hint: authcli audit verify"
    assert note == "  note: no backup is known of"
    assert command == "    hint: authcli store backup -o FILE"


def _typed(cli: Cli, *arguments: str, width: int = 80) -> list[str]:
    """Return the lines that a command writes to a terminal, without colour."""
    command, *words = cli.command(*arguments)
    child = pexpect.spawn(
        command,
        words,
        env=cli.environment() | {"NO_COLOR": "1"},
        cwd=str(cli.home),
        encoding="utf-8",
        timeout=30,
        dimensions=(24, width),
    )
    out = child.read()
    child.close()
    assert child.exitstatus == 0
    return out.splitlines()


def test_what_is_wrong_beside_a_change_is_said_once(cli: Cli, key: str) -> None:
    (cli.home / DATA / "authcli.db.audit-head").write_text("junk")
    cli.ok("apikey", "revoke", "ci", "--yes")
    for arguments in (
        ("gc", "--yes", "--now", "+200d"),
        ("rekey", "--pepper"),
        ("copy", "--to", "copy.db", "--with-roots"),
    ):
        done = cli("store", *arguments)
        assert done.code == 0
        assert (
            done.err.count("authcli.db.audit-head, the copy of the audit's head, is no copy") == 1
        )
    assert "authcli.db.audit-head is no copy of an audit's head" in cli("audit", "verify").err
    (cli.home / DATA / "authcli.db.pepper").chmod(0o644)
    assert cli("store", "init").err.count("others can read") <= 1


def test_status_check(cli: Cli, key: str) -> None:
    """Exit 10 is only for who asked for it."""
    assert cli("store", "status", "--check").code == 0
    (cli.home / DATA / "authcli.db").chmod(0o644)
    assert cli("store", "status").code == 0
    found = cli("store", "status", "--check")
    assert found.code == 10
    assert f"chmod 600 {cli.home}/{DATA}/authcli.db" in found.err


def test_backup_transcript(cli: Cli, key: str) -> None:
    done = cli("store", "backup", "-o", "b.db")
    assert str(done) == (
        "exit: 0\n--- stdout\n--- stderr\nnote: wrote b.db: 1 API key, 2 events\n"
        "warning: the backup lacks the audit key and the pepper; keep them elsewhere too,"
        " or add --roots FILE\n"
    )
    assert stat.S_IMODE((cli.home / "b.db").stat().st_mode) == 0o600
    assert cli("store", "backup", "-o", "b.db").code == 8
    assert shown(cli, "backup", "-o", "b.db", "--force")["lacks"] == ["audit", "pepper"]
    assert cli("store", "backup").code == 2
    assert shown(cli, "status")["last_backup_at"] is not None
    own = cli("store", "backup", "-o", f"{DATA}/authcli.db", "--force")
    assert own.code == 2
    assert "is the store itself" in own.err


def test_backup_and_restore_with_root_keys(cli: Cli, key: str) -> None:
    """Another machine has two files and a passphrase, and the keys verify."""
    cli.env["PW"] = "open sesame"
    roots = ("--roots", "roots", "--passphrase", "env:PW")
    done = cli("store", "backup", "-o", "b.db", *roots)
    assert done.code == 0
    assert "warning" not in done.err
    assert stat.S_IMODE((cli.home / "roots").stat().st_mode) == 0o600
    lacking = cli("store", "restore", "b.db", "--store", "new.db", "--yes")
    assert lacking.code == 9
    assert "error: the audit key and the pepper of this backup are not held here" in lacking.err
    assert "add --roots FILE, or put their files beside the store" in lacking.err
    assert not list(cli.home.glob("new.db*"))
    wrong = cli("store", "restore", "b.db", "--roots", "roots", "--passphrase", "literal:no")
    assert wrong.code == 2
    facts = shown(cli, "restore", "b.db", "--store", "new.db", *roots)
    assert (facts["changed"], facts["roots"], facts["kept"]) == (True, ["audit", "pepper"], None)
    assert cli.ok("apikey", "verify", key, "--store", "new.db").startswith("ak_")
    assert cli("audit", "verify", "--store", "new.db").code == 0


def test_restore_says_what_would_be_lost_and_asks(cli: Cli, key: str) -> None:
    cli.ok("store", "backup", "-o", "b.db")
    assert "authcli.db: nothing would be lost\n" in cli("store", "restore", "b.db").err
    later = cli.ok("apikey", "issue", "later", "-q")
    cli.ok("apikey", "revoke", "ci", "--yes")
    unasked = cli("store", "restore", "b.db")
    assert unasked.code == 2
    assert "hint: add --yes" in unasked.err
    for line in (
        "authcli.db: 2 events since would be lost from its audit",
        "1 API key issued since would be unknown",
        "1 API key revoked or disabled since would live again",
    ):
        assert line in unasked.err
    assert cli("apikey", "verify", later).code == 0
    plan = shown(cli, "restore", "b.db", "--dry-run")
    assert (plan["changed"], plan["lost_events"]) == (False, 2)
    assert cli("apikey", "verify", later).code == 0
    done = shown(cli, "restore", "b.db", "--yes")
    assert done["changed"] is True
    assert cli("apikey", "verify", later).code == 3
    assert cli("apikey", "verify", key).code == 0
    assert cli("audit", "verify").code == 0
    # What was there is kept, and can be put back in its turn.
    assert stat.S_IMODE(Path(done["kept"]).stat().st_mode) == 0o600
    cli.ok("store", "restore", done["kept"], "--yes")
    assert cli("apikey", "verify", later).code == 0
    assert cli("apikey", "verify", key).code == 5


def test_restore_refuses_what_is_not_ours(cli: Cli, key: str) -> None:
    """The old state is whole after each of them."""
    cli.ok("store", "backup", "-o", "sound.db")
    cli.ok("store", "init", "--store", "other.db")
    cli.ok("store", "backup", "--store", "other.db", "-o", "other-backup.db")
    (cli.home / "text").write_text("hello")
    (cli.home / "cut.db").write_bytes((cli.home / "sound.db").read_bytes()[:50_000])
    with closing(sqlite3.connect(cli.home / "forged.db")) as forged, forged:
        with closing(sqlite3.connect(cli.home / "sound.db")) as sound, sound:
            sound.backup(forged)
        forged.execute("UPDATE audit_events SET actor = 'nobody'")
    for file, code, said in (
        ("missing", 2, "there is no backup missing"),
        ("text", 2, "text is not a backup that can be restored"),
        ("cut.db", 2, "cut.db is not a backup that can be restored"),
        ("forged.db", 3, "the audit of forged.db does not verify (audit.row)"),
        ("other-backup.db", 9, "the audit key and the pepper of this backup are not held here"),
        (f"{DATA}/authcli.db", 2, "is the store itself"),
    ):
        found = cli("store", "restore", file, "--yes")
        assert (found.code, said in found.err) == (code, True), found
        assert cli("apikey", "verify", key).code == 0
    forced = cli("store", "restore", "forged.db", "--yes", "--force")
    assert forced.code == 0
    assert cli("audit", "verify").code == 3


def test_a_backup_of_another_store_needs_force(cli: Cli, key: str) -> None:
    cli.env["P"], cli.env["A"] = "p" * 43, "a" * 43
    cli.env |= {"AUTHCLI_PEPPER": "env:P", "AUTHCLI_AUDIT_KEY": "env:A"}
    for name in ("a.db", "b.db"):
        cli.ok("store", "init", "--store", name)
    cli.ok("store", "backup", "--store", "b.db", "-o", "backup")
    refused = cli("store", "restore", "backup", "--store", "a.db", "--yes")
    assert refused.code == 8
    assert "is a backup of another store" in refused.err
    assert cli("store", "restore", "backup", "--store", "a.db", "--yes", "--force").code == 0


def test_restore_of_a_damaged_store_moves_it_aside(cli: Cli, key: str) -> None:
    cli.ok("store", "backup", "-o", "b.db")
    store = cli.home / DATA / "authcli.db"
    store.write_bytes(b"damaged" * 2000)
    assert cli("apikey", "verify", key).code == 9
    assert cli("store", "restore", "b.db").code == 2
    assert store.read_bytes() == b"damaged" * 2000
    facts = shown(cli, "restore", "b.db", "--yes")
    assert Path(facts["kept"]).read_bytes() == b"damaged" * 2000
    assert cli("apikey", "verify", key).code == 0
    assert cli("store", "status", "--check").code == 0


def test_restore_makes_a_store_that_is_gone(cli: Cli, key: str) -> None:
    """The root keys are still there, and nothing is asked: nothing is lost."""
    cli.ok("store", "backup", "-o", "b.db")
    for name in ("authcli.db", "authcli.db-wal", "authcli.db-shm"):
        (cli.home / DATA / name).unlink(missing_ok=True)
    assert cli("store", "restore", "b.db").code == 0
    assert cli("apikey", "verify", key).code == 0
    assert cli("audit", "verify").code == 0


@pytest.mark.parametrize("verb", ["backup", "copy", "restore"])
def test_a_full_disk_leaves_nothing_half_written(cli: Cli, key: str, verb: str) -> None:
    """The limit on a file's size stands in for the disk."""
    with closing(sqlite3.connect(cli.home / DATA / "authcli.db")) as plain, plain:
        rows = ((f"apikey:{number}" + "x" * 200, 1, 1) for number in range(10_000))
        plain.executemany("INSERT INTO rate_buckets VALUES (?, ?, ?)", rows)
    cli.ok("store", "backup", "-o", "sound.db")
    before = sorted(path.name for path in cli.home.glob("*"))
    arguments = {
        "backup": ("backup", "-o", "b.db"),
        "copy": ("copy", "--to", "b.db", "--with-roots"),
        "restore": ("restore", "sound.db", "--store", "b.db", "--yes"),
    }[verb]
    if verb == "restore":
        for name in ("pepper", "audit-key"):
            source = cli.home / DATA / f"authcli.db.{name}"
            (cli.home / f"b.db.{name}").write_bytes(source.read_bytes())
            (cli.home / f"b.db.{name}").chmod(0o600)
        before = sorted(path.name for path in cli.home.glob("*"))
    limit = 1 << 20

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    done = subprocess.run(
        cli.command("store", *arguments),
        env=cli.environment(),
        cwd=cli.home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        preexec_fn=limited,
        text=True,
    )
    assert done.returncode == (1 if verb == "backup" else 9), done.stderr
    assert "no room" in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(path.name for path in cli.home.glob("*")) == before
    assert cli("apikey", "verify", key).code == 0
    assert cli("audit", "verify").code == 0


def test_gc_counts_asks_and_deletes(cli: Cli, key: str) -> None:
    assert cli("store", "gc").out == "nothing is dead\n"
    deleted = cli.ok("apikey", "revoke", "ci", "--yes", "--field", "id")
    later = ("--now", "+100d", "-q")
    plan = cli("store", "gc", "--dry-run", *later)
    assert (plan.code, plan.out) == (0, "would delete 1 API key (1 revoked)\n")
    assert cli("store", "gc", *later).code == 2
    assert cli("store", "gc", "--yes", "--vacuum", *later).out == "deleted 1 API key (1 revoked)\n"
    assert cli("apikey", "verify", key).code == 3
    assert cli("store", "gc", "--older-than", "soon").code == 2
    assert cli("audit", "verify").code == 0
    events = json.loads(cli.ok("audit", "list", "--event", "apikey.deleted", "--json"))["items"]
    assert [event["target_id"] for event in events] == [deleted]


def test_copy_to_a_server_and_back(cli: Cli, key: str, postgres_url: str) -> None:
    there = shown(cli, "copy", "--to", postgres_url, "--with-roots")
    assert there["lacks"] == []
    cli.env["AUTHCLI_STORE"] = postgres_url
    assert cli("apikey", "verify", key).code == 0
    back = shown(cli, "copy", "--to", "back.db", "--with-roots")
    assert back["counts"]["api_keys"] == 1
    assert cli("apikey", "verify", key, "--store", "back.db").code == 0
    assert cli("audit", "verify", "--store", "back.db").code == 0
    refused = cli("store", "copy", "--to", "back.db")
    assert refused.code == 8
    assert "back.db is not empty: 1 API key, 2 events" in refused.err


def test_copy_says_what_the_copy_lacks(cli: Cli, key: str) -> None:
    done = cli("store", "copy", "--to", "b.db")
    assert done.code == 0
    assert "warning: the copy lacks the audit key and the pepper" in done.err
    assert cli("apikey", "verify", key, "--store", "b.db").code == 9


def test_a_password_is_never_shown(cli: Cli, key: str) -> None:
    url = "postgresql://user:sesame-one@127.0.0.1:9/none"
    for arguments in (
        ("copy", "--to", url),
        ("status", "--store", url),
        ("init", "--store", url),
        ("migrate", "--store", url),
        ("restore", "none.db", "--store", url),
    ):
        done = cli("store", *arguments)
        assert done.code in (2, 9), done
        assert "sesame-one" not in done.out + done.err
        flag = "--to" if "--to" in arguments else "--store"
        assert f"warning: the password in {flag} is visible" in done.err


def test_rekey_transcript(cli: Cli, key: str) -> None:
    assert cli("store", "rekey").code == 2
    plan = cli("store", "rekey", "--pepper", "--dry-run")
    assert (plan.code, plan.out) == (0, "1\tactive\t1\t0\t0\n")
    done = cli("store", "rekey", "--pepper")
    assert (done.code, done.out) == (0, "1\tverify_only\t1\t0\t0\n2\tactive\t0\t0\t0\n")
    assert "note: pepper 2 is active; added to" in done.err
    waiting = cli("store", "rekey", "--pepper", "--finish")
    assert waiting.code == 8
    assert "1 API key still hanging" in waiting.err
    assert cli("apikey", "verify", key).code == 0
    finished = cli("store", "rekey", "--pepper", "--finish")
    assert str(finished) == (
        "exit: 0\n--- stdout\n1\tretired\t0\t0\t0\n2\tactive\t1\t0\t0\n--- stderr\nnote: retired"
        f" pepper 1; the first line of {cli.home}/{DATA}/authcli.db.pepper may be removed\n"
    )
    assert cli("apikey", "verify", key).code == 0
    assert shown(cli, "rekey", "--pepper", "--finish")["changed"] is False
    cli.ok("store", "rekey", "--pepper")
    cli.ok("apikey", "verify", key)
    facts = shown(cli, "rekey", "--pepper", "--finish")
    assert (facts["retired"], facts["changed"]) == ([2], True)
    assert [one["created_at"][-1] for one in facts["peppers"]] == ["Z"] * 3  # RFC 3339
    held = cli.home / DATA / "authcli.db.pepper"
    held.write_text(held.read_text().splitlines(keepends=True)[-1])
    assert cli("apikey", "verify", key).code == 0


def test_rekey_says_what_recovery_codes_need(cli: Cli, key: str) -> None:
    """They cannot move to the new pepper; one that is not spent keeps the old one."""
    cli.ok("totp", "recovery", "new", "alice", "--count", "2")
    cli.ok("apikey", "verify", key)
    plan = cli("store", "rekey", "--pepper", "--dry-run")
    assert "2 recovery codes keep the old pepper until spent, or replaced" in plan.err
    done = cli("store", "rekey", "--pepper")
    assert "2 recovery codes keep the old pepper until spent, or replaced" in done.err
    assert "1 old pepper; 1 API key waits under it, and 2 recovery codes" in cli.ok(
        "store", "status"
    )
    cli.ok("apikey", "verify", key)
    waiting = cli("store", "rekey", "--pepper", "--finish")
    assert str(waiting) == (
        "exit: 8\n--- stdout\n--- stderr\n"
        "error: 2 unspent recovery codes still hanging on an old pepper, of 'alice', would be lost "
        "with it\n"
        "hint: have them spent, or make new ones: authcli totp recovery new NAME\n"
    )
    assert shown(cli, "rekey", "--pepper", "--dry-run")["codes_waiting"] == 2
    code, _ = cli.ok("totp", "recovery", "new", "alice", "--count", "2", "--yes").splitlines()
    assert cli("store", "rekey", "--pepper", "--finish").code == 0
    assert cli("totp", "recovery", "verify", "alice", code).code == 0


def test_the_retired_line_is_counted_in_what_the_source_holds_now(cli: Cli, key: str) -> None:
    """One that was removed before, and one that stands elsewhere, do not mislead."""
    held = cli.home / DATA / "authcli.db.pepper"
    for _ in range(2):
        cli.ok("store", "rekey", "--pepper")
    first, second, third = held.read_text().splitlines(keepends=True)
    held.write_text(third + first + second)
    cli.ok("apikey", "verify", key)
    finished = cli("store", "rekey", "--pepper", "--finish")
    assert "retired peppers 1 and 2; the lines 2 and 3 of" in finished.err


def test_rekey_on_a_terminal_is_a_table(cli: Cli, key: str) -> None:
    cli.ok("store", "rekey", "--pepper")
    head, old, new = (
        line.split() for line in _typed(cli, "store", "rekey", "--pepper", "--dry-run")[1:]
    )
    assert head == ["PEPPER", "STATE", "MADE", "KEYS", "CODES", "REFRESHES"]
    assert (old[:3], old[-3:]) == (["1", "verifies", "only"], ["1", "0", "0"])
    assert (new[:2], new[-3:]) == (["2", "active"], ["0", "0", "0"])


def test_rekey_of_the_kek_says_where_nothing_is_sealed(cli: Cli, key: str) -> None:
    refused = cli("store", "rekey", "--kek", "--json")
    assert refused.code == 9
    assert json.loads(refused.err)["error"]["code"] == "store.kek-unused"


def test_rekey_of_a_source_that_somebody_else_writes(cli: Cli) -> None:
    one, two = (cli.ok("key", "secret", "--encoding", "base64url") for _ in range(2))
    cli.env |= {"P": one, "AUTHCLI_PEPPER": "env:P"}
    key = cli.ok("apikey", "issue", "ci", "-q")
    refused = cli("store", "rekey", "--pepper")
    assert refused.code == 9
    assert "authcli key secret" in refused.err
    cli.env["P"] = f"{one}\n{two}"
    assert cli("store", "rekey", "--pepper").code == 0
    assert cli("apikey", "verify", key).code == 0
    cli.env["P"] = two
    assert cli("apikey", "verify", key).code == 0


def test_migrate_transcript(cli: Cli, key: str) -> None:
    same = cli("store", "migrate")
    assert (same.code, same.out) == (0, f"schema {NEWEST} is the newest: nothing to do\n")
    assert shown(cli, "migrate")["changed"] is False
    path = cli.home / DATA / "authcli.db"
    with closing(sqlite3.connect(path)) as plain, plain:
        for table in LATER_TABLES:
            plain.execute(f"DROP TABLE {table}")
        plain.execute("UPDATE meta SET value = '1' WHERE name = 'schema'")
    assert cli("store", "status").code == 9
    assert "hint: authcli store migrate" in cli("apikey", "list").err
    assert cli.ok("store", "migrate", "--dry-run") == "would migrate schema 1 to 5"
    assert shown(cli, "migrate", "--dry-run")["changed"] is False
    facts = shown(cli, "migrate")
    assert (facts["from"], facts["to"], facts["changed"]) == (1, 5, True)
    assert Path(facts["backup"]).exists()
    assert cli("store", "status").code == 0
    assert cli("audit", "verify").code == 0
    with closing(sqlite3.connect(path)) as plain, plain:
        plain.execute("UPDATE meta SET value = '99' WHERE name = 'schema'")
    assert cli("store", "migrate").code == 9


def test_what_is_said_cannot_act_on_a_terminal(cli: Cli, key: str) -> None:
    """The name of a file comes from outside too."""
    name = "b\x1b[2J.db"
    cli.ok("store", "backup", "-o", name)
    for arguments in (("backup", "-o", name), ("restore", name, "--dry-run")):
        assert "\x1b" not in cli("store", *arguments).err


def test_a_group_needs_no_terminal_and_no_home(cli: Cli) -> None:
    """Reading a store that is not there makes nothing."""
    for verb in ("status", "backup", "gc", "migrate"):
        arguments = ("-o", "b.db") if verb == "backup" else ()
        assert cli("store", verb, *arguments).code == 9
    assert not (cli.home / DATA / "authcli.db").exists()
    assert os.listdir(cli.home) == []


def test_the_answer_at_a_terminal_decides(cli: Cli, key: str) -> None:
    """No is 130, and nothing was done; yes restores."""
    cli.ok("store", "backup", "-o", "b.db")
    cli.ok("apikey", "revoke", "ci", "--yes")
    for answer, code, verdict in (("n", 130, 5), ("", 130, 5), ("y", 0, 0)):
        command, *words = cli.command("store", "restore", "b.db")
        child = pexpect.spawn(
            command, words, env=cli.environment(), cwd=str(cli.home), encoding="utf-8", timeout=30
        )
        child.expect("would live again")
        child.expect("replace what is in .*authcli.db\\? \\[y/N\\] ")
        child.sendline(answer)
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == code
        assert cli("apikey", "verify", key).code == verdict


def test_a_data_folder_that_is_a_link_to_nothing_is_named(cli: Cli) -> None:
    (cli.home / "data").symlink_to("nowhere")
    cli.env["XDG_DATA_HOME"] = str(cli.home / "data")
    refused = cli("apikey", "issue", "billing", "--scope", "read")
    assert refused.code == 9
    assert "a folder of it is a link to nothing" in refused.err
    assert "hint: " in refused.err
