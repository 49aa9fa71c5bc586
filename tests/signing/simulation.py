"""A service and its verifiers on a simulated clock: keys rotate, tokens are minted and checked.

A verifier keeps a JWKS for as long as it may, and not an instant longer: each token must verify
with every JWKS that could be fetched in that time, whichever of them a verifier happens to hold.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from authcli import keys, tokens
from authcli.keys.model import KeySet
from authcli.revocation.deny_list import checker
from authcli.revocation.revoking import revoke
from authcli.signing import compromise as compromising
from authcli.signing.choosing import Signer, signer
from authcli.signing.model import SigningKey, Times
from authcli.signing.publication import Published, publish
from authcli.signing.rotation import rotate
from authcli.store import Store

HOUR, DAY = 3_600_000, 86_400_000
BEGIN = 1_800_000_000_000 // HOUR * HOUR


class Token(NamedTuple):
    """A token that lives."""

    text: str
    kid: str
    expires_at: int


class Seen(NamedTuple):
    """A JWKS as it could be fetched."""

    at: int
    keys: KeySet
    kids: frozenset[str]


class World:
    """A store, the file that its JWKS is in, and the tokens and caches that are out there.

    Args:
        store: with a ring that was just made at `BEGIN`.
        folder: where the JWKS is written.
        times: of the ring.
    """

    def __init__(self, store: Store, folder: Path, times: Times) -> None:
        self.store = store
        self.file = folder / "jwks.json"
        self.times = times
        self.at = BEGIN
        self.signers: list[str] = []
        self.dropped: set[str] = set()
        self._tokens: deque[Token] = deque()
        self._seen: deque[Seen] = deque()
        self._signer: Signer | None = None
        self._last = b""
        self._known: tuple[KeySet, frozenset[str]] = (KeySet(()), frozenset())

    def rotate(self) -> None:
        """Do what cron does every hour."""
        rotate(self.store.signing_keys, publish=self.publish, at_ms=self.at)

    def publish(self) -> Published:
        return publish(self.store.signing_keys, self.file, at_ms=self.at)

    def compromise(self, kid: str) -> None:
        """Drop a key as `jwks compromise --publish` does."""

        def deny(key: SigningKey, until_ms: int) -> None:
            longest = key.max_token_ms + key.skew_ms
            revoke(self.store.tokens, "kid", key.kid, longest_ms=longest, at_ms=self.at)

        with self.store.change():
            compromising.compromise(self.store.signing_keys, kid, deny=deny, at_ms=self.at)
            self.publish()
        self.dropped.add(kid)
        self._signer = None

    def hour(self, cron: Callable[[], None] | None = None) -> None:
        """Let an hour go by: cron, a fetch, a token, and everything verified."""
        (cron or self.rotate)()
        self._fetch()
        self._mint()
        self._verify()
        self.at += HOUR

    def _fetch(self) -> None:
        data = self.file.read_bytes()
        if data != self._last:
            found = keys.read_set(data, what="JWKS")
            self._last = data
            self._known = (found, frozenset(str(key.kid) for key in found.keys))
        self._seen.append(Seen(self.at, *self._known))
        while self._seen[0].at < self.at - self.times.cache_ms:
            self._seen.popleft()

    def _mint(self) -> None:
        [active] = self.store.signing_keys.active(purpose="jwt", alg=None)
        if self._signer is None or self._signer.row.kid != active.kid:
            self._signer = signer(self.store.signing_keys)
            assert active.kid not in self.signers, "a key signs in one stretch of time"
            self.signers.append(active.kid)
            assert all(active.kid in seen.kids for seen in self._seen), "it signs unpublished"
        life = self.times.max_token_ms
        claims = {"sub": "alice", "iat": self.at // 1000, "exp": (self.at + life) // 1000}
        text = tokens.mint(claims, key=self._signer.key, at=self.at / 1000)
        self._tokens.append(Token(text, active.kid, self.at + life))

    def _verify(self) -> None:
        while self._tokens[0].expires_at + self.times.skew_ms <= self.at:
            self._tokens.popleft()
        wanted = {token.kid for token in self._tokens} - self.dropped
        for seen in self._seen:
            assert wanted <= seen.kids, "a token lives, and a cache does not hold its key"
        # The others were the newest once, and will be the oldest; those of one key are alike.
        self._verify_one(self._tokens[0])
        if len(self._tokens) < 2 or self._tokens[-1].kid != self._tokens[-2].kid:
            self._verify_one(self._tokens[-1])

    def _verify_one(self, token: Token) -> None:
        instant = min(self.at, token.expires_at - 1000) / 1000  # a clock may be that late
        if token.kid in self.dropped:
            denied = checker(self.store.tokens, at_ms=self.at)({"sub": "alice"}, token.kid)
            assert denied is not None
            assert token.kid not in self._seen[-1].kids
            return
        for known in {id(seen.keys): seen.keys for seen in self._seen}.values():
            assert tokens.verify(token.text, key=known, at=instant).payload["sub"] == "alice"
