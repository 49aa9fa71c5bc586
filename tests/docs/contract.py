"""The contract with scripts, as data: commands with their flags, exit codes, error codes.

tests/docs/contract.json is what was promised last; `changes` tells what is different now, and what
of it breaks somebody's script. Help's wording is no part of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from authcli.cli._command import OPTIONS
from authcli.cli._errors import ExitCode
from authcli.cli.help.codes import codes
from tests.docs.commands import Command, Option, commands, common_options, root

__all__ = ["PATH", "Change", "changes", "contract", "is_announced", "written"]

PATH = Path(__file__).with_name("contract.json")
CHANGELOG = Path(__file__).parents[2] / "CHANGELOG.md"

#: {"exits": …, "errors": …, "flags": …, "commands": {"authcli jwt mint": {"options": …}}}
Contract: TypeAlias = Mapping[str, Mapping[str, Any]]


class Change(NamedTuple):
    """Something that is not as it was."""

    subject: str
    """What: "authcli jwt mint --record", "exit code 3", "token.expired"."""
    what: str
    breaks: bool
    """Whether a script that relied on what was promised may fail now."""


def contract() -> Contract:
    """Return what the program promises now."""
    listed = sorted(codes().items())
    return {
        "exits": {str(int(c)): c.name.lower().replace("_", "-") for c in ExitCode},
        "errors": {name: "" if code.exit is None else str(int(code.exit)) for name, code in listed},
        "flags": {_dashed(name): _dashed(meant) for name, meant in OPTIONS.items()},
        "commands": {
            "authcli": {"options": _options((*common_options(), *root().options))},
            **{command.name: _facts(command) for command in commands()},
        },
    }


def _dashed(name: str) -> str:
    return f"-{name}" if len(name) == 1 else f"--{name}"


def written(promised: Contract) -> str:
    """Return the contract as a file that is read in differences."""
    return json.dumps(promised, indent=1, ensure_ascii=False) + "\n"


def _facts(command: Command) -> dict[str, Any]:
    facts = {
        "aliases": " ".join(command.aliases),
        "arguments": " ".join(argument.metavar for argument in command.arguments),
        "options": _options(command.options),
    }
    return {name: value for name, value in facts.items() if value}


def _options(options: tuple[Option, ...]) -> dict[str, str]:
    """Return ("-a, --aud": "AUD, repeatable"), and "" for a flag without a value."""
    return {", ".join(option.names): ", ".join(_properties(option)) for option in options}


def _properties(option: Option) -> Iterator[str]:
    if option.metavar:
        yield option.metavar
    if option.repeatable:
        yield "repeatable"
    if option.required:
        yield "required"
    if option.default is not None:
        yield f"default {option.default}"


def changes(before: Contract, after: Contract) -> list[Change]:
    """Return in what two contracts differ."""
    return [
        *_changed_rows("exit code ", before["exits"], after["exits"]),
        *_changed_rows("", before["errors"], after["errors"]),
        *_changed_rows("", before["flags"], after["flags"]),
        *_changed_commands(before["commands"], after["commands"]),
    ]


def is_announced(change: Change, changelog: str) -> bool:
    """Say whether the newest section of the change log names it under Changed or Removed."""
    newest = re.split(r"^## ", changelog, maxsplit=2, flags=re.MULTILINE)[1]
    sections = re.split(r"^### ", newest, flags=re.MULTILINE)
    told = " ".join(text for text in sections if text.startswith(("Changed\n", "Removed\n")))
    return change.subject.removeprefix("authcli ") in " ".join(told.split())


def _changed_rows(
    title: str, before: Mapping[str, str], after: Mapping[str, str]
) -> Iterator[Change]:
    for name, meaning in before.items():
        if name not in after:
            yield Change(f"{title}{name}", "is gone", breaks=True)
        elif after[name] != meaning:
            what = f"was {meaning or 'none'} and is {after[name] or 'none'}"
            yield Change(f"{title}{name}", what, breaks=True)
    for name in after.keys() - before.keys():
        yield Change(f"{title}{name}", "is new", breaks=False)


def _changed_commands(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for name, old in before.items():
        if name not in after:
            yield Change(name, "is gone", breaks=True)
            continue
        new = after[name]
        aliases = (dict.fromkeys(facts.get("aliases", "").split(), name) for facts in (old, new))
        yield from _changed_rows(f"{name.rpartition(' ')[0]} ", *aliases)
        arguments = (facts.get("arguments", "").split() for facts in (old, new))
        yield from _changed_arguments(name, *arguments)
        yield from _changed_options(name, old.get("options", {}), new.get("options", {}))
    for name in after.keys() - before.keys():
        yield Change(name, "is new", breaks=False)


def _changed_arguments(name: str, before: list[str], after: list[str]) -> Iterator[Change]:
    for old, new in zip(before, after, strict=False):
        if old != new:
            tightened = old.startswith("[") and not new.startswith("[")
            narrowed = old.endswith("...") and not new.endswith("...")
            breaks = tightened or narrowed or _lost_choices(old, new)
            yield Change(f"{name} {old}", f"is {new} now", breaks=breaks)
    for old in before[len(after) :]:
        yield Change(f"{name} {old}", "is gone", breaks=True)
    for new in after[len(before) :]:
        yield Change(f"{name} {new}", "is new", breaks=not new.startswith("["))


def _changed_options(
    name: str, before: Mapping[str, str], after: Mapping[str, str]
) -> Iterator[Change]:
    old, new = _by_name(before), _by_name(after)
    for flags in before:
        told: set[str] = set()  # of an option with three names each change is told once
        for flag in reversed(flags.split(", ")):
            for change in _changed_flag(f"{name} {flag}", old[flag], new.get(flag)):
                if change.what not in told:
                    yield change
                    told.update({change.what} - {"is gone"})
    for flags in after:
        names = flags.split(", ")
        for flag in (flag for flag in names if flag not in old):
            known = any(other in old for other in names)
            breaks = "required" in new[flag] and not known
            yield Change(f"{name} {flag}", "is new", breaks=breaks)


def _by_name(options: Mapping[str, str]) -> dict[str, list[str]]:
    return {
        flag: [part for part in text.split(", ") if part]
        for flags, text in options.items()
        for flag in flags.split(", ")
    }


def _changed_flag(subject: str, old: list[str], new: list[str] | None) -> Iterator[Change]:
    if new is None:
        yield Change(subject, "is gone", breaks=True)
        return
    had, has = _value(old), _value(new)
    if bool(had) != bool(has):
        yield Change(subject, f"takes {'a' if has else 'no'} value now", breaks=True)
    elif had != has:
        yield Change(subject, f"takes {has} now, and not {had}", breaks=_lost_choices(had, has))
    if ("repeatable" in old) != ("repeatable" in new):
        said = "is repeatable no more" if "repeatable" in old else "is repeatable now"
        yield Change(subject, said, breaks="repeatable" in old)
    if ("required" in old) != ("required" in new):
        said = "is required no more" if "required" in old else "is required now"
        yield Change(subject, said, breaks="required" in new)
    if (was := _default(old)) != (now := _default(new)):
        yield Change(
            subject, f"has the default {now or 'none'} now, and not {was or 'none'}", breaks=True
        )


def _value(properties: list[str]) -> str:
    words = [p for p in properties if p not in ("repeatable", "required")]
    return next((word for word in words if not word.startswith("default ")), "")


def _default(properties: list[str]) -> str:
    return next((p.removeprefix("default ") for p in properties if p.startswith("default ")), "")


def _lost_choices(old: str, new: str) -> bool:
    """Say whether one may type less than before; a name for any text takes every choice in."""
    return bool(_choices(new)) and not _choices(old) <= _choices(new)


def _choices(metavar: str) -> set[str]:
    """Return the words of which one is to be typed: of closed|open, and not of FILE|URL."""
    words = metavar.strip("[]{}.").split("|")
    return set(words) if len(words) > 1 and metavar.upper() != metavar else set()
