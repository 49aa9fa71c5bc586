"""`authcli apikey list`, `show` and `usage`: what people and scripts see of keys."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
import unicodedata
from contextlib import suppress
from pathlib import Path
from typing import Any

import pexpect
import pytest

from authcli.apikeys.issuing import Draft, Issued, issue
from authcli.apikeys.text import display_id
from authcli.clock import now_ms
from authcli.store import Store, open_store
from tests.cli.harness import Cli

DAY = 86_400_000


def opened(cli: Cli) -> Store:
    """The user's own store, made through the library as the command makes it."""
    path = cli.home / ".local/share/authcli/authcli.db"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return open_store(f"sqlite:///{path}", create=True)


def issued(cli: Cli, name: str, *, at_ms: int | None = None, **draft: Any) -> Issued:
    """Issue a key of 90 days."""
    at = now_ms() if at_ms is None else at_ms
    life = {"expires_at_ms": at + 90 * DAY + 60_000}
    with opened(cli) as store:
        return issue(store.api_keys, Draft(name=name, **{**life, **draft}), at_ms=at)


def ids(cli: Cli, *names: str, **draft: Any) -> list[str]:
    return [display_id(issued(cli, name, **draft).key.id) for name in names]


def on_terminal(cli: Cli, *words: str, columns: int = 80) -> str:
    """What a person sees, without colours."""
    command, *rest = cli.command(*words, "--color", "never")
    child = pexpect.spawn(
        command, rest, env=cli.environment({"TERM": "xterm"}), cwd=str(cli.home),
        encoding="utf-8", timeout=30, dimensions=(40, columns),
    )  # fmt: skip
    child.expect(pexpect.EOF)
    child.close()
    return str(child.before).replace("\r\n", "\n")


