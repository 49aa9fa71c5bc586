"""What TAB offers: the program's half of completion, which the shells' scripts call.

    _AUTHCLI_COMPLETE=1 authcli -- WORD...      the words after `authcli`, up to the cursor

Answers with lines; the scripts read them and evaluate nothing:

    VALUE <TAB> DESCRIPTION     offer VALUE; the word goes on after a final `:`, `=`, `@` or `/`
    :files <TAB> COUNT          offer file names after the first COUNT characters of the word

A value and a description may come from a file that someone else wrote, and shells have run what
they were to show. So values are letters, digits and `_.:/@=+-`, and descriptions plain words;
what has other characters is not offered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from authcli.cli import _tree
from authcli.cli._candidates import FILES, Candidate, values_of

__all__ = ["complete", "main"]

_VALUE = re.compile(r"[A-Za-z0-9_.:/@=+-]{1,200}")
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9 .,:;/()=+_@-]")
MAX_DESCRIPTION = 72


def main(argv: Sequence[str]) -> int:
    """Answer a shell. Whatever is wrong, TAB offers nothing, and says nothing on the screen."""
    from authcli.cli._output import write_text

    with suppress(Exception):
        write_text("".join(f"{line}\n" for line in complete(argv[1:])))
    return 0


def complete(words: Sequence[str]) -> list[str]:
    """Return the answer to a command line.

    Args:
        words: what follows `authcli`; the last one is being typed, and may be empty.
    """
    *before, typed = words or [""]
    if typed in ('""', "''"):  # PowerShell before 7.3 cannot pass an empty argument
        typed = ""
    line = _read(before)
    if line is None:
        return []
    lines = []
    for candidate in _offered(line, typed):
        if candidate.value == FILES:
            lines.append(f"{FILES}\t{candidate.description}")
        elif candidate.value.startswith(typed) and _is_safe(candidate.value):
            lines.append(f"{candidate.value}\t{_plain(candidate.description)}")
    return list(dict.fromkeys(lines))


def _is_safe(value: str) -> bool:
    return _VALUE.fullmatch(value) is not None and not value.startswith(":")


def _plain(text: str) -> str:
    first = text.strip().partition("\n")[0]
    return _NOT_PLAIN.sub("", first)[:MAX_DESCRIPTION].strip()


@dataclass(slots=True)
class _Line:
    """A command line as far as it is typed."""

    context: Any
    awaiting: Any = None
    """The option whose value the next word is."""
    arguments: int = 0
    """How many positional arguments there are already."""
    given: frozenset[str] = frozenset()
    """The options there are already."""
    only_arguments: bool = False
    """Whether `--` ended the options."""


def _read(words: Sequence[str]) -> _Line | None:
    """Return where the words lead, or None where they name what does not exist."""
    line = _Line(_tree.root())
    for word in words:
        if line.awaiting is not None:
            line.awaiting = None
        elif word == "--" and not line.only_arguments:
            line.only_arguments = True
        elif word.startswith("-") and word != "-" and not line.only_arguments:
            _read_option(line, word)
        elif hasattr(line.context.command, "list_commands"):
            context = _tree.child(line.context, word)
            if context is None:
                return None
            line = _Line(context)
        else:
            line.arguments += 1
    return line


def _read_option(line: _Line, word: str) -> None:
    """Note an option, or a cluster of short ones, and whether it waits for its value."""
    name, equals, _ = word.partition("=")
    names = [name] if word.startswith("--") else [f"-{letter}" for letter in word[1:]]
    for number, one in enumerate(names):
        option = _option(line.context, one)
        if option is None:
            return
        line.given |= {option.name}
        if not option.is_flag:
            last = number == len(names) - 1
            line.awaiting = option if last and not equals else None
            return


def _options(context: Any) -> list[Any]:
    params = context.command.get_params(context)
    return [p for p in params if p.param_type_name == "option" and not getattr(p, "hidden", False)]


def _option(context: Any, name: str) -> Any:
    """Return the option of that name, or of another tool's name for it."""
    normalize = context.token_normalize_func or (lambda text: text)
    canonical = name[: len(name) - len(name.lstrip("-"))] + normalize(name.lstrip("-"))
    for option in _options(context):
        if {name, canonical} & {*option.opts, *option.secondary_opts}:
            return option
    return None


def _offered(line: _Line, typed: str) -> Iterator[Candidate]:
    command = line.context.command
    if line.awaiting is not None:
        yield from values_of(line.awaiting, typed)
    elif not line.only_arguments and typed.startswith("--") and "=" in typed:
        yield from _after_equals(line, typed)
    elif not line.only_arguments and typed.startswith("-") and typed != "-":
        yield from _option_names(line, typed)
    elif hasattr(command, "list_commands"):
        for name in command.list_commands(line.context):
            member = command.get_command(line.context, name)
            if not member.hidden:
                yield Candidate(name, member.get_short_help_str(MAX_DESCRIPTION))
    else:
        yield from _argument_values(line, typed)
        if typed == "-":
            yield from _option_names(line, typed)


def _option_names(line: _Line, typed: str) -> Iterator[Candidate]:
    """Offer each option once, by the first long name that fits; a given one if it is repeatable."""
    for option in _options(line.context):
        names = (*option.opts, *option.secondary_opts)
        fitting = [name for name in names if name.startswith("--") and name.startswith(typed)]
        if fitting and (option.name not in line.given or option.multiple):
            yield Candidate(fitting[0], option.help or "")


def _after_equals(line: _Line, typed: str) -> Iterator[Candidate]:
    name, _, value = typed.partition("=")
    option = _option(line.context, name)
    if option is None or option.is_flag:
        return
    head = f"{name}="
    for candidate in values_of(option, value):
        if candidate.value == FILES:
            yield Candidate(FILES, str(int(candidate.description) + len(head)))
        else:
            yield Candidate(head + candidate.value, candidate.description)


def _argument_values(line: _Line, typed: str) -> Iterator[Candidate]:
    params = line.context.command.get_params(line.context)
    arguments = [p for p in params if p.param_type_name == "argument"]
    if not arguments:
        return
    if line.arguments < len(arguments):
        yield from values_of(arguments[line.arguments], typed)
    elif arguments[-1].nargs == -1:
        yield from values_of(arguments[-1], typed)
