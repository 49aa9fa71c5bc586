"""Inputs that broke a promise once, and do no more; the ordinary suite runs them all.

A finding goes here with a word on what went wrong, and into a test of its own beside the other
tests of the module that it was found in.
"""

from __future__ import annotations

__all__ = ["FINDINGS"]

#: Target -> inputs.
FINDINGS: dict[str, tuple[bytes, ...]] = {
    # A signature that is not UTF-8, of a JWS given as bytes: UnicodeDecodeError.
    "jws": (b"eyJhbGciOiJIUzI1NiJ9.YQ.iHpm\xd0",),
    # A header of CSV that is none: csv.Error; with a tab in its message. A first line of JSON too
    # deep to be read: RecursionError. A header of very many cells: minutes.
    "api-key-import": (b'"sha256\n', b'[{[\t"s"shh', b'{"a":' * 2000, b"," * 100_000),
    # A password before the host that SQLite has none of: it stood in the message.
    "store-url": (b"sqlite:///srv/auth.db", b"sqlite://a"),
    # A name of many parts: seconds, and a gigabyte.
    "password-policy": (b"a" + b".a" * 20_000 + b" = 1",),
    # A file format to come: sqlite3.OperationalError.
    "backup": (b"SQLite format 3\0\x10\0\x02\x02\0@  " + bytes(20) + b"\0\0\0\x09" + bytes(4052),),
}
