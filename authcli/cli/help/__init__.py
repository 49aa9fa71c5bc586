"""`authcli help`: topics, error codes and commands, explained."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from authcli.cli._common import command, new_single
from authcli.cli._run import Run

__all__ = ["app"]

app = new_single()


@command(app, reads_config=False)
def explain(
    run: Run,
    *,
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TOPIC]...", help="A topic, an error code, or a command."),
    ] = None,
) -> None:
    """Explain exit codes, sources, times, claims, settings, errors and commands.

    Examples:
      authcli help                  the list of topics
      authcli help exit-codes       what a script may rely on
      authcli help token.expired    an error code: its cause, and what to do
      authcli help jwt mint         a command: the same as its --help
      authcli help schemas jwt.mint > schema.json
    """
    from authcli.cli._output import emit

    words = words or []
    page = _topics() if not words else _page(words)
    if page is None:
        raise _unknown(words)
    emit(run, page, plain=page["text"])


def _topics() -> dict[str, Any]:
    from authcli.cli._text import columns
    from authcli.cli.help.topics import TOPICS

    rows = [(name, topic.summary) for name, topic in TOPICS.items()]
    rows += [("CODE", "An error code, such as token.expired."), ("COMMAND", "As its --help.")]
    return {
        "topic": None,
        "topics": {name: topic.summary for name, topic in TOPICS.items()},
        "text": f"authcli help TOPIC\n\n{columns(rows)}",
    }


def _page(words: list[str]) -> dict[str, Any] | None:
    if words[0] == "schemas" and words[1:]:
        return _schema(words[1:])
    return _topic(words) or _code(words) or _command(words)


def _topic(words: list[str]) -> dict[str, Any] | None:
    from authcli.cli.help.topics import TOPICS

    found = TOPICS.get(words[0]) if len(words) == 1 else None
    return {"topic": words[0], **found.data(), "text": found.text()} if found else None


def _schema(words: list[str]) -> dict[str, Any]:
    """Return a schema: named by itself, by its command's words, or as a document names it."""
    import json

    from authcli.cli.help.json_schemas import json_schema

    name = ".".join(words).removeprefix("authcli/").removesuffix("/1")
    found = json_schema(name)
    if found is None:
        raise _no_schema(name)
    return {
        "topic": f"schemas {name}",
        "json_schema": found,
        "text": json.dumps(found, indent=2),
    }


def _code(words: list[str]) -> dict[str, Any] | None:
    from authcli.cli._errors import MEANINGS
    from authcli.cli.help.codes import codes

    found = codes().get(words[0]) if len(words) == 1 else None
    if found is None:
        return None
    paragraphs = [found.name, found.meaning]
    paragraphs += [f"Why: {found.cause}"] if found.cause else []
    paragraphs += [f"What to do: {found.remedy}"] if found.remedy else []
    if found.exit is None:
        paragraphs.append("It stops nothing.")
    else:
        paragraphs.append(f"Exit code {int(found.exit)}: {MEANINGS[found.exit]}.")
    return {
        "topic": found.name,
        "code": found.name,
        "exit": None if found.exit is None else int(found.exit),
        "meaning": found.meaning,
        "cause": found.cause,
        "remedy": found.remedy,
        "text": "\n\n".join(_wrapped(paragraph) for paragraph in paragraphs),
    }


def _wrapped(paragraph: str) -> str:
    from textwrap import fill

    from authcli.cli.help.topics import WIDTH

    return fill(paragraph, WIDTH, break_on_hyphens=False, break_long_words=False)


def _command(words: list[str]) -> dict[str, Any] | None:
    from authcli.cli import _tree

    context = _tree.root()
    for word in words:
        context = _tree.child(context, word)
        if context is None:
            return None
    return {"topic": context.command_path, "text": context.get_help()}


def _no_schema(name: str) -> Exception:
    from difflib import get_close_matches

    from authcli.cli.help.json_schemas import schema_rows
    from authcli.errors import NotFound

    near = get_close_matches(name, [row.name for row in schema_rows()], 3)
    return NotFound(
        f"there is no schema {name[:60]!a}",
        hint=f"did you mean {' or '.join(near)}?" if near else "authcli help schemas lists them",
        code="topic.not-found",
    )


def _unknown(words: list[str]) -> Exception:
    from difflib import get_close_matches

    from authcli.cli import GROUPS
    from authcli.cli.help.codes import codes
    from authcli.cli.help.topics import TOPICS
    from authcli.errors import NotFound

    asked = " ".join(words)[:60]
    near = get_close_matches(words[0], [*TOPICS, *GROUPS, *codes()], 3)
    return NotFound(
        f"no help on {asked!a}",
        hint=f"did you mean {' or '.join(near)}?" if near else "authcli help lists the topics",
        code="topic.not-found",
    )
