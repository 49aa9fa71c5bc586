"""The command reference, docs/commands.md: all that `--help` says of every command, on one page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from authcli.cli.help.topics import TOPICS
from tests.docs import texts
from tests.docs.commands import Command, Option, commands, common_options, root
from tests.docs.markdown import anchor, code, fenced, prose, table

__all__ = ["PATH", "page"]

CHECKOUT = Path(__file__).parents[2]
PATH = CHECKOUT / "docs" / "commands.md"
SCHEMAS = CHECKOUT / "authcli" / "cli" / "help" / "schemas"
GRAMMARS = {"sources": "Sources", "times": "Instants and durations", "claims": "Claims"}


def page() -> str:
    """Return the text of the page."""
    parts = [
        "# Commands",
        "",
        "What `authcli COMMAND --help` says, on one page; written by `python3 dev.py docs`.",
        "",
        *_contents(),
        *_shared(),
    ]
    for command in commands():
        parts += _command(command)
    return "\n".join(parts).rstrip("\n") + "\n"


def _contents() -> Iterator[str]:
    for title in ("Common options", *GRAMMARS.values(), "Exit codes", "Environment"):
        yield f"- {_link(title, title)}"
    yield ""
    yield from table(["", "", ""], map(_contents_row, root().members))


def _contents_row(member: tuple[str, str]) -> tuple[str, str, str]:
    name, line = member
    inside = (c for c in commands() if c.words[1] == name and len(c.words) > 2)
    links = ", ".join(_link(" ".join(c.words[2:]), c.name) for c in inside)
    return _link(code(name), f"authcli {name}"), prose(line), links


def _link(text: str, heading: str) -> str:
    return f"[{text}](#{anchor(heading)})"


def _shared() -> Iterator[str]:
    yield from _heading(2, "Common options")
    yield from ("Every command takes these, before its name or after it.", "")
    yield from _options("option", (*common_options(), *root().options))
    for topic, title in GRAMMARS.items():
        yield from _heading(2, title)
        for block in list(texts.blocks(TOPICS[topic].text()))[1:]:
            yield from _block(block)
    yield from _heading(2, "Exit codes")
    exits = TOPICS["exit-codes"].data()["exits"]
    yield from table(
        ["code", "name", "when"], ((str(r["exit"]), r["name"], prose(r["meaning"])) for r in exits)
    )
    yield from ("Error codes, their causes and what to do: `authcli help exit-codes`.", "")
    yield from _heading(2, "Environment")
    variables = TOPICS["environment"].data()["variables"]
    yield from table(
        ["variable", "what it says"],
        ((code(r["variable"]), prose(r["meaning"])) for r in variables),
    )
    yield from ("A flag wins over its variable: `authcli help environment`.", "")


def _command(command: Command) -> Iterator[str]:
    yield from _heading(min(len(command.words), 4), command.name)
    yield from (prose(command.text.summary), "")
    yield from fenced([command.synopsis])
    if command.text.examples:
        yield from fenced(command.text.examples, "sh")
    for block in command.text.body:
        yield from _block(block)
    members = ((_link(code(n), f"{command.name} {n}"), prose(t)) for n, t in command.members)
    yield from table(["command", ""], members)
    yield from table(
        ["argument", ""], ((code(a.metavar), prose(a.help)) for a in command.arguments)
    )
    yield from _options("option", command.options)
    if command.text.exits:
        if lead := command.text.exits.lead:
            yield from (f"Exit code: {prose(lead)}.", "")
        rows = ((str(number), prose(when)) for number, when in command.text.exits.codes)
        yield from table(["exit code", ""], rows)
    yield from _names(command)


def _names(command: Command) -> Iterator[str]:
    """Yield what the command is called elsewhere: by other tools' users, and in JSON."""
    said = []
    if command.aliases:
        parent = " ".join(command.words[:-1])
        said.append(f"Also: {', '.join(code(f'{parent} {alias}') for alias in command.aliases)}.")
    if (SCHEMAS / f"{command.dotted}.json").exists():
        place = f"../{SCHEMAS.relative_to(CHECKOUT)}/{command.dotted}.json"
        said.append(f"JSON: [`authcli/{command.dotted}/1`]({place}).")
    if said:
        yield from (" ".join(said), "")


def _block(block: texts.Block) -> list[str]:
    return fenced(block.lines) if block.verbatim else [prose(block.prose), ""]


def _heading(level: int, title: str) -> list[str]:
    return [f"{'#' * level} {title}", ""]


def _options(title: str, options: tuple[Option, ...]) -> list[str]:
    return table([title, ""], ((_flag(option), _meaning(option)) for option in options))


def _flag(option: Option) -> str:
    *first, last = option.names
    shown = [*first, f"{last} {option.metavar}" if option.metavar else last]
    return ", ".join(map(code, shown))


def _meaning(option: Option) -> str:
    said = [prose(option.help)]
    said += ["Required."] if option.required else []
    said += [f"Default: {code(option.default)}."] if option.default else []
    said += [f"Variable: {code(option.variable)}."] if option.variable else []
    return " ".join(said)
