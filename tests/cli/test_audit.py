"""`authcli audit`: who did what, in order; a verdict that can be scripted; no secret anywhere."""

from __future__ import annotations

import json
import re
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pexpect
import pytest

from tests.cli.harness import Cli
from tests.cli.test_jwt_mint import TOKEN

STORE = ".local/share/authcli/authcli.db"
HOSTILE = "\x1b[2J\u202eevil\nseq"


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Cli, str]:
    """A store that all tests may read, with a key that was revoked: three events; and the key."""
    cli = Cli(tmp_path_factory.mktemp("home"))
    key = cli.ok("apikey", "issue", "ci", "--scope", "read", "--actor", "alice@build")
    cli.ok("apikey", "revoke", "ci", "--reason", "left the team", "--yes", "--actor", "bob@ops")
    return cli, key


@pytest.fixture
def used(cli: Cli, shown: tuple[Cli, str]) -> tuple[Cli, str]:
    """A copy of it, of a test's own."""
    made, key = shown
    shutil.copytree(made.home / ".local", cli.home / ".local")
    return cli, key


def key_id(cli: Cli) -> str:
    return cli.ok("apikey", "list").split()[0]


def tamper(cli: Cli, sql: str, **values: object) -> None:
    with closing(sqlite3.connect(cli.home / STORE)) as database:
        database.execute(sql, values)
        database.commit()


def items(cli: Cli, *arguments: str) -> list[dict[str, Any]]:
    return list(json.loads(cli.ok("audit", *arguments, "--json"))["items"])


# list


def test_a_line_of_a_pipe_is_when_what_to_what_by_whom(shown: tuple[Cli, str]) -> None:
    cli, _ = shown
    when = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
    lines = cli.ok("audit", "list").splitlines()
    assert len(lines) == 3
    assert re.fullmatch(rf"{when} store\.created - \S+", lines[0])
    assert re.fullmatch(rf"{when} apikey\.issued {key_id(cli)} alice@build", lines[1])
    assert re.fullmatch(rf"{when} apikey\.revoked {key_id(cli)} bob@ops", lines[2])


def test_json_has_every_member(shown: tuple[Cli, str]) -> None:
    cli, key = shown
    *_, event = items(cli, "list")
    assert re.fullmatch(r"authcli apikey revoke \[\d+\]", event.pop("process"))
    assert len(event.pop("request_id")) >= 32
    event.pop("at")
    assert event.pop("detail")["reason"] == "left the team"
    assert event == {
        "seq": 3,
        "event": "apikey.revoked",
        "outcome": "ok",
        "actor": "bob@ops",
        "target_type": "apikey",
        "target_id": key_id(cli),
    }
    assert key not in cli.ok("audit", "list", "--json")


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (["--since", "1h", "--until", "2030-01-01"], [1, 2, 3]),
        (["--until", "1h"], []),
        (["--event", "apikey.*", "--actor", "bo*"], [3]),
        (["--target", "ak_*", "--limit", "1"], [3]),
        (["--limit", "0"], []),
        (["--limit", "1" + "0" * 23], [1, 2, 3]),
    ],
)
def test_filters_hold_together(
    shown: tuple[Cli, str], filters: list[str], found: list[int]
) -> None:
    assert [event["seq"] for event in items(shown[0], "list", *filters)] == found


@pytest.mark.parametrize(
    "arguments",
    [
        *(["--since", "3600"], ["--event", " "], ["--target", "x" * 2000], ["--limit", "-1"]),
        *(["--time", "swatch"], ["--follow", "--json"], ["--follow", "-o", "x"]),
    ],
)
def test_a_bad_filter_is_a_usage_error(shown: tuple[Cli, str], arguments: list[str]) -> None:
    result = shown[0]("audit", "list", *arguments)
    assert result.code == 2
    assert result.out == ""


def test_fields_and_files(shown: tuple[Cli, str]) -> None:
    cli, _ = shown
    fields = ("--field", "event", "--field", "detail.reason")
    assert cli.ok("audit", "list", *fields).splitlines()[-1] == "apikey.revoked\tleft the team"
    cli.ok("audit", "list", "--jsonl", "-o", "events.jsonl")
    lines = (cli.home / "events.jsonl").read_text().splitlines()
    assert [json.loads(line)["seq"] for line in lines] == [1, 2, 3]
    assert cli("audit", "list", "-o", "events.jsonl").code == 8


def test_a_machine_without_a_store_has_no_events(cli: Cli) -> None:
    assert str(cli("audit", "list")) == "exit: 0\n--- stdout\n--- stderr\n"
    assert items(cli, "list") == []
    assert not (cli.home / ".local").exists()
    named = cli("audit", "list", "--store", "sqlite:///nowhere/auth.db")
    assert (named.code, named.out) == (9, "")


