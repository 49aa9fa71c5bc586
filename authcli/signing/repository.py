"""What signing keys ask of a store; `authcli.store.signing_keys` fills it, on both engines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from authcli.audit.journal import Journal
    from authcli.roots import RootKeys
    from authcli.signing.model import Ring, SigningKey

__all__ = ["Publication", "Sealed", "SigningRepository"]


class Sealed(NamedTuple):
    """A private half as it is stored."""

    text: str
    kek_id: int


class Publication(NamedTuple):
    """What was published last at a place."""

    place: str
    """A file's or a folder's absolute path, or "serve"."""
    digest: str
    kids: tuple[str, ...]
    published_at: int


class SigningRepository(Protocol):
    """Managed signing keys in a store."""

    @property
    def keks(self) -> RootKeys:
        """The keys that seal private halves."""

    def active_kek(self) -> tuple[int, bytes]:
        """Return the KEK that new halves are sealed under; inside `change` a first one is made."""

    @property
    def actor(self) -> str:
        """Who acts, as the audit names them."""

    @property
    def read_only(self) -> bool:
        """Whether nothing can be written."""

    def rings(self) -> list[Ring]:
        """Return all rings, by purpose and algorithm."""

    def find(self, *, purpose: str | None = None, alg: str | None = None) -> list[SigningKey]:
        """Return keys, the oldest first."""

    def key(self, kid: str) -> SigningKey | None:
        """Look one key up."""

    def active(self, *, purpose: str, alg: str | None) -> list[SigningKey]:
        """Return the active keys of a purpose (of all algorithms where that is None): one query."""

    def sealed(self, kid: str) -> Sealed | None:
        """Return a key's private half; None where the store does not hold it."""

    def publications(self) -> list[Publication]:
        """Return what was published last, by place."""

    # Inside `change`.

    def add_ring(self, ring: Ring) -> None:
        """Add a ring, or give it other times and another issuer."""

    def add(self, key: SigningKey, *, sealed: Sealed | None) -> None:
        """Add a key; Conflict ("jwks.exists") where kid, or the ring's next or active, is taken."""

    def put(self, kid: str, values: Mapping[str, object], *, where_state: str) -> bool:
        """Change columns of a key that is still in that state; False where it is not."""

    def forget_private(self, kid: str) -> None:
        """Delete a key's private half."""

    def reseal(self, kid: str, sealed: Sealed) -> None:
        """Exchange a private half for the same under another KEK."""

    def record_publication(self, publication: Publication) -> None:
        """Note what was published, and `published_at` of keys that were not before."""

    def note_signed(self, kid: str, *, at_ms: int) -> None:
        """Note that a key signed; written at most once an hour, may be lost, never raises."""

    def forget(self, kids: Sequence[str]) -> None:
        """Delete keys that are retired; one that is compromised stays known."""

    def change(self) -> AbstractContextManager[Journal]:
        """One transaction: what is recorded in it is in the audit chain, or nothing was changed."""
