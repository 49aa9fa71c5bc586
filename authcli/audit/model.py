"""Event: one entry of the audit; Head: where its chain ends."""

from __future__ import annotations

from typing import Any, NamedTuple

from authcli.encoding import json_object
from authcli.errors import InvalidEncoding

__all__ = ["COLUMNS", "MAX_TEXT", "Event", "Head"]

#: The longest text of an event's column, in characters; its detail may have 64 times as many.
MAX_TEXT = 1024


class Event(NamedTuple):
    """One event, with the columns of its row in their order."""

    seq: int
    """Its number; the first is 1, and none is left out."""
    at: int
    """When, by the real clock, in Unix milliseconds."""
    event: str
    """What: "apikey.revoked"."""
    outcome: str
    """"ok", or why not."""
    actor: str
    """Who: "alice@host", or what `--actor` says."""
    process: str
    """By what: "authcli apikey revoke [4711]"."""
    target_type: str | None
    target_id: str | None
    """To what: "apikey" and "ak_0Bq…"."""
    request_id: str
    """The same for all events of one command."""
    secret_digest: str | None
    """The credential that it is about, keyed."""
    detail: str
    """A JSON object, as text."""
    key_id: int
    """Which audit key made `row_mac`."""
    row_mac: str
    """Over all of the above and the row before."""

    @property
    def members(self) -> dict[str, Any]:
        """The detail as an object; one that was tampered with is empty."""
        text: object = self.detail  # which need not even be text
        try:
            return json_object(text, max_bytes=64 * MAX_TEXT) if isinstance(text, str) else {}
        except InvalidEncoding:
            return {}


COLUMNS = Event._fields


class Head(NamedTuple):
    """The last event of a chain: a row of the database, and a copy of it outside."""

    seq: int
    row_mac: str
    at: int
    mac: str
    """Over the other three."""