def test_what_strangers_wrote_cannot_act_on_a_terminal(used: tuple[Cli, str]) -> None:
    """Not in a pipe either, where a line break would be another event."""
    cli, _ = used
    columns = "actor = :text, target_id = :text, event = :text, at = :text"
    tamper(cli, f"UPDATE audit_events SET {columns}", text=HOSTILE)
    shown = cli.ok("audit", "list")
    assert len(shown.splitlines()) == 3
    with terminal(cli, "audit", "list") as child:
        child.expect(pexpect.EOF)
        shown += str(child.before)
    for character in "\x1b\u202e":
        assert character not in shown.replace("\x1b[1m", "").replace("\x1b[0m", "")
    assert r"\x1b[2J\u202eevil\nseq" in shown


def test_whatever_stands_in_the_database_is_listed_and_not_fatal(used: tuple[Cli, str]) -> None:
    cli, key = used
    tamper(cli, "UPDATE audit_events SET at = 1.5, actor = x'ff00', detail = '[1' WHERE seq = 3")
    tamper(cli, "UPDATE audit_events SET detail = '{\"a\":NaN}', target_id = x'616b' WHERE seq = 2")
    tamper(cli, "UPDATE audit_events SET actor = CAST(x'ff' AS TEXT), process = 'é' WHERE seq = 1")
    found = items(cli, "list")
    assert [event["actor"] for event in found] == ["\udcff", "alice@build", r"b'\xff\x00'"]
    assert [event["detail"] for event in found] == [{}, {}, {}]
    assert found[0]["process"] == "é"
    listed = cli.ok("audit", "list", "--limit", "3")
    assert r"store.created - \udcff" in listed
    assert "b'ak' alice@build" in listed
    assert len(cli.ok("audit", "export").splitlines()) == 3
    (event,) = cli.ok("audit", "find", "--secret", "-", "--field", "seq", stdin=key).splitlines()
    assert event == "2"
    tamper(cli, "UPDATE audit_head SET mac = x'00ff', at = 9e999")
    verdict = cli("audit", "verify", "--json")
    facts = json.loads(verdict.out)
    assert (verdict.code, facts["code"], facts["first_broken"]) == (3, "audit.row", 1)
    assert (facts["head"]["mac"], facts["head"]["at"]) == (r"b'\x00\xff'", "inf")


def test_who_acts_is_no_api_key(shown: tuple[Cli, str]) -> None:
    cli, key = shown
    for words in (("issue", "x", "--actor", key), ("revoke", "ci", "--actor", f"KEY_{key}")):
        result = cli("apikey", *words)
        assert (result.code, result.out) == (2, "")
        assert "API key" in result.err
        assert key not in result.err
    assert len(items(cli, "list")) == 3


def test_a_forged_target_does_not_stand_for_all(used: tuple[Cli, str]) -> None:
    cli, key = used
    cli.ok("apikey", "issue", "another")
    tamper(cli, "UPDATE audit_events SET target_id = 'ak_*' WHERE seq = 2")
    assert cli.ok("audit", "find", "--secret", "-", "--field", "seq", stdin=key) == "2"


@contextmanager
def terminal(cli: Cli, *arguments: str) -> Iterator[pexpect.spawn]:
    command, *words = cli.command(*arguments)
    child = pexpect.spawn(
        command,
        words,
        env=cli.environment({"TERM": "xterm", "NO_COLOR": "1"}),
        cwd=str(cli.home),
        encoding="utf-8",
        timeout=30,
        dimensions=(24, 80),
    )
    try:
        yield child
    finally:
        child.close(force=True)


def test_the_table_fits_80_columns(used: tuple[Cli, str]) -> None:
    cli, _ = used
    tamper(
        cli, "UPDATE audit_events SET event = 'apikey.rotation-finished', actor = :a", a="a" * 300
    )
    with terminal(cli, "audit", "list") as child:
        child.expect(pexpect.EOF)
        lines = str(child.before).splitlines()
    assert lines[0].split() == ["SEQ", "WHEN", "EVENT", "TARGET", "ACTOR"]
    assert max(map(len, lines)) <= 80
    assert lines[1].endswith("…")


# list --follow


