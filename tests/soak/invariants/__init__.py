"""What must hold, whatever befell the commands: name, and the function that looks.

Each takes all diaries and the scene, while no worker runs, and yields a sentence for each thing
that is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.soak.diary import Diary
from tests.soak.invariants import api_keys, backups, commands, once, places, record, signing_keys
from tests.soak.invariants import tokens as issued
from tests.soak.scene import Scene

__all__ = ["INVARIANTS", "Check"]

Check = Callable[[Diary, Scene], Iterator[str]]

INVARIANTS: dict[str, Check] = {
    "no exit code but those that an operation may have": commands.exit_codes,
    "no traceback": commands.tracebacks,
    "no answer that contradicts an earlier one": commands.answers,
    "an API key verifies until it was revoked, disabled or over": api_keys.verdicts,
    "an API key has the metadata that it was given": api_keys.metadata,
    "a quota is counted once a use": api_keys.quota,
    "a refresh token is spent once": once.refresh_tokens,
    "families have no gap and no fork": once.families,
    "a one-time or recovery code passes once": once.codes,
    "one key an algorithm signs": signing_keys.one_active,
    "no key signs that verifiers cannot know": signing_keys.published_first,
    "what is published is what was recorded": signing_keys.files,
    "a token verifies against the JWKS": issued.by_jwks,
    "a token verifies by the store, and a revoked one never": issued.by_store,
    "the audit verifies": record.verifies,
    "every change has its event": record.events,
    "the database is sound": places.database,
    "nothing temporary is left": places.leftovers,
    "files are their owner's alone": places.modes,
    "the keychain holds what was put there": places.keychain,
    "a backup restores": backups.restore,
}
