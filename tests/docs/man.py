"""The manual: a page of man(1) for authcli itself, and one for each command and group.

They are built from what `--help` and `authcli help` say. A page has no date but the day on which
its version was released, so that nothing changes by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from authcli import __version__
from authcli.cli._devkey import development_key_path
from authcli.cli._places import PROJECT_NAME
from authcli.cli._store import default_path
from authcli.cli.help.topics import TOPICS
from authcli.keychain import sealed
from authcli.roots import ROOTS
from tests.docs import texts
from tests.docs.commands import Argument, Command, Option, commands, common_options, root
from tests.docs.roff import bold, escaped, filled, heading, italic, item, paragraph, prose, verbatim

__all__ = ["FOLDER", "pages", "released"]

CHECKOUT = Path(__file__).parents[2]
FOLDER = CHECKOUT / "docs" / "man"
GRAMMARS = ("sources", "times", "claims")

DATA = "~/.local/share/authcli"
#: Place -> what is there.
FILES = {
    "~/.config/authcli/config.toml": "your settings (`authcli config path`)",
    PROJECT_NAME: "a project's settings, in its folder or one above (`authcli config trust`)",
    f"{DATA}/{default_path().name}": "the store, unless --store names another",
    **{f"{DATA}/{default_path().name}{row.suffix}": row.help for row in ROOTS.values()},
    f"{DATA}/{development_key_path().name}": "the development key, made when first needed",
    f"{DATA}/{sealed.FILE}": "the keychain, where the system has none; encrypted",
    "~/.cache/authcli": "fetched key sets; may be deleted at any time",
}
FILES_NOTE = """\
The folders follow XDG_CONFIG_HOME, XDG_DATA_HOME and XDG_CACHE_HOME on Linux; on macOS and Windows
they are where those systems keep such files. `authcli doctor` says who else can read them."""

SECURITY = """\
Keys, passwords and passphrases come from sources, and never from the command line, where every
process can see them; literal:TEXT is the exception, and draws a warning. Secrets are written to
files of mode 0600. Messages, --debug and the audit hold none.

What is under test (a token, an API key, a hash, a code) is a stranger's text: it never starts a
process, opens a file or reaches the network, and cannot control the terminal.

`authcli jwt decode` and `authcli jwt inspect` without a key verify nothing. The algorithms that
`authcli jwt verify` accepts come from the key, never from the token.

Flags spell out what weakens a check: --allow-weak, --lenient, --on-store-error."""


def pages() -> dict[str, str]:
    """Return the text of every page by its file's name."""
    found = {"authcli.1": _overview()}
    found.update({f"{_title(command)}.1": _page(command) for command in commands()})
    return found


def released(version: str = __version__) -> str:
    """Return the day on which the change log has a version released, or nothing."""
    log = (CHECKOUT / "CHANGELOG.md").read_text("utf-8")
    found = re.search(rf"^## \[?{re.escape(version)}\]? - (\d{{4}}-\d\d-\d\d)$", log, re.MULTILINE)
    return found[1] if found else ""


def _overview() -> str:
    here = root()
    variables = TOPICS["environment"].data()["variables"]
    return _joined(
        *_top(here),
        [".PP", bold("authcli"), r"\fIGROUP\fR [\fICOMMAND\fR] [\fIOPTIONS\fR] [\fIARGUMENTS\fR]"],
        heading("DESCRIPTION"),
        prose(here.text.summary),
        paragraph("A terminal gets words and colour, a pipe the bare value, --json one object."),
        *map(_block, here.text.body),
        _members(here),
        heading("OPTIONS"),
        *(_option(option) for option in here.options),
        heading("COMMON OPTIONS"),
        prose("Every command takes these, before its name or after it."),
        *(_option(option) for option in common_options()),
        *(_topic(name) for name in GRAMMARS),
        heading("EXIT STATUS"),
        *_exit_table(),
        paragraph("Error codes and their causes: `authcli help exit-codes`, `authcli help CODE`."),
        heading("ENVIRONMENT"),
        *(item(bold(row["variable"]), prose(row["meaning"])) for row in variables),
        heading("FILES"),
        *(item(italic(place), prose(text)) for place, text in FILES.items()),
        paragraph(FILES_NOTE.replace("\n", " ")),
        heading("SECURITY"),
        *(paragraph(text.replace("\n", " ")) for text in SECURITY.split("\n\n")),
        _examples(here.text),
        _see_also(f"authcli-{name}" for name, _ in here.members),
    )


