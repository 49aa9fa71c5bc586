"""The estimate of zxcvbn (extra `strength`), which knows 100,000 words, names and passwords."""

from __future__ import annotations

from collections.abc import Sequence

from authcli.passwords.guessing import MAX_JUDGED, Estimate

__all__ = ["estimate"]

_KINDS = {
    "dictionary": "a word",
    "spatial": "a row of the keyboard",
    "repeat": "a repetition",
    "sequence": "a sequence",
    "date": "a date",
    "regex": "a date",
}
_LISTS = {"passwords": "a common password", "user_inputs": "something known of its owner"}


def estimate(password: str, *, about: Sequence[str] = ()) -> Estimate | None:
    """Return zxcvbn's estimate; None where it is not installed.

    The arguments are those of `authcli.passwords.guessing.estimate`.
    """
    try:
        from zxcvbn import zxcvbn  # type: ignore[import-untyped,import-not-found,unused-ignore]
    except ImportError:
        return None
    if not password:
        return Estimate(0.0, ())
    # It takes minutes for thousands of characters.
    found = zxcvbn(password[:MAX_JUDGED], user_inputs=[*about])
    kinds = (
        _LISTS.get(part.get("dictionary_name", ""), _KINDS.get(part["pattern"], ""))
        for part in found["sequence"]
    )
    return Estimate(
        round(float(found["guesses_log10"]), 1),
        tuple(dict.fromkeys(kind for kind in kinds if kind)),
    )
