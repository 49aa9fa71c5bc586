"""`authcli apikey update`, `enable` and `disable`."""

from __future__ import annotations

import json
from typing import Any

import pexpect
import pytest

from authcli.apikeys.names import resolve
from authcli.apikeys.text import display_id
from authcli.cli.apikey._facts import facts
from authcli.clock import now_ms
from tests.cli.harness import Cli
from tests.cli.test_apikey_list import ids, issued, on_terminal, opened


def told(cli: Cli, text: str) -> dict[str, Any]:
    """What the store says of a key, without a process."""
    with opened(cli) as store:
        return facts(resolve(store.api_keys, text), at_ms=now_ms())


def asked(cli: Cli, *words: str) -> pexpect.spawn:
    """Start a command on a terminal that somebody sits at."""
    command, *rest = cli.command(*words)
    return pexpect.spawn(
        command, rest, env=cli.environment({"TERM": "xterm"}), cwd=str(cli.home),
        encoding="utf-8", timeout=30, dimensions=(40, 80),
    )  # fmt: skip


def finish(child: pexpect.spawn) -> tuple[int | None, str]:
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus, str(child.before).replace("\r\n", "\n")


def events(cli: Cli) -> list[str]:
    with opened(cli) as store:
        return [event.event for event in store.audit.find()]


def test_disable_and_enable_are_idempotent_and_say_so(cli: Cli) -> None:
    key = issued(cli, "ci")
    key_id = display_id(key.key.id)
    assert str(cli("apikey", "disable", "ci")) == (f"exit: 0\n--- stdout\n{key_id}\n--- stderr\n")
    assert cli("apikey", "verify", "-", stdin=str(key.text)).code == 5
    assert str(cli("apikey", "disable", key_id)) == (
        f"exit: 0\n--- stdout\n{key_id}\n--- stderr\nnote: {key_id} (ci) was disabled already\n"
    )
    enabled = json.loads(cli.ok("apikey", "enable", "ci", "--json"))
    assert enabled["schema"] == "authcli/apikey.enable/1"
    assert [(i["id"], i["changed"], i["state"]) for i in enabled["items"]] == [
        (key_id, True, "live")
    ]
    again = cli.ok("apikey", "enable", "ci", "--field", "id", "--field", "changed")
    assert again == f"{key_id}\tfalse"
    assert cli("apikey", "verify", "-", stdin=str(key.text)).code == 0
    assert events(cli).count("apikey.disabled") == events(cli).count("apikey.enabled") == 1


def test_several_ids_are_changed_all_or_none(cli: Cli) -> None:
    one, two = ids(cli, "a", "b")
    result = cli("apikey", "disable", "a", "nope", "b")
    assert (result.code, result.out) == (7, "")
    assert "nope" in result.err
    assert told(cli, one)["state"] == told(cli, two)["state"] == "live"
    assert cli("apikey", "disable", "a", "b", "a").out == f"{one}\n{two}\n"
    cli.ok("apikey", "revoke", "a")
    refused = cli("apikey", "enable", "b", "a")
    assert (refused.code, refused.out) == (8, "")
    assert told(cli, two)["state"] == "disabled"


def test_a_name_means_the_keys_of_its_lineage_that_live(cli: Cli) -> None:
    """Who disables "ci" does not leave its predecessor at work until the end of its grace."""
    (old,) = ids(cli, "ci")
    new = cli.ok("apikey", "rotate", "ci", "--field", "new.id", "-q")
    assert set(cli.ok("apikey", "disable", "ci").split()) == {old, new}
    assert set(cli.ok("apikey", "enable", "ci").split()) == {old, new}
    assert cli.ok("apikey", "disable", old) == old
    assert told(cli, new)["state"] == "live"


