"""Upkeep: what keeps a store well, asked for by people now and then, never on the way to a verdict.

    rows            what every table holds, counted, sent on and compared
    blank           a store with nothing in it yet, to be filled
    sealed_roots    root keys in a file, closed with a passphrase
    backup          a store as one file of one moment
    backup_check    is it one, is it whole, is it ours
    losses          what a restore would lose
    restoring       a backup's content in the place of the present one
    copying         a store into another, between engines too
    collecting      what has been dead for long is deleted
    successors      the next key of a root, held before it is named
    rekeying        a new pepper, and the end of old ones
    rewrapping      a new KEK, and every private half sealed under it
    holdings        how much there is of signing keys and tokens
    side_files      the files of a store, and who else can read them
    status          what a store is, and whether it can be used

Each function takes an open `Store`; those that write do so in transactions, with their events.
"""

from __future__ import annotations

__all__: list[str] = []
