"""Where deny marks are asked for: in the store, or in a Redis that holds a copy of its marks.

The setting `revocation` names the Redis. Whatever is wrong with it is a warning, since the store
knows; a URL that cannot be read is an error, before anything is asked or changed.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from authcli.cli._messages import warn
from authcli.cli._sources import read_source
from authcli.errors import InvalidInput

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.revocation.repository import DenyList
    from authcli.store import Store
    from authcli.store.fast_marks import FastMarks

__all__ = ["copy_marks", "deny_list_of"]

SETTING = "revocation"


def deny_list_of(run: Run, store: Store) -> DenyList:
    """Return the deny marks of a store, as the configuration has them asked for.

    Under `--now` that is the store alone: a copy forgets by the real clock.

    Raises:
        InvalidInput: the setting cannot be used.
    """
    if run.config.text(SETTING, None) is None or run.now is not None:
        return store.tokens
    return _fast_marks(run, store)


def copy_marks(run: Run, store: Store) -> None:
    """Have a store's new marks written to the Redis that is set, after their commit."""
    if run.config.text(SETTING, None) is not None:
        store.tokens.follow(partial(_fast_marks, run, store))


def _fast_marks(run: Run, store: Store) -> FastMarks:
    from authcli.store.fast_marks import FastMarks
    from authcli.store.redis_urls import redis_place

    text = run.config.text(SETTING, None) or ""
    if text.startswith("env:"):
        data = read_source(run, text, what="URL of the Redis").data
        text = data.decode("utf-8", "surrogateescape").strip()
        if not text:
            raise InvalidInput(f"the setting {SETTING} names an empty variable", code="redis.url")
    return FastMarks(
        store.tokens, redis_place(text), store_id=store.store_id, tell=partial(warn, run)
    )