def test_filters_without_anybody_to_ask_are_exit_2(cli: Cli) -> None:
    one, two = ids(cli, "a", "b", owner="alice")
    (other,) = ids(cli, "c")
    assert str(cli("apikey", "disable", "--owner", "alice")) == (
        "exit: 2\n--- stdout\n--- stderr\n"
        "error: nobody to answer: disable 2 API keys?\nhint: add --yes\n"
    )
    plan = cli("apikey", "disable", "--owner", "alice", "--dry-run")
    assert plan.out == f"{one}\n{two}\n"
    assert "nothing was changed" in plan.err
    assert told(cli, one)["state"] == "live"
    assert cli.ok("apikey", "disable", "--owner", "alice", "--yes") == f"{one}\n{two}"
    assert told(cli, other)["state"] == "live"
    nobody = cli("apikey", "disable", "--owner", "alice", "--yes")
    assert (nobody.code, nobody.out) == (0, "")
    assert "no API key is meant" in nobody.err
    assert cli("apikey", "enable", "--owner", "alice", "-y", "-n").out == f"{one}\n{two}\n"


@pytest.mark.parametrize(("answer", "code", "state"), [("y", 0, "disabled"), ("", 130, "live")])
def test_filters_list_count_and_ask(cli: Cli, answer: str, code: int, state: str) -> None:
    (one,) = ids(cli, "ci\u202e", owner="alice")
    ids(cli, *map(str, range(11)), owner="alice")
    child = asked(cli, "apikey", "disable", "--owner", "alice")
    child.expect("disable 12 API keys\\? ")
    shown = str(child.before)
    assert "NAME" in shown
    assert "ci\\u202e" in shown
    assert "… and 2 more" in shown
    child.sendline(answer)
    assert finish(child)[0] == code
    assert told(cli, one)["state"] == state


def test_neither_ids_nor_filters_is_a_usage_error(cli: Cli) -> None:
    ids(cli, "ci")
    for words in (("disable",), ("enable",), ("disable", "ci", "--owner", "x"), ("update", "ci")):
        result = cli("apikey", *words, "--yes") if words[0] != "update" else cli("apikey", *words)
        assert (result.code, result.out) == (2, ""), str(result)


def test_an_update_prints_what_is_different(cli: Cli) -> None:
    (key_id,) = ids(cli, "ci", scopes=("read",), owner="alice", metadata={"a": 1, "b": 2})
    result = cli("apikey", "update", "ci", "--add-scope", "write", "--owner", "none",
                 "--meta", "team=x", "--remove-meta", "a", "--rate", "5/1m", "--quota", "9",
                 "--cidr", "10.0.0.0/8", "--name", "web")  # fmt: skip
    assert str(result) == (
        "exit: 0\n--- stdout\n"
        "name: web\nowner: none\nscopes: read write\ncidrs: 10.0.0.0/8\n"
        'metadata: {"b":2,"team":"x"}\nrate: 5/1m\nquota: 9\nquota_remaining: 9\n'
        "--- stderr\n"
    )
    found = told(cli, key_id)
    assert (found["name"], found["owner"], found["scopes"]) == ("web", None, ["read", "write"])
    assert (found["rate"], found["quota_remaining"]) == ("5/1m", 9)
    changed = json.loads(cli.ok("apikey", "update", "web", "--rate", "none", "--quota", "none",
                                "--cidr", "none", "--scope", "read", "--json"))  # fmt: skip
    assert changed["changed"] is True
    assert changed["before"]["rate"] == "5/1m"
    assert changed["after"] == {
        "scopes": ["read"], "cidrs": [], "rate": None, "quota": None, "quota_remaining": None,
    }  # fmt: skip
    assert cli.ok("apikey", "update", "web", "--remove-scope", "read") == "scopes: none"
    assert "rate" not in on_terminal(cli, "apikey", "show", "web")


def test_an_update_that_changes_nothing_says_so(cli: Cli) -> None:
    (key_id,) = ids(cli, "ci", owner="alice")
    before = events(cli)
    assert str(cli("apikey", "update", "ci", "--owner", "alice")) == (
        f"exit: 0\n--- stdout\n--- stderr\nnote: {key_id} is so already; nothing was changed\n"
    )
    assert events(cli) == before


