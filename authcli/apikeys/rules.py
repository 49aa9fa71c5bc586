"""Rules by which other scanners find our keys: gitleaks, trufflehog, GitHub's secret scanning.

A regular expression cannot check a checksum, so each is as narrow as the shape allows: the first
digits of id and checksum are bounded (`scan.finder`), and what follows must end the run. None needs
what these engines lack: RE2 (gitleaks, trufflehog) and Hyperscan (GitHub) look neither back nor
ahead. Before a key anything may stand: `MYKEY_ak_live_…`, and `\\nak_live_…` in a JSON text.

Sources: gitleaks, README "Configuration"; trufflehog, pkg/custom_detectors; GitHub Docs, "Custom
patterns reference".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from authcli.apikeys.scan.finder import BODY
from authcli.apikeys.text import build, check_prefix, new_id, new_secret
from authcli.clock import now_ms

__all__ = ["SCANNERS", "example", "expression", "rules"]

NAME = "authcli-api-key"
DESCRIPTION = "API key issued by authcli"
#: Bits a character: sixty random base62 characters have five, `ak_live_000…` hardly any.
ENTROPY = 3.5

#: What ends a key. Of words a `_` is one too, so `\b` alone would miss `…_old`.
_END = "[^0-9A-Za-z]"


def rules(scanner: str, *, prefixes: Sequence[str] = ()) -> str:
    """Return what a scanner is to be told, as the text of its own format.

    Args:
        scanner: a name of `SCANNERS`.
        prefixes: of the keys to find; none is any prefix, which finds more look-alikes.

    Raises:
        InvalidInput: a prefix that no key has.
    """
    return SCANNERS[scanner]([check_prefix(prefix) for prefix in dict.fromkeys(prefixes)])


def expression(prefixes: Sequence[str]) -> str:
    """Return the regular expression of a whole key, without what stands around it."""
    if not prefixes:
        return f"[a-z][0-9a-z]*(?:_[0-9a-z]+)*_{BODY}"
    chosen = prefixes[0] if len(prefixes) == 1 else f"(?:{'|'.join(prefixes)})"
    return f"{chosen}_{BODY}"


def example(prefixes: Sequence[str]) -> str:
    """Return a key made for trying a rule: its checksum is sound, and no store has ever had it."""
    prefix = prefixes[0] if prefixes else "ak_test"
    return build(prefix=prefix, key_id=new_id(now_ms=now_ms()), secret=new_secret())


def _gitleaks(prefixes: Sequence[str]) -> str:
    keywords = ", ".join(f'"{prefix}_"' for prefix in prefixes) or '"_"'
    return f"""\
# For .gitleaks.toml; in a file of its own the built-in rules stay with:
#   [extend]
#   useDefault = true
[[rules]]
id = "{NAME}"
description = "{DESCRIPTION}"
regex = '''({expression(prefixes)})(?:{_END}|$)'''
secretGroup = 1
entropy = {ENTROPY}
keywords = [{keywords}]
tags = ["api-key", "authcli"]
"""


def _trufflehog(prefixes: Sequence[str]) -> str:
    # What it reports is the whole match: nothing but the key may be in it.
    keywords = "".join(f"      - {prefix}_\n" for prefix in prefixes) or "      - _\n"
    return f"""\
# trufflehog filesystem . --config=authcli.yaml
detectors:
  - name: {NAME}
    keywords:
{keywords}\
    regex:
      key: '{expression(prefixes)}(?:\\b|_)'
"""


def _github(prefixes: Sequence[str]) -> str:
    return f"""\
Pattern name:    {DESCRIPTION}
Secret format:   {expression(prefixes)}
Before secret:   \\A|[^0-9a-z]|\\\\[nrt]
After secret:    \\z|{_END}
Test string:     {example(prefixes)}
"""


#: Scanner -> what writes its rule, from checked prefixes.
SCANNERS: dict[str, Callable[[Sequence[str]], str]] = {
    "gitleaks": _gitleaks,
    "trufflehog": _trufflehog,
    "github": _github,
}
