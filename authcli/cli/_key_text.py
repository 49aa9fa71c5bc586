"""The text of a key where none may stand: it is never taken for a path, and no message repeats it.

Errors quote what was typed, and what was typed may be a key in the wrong place. So every message
passes `without_keys`, whoever wrote it.
"""

from __future__ import annotations

import re

from authcli.errors import InvalidInput

__all__ = ["is_key_text", "refuse_key_text", "without_keys"]

#: The shortest text that can be one of our API keys: a prefix of one letter, "_" and the rest.
_SHORTEST_API_KEY = 62
#: The shortest text that holds what is masked.
_SHORTEST_MASKED = 22

# An API key after the last "_" of its prefix: whole, whatever stands before it; or the beginning
# of one, as messages cut what they quote. An id, with which that begins, counts the time: its first
# digit is 0 or 1 until 2050. Hashes in lower-case hex, as file names have them, are let through.
_KEY = (
    "_[0-9A-Za-z]{60}(?![0-9A-Za-z])"
    "|(?<![0-9A-Za-z-])[a-z0-9]+_(?=[0-9a-z]*[A-Z])[01][0-9A-Za-z]{19,}"
)


def is_key_text(text: str) -> bool:
    """Say whether it is key material and never a path: PEM, JSON, or one of our API keys."""
    if text.startswith(("-----BEGIN", "{")) or "\n" in text:
        return True
    if len(text) < _SHORTEST_API_KEY:  # most are, and then nothing need be imported
        return False
    from authcli.apikeys.text import looks_like_a_key

    return looks_like_a_key(text)


def refuse_key_text(text: str) -> None:
    """Raise where a text is key material; a file that is named so has to be renamed.

    Raises:
        InvalidInput: it is.
    """
    if is_key_text(text):
        raise InvalidInput(
            "key text on the command line is visible to every process",
            hint="put it into a variable and use env:NAME, or into a file and use @FILE",
            code="source.literal",
        )


def without_keys(text: str) -> str:
    """Return a message with `****` for the text of API keys, whole or cut."""
    if len(text) < _SHORTEST_MASKED or "_" not in text:  # most are, and no pattern is compiled
        return text
    return re.sub(_KEY, lambda found: f"{found[0].partition('_')[0]}_****", text)