def width(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


@pytest.mark.parametrize(
    ("flags", "out"),
    [
        ((), ""),
        (("--json",), '{"schema":"authcli/apikey.list/1","items":[]}\n'),
        (("--jsonl",), ""),
        (("--field", "id"), ""),
    ],
)
def test_no_store_at_all_is_an_empty_list_and_makes_none(
    cli: Cli, flags: tuple[str, ...], out: str
) -> None:
    result = cli("apikey", "list", *flags)
    assert (result.code, result.out, result.err) == (0, out, "")
    assert not list(cli.home.rglob("*.db"))


def test_a_store_that_was_named_must_be_there(cli: Cli) -> None:
    for words in (("list",), ("show", "ci"), ("usage",), ("expiring",), ("revoke", "ci")):
        result = cli("apikey", *words, "--store", f"sqlite:///{cli.home}/none.db")
        assert (result.code, result.out) == (9, ""), str(result)
    assert not list(cli.home.rglob("*.db"))


def test_a_pipe_gets_ids_and_json_the_facts(cli: Cli) -> None:
    first, second = ids(cli, "ci", "web", owner="alice", scopes=("read:*",))
    assert cli("apikey", "list").out == f"{first}\n{second}\n"
    document = json.loads(cli.ok("apikey", "list", "--json"))
    assert document["schema"] == "authcli/apikey.list/1"
    assert [item["id"] for item in document["items"]] == [first, second]
    item = document["items"][0]
    assert (item["name"], item["owner"], item["state"]) == ("ci", "alice", "live")
    assert item["scopes"] == ["read:*"]
    assert item["lineage"] == first
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", item["expires_at"])
    assert item["last_used_at"] is None
    lines = cli.ok("apikey", "list", "--jsonl").splitlines()
    assert [json.loads(line) for line in lines] == document["items"]
    rows = cli.ok("apikey", "list", "--field", "id", "--field", "name", "--field", "owner")
    assert rows == f"{first}\tci\talice\n{second}\tweb\talice"


def test_numbers_that_no_list_reaches_mean_all_of_it_and_nothing(cli: Cli) -> None:
    (key_id,) = ids(cli, "ci")
    assert cli.ok("apikey", "list", "--limit", str(1 << 63)) == key_id
    assert cli.ok("apikey", "list", "--offset", str(10**23)) == ""


def test_an_id_that_was_pasted_badly_is_found_or_its_fault_is_said(cli: Cli) -> None:
    (key_id,) = ids(cli, "ci")
    assert cli.ok("apikey", "show", f" {key_id}\t", "--field", "name") == "ci"
    for text, says in ((f"{key_id}0", "11 characters"), (f"AK_{key_id[3:]}", "small letters")):
        result = cli("apikey", "show", text)
        assert result.code == 7
        assert says in result.err.splitlines()[1]


def test_no_form_of_the_list_holds_a_key(cli: Cli) -> None:
    text = str(issued(cli, "ci").text)
    secret = text[-49:-6]
    for flags in ((), ("--json",), ("--jsonl",), ("--field", "hint")):
        assert secret not in cli("apikey", "list", *flags).out
    assert secret not in cli("apikey", "show", "ci", "--json").out


def test_an_unknown_field_is_said_of_an_empty_list_too(cli: Cli) -> None:
    result = cli("apikey", "list", "--field", "nmae")
    assert result.code == 2
    assert "fields: id, name, " in result.err


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """A store with three keys that differ in all that filters know."""
    shop, now = Cli(tmp_path_factory.mktemp("shop")), now_ms()
    issued(shop, "a-1", owner="alice", scopes=("read:*",), at_ms=now - 30 * DAY)
    issued(shop, "a-2", owner="alice", scopes=("write",))
    issued(shop, "b", prefix="ak_test", expires_at_ms=now + 3 * DAY)
    assert shop("apikey", "revoke", "a-2").code == 0
    return shop


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (("--owner", "alice"), ["a-1", "a-2"]),
        (("--owner", "nobody"), []),
        (("--name", "a-*"), ["a-1", "a-2"]),
        (("--name", "b"), ["b"]),
        (("--scope", "read:invoices"), ["a-1"]),
        (("--state", "live"), ["a-1", "b"]),
        (("--state", "revoked", "--state", "live"), ["a-1", "a-2", "b"]),
        (("--state", "revoked,live"), ["a-1", "a-2", "b"]),
        (("--key-prefix", "ak_test"), ["b"]),
        (("--environment", "test"), ["b"]),
        (("--expiring-within", "14d"), ["b"]),
        (("--unused-for", "7d"), ["a-1"]),
        (("--owner", "alice", "--state", "live"), ["a-1"]),
        (("--sort", "name", "--reverse"), ["b", "a-2", "a-1"]),
        (("--sort", "expires", "--limit", "1"), ["b"]),
        (("--limit", "1", "--offset", "1"), ["a-2"]),
        (("--limit", "0"), []),
    ],
)
def test_filters_sort_and_pages(shop: Cli, flags: tuple[str, ...], expected: list[str]) -> None:
    result = shop("apikey", "list", *flags, "--field", "name")
    assert (result.code, result.out.split()) == (0, expected), str(result)


@pytest.mark.parametrize(
    "flags",
    [
        ("--state", "alive"),
        ("--sort", "age"),
        ("--expiring-within", "soon"),
        ("--expiring-within", "2020-01-01"),
        ("--unused-for", "3600"),
        ("--unused-for", "2099-01-01"),
        ("--key-prefix", "AK"),
        ("--limit", "-1"),
        ("--time", "noon"),
        ("--scope", "a b"),
        ("--name", "x" * 500),
    ],
)
def test_a_filter_that_cannot_be_is_exit_2(cli: Cli, flags: tuple[str, ...]) -> None:
    result = cli("apikey", "list", *flags)
    assert (result.code, result.out) == (2, ""), str(result)


