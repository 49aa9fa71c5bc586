"""What scripts rely on does not change in silence: flags, arguments, exit codes, error codes."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from authcli.cli._errors import ExitCode
from authcli.cli.help.codes import codes
from tests.docs.commands import Command, commands
from tests.docs.contract import CHANGELOG, PATH, Change, changes, contract, is_announced, written
from tests.docs.texts import read

Kept = Callable[[Path, str], None]

SMALL: dict[str, Any] = {
    "exits": {"0": "ok", "3": "rejected"},
    "errors": {"token.expired": "4", "key.note": ""},
    "flags": {"--ttl": "--exp"},
    "commands": {
        "authcli": {"options": {"-q, --quiet": ""}},
        "authcli jwt": {"aliases": "token"},
        "authcli jwt mint": {
            "aliases": "new sign",
            "arguments": "[TOKEN] [CLAIM]... a|b",
            "options": {
                "-k, --key": "SOURCE",
                "-a, --aud, --audience": "AUD, repeatable",
                "--to": "URL, required",
                "--when": "now|later, default now",
                "--dry-run": "",
            },
        },
    },
}
MINT = ("commands", "authcli jwt mint")


def test_nothing_that_scripts_rely_on_changed_unannounced(kept: Kept) -> None:
    """A change that breaks needs its line in the change log; all others `dev.py docs` alone."""
    now = contract()
    before = json.loads(PATH.read_text("utf-8")) if PATH.exists() else now
    changelog = CHANGELOG.read_text("utf-8")
    found = changes(before, now)
    breaking = [c for c in found if c.breaks and not is_announced(c, changelog)]
    assert breaking == [], (
        "scripts break, so CHANGELOG.md must name each under Changed or Removed, "
        f"and then: python3 dev.py docs\n{told(breaking)}"
    )
    try:
        kept(PATH, written(now))
    except AssertionError as error:
        pytest.fail(f"{error}\n{told(found)}", pytrace=False)


def told(found: list[Change]) -> str:
    return "\n".join(f"  {change.subject}: {change.what}" for change in found)


def edited(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """Return SMALL with another value at a path; None takes it away."""
    made = copy.deepcopy(SMALL)
    *parents, last = path
    place = made
    for name in parents:
        place = place[name]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return made


def option(text: str | None, name: str) -> dict[str, Any]:
    return edited((*MINT, "options", name), text)


BREAKING: dict[str, dict[str, Any]] = {
    "exit code 3: is gone": edited(("exits", "3"), None),
    "exit code 3: was rejected and is refused": edited(("exits", "3"), "refused"),
    "token.expired: is gone": edited(("errors", "token.expired"), None),
    "token.expired: was 4 and is 3": edited(("errors", "token.expired"), "3"),
    "key.note: was none and is 2": edited(("errors", "key.note"), "2"),
    "--ttl: is gone": edited(("flags", "--ttl"), None),
    "authcli jwt mint: is gone": edited(MINT, None),
    "authcli token: is gone": edited(("commands", "authcli jwt"), {}),
    "authcli jwt sign: is gone": edited((*MINT, "aliases"), "new"),
    "authcli --quiet: is gone|authcli -q: is gone": edited(("commands", "authcli"), {}),
    "authcli jwt mint a|b: is gone": edited((*MINT, "arguments"), "[TOKEN] [CLAIM]..."),
    "authcli jwt mint [CLAIM]...: is [CLAIM] now": edited(
        (*MINT, "arguments"), "[TOKEN] [CLAIM] a|b"
    ),
    "authcli jwt mint [TOKEN]: is TOKEN now": edited((*MINT, "arguments"), "TOKEN [CLAIM]... a|b"),
    "authcli jwt mint a|b: is a|c now": edited((*MINT, "arguments"), "[TOKEN] [CLAIM]... a|c"),
    "authcli jwt mint MORE: is new": edited((*MINT, "arguments"), "[TOKEN] [CLAIM]... a|b MORE"),
    "authcli jwt mint --dry-run: is gone": option(None, "--dry-run"),
    "authcli jwt mint --dry-run: takes a value now": option("HOW", "--dry-run"),
    "authcli jwt mint --key: takes no value now": option("", "-k, --key"),
    "authcli jwt mint --audience: is repeatable no more": option("AUD", "-a, --aud, --audience"),
    "authcli jwt mint --key: is required now": option("SOURCE, required", "-k, --key"),
    "authcli jwt mint --extra: is new": option("X, required", "--extra"),
    "authcli jwt mint --when: has the default later now, and not now": option(
        "now|later, default later", "--when"
    ),
    "authcli jwt mint --when: takes now|soon now, and not now|later": option(
        "now|soon, default now", "--when"
    ),
}
ADDING: dict[str, dict[str, Any]] = {
    "exit code 4: is new": edited(("exits", "4"), "expired"),
    "token.new: is new": edited(("errors", "token.new"), "3"),
    "authcli jwt new: is new": edited(("commands", "authcli jwt new"), {}),
    "authcli jwt encode: is new": edited((*MINT, "aliases"), "new sign encode"),
    "authcli jwt mint [MORE]: is new": edited(
        (*MINT, "arguments"), "[TOKEN] [CLAIM]... a|b [MORE]"
    ),
    "authcli jwt mint a|b: is a|b|c now": edited((*MINT, "arguments"), "[TOKEN] [CLAIM]... a|b|c"),
    "authcli jwt mint --key: is repeatable now": option("SOURCE, repeatable", "-k, --key"),
    "authcli jwt mint --to: is required no more": option("URL", "--to"),
    "authcli jwt mint --key: takes FILE now, and not SOURCE": option("FILE", "-k, --key"),
    "authcli jwt mint --when: takes WHEN now, and not now|later": option(
        "WHEN, default now", "--when"
    ),
    "authcli jwt mint --extra: is new": option("X", "--extra"),
}


def lines(found: list[Change]) -> str:
    return "|".join(f"{change.subject}: {change.what}" for change in found)


def test_the_same_is_no_change() -> None:
    assert changes(SMALL, copy.deepcopy(SMALL)) == []


@pytest.mark.parametrize("said", BREAKING)
def test_a_change_that_breaks_scripts_is_found(said: str) -> None:
    found = changes(SMALL, BREAKING[said])
    assert lines(found) == said
    assert all(change.breaks for change in found)


@pytest.mark.parametrize("said", ADDING)
def test_what_is_only_added_breaks_nothing(said: str) -> None:
    found = changes(SMALL, ADDING[said])
    assert lines(found) == said
    assert not any(change.breaks for change in found)


def test_a_second_name_for_a_required_option_breaks_nothing() -> None:
    names = {"--to": None, "-t, --to": "URL, required"}
    options = {**SMALL["commands"]["authcli jwt mint"]["options"], **names}
    after = edited((*MINT, "options"), {k: v for k, v in options.items() if v is not None})
    assert changes(SMALL, after) == [Change("authcli jwt mint -t", "is new", breaks=False)]


def test_an_option_that_lost_a_name_is_told_of() -> None:
    options = dict(SMALL["commands"]["authcli jwt mint"]["options"])
    options["--aud, --audience"] = options.pop("-a, --aud, --audience")
    after = edited((*MINT, "options"), options)
    assert changes(SMALL, after) == [Change("authcli jwt mint -a", "is gone", breaks=True)]


def test_a_change_is_announced_where_the_newest_section_names_it() -> None:
    change = Change("authcli jwt mint --record", "is gone", breaks=True)
    log = "# Changelog\n\n## Unreleased\n\n### {}\n\n- `jwt mint\n  --record`.\n\n## 0.1 - {}\n"
    assert is_announced(change, log.format("Removed", "2026-01-01"))
    assert is_announced(change, log.format("Changed", "2026-01-01"))
    assert not is_announced(change, log.format("Added", "2026-01-01"))
    older = "# Changelog\n\n## Unreleased\n\n## 0.1\n\n### Removed\n\n- `jwt mint --record`\n"
    assert not is_announced(change, older)


def test_help_names_only_exit_codes_that_there_are() -> None:
    unknown = {
        (command.name, number)
        for command in commands()
        for number in named_exits(command)
        if number not in set(ExitCode)
    }
    assert unknown == set()


def named_exits(command: Command) -> list[int]:
    """Return the exit codes that a command's help speaks of, in its list and elsewhere."""
    exits = command.text.exits
    told = [*(block.prose for block in command.text.body), *(o.help for o in command.options)]
    told += [when for _, when in exits.codes] if exits else []
    elsewhere = re.findall(r"\b[Ee]xit(?: codes?)? (\d+)", " ".join(told))
    return [number for number, _ in (exits.codes if exits else ())] + [int(n) for n in elsewhere]


def test_an_exit_code_that_help_should_not_name_is_seen() -> None:
    exits = read(
        "Do.\n\nExit codes: 0 done, also if 3 were there, 3 no;\n128 and its number, 11 x."
    ).exits
    assert exits is not None
    assert [number for number, _ in exits.codes] == [0, 3, 11]


def test_error_codes_have_exit_codes_that_there_are() -> None:
    assert {code.exit for code in codes().values() if code.exit} <= set(ExitCode)
