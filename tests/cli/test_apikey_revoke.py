"""`authcli apikey revoke`: by id, by name, by lines, by filters, by the key itself."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

from authcli.apikeys.text import build, display_id
from tests.cli.harness import Cli
from tests.cli.test_apikey_change import asked, events, finish, told
from tests.cli.test_apikey_list import ROWS, ids, issued, opened


def state(cli: Cli, key_id: str) -> object:
    return told(cli, key_id)["state"]


def test_what_is_named_is_revoked_without_a_question(cli: Cli) -> None:
    key = issued(cli, "ci")
    key_id = display_id(key.key.id)
    result = cli("apikey", "revoke", "ci", "--reason", "left the team")
    assert str(result) == f"exit: 0\n--- stdout\n{key_id}\n--- stderr\n"
    assert cli("apikey", "verify", "-", stdin=str(key.text)).code == 5
    first = told(cli, key_id)
    assert first["revoked_reason"] == "left the team"
    again = cli("apikey", "revoke", key_id, "--reason", "another", "--json")
    assert [item["changed"] for item in json.loads(again.out)["items"]] == [False]
    assert again.code == 0
    assert told(cli, key_id) == first
    assert events(cli).count("apikey.revoked") == 1


def test_an_unknown_id_among_several_changes_nothing(cli: Cli) -> None:
    one, two = ids(cli, "a", "b")
    result = cli("apikey", "revoke", one, "ak_00000000000", two)
    assert (result.code, result.out) == (7, "")
    assert "ak_00000000000" in result.err
    assert state(cli, one) == state(cli, two) == "live"


def test_a_name_means_its_lineage_and_an_id_one_key(cli: Cli) -> None:
    (old,) = ids(cli, "ci")
    new = cli.ok("apikey", "rotate", "ci", "--field", "new.id", "-q")
    assert cli.ok("apikey", "revoke", old) == old
    assert state(cli, new) == "live"
    newest = cli.ok("apikey", "rotate", new, "--field", "new.id", "-q")
    assert set(cli.ok("apikey", "revoke", "ci").split()) == {new, newest}


@pytest.mark.parametrize("verb", ["revoke", "rm", "delete", "remove"])
def test_a_name_means_the_same_after_a_rotation_that_was_aborted(cli: Cli, verb: str) -> None:
    (old,) = ids(cli, "ci")
    cli.ok("apikey", "rotate", "ci", "-q")
    cli.ok("apikey", "rotate", "ci", "--abort")
    assert cli.ok("apikey", verb, "ci") == old
    assert cli.ok("apikey", verb, "ci") == old


@pytest.mark.parametrize("name", ["a", "ak_"])
def test_a_name_that_every_displayed_id_begins_with_is_a_name(cli: Cli, name: str) -> None:
    """Its old key, which leaked, does not live on until the end of its grace."""
    old = issued(cli, name)
    new = cli.ok("apikey", "rotate", name, "--field", "new.id", "-q")
    revoked = cli.ok("apikey", "revoke", name)
    assert set(revoked.split()) == {display_id(old.key.id), new}
    assert cli("apikey", "verify", "-", stdin=str(old.text)).code == 5


def test_a_damaged_key_is_stopped_all_the_same(cli: Cli) -> None:
    """With the store's error where it is read, and no traceback of a list half-read."""
    key, other = issued(cli, "ci", owner="alice"), issued(cli, "web", owner="alice")
    key_id = display_id(key.key.id)
    with opened(cli) as store:
        sql = "UPDATE api_keys SET metadata = 'zz', expires_at = 'zz' WHERE id = :id"
        store.database.run(sql, id=key.key.id)
    for words in (("show", key_id), ("list", "--json"), ("rotate", "ci"), ("enable", "ci")):
        refused = cli("apikey", *words)
        assert refused.code == 9, str(refused)
        assert f"API key {key_id} is damaged" in refused.err
    assert str(cli("apikey", "disable", "ci")) == f"exit: 0\n--- stdout\n{key_id}\n--- stderr\n"
    assert cli.ok("apikey", "revoke", "--owner", "alice", "--yes", "--field", "id") == (
        f"{key_id}\n{display_id(other.key.id)}"
    )
    (again,) = json.loads(cli.ok("apikey", "revoke", key_id, "--json"))["items"]
    assert (again["state"], again["changed"]) == ("revoked", False)
    assert cli("apikey", "verify", "-", stdin=str(key.text)).code in (5, 9)


