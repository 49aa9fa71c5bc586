"""`authcli apikey expiring` and `authcli expiring`: exit code 10 when something ends soon."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree as ET

import pytest

from authcli.apikeys.text import display_id
from authcli.clock import now_ms
from tests.cli.harness import Cli
from tests.cli.test_apikey_list import DAY, ids, issued, on_terminal, opened

BOTH = [("apikey", "expiring"), ("expiring",)]


@pytest.mark.parametrize("command", BOTH, ids=" ".join)
def test_where_nobody_made_a_store_nothing_is_due(cli: Cli, command: tuple[str, ...]) -> None:
    assert str(cli(*command)) == "exit: 0\n--- stdout\n--- stderr\n"
    assert json.loads(cli.ok(*command, "--json"))["items"] == []
    assert not list(cli.home.rglob("*.db"))


@pytest.mark.parametrize("command", BOTH, ids=" ".join)
def test_what_ends_soon_is_exit_10_the_soonest_first(cli: Cli, command: tuple[str, ...]) -> None:
    now = now_ms()
    (later,) = ids(cli, "later", expires_at_ms=now + 13 * DAY)
    (soon,) = ids(cli, "soon", expires_at_ms=now + 2 * DAY)
    ids(cli, "never", expires_at_ms=None)
    ids(cli, "far", expires_at_ms=now + 15 * DAY)
    result = cli(*command)
    assert result.code == 10
    kind = [] if command[0] == "apikey" else ["apikey"]
    assert [line.split()[1:] for line in result.out.splitlines()] == [
        [*kind, soon, "soon"],
        [*kind, later, "later"],
    ]
    assert result.err.startswith("error: 2 API keys expire within 14 days\n")
    document = json.loads(cli(*command, "--json").out)
    assert document["schema"] == f"authcli/{'.'.join(command)}/1"
    first = document["items"][0]
    assert (first["kind"], first["id"], first["state"]) == ("apikey", soon, "live")
    assert 2 * 86_400 - 60 < first["seconds_left"] <= 2 * 86_400
    assert cli(*command, "--within", "3d", "--field", "name").out == "soon\n"
    assert cli(*command, "--within", "1d").code == 0
    assert cli(*command, "--within", "20d", "-q").out.count("\n") == 3
    page = on_terminal(cli, *command)
    used = " +never" if command[0] == "apikey" else ""
    assert re.search(rf"{soon} +soon +in (1 day|2 days){used}\n", page)
    assert max(len(line) for line in page.splitlines()) <= 80


def test_what_is_dead_or_has_a_successor_is_not_due(cli: Cli) -> None:
    now = now_ms()
    for name in ("revoked", "disabled", "rotated"):
        ids(cli, name, expires_at_ms=now + DAY)
    cli.ok("apikey", "revoke", "revoked")
    cli.ok("apikey", "disable", "disabled")
    cli.ok("apikey", "rotate", "rotated", "--expires", "90d")
    assert cli("expiring").code == 0


def test_filters_choose(cli: Cli) -> None:
    ids(cli, "a", owner="alice", expires_at_ms=now_ms() + DAY)
    ids(cli, "b", owner="bob", expires_at_ms=now_ms() + DAY)
    result = cli("apikey", "expiring", "--owner", "bob", "--field", "name")
    assert (result.code, result.out) == (10, "b\n")
    assert cli("apikey", "expiring", "--owner", "carol").code == 0


def test_junit_is_xml_whatever_names_hold(cli: Cli) -> None:
    name = "<&>\"' \u202e \U0001f600 é]]>"
    key_id = display_id(issued(cli, name, expires_at_ms=now_ms() + DAY, owner="x&y").key.id)
    with opened(cli) as store:  # as an import or another version may have left it
        store.database.run(
            "UPDATE api_keys SET owner = :owner",
            owner="a\x00\x1b[31m\ufffe\uffff\r\n".replace("\x00", "\x01"),
        )
    result = cli("expiring", "--format", "junit")
    assert result.code == 10
    suites = ET.fromstring(result.out)
    assert suites.attrib["failures"] == suites.attrib["tests"] == "1"
    case = suites.find("testsuite/testcase")
    assert case is not None
    assert case.attrib["name"].startswith("<&>\"' \\u202e \U0001f600 é]]>")
    assert key_id in case.attrib["name"]
    failure = case.find("failure")
    assert failure is not None
    assert "\\x1b[31m\\ufffe\\uffff\\r\\n" in (failure.text or "")


def test_junit_of_nothing_due_is_a_passed_test(cli: Cli) -> None:
    result = cli("expiring", "--format", "junit", "-o", "report.xml")
    assert (result.code, result.out) == (0, "")
    suites = ET.parse(cli.home / "report.xml").getroot()
    assert (suites.attrib["tests"], suites.attrib["failures"]) == ("1", "0")


def samples(text: str) -> list[tuple[dict[str, str], float]]:
    """Read Prometheus' text format, strictly."""
    found = []
    for line in text.removesuffix("\n").split("\n"):
        if line.startswith("#"):
            continue
        whole = re.fullmatch(r'[a-z_]+\{((?:[a-z]+="(?:[^"\\\n]|\\[\\n"])*",?)*)\} (-?\d+)', line)
        assert whole, line
        labels = re.findall(r'([a-z]+)="((?:[^"\\]|\\.)*)"', whole[1])
        unescaped = {
            name: re.sub(r"\\(.)", lambda m: {"n": "\n"}.get(m[1], m[1]), value)
            for name, value in labels
        }
        found.append((unescaped, float(whole[2])))
    return found


def test_prometheus_gets_every_key_that_will_end(cli: Cli) -> None:
    now = now_ms()
    hostile = 'a"b\\c {} é'
    ids(cli, "soon", expires_at_ms=now + DAY)
    ids(cli, hostile, expires_at_ms=now + 200 * DAY, owner="alice")
    ids(cli, "never", expires_at_ms=None)
    ids(cli, "dead", expires_at_ms=now + DAY)
    cli.ok("apikey", "revoke", "dead")
    result = cli("apikey", "expiring", "--format", "prometheus")
    assert result.code == 10
    assert result.out.startswith(
        "# HELP authcli_apikey_expires_in_seconds Seconds until the API key expires.\n"
        "# TYPE authcli_apikey_expires_in_seconds gauge\n"
    )
    found = samples(result.out)
    assert [labels["name"] for labels, _ in found] == ["soon", hostile]
    assert found[1][0]["owner"] == "alice"
    assert 199 * 86_400 < found[1][1] <= 200 * 86_400
    assert cli("apikey", "expiring", "--format", "prometheus", "--within", "1h").code == 0


@pytest.mark.parametrize(
    "flags",
    [
        ("--format", "xml"),
        ("--format", "junit", "--json"),
        ("--format", "prometheus", "--field", "id"),
        ("--within", "soon"),
        ("--within", "-1d"),
        ("--within", "14"),
        ("--expiring-within", "14d"),
        ("--field", "nope"),
        ("--time", "x"),
    ],
)
@pytest.mark.parametrize("command", BOTH, ids=" ".join)
def test_a_bad_flag_is_exit_2(cli: Cli, command: tuple[str, ...], flags: tuple[str, ...]) -> None:
    result = cli(*command, *flags)
    assert (result.code, result.out) == (2, ""), str(result)