def test_a_dry_run_of_an_update_checks_all_and_keeps_nothing(cli: Cli) -> None:
    (key_id,) = ids(cli, "ci")
    before, recorded = told(cli, key_id), events(cli)
    plan = json.loads(cli.ok("apikey", "update", "ci", "--expires", "never", "-n", "--json"))
    assert plan["changed"] is False
    assert plan["after"] == {"expires_at": None}
    assert cli("apikey", "update", "ci", "--expires", "1970-01-02", "--dry-run").code == 2
    assert (told(cli, key_id), events(cli)) == (before, recorded)
    page = on_terminal(cli, "apikey", "update", "ci", "--owner", "bob", "-n")
    assert "none -> bob" in page


def test_the_end_of_a_life_may_be_moved(cli: Cli) -> None:
    ids(cli, "ci")
    assert cli.ok("apikey", "update", "ci", "--expires", "2030-01-01") == (
        "expires_at: 2030-01-01T00:00:00Z"
    )
    assert cli.ok("apikey", "update", "ci", "--ttl", "never") == "expires_at: none"


@pytest.mark.parametrize(
    "flags",
    [
        ("--expires", "3600"),
        ("--expires", "-1d"),
        ("--rate", "fast"),
        ("--quota", "many"),
        ("--quota", "0"),
        ("--cidr", "10.0.0.1/8"),
        ("--scope", 'a"b'),
        ("--meta", "no-equals"),
        ("--name", "a\nb"),
        ("--owner", "x" * 300),
    ],
)
def test_what_a_key_cannot_have_is_exit_2_and_changes_nothing(
    cli: Cli, flags: tuple[str, ...]
) -> None:
    (key_id,) = ids(cli, "ci")
    before = told(cli, key_id)
    result = cli("apikey", "update", "ci", *flags)
    assert (result.code, result.out) == (2, ""), str(result)
    assert told(cli, key_id) == before


def test_a_revoked_key_stays_as_it_is(cli: Cli) -> None:
    (key_id,) = ids(cli, "ci")
    cli.ok("apikey", "revoke", "ci")
    assert cli("apikey", "update", key_id, "--owner", "bob").code == 8
    assert cli("apikey", "update", "nope", "--owner", "bob").code == 7


def test_every_verb_works_on_either_engine(cli: Cli, store_url: str) -> None:
    cli.env["AUTHCLI_STORE"] = store_url
    cli.ok("store", "init", "-q")
    issue = ("apikey", "issue", "-q", "--owner", "alice")
    cli.ok(*issue, "ci", "--expires", "3d", "--meta", "team=x")
    cli.ok(*issue, "bulk", "--count", "1200")
    assert len(cli.ok("apikey", "list", "--state", "live").splitlines()) == 1201
    assert len(cli.ok("apikey", "list", "--name", "b*", "--limit", "7").splitlines()) == 7
    assert cli("expiring", "--field", "name").out == "ci\n"
    assert cli.ok("apikey", "update", "ci", "--add-scope", "read:*") == "scopes: read:*"
    old = cli.ok("apikey", "show", "ci", "--field", "id")
    text = cli.ok("apikey", "rotate", "ci", "-q")
    assert cli("apikey", "rotate", "ci").code == 8
    new = cli.ok("apikey", "verify", "-", "--scope", "read:x", stdin=text)
    assert cli.ok("apikey", "usage", "ci", "--field", "id", "--field", "n") == f"{new}\t1"
    assert cli.ok("apikey", "rotate", "ci", "--finish") == new
    assert cli.ok("apikey", "show", old, "--field", "state") == "superseded"
    for verb in ("disable", "enable", "revoke"):
        swept = cli.ok("apikey", verb, "--name", "bulk", "--yes")
        assert len(set(swept.splitlines())) == 1200
    assert cli.ok("apikey", "list", "--state", "live") == new
    assert cli("apikey", "revoke", "--key", "-", stdin=text).out == f"{new}\n"