def _page(command: Command) -> str:
    listed = ", ".join(bold(option.names[-1]) for option in common_options())
    return _joined(
        *_top(command),
        _synopsis(command),
        heading("DESCRIPTION"),
        prose(command.text.summary),
        *map(_block, command.text.body),
        _also(command),
        _members(command),
        _arguments(command.arguments),
        heading("OPTIONS"),
        *(_option(option) for option in command.options),
        [".PP"],
        filled(f"Common options, see \\fBauthcli\\fR(1): {listed}."),
        _exits(command.text.exits),
        _examples(command.text),
        _see_also(_related(command)),
    )


def _joined(*parts: Iterable[str]) -> str:
    text = "".join(f"{line}\n" for part in parts for line in part)
    return re.sub(r"^(\.SH .*\n)\.PP\n", r"\1", text, flags=re.MULTILINE)  # a heading begins one


def _title(command: Command) -> str:
    return "-".join(command.words)


def _top(command: Command) -> tuple[list[str], ...]:
    title = _title(command)
    source = f'.TH {escaped(title.upper())} 1 "{released()}" "authcli {__version__}"'
    line = command.line.rstrip(".")
    return (
        [r".\" Generated by python3 dev.py docs from the program's own help.", source],
        # What is copied must not have been cut at a line's end.
        [".nh", ".ad l"],
        heading("NAME"),
        filled(f"{escaped(title)} \\- {escaped(line[:1].lower() + line[1:])}"),
        heading("SYNOPSIS"),
    )


def _synopsis(command: Command) -> list[str]:
    rest = command.synopsis.removeprefix(command.name).split()
    return [bold(command.name), " ".join(re.sub(r"[\w|]+", _word, escaped(w)) for w in rest)]


def _word(found: re.Match[str]) -> str:
    return f"\\fI{found[0]}\\fR" if found[0].isupper() else f"\\fB{found[0]}\\fR"


def _block(block: texts.Block) -> list[str]:
    return verbatim(block.lines) if block.verbatim else paragraph(block.prose)


def _also(command: Command) -> list[str]:
    if not command.aliases:
        return []
    return paragraph(f"Other names: {', '.join(f'`{alias}`' for alias in command.aliases)}.")


def _members(command: Command) -> list[str]:
    if not command.members:
        return []
    rows = [
        item(f"{bold(f'{_title(command)}-{n}')}(1)", prose(text)) for n, text in command.members
    ]
    return [*heading("COMMANDS"), *(line for row in rows for line in row)]


def _arguments(arguments: tuple[Argument, ...]) -> list[str]:
    if not arguments:
        return []
    rows = [item(italic(argument.metavar), prose(argument.help)) for argument in arguments]
    return [*heading("ARGUMENTS"), *(line for row in rows for line in row)]


def _option(option: Option) -> list[str]:
    tag = ", ".join(map(bold, option.names))
    text = option.help + (" Required." if option.required else "")
    text += f" Default: `{option.default}`." if option.default else ""
    text += f" Variable: {option.variable}." if option.variable else ""
    return item(f"{tag} {italic(option.metavar)}" if option.metavar else tag, prose(text))


def _exits(exits: texts.Exits | None) -> list[str]:
    if exits is None:
        return []
    rows = [item(bold(str(code)), prose(text)) for code, text in exits.codes]
    lead = prose(exits.lead) if exits.lead else []
    rest = paragraph("Other codes are those of every command: see `authcli help exit-codes`.")
    return [*heading("EXIT STATUS"), *lead, *(line for row in rows for line in row), *rest]


def _exit_table() -> Iterator[list[str]]:
    for row in TOPICS["exit-codes"].data()["exits"]:
        yield item(f"{bold(str(row['exit']))} {escaped(row['name'])}", prose(row["meaning"]))


def _topic(name: str) -> list[str]:
    title, *rest = texts.blocks(TOPICS[name].text())
    return [*heading(title.prose.upper()), *(line for block in rest for line in _block(block))]


def _examples(text: texts.Text) -> list[str]:
    return [*heading("EXAMPLES"), *verbatim(text.examples)] if text.examples else []


def _related(command: Command) -> Iterator[str]:
    """Yield the pages above and below, and those of the commands that its help names."""
    known: Mapping[str, str] = {other.name: _title(other) for other in commands()}
    yield "authcli"
    yield from ("-".join(command.words[:end]) for end in range(2, len(command.words)))
    yield from (f"{_title(command)}-{name}" for name, _ in command.members)
    for piece, code in texts.marked(" ".join(block.prose for block in command.text.body)):
        words = piece.split(" --")[0]
        if code and words in known and words != command.name:
            yield known[words]


def _see_also(titles: Iterable[str]) -> list[str]:
    listed = [f"{bold(title)}(1)" for title in dict.fromkeys(titles)]
    return [*heading("SEE ALSO"), *filled(", ".join(listed))]