def following(cli: Cli, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        cli.command("audit", "list", "--follow", *arguments),
        env=cli.environment(),
        cwd=cli.home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_following_misses_nothing_and_repeats_nothing(used: tuple[Cli, str]) -> None:
    cli, _ = used
    with following(cli, "--field", "seq") as process:
        assert process.stdout is not None
        assert [process.stdout.readline() for _ in range(3)] == ["1\n", "2\n", "3\n"]
        cli.ok("apikey", "issue", "many", "--count", "40", "--format", "raw")
        cli.ok("apikey", "issue", "one")
        assert [process.stdout.readline() for _ in range(41)] == [f"{n}\n" for n in range(4, 45)]
        process.send_signal(signal.SIGINT)
        rest, err = process.communicate(timeout=30)
    assert (rest, process.returncode) == ("", 130)
    assert "Traceback" not in err


def test_following_only_what_is_asked_for(used: tuple[Cli, str]) -> None:
    cli, _ = used
    with following(cli, "--limit", "0", "--event", "apikey.disabled", "--jsonl") as process:
        assert process.stdout is not None
        cli.ok("apikey", "issue", "one")
        cli.ok("apikey", "disable", "one", "--yes")
        line = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=30)
    assert (line["event"], rest, process.returncode) == ("apikey.disabled", "", 130)


def test_a_reader_that_went_away_is_noticed_though_nothing_happens(used: tuple[Cli, str]) -> None:
    cli, _ = used
    with following(cli) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(timeout=30) == 141
        assert process.stderr.read() == ""


# verify


def test_a_whole_record_is_valid_and_its_head_is_printed(shown: tuple[Cli, str]) -> None:
    cli, _ = shown
    result = cli("audit", "verify")
    assert (result.code, result.err) == (0, "")
    assert json.loads(result.out)["seq"] == 3
    facts = json.loads(cli.ok("audit", "verify", "--json"))
    assert (facts["valid"], facts["code"], facts["events"]) == (True, None, 3)
    assert [check["status"] for check in facts["checks"]] == ["pass"] * 3
    assert facts["head"] == facts["copy"]
    assert cli.ok("audit", "verify", "--field", "valid") == "true"


def test_a_changed_event_is_named(used: tuple[Cli, str]) -> None:
    cli, _ = used
    tamper(cli, "UPDATE audit_events SET actor = 'nobody' WHERE seq = 2")
    result = cli("audit", "verify")
    assert str(result) == (
        "exit: 3\n--- stdout\n--- stderr\n"
        "  FAIL  events  event 2 is not what was written, or not where it was\n"
        "  pass  head    the chain ends at event 3\n"
        f"  pass  copy    {cli.home / STORE}.audit-head is at the head\n"
        "error: event 2 is not what was written, or not where it was\n"
        "hint: authcli help audit.row\n"
    )
    verdict = cli("audit", "verify", "--json")
    facts = json.loads(verdict.out)
    assert (verdict.code, facts["valid"], facts["code"]) == (3, False, "audit.row")
    assert facts["first_broken"] == 2
    assert json.loads(verdict.err)["error"]["exit"] == 3


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        (["DELETE FROM audit_events WHERE seq = 2"], "audit.missing"),
        (["DELETE FROM audit_events WHERE seq = 3"], "audit.truncated"),
        (["DELETE FROM audit_events", "DELETE FROM audit_head"], "audit.lost"),
        (["DELETE FROM audit_head"], "audit.head"),
    ],
)
def test_each_kind_of_tampering_has_its_code(
    used: tuple[Cli, str], sql: list[str], code: str
) -> None:
    cli, _ = used
    for statement in sql:
        tamper(cli, statement)
    result = cli("audit", "verify", "--json")
    assert (result.code, json.loads(result.out)["code"]) == (3, code)
    assert cli("help", code).code == 0


def test_an_older_database_is_told_by_an_anchor_that_was_taken_away(used: tuple[Cli, str]) -> None:
    """Even where the copy beside the database was put back with it."""
    cli, _ = used
    names = ("authcli.db", "authcli.db.audit-head")
    folder = (cli.home / STORE).parent
    tamper(cli, "PRAGMA wal_checkpoint(TRUNCATE)")
    before = {name: (folder / name).read_bytes() for name in names}
    cli.ok("apikey", "issue", "hidden")
    cli.ok("audit", "verify", "-o", "anchor")
    assert cli("audit", "verify", "--anchor", "anchor").code == 0
    tamper(cli, "PRAGMA wal_checkpoint(TRUNCATE)")
    for name, data in before.items():
        (folder / name).write_bytes(data)
    assert cli("audit", "verify").code == 0
    result = cli("audit", "verify", "--anchor", "anchor", "--field", "code")
    assert (result.code, result.out) == (3, "audit.truncated\n")


@pytest.mark.parametrize("anchor", ["nowhere", "", "~nobody-here/head", "KEY"])
def test_an_anchor_that_is_none_is_a_usage_error(shown: tuple[Cli, str], anchor: str) -> None:
    """The text of a key is no path, be there a file of that name."""
    cli, key = shown
    (cli.home / key).write_bytes((cli.home / f"{STORE}.audit-head").read_bytes())
    result = cli("audit", "verify", "--anchor", anchor.replace("KEY", key))
    assert (result.code, result.out) == (2, "")
    assert key not in result.err


