"""The chain: HMAC-SHA-256 of every event and the one before it, under the audit key.

What a MAC is over is one text that can be read in one way only. Numbers are decimal, a text is
its length in characters, ":" and itself, and an absent text is "-":

    authcli-audit-event/1,SEQ,AT,KEY_ID,<previous row_mac><event><outcome><actor><process>
    <target_type><target_id><request_id><secret_digest><detail>
    authcli-audit-head/1,SEQ,AT,<row_mac>

The event before the first has the row_mac "".
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from typing import Any

from authcli.audit.model import Head
from authcli.encoding import compact_json, json_object
from authcli.errors import InvalidEncoding, InvalidInput

__all__ = [
    "GENESIS",
    "MAX_HEAD_BYTES",
    "Mac",
    "event_text",
    "head_from_text",
    "head_to_text",
    "is_genuine",
    "keyed",
    "made_head",
    "secret_digest",
]

GENESIS = ""
MAX_HEAD_BYTES = 4096
_SCHEMA = "authcli/audit.head/1"

#: From a text to its MAC under one key, in lower-case hex.
Mac = Callable[[bytes], str]


def keyed(key: bytes) -> Mac:
    """Return the function that makes MACs under a key; the key is prepared once."""
    prepared = hmac.new(key, digestmod="sha256")

    def mac(text: bytes) -> str:
        made = prepared.copy()
        made.update(text)
        return made.hexdigest()

    return mac


def event_text(row: Sequence[Any], previous: str) -> bytes:
    """Return what the MAC of a row is over.

    Args:
        row: the columns of an `Event` in their order; a row_mac is ignored.
        previous: the row_mac of the row before.

    Raises:
        TypeError, ValueError: a column is not of its type; a database may hold anything.
    """
    (*(seq, at, event, outcome, actor, process, kind, target, request, digest, detail, key_id),) = (
        row[:12]
    )
    # join takes texts alone, "d" whole numbers alone: bytes or a float cannot pass for them.
    return "".join(
        (
            f"authcli-audit-event/1,{seq:d},{at:d},{key_id:d},{len(previous)}:",
            previous,
            f"{len(event)}:",
            event,
            f"{len(outcome)}:",
            outcome,
            f"{len(actor)}:",
            actor,
            f"{len(process)}:",
            process,
            "-" if kind is None else f"{len(kind)}:",
            kind or "",
            "-" if target is None else f"{len(target)}:",
            target or "",
            f"{len(request)}:",
            request,
            "-" if digest is None else f"{len(digest)}:",
            digest or "",
            f"{len(detail)}:",
            detail,
        )
    ).encode()


def made_head(mac: Mac, *, seq: int, row_mac: str, at: int) -> Head:
    """Return the head of a chain that ends at a row."""
    return Head(seq, row_mac, at, mac(_head_text(seq, row_mac, at)))


def is_genuine(head: Head, macs: Sequence[Mac]) -> bool:
    """Say whether one of the keys made a head."""
    try:
        text = _head_text(head.seq, head.row_mac, head.at)
        return any(hmac.compare_digest(mac(text), head.mac) for mac in macs)
    except (TypeError, ValueError):  # what an attacker put there need not even be text
        return False


def _head_text(seq: int, row_mac: str, at: int) -> bytes:
    return f"authcli-audit-head/1,{seq:d},{at:d},{len(row_mac)}:{row_mac}".encode()


def secret_digest(key: bytes, secret: str | bytes) -> str:
    """Return by what the audit knows a credential again: keyed, so that nobody else does."""
    data = secret.encode() if isinstance(secret, str) else secret
    return hmac.digest(key, b"authcli-audit-secret/1," + data, "sha256").hex()


def head_to_text(head: Head) -> bytes:
    """Return the copy of a head that is kept outside the database."""
    return compact_json({"schema": _SCHEMA, **head._asdict()}) + b"\n"


def head_from_text(data: bytes, *, name: str) -> Head:
    """Read such a copy; whether it is genuine is another question.

    Raises:
        InvalidInput: it is none (`code` "audit.anchor-file").
    """
    try:
        members = json_object(data, what="copy of the audit's head", max_bytes=MAX_HEAD_BYTES)
    except InvalidEncoding:
        members = {}
    head = Head(*(members.get(field) for field in Head._fields))  # type: ignore[arg-type]
    numbers = all(type(value) is int and value >= 0 for value in (head.seq, head.at))
    texts = all(type(value) is str and value.isascii() for value in (head.row_mac, head.mac))
    if members.get("schema") != _SCHEMA or not (numbers and texts):
        raise InvalidInput(f"{name} is no copy of an audit's head", code="audit.anchor-file")
    return head