def test_what_is_no_utf_8_finds_nothing(cli: Cli) -> None:
    ids(cli, "ci")
    done = cli.raw("apikey", "list", "--name", os.fsdecode(b"\xff*"))
    assert (done.returncode, done.stdout) == (0, b"")


def test_the_table_fits_80_columns(cli: Cli) -> None:
    """Names are cut visibly, wide characters take two columns, and nothing repaints the screen."""
    long = "a-name-" * 20
    one, two, three, four = ids(cli, "ci", long, "名前" * 30, "evil\u202e\u200bname")
    lines = on_terminal(cli, "apikey", "list").splitlines()
    assert re.fullmatch(r"ID +NAME +STATE +EXPIRES +LAST USED", lines[0])
    assert [line.split()[0] for line in lines[1:]] == [one, two, three, four]
    assert max(map(width, lines)) <= 80
    assert "a-name-a" in lines[2]
    assert "…" in lines[2]
    assert "…" in lines[3]
    assert re.search(r"ci +live +in 90 days +never$", lines[1])
    assert "evil\\u202e\\u200bname" in lines[4]
    columns = {width(line[: line.index("live")]) for line in lines[1:]}
    assert len(columns) == 1


def test_a_wide_terminal_cuts_nothing(cli: Cli) -> None:
    name = "a-name-" * 20
    ids(cli, name)
    assert name in on_terminal(cli, "apikey", "list", columns=250)


def test_json_on_a_terminal_is_indented(cli: Cli) -> None:
    for names in ((), ("a",), ("b", "c")):
        ids(cli, *names)
        text = on_terminal(cli, "apikey", "list", "--json", columns=250)
        assert text == json.dumps(json.loads(text), indent=2) + "\n"


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        ("utc", r"EXPIRES \(UTC\).*\n.*live +\d{4}-\d\d-\d\d \d\d:\d\d  never"),
        ("local", r"EXPIRES \(LOCAL\).*\n.*live +\d{4}-\d\d-\d\d \d\d:\d\d  never"),
        ("epoch", r"EXPIRES \(EPOCH\).*\n.*live +\d{10} +never"),
        ("relative", r"EXPIRES .*\n.*live +in 90 days  never"),
    ],
)
def test_times_are_shown_as_they_are_wanted(cli: Cli, form: str, shown: str) -> None:
    ids(cli, "ci")
    assert re.search(shown, on_terminal(cli, "apikey", "list", "--time", form))


def test_a_page_says_that_there_is_more(cli: Cli) -> None:
    ids(cli, "a", "b", "c")
    assert "note: 2 of 3; the next ones: --offset 2" in on_terminal(
        cli, "apikey", "list", "--limit", "2"
    )
    assert "no API keys" in on_terminal(cli, "apikey", "list", "--owner", "nobody")


def test_a_file_is_whole_and_never_overwritten_unasked(cli: Cli) -> None:
    (first,) = ids(cli, "ci")
    cli.ok("apikey", "list", "-o", "keys.txt")
    assert (cli.home / "keys.txt").read_text() == f"{first}\n"
    assert cli("apikey", "list", "-o", "keys.txt").code == 8
    cli.ok("apikey", "list", "--jsonl", "-o", "keys.txt", "--force")
    assert json.loads((cli.home / "keys.txt").read_text())["id"] == first


ROWS = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)
INSERT INTO api_keys (id, prefix, secret_hash, hash_alg, hint, name, environment, lineage_id,
  created_at, created_by)
