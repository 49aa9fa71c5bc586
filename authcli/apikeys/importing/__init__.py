"""Taking over API keys from elsewhere: their digests, never the keys, all of them or none.

    records   CSV, JSON lines, JSON        values   times, truths and lists as exports write them
    origins   what a record means          intake   from records to rows, in one transaction

Its holder goes on using a key as it is. At its first use the key is at hand, and its row is
upgraded: to our keyed digest, under the pepper, found by a keyed `lookup` (`digests`).

A key is imported once: what the store has, or its audit says that it had, is skipped. So the same
export may be imported again, and no key that was revoked and forgotten here comes to life again.
"""

from __future__ import annotations

from authcli.apikeys.importing.intake import EVENT, Defaults, Imported, import_keys
from authcli.apikeys.importing.origins import ORIGINS, Entry
from authcli.apikeys.importing.records import FORMATS, Record, records

__all__ = [
    "EVENT",
    "FORMATS",
    "ORIGINS",
    "Defaults",
    "Entry",
    "Imported",
    "Record",
    "import_keys",
    "records",
]