def test_a_copy_that_is_gone_is_a_warning(used: tuple[Cli, str]) -> None:
    cli, _ = used
    (cli.home / f"{STORE}.audit-head").unlink()
    result = cli("audit", "verify")
    assert result.code == 0
    assert result.err.startswith("warning: there is no ")


def test_a_wrong_audit_key_is_said_to_be(used: tuple[Cli, str]) -> None:
    cli, _ = used
    result = cli("audit", "verify", env={"AUTHCLI_AUDIT_KEY": "env:OTHER", "OTHER": "o" * 40})
    assert result.code == 9
    assert "another key" in result.err
    (cli.home / f"{STORE}.audit-key").unlink()
    assert cli("audit", "verify", "--json").code == 9
    assert cli("apikey", "issue", "x").code == 9
    assert not (cli.home / f"{STORE}.audit-key").exists()


def test_there_is_nothing_to_verify_without_a_store(cli: Cli) -> None:
    assert cli("audit", "verify").code == 9


# find


def test_a_leaked_key_is_found_with_its_whole_history(used: tuple[Cli, str]) -> None:
    cli, key = used
    cli.env["LEAKED"] = key
    cli.ok("apikey", "issue", "another")
    found = items(cli, "find", "--secret", "env:LEAKED")
    assert [event["event"] for event in found] == ["apikey.issued", "apikey.revoked"]
    for header in ("Authorization: Bearer", "X-API-Key:"):
        piped = cli("audit", "find", "--secret", "-", stdin=f"{header} {key}\n")
        assert len(piped.out.splitlines()) == 2
        assert key not in piped.out + piped.err


def test_what_is_not_in_the_record_is_an_empty_list(shown: tuple[Cli, str]) -> None:
    cli, key = shown
    for text in (TOKEN, _forged(key)):
        result = cli("audit", "find", "--secret", "-", stdin=text)
        assert str(result) == (
            "exit: 0\n--- stdout\n--- stderr\nnote: the record knows nothing of it\n"
        )


def _forged(key: str) -> str:
    """Return a key with the id of a genuine one, another secret and a right checksum."""
    from authcli.apikeys.text import build, new_secret, parse

    genuine = parse(key)
    return build(prefix=genuine.prefix, key_id=genuine.id, secret=new_secret())


@pytest.mark.parametrize("text", ["correct horse battery staple", "ak_live_short", "\0\xff"])
def test_a_password_is_not_looked_for_nor_repeated(shown: tuple[Cli, str], text: str) -> None:
    cli, _ = shown
    result = cli("audit", "find", "--secret", "-", stdin=text.encode("latin-1"))
    assert (result.code, result.out) == (2, "")
    assert text not in result.err


def test_a_secret_is_never_an_argument(shown: tuple[Cli, str]) -> None:
    cli, key = shown
    for text in (key, TOKEN):
        result = cli("audit", "find", "--secret", text)
        assert (result.code, result.out) == (2, "")
        assert text not in result.err


# export


def test_an_export_can_be_verified_with_the_key_alone(shown: tuple[Cli, str]) -> None:
    """By another program, from what the lines hold."""
    import hmac

    from authcli.roots import FileSource

    cli, _ = shown
    cli.ok("audit", "export", "-o", "audit.jsonl")
    (key,) = FileSource(Path(cli.home / f"{STORE}.audit-key")).read()
    previous = ""
    for line in (cli.home / "audit.jsonl").read_text().splitlines():
        event = json.loads(line)
        detail = json.dumps(event["detail"], separators=(",", ":"))
        texts = [previous, *(event[name] for name in ("event", "outcome", "actor", "process"))]
        texts += [event[name] for name in ("target_type", "target_id", "request_id")]
        texts += [event["secret_digest"], detail]
        text = f"authcli-audit-event/1,{event['seq']},{event['at_ms']},{event['key_id']},"
        text += "".join("-" if one is None else f"{len(one)}:{one}" for one in texts)
        previous = hmac.new(key, text.encode(), "sha256").hexdigest()
        assert previous == event["row_mac"]
    assert event["seq"] == 3


def test_an_export_is_lines_unless_an_object_is_asked_for(shown: tuple[Cli, str]) -> None:
    cli, key = shown
    assert len(cli.ok("audit", "export").splitlines()) == 3
    whole = json.loads(cli.ok("audit", "export", "--json"))
    assert whole["schema"] == "authcli/audit.export/1"
    assert len(whole["items"]) == 3
    assert key not in json.dumps(whole)
    assert cli.ok("audit", "export", "--event", "apikey.*", "--field", "seq") == "2\n3"