SELECT 1000000 + i, 'ak_live', 'h', 'sha256', 'abcd', 'key-' || i, 'live', 1000000 + i, 1, 'test'
FROM n"""


def peak_kib(cli: Cli, *words: str) -> tuple[int, int]:
    """Return the most memory of its own that a command took, and how many lines it wrote."""
    peak = 0
    with (cli.home / "out").open("wb") as out:
        process = subprocess.Popen(
            cli.command(*words), stdout=out, env=cli.environment(), cwd=cli.home
        )
        while process.poll() is None:
            with suppress(OSError):  # it ended between the two
                status = Path(f"/proc/{process.pid}/status").read_text()
                peak = max(peak, *map(int, re.findall(r"RssAnon:\s+(\d+)", status)), 0)
            time.sleep(0.005)
    assert process.returncode == 0
    return peak, (cli.home / "out").read_bytes().count(b"\n")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
def test_a_hundred_thousand_keys_take_no_more_memory_than_ten(cli: Cli) -> None:
    """Of its own: a store's file is mapped, and its pages are the system's."""
    ids(cli, *map(str, range(10)))
    few, lines = peak_kib(cli, "apikey", "list", "--jsonl")
    assert lines == 10
    with opened(cli) as store:
        store.database.run(ROWS, count=100_000)
    many, lines = peak_kib(cli, "apikey", "list", "--jsonl")
    assert lines == 100_010
    assert few > 4 * 1024
    assert many - few < 8 * 1024, (few, many)  # as rows they would be 150 MB


def test_show_tells_all_and_knows_ids_beginnings_and_names(cli: Cli) -> None:
    (key_id,) = ids(cli, "ci", owner="alice", metadata={"team": "x"})
    by_name = cli.ok("apikey", "show", "ci", "--json")
    assert by_name == cli.ok("apikey", "show", key_id, "--json")
    assert by_name == cli.ok("apikey", "show", key_id[:-1], "--json")
    told = json.loads(by_name)
    assert told["schema"] == "authcli/apikey.show/1"
    assert (told["id"], told["owner"], told["metadata"]) == (key_id, "alice", {"team": "x"})
    assert [key["id"] for key in told["lineage_keys"]] == [key_id]
    assert told["rotation_status"]["rotating"] is False
    assert cli.ok("apikey", "show", "ci", "--field", "metadata.team") == "x"


@pytest.mark.parametrize(
    "words",
    [
        ("show", "ci"), ("update", "ci", "--owner", "x"), ("rotate", "ci"), ("revoke", "ci"),
        ("rotate", "ci", "--finish"), ("usage", "ci"), ("enable", "ci"), ("disable", "ci"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_where_nobody_made_a_store_no_key_is_there(cli: Cli, words: tuple[str, ...]) -> None:
    result = cli("apikey", *words)
    assert str(result) == (
        "exit: 7\n--- stdout\n--- stderr\nerror: there is no API key 'ci': "
        "nobody has issued one here\nhint: authcli apikey issue ci\n"
    )
    assert not list(cli.home.rglob("*.db"))


def test_what_only_reads_leaves_the_store_as_it_is(cli: Cli) -> None:
    """No -wal and no -shm stay behind it, and not a byte is different."""
    ids(cli, "ci")
    path = cli.home / ".local/share/authcli/authcli.db"
    before = path.read_bytes()
    for words in (("list",), ("show", "ci"), ("usage",), ("revoke", "ci", "--dry-run")):
        cli.ok("apikey", *words)
    assert path.read_bytes() == before
    assert not list(path.parent.glob("*-wal"))


def test_what_is_not_there_or_not_clear_is_said(cli: Cli) -> None:
    one, two = ids(cli, "ci", "ci")
    missing = cli("apikey", "show", "nope")
    assert (missing.code, missing.out) == (7, "")
    several = cli("apikey", "show", "ci")
    assert (several.code, several.out) == (2, "")
    assert one in several.err
    assert two in several.err
    text = str(issued(cli, "web").text)
    pasted = cli("apikey", "show", text)
    assert pasted.code == 2
    assert text[-20:] not in pasted.err
    assert "authcli apikey verify - prints its id" in pasted.err


def test_the_page_of_a_key_shows_its_rotation(cli: Cli) -> None:
    (old,) = ids(cli, "ci", owner="evil\u202eowner")
    new = cli.ok("apikey", "rotate", "ci", "--field", "new.id", "-q")
    assert cli.ok("apikey", "show", "ci", "--field", "id") == new
    page = on_terminal(cli, "apikey", "show", "ci")
    assert re.search(rf"{old} +rotation 0 +grace +never used", page)
    assert re.search(rf"{new} +rotation 1 +live +never used", page)
    assert "not safe to finish yet: neither key has been used yet" in page
    assert "evil\\u202eowner" in page


def used(cli: Cli, key: Issued, *uses: tuple[int, str, int]) -> None:
    """Record uses: (how many hours ago, outcome, how many)."""
    now = now_ms()
    counts = {
        (key.key.id, (now - hours * 3_600_000) // 3_600_000 * 3_600_000, outcome): n
        for hours, outcome, n in uses
    }
    with opened(cli) as store:
        store.api_keys.record_uses(counts, {})


def test_usage_is_added_up_by_day_and_hour_with_outcomes(cli: Cli) -> None:
    ci, web = issued(cli, "ci"), issued(cli, "web", owner="alice")
    used(cli, ci, (0, "ok", 5), (0, "apikey.rate", 2), (48, "ok", 3), (24 * 30, "ok", 100))
    used(cli, web, (1, "ok", 7))

    def sums(*flags: str) -> dict[tuple[str, str], int]:
        total: dict[tuple[str, str], int] = {}
        for line in cli.ok("apikey", "usage", *flags, "--jsonl").splitlines():
            item = json.loads(line)
            key = (item["name"], item["outcome"])
            total[key] = total.get(key, 0) + item["n"]
        return total

    assert sums("ci") == {("ci", "ok"): 8, ("ci", "apikey.rate"): 2}
    assert sums("ci", "--since", "2h") == {("ci", "ok"): 5, ("ci", "apikey.rate"): 2}
    assert sums("ci", "--since", "60d") == {("ci", "ok"): 108, ("ci", "apikey.rate"): 2}
    assert sums("--owner", "alice") == {("web", "ok"): 7}
    assert sums() == {("ci", "ok"): 8, ("ci", "apikey.rate"): 2, ("web", "ok"): 7}
    by_hour = cli.ok("apikey", "usage", "ci", "--by", "hour", "--field", "at", "--field", "n")
    assert [line.split("\t")[1] for line in by_hour.splitlines()] == ["3", "2", "5"]
    assert all(re.search(r"T\d\d:00:00Z\t", line) for line in by_hour.splitlines())
    page = on_terminal(cli, "apikey", "usage", "ci")
    assert re.search(r"ID +NAME +DAY \(UTC\) +OUTCOME +USES", page)
    assert "in all: ok 8, apikey.rate 2" in page


def test_usage_refuses_what_cannot_be(cli: Cli) -> None:
    ids(cli, "ci")
    for flags in (("--by", "week"), ("--since", "yesterday"), ("ci", "--owner", "alice")):
        assert cli("apikey", "usage", *flags).code == 2
    assert cli("apikey", "usage", "nope").code == 7
    assert cli("apikey", "usage", "ci").out == ""


@pytest.mark.parametrize(
    "verb",
    "list show update enable disable usage rotate revoke expiring".split(),  # noqa: SIM905
)
def test_help_begins_with_examples_and_states_exit_codes(cli: Cli, verb: str) -> None:
    out = cli.ok("apikey", verb, "--help")
    assert out.index("Examples:") < out.index("Exit codes:") < out.index("Options:")
    assert max(map(len, out.partition("Arguments:")[0].partition("Options:")[0].splitlines())) <= 90


def test_the_store_of_a_read_only_folder_is_listed(cli: Cli, tmp_path: Path) -> None:
    ids(cli, "ci")
    path = cli.home / ".local/share/authcli/authcli.db"
    path.chmod(0o400)
    assert cli("apikey", "list", "--field", "name").out == "ci\n"