def test_ids_from_stdin_a_bad_line_is_reported_and_stops_nothing(cli: Cli) -> None:
    one, two = ids(cli, "a", "b")
    result = cli("apikey", "revoke", "-", stdin=f"{one}\nnope\n\n  {two} \r\n")
    assert str(result) == (
        f"exit: 7\n--- stdout\n{one}\n{two}\n--- stderr\n"
        "error: line 2: there is no API key 'nope'\nerror: 1 of 3 lines name no key\n"
    )
    assert state(cli, one) == state(cli, two) == "revoked"
    assert cli("apikey", "revoke", "-", stdin="").code == 2
    assert cli("apikey", "revoke", "-", one, stdin=one).code == 2
    assert cli("apikey", "revoke", "-", "--dry-run", stdin=one).code == 0


def test_a_list_can_be_piped_into_it(cli: Cli) -> None:
    both = ids(cli, "a", "b", owner="alice")
    (other,) = ids(cli, "c")
    listed = cli("apikey", "list", "--owner", "alice").out
    assert cli("apikey", "revoke", "-", stdin=listed).out.split() == both
    assert state(cli, other) == "live"


def test_filters_ask_and_dry_runs_change_nothing(cli: Cli) -> None:
    one, two = ids(cli, "ci-1", "ci-2")
    assert cli("apikey", "revoke", "--name", "ci-*").code == 2
    assert cli("apikey", "revoke", "--name", "ci-*", "--dry-run").out == f"{one}\n{two}\n"
    assert state(cli, one) == "live"
    child = asked(cli, "apikey", "revoke", "--name", "ci-*", "--reason", "sweep")
    child.expect("revoke 2 API keys\\? ")
    child.sendline("yes")
    code, shown = finish(child)
    assert code == 0
    assert f"revoked: {one} ci-1" in shown
    assert told(cli, two)["revoked_reason"] == "sweep"
    nobody = cli("apikey", "revoke", "--name", "ci-*", "--yes", "--json")
    assert json.loads(nobody.out)["items"] == []


def test_a_sweep_of_thousands_is_whole_though_nobody_reads(cli: Cli) -> None:
    """The reader of stdout leaves; every key is revoked all the same."""
    ids(cli, "ci")
    with opened(cli) as store:
        store.database.run(ROWS, count=2500)
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        cli.command("apikey", "revoke", "--name", "key-*", "--yes"),
        stdout=write, stderr=subprocess.PIPE, env=cli.environment(), cwd=cli.home,
    )  # fmt: skip
    os.close(write)
    assert done.returncode == 141
    assert cli.ok("apikey", "list", "--state", "live", "--field", "name") == "ci"
    assert events(cli).count("apikey.revoked") == 2500


def test_the_key_itself_is_revoked_only_when_it_is_genuine(cli: Cli) -> None:
    """Ids and checksums anybody can write; only the store knows the digest."""
    key = issued(cli, "ci")
    key_id = display_id(key.key.id)
    forged = build(prefix="ak_live", key_id=key.key.id, secret=b"\x07" * 32)
    for text in (forged, str(key.text)[:-1] + "!", "nonsense"):
        cli.env["LEAKED"] = text
        refused = cli("apikey", "revoke", "--key", "env:LEAKED")
        assert (refused.code, refused.out) == (3, ""), str(refused)
        assert text not in refused.err
    assert state(cli, key_id) == "live"
    cli.env["LEAKED"] = f"Bearer {key.text}\n"
    assert cli("apikey", "revoke", "-k", "env:LEAKED", "--dry-run").out == f"{key_id}\n"
    assert state(cli, key_id) == "live"
    assert cli("apikey", "revoke", "--key", "env:LEAKED", "--reason", "leaked").out == f"{key_id}\n"
    assert told(cli, key_id)["revoked_reason"] == "leaked"
    for form in ("{}", "X-API-Key: {}", "'{}'\r\n"):  # what `verify` takes
        assert cli("apikey", "revoke", "--key", "-", stdin=form.format(key.text)).code == 0


def test_a_key_on_the_command_line_is_refused_and_not_repeated(cli: Cli) -> None:
    key = issued(cli, "ci")
    for words in ((str(key.text),), ("--key", str(key.text)), ("-", "--reason", str(key.text))):
        refused = cli("apikey", "revoke", *words, stdin=display_id(key.key.id))
        assert (refused.code, refused.out) == (2, ""), str(refused)
        assert str(key.text)[-20:] not in refused.err
    assert state(cli, display_id(key.key.id)) == "live"


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("ci", "--owner", "alice"),
        ("ci", "--key", "env:HOME"),
        ("--owner", "alice", "--key", "env:HOME"),
        ("--owner", "alice", "--yes", "--reason", "two\nlines"),
        ("--state", "gone", "--yes"),
        ("--key", "env:NOT_SET"),
    ],
)
def test_what_cannot_be_meant_is_exit_2(cli: Cli, words: tuple[str, ...]) -> None:
    (key_id,) = ids(cli, "ci", owner="alice")
    result = cli("apikey", "revoke", *words)
    assert (result.code, result.out) == (2, ""), str(result)
    assert state(cli, key_id) == "live"
