"""What `authcli jwks serve` answers, and how it begins and ends."""

from __future__ import annotations

import hashlib
import threading
from typing import TYPE_CHECKING, NamedTuple

from authcli.cli._errors import ExitCode
from authcli.cli._messages import note, warn
from authcli.cli._output import emit
from authcli.cli._store import Place, at_ms, open_place, store_at, store_place
from authcli.cli.jwks._showing import refuse_where_no_keys
from authcli.errors import AuthError, InvalidInput

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.signing.repository import SigningRepository
    from authcli.signing.serving import Page

__all__ = ["Asked", "serve_keys"]

#: What is recorded as the place of this publication.
PLACE = "serve"
PATHS = ("/jwks.json", "/.well-known/jwks.json")


class Asked(NamedTuple):
    """What the flags ask for."""

    host: str
    port: int
    insecure_host: bool
    issuer: str | None


def serve_keys(run: Run, asked: Asked, *, store: str | None, actor: str | None) -> None:
    """Serve the keys of a store until Ctrl-C or SIGTERM.

    Raises:
        InvalidInput: a host that others can reach, without the flag that says so.
        NotFound: there are no managed keys.
        Unavailable: no store, or no such port.
    """
    from authcli.signing.rings import rings_of
    from authcli.signing.serving import DocumentServer, require_loopback

    if not 0 <= asked.port <= 65535:
        raise InvalidInput(f"no port is {asked.port}; ports are 0 to 65535")
    if not asked.insecure_host:
        require_loopback(asked.host)
    refuse_where_no_keys(run, store)
    place = store_place(run, store, actor=actor)
    with open_place(run, place, write=True, create=False) as found:
        rings_of(found.signing_keys)
    pages = Pages(run, place, asked.issuer)
    with DocumentServer(
        asked.host, asked.port, page=pages.page, said=pages.said, watch=pages.watch
    ) as server:
        pages.url = server.url
        try:
            pages.watch()
            _tell(run, asked, pages)
            server.serve()
        except KeyboardInterrupt:
            note(run, "ended")
        except SystemExit as end:  # what a signal that ends us raises
            if end.code != ExitCode.TERMINATED:
                raise
            note(run, "ended")


class Pages:
    """What each path answers, from the store as it is now; each request opens its own.

    Args:
        run: the invocation.
        place: the store.
        issuer: of the discovery document; the keys' own when None, else the server.
    """

    def __init__(self, run: Run, place: Place, issuer: str | None) -> None:
        self.url = ""
        self._run, self._place, self._issuer = run, place, issuer
        self._recorded = self._failed = ""
        self._recording = threading.Lock()

    def page(self, path: str) -> Page | None:
        """Return what a path answers; None where nothing is there.

        Raises:
            AuthError: the store cannot be read.
        """
        from authcli.signing.publication import DISCOVERY, cache_control, jwks
        from authcli.signing.serving import Page

        if path not in PATHS and path[1:] not in DISCOVERY:
            return None
        try:
            with store_at(self._place) as found:
                found.database.read_only = True
                keys = found.signing_keys
                text, kids = jwks(keys)
                life = cache_control(keys)
                document = None if path in PATHS else self._discovery(keys)
        except AuthError as error:
            warn(self._run, error.message)
            raise
        if hashlib.sha256(text).hexdigest() != self._failed:  # `watch` tries again
            self._record(text, kids)
        if document is not None:
            return Page("application/json", document, life)
        return Page("application/jwk-set+json", text, life)  # RFC 7517, section 8.5.2

    def watch(self) -> None:
        """Record what is served: verifiers may ask for it from now on."""
        try:
            with store_at(self._place) as found:
                found.database.read_only = True
                text, kids = self._jwks(found.signing_keys)
        except AuthError as error:
            warn(self._run, error.message)
            return
        self._record(text, kids)

    def said(self, request: str, status: int) -> None:
        """Tell of an answer."""
        note(self._run, f"{request} {status}")

    def _jwks(self, keys: SigningRepository) -> tuple[bytes, tuple[str, ...]]:
        from authcli.signing.publication import jwks

        return jwks(keys)

    def _discovery(self, keys: SigningRepository) -> bytes:
        from authcli.signing.publication import discovery

        jwks_uri = self.url + PATHS[0]
        if self._issuer is None:
            try:
                return discovery(keys, issuer=None, jwks_uri=jwks_uri)
            except InvalidInput:  # no issuer, several, or one that is no URL
                pass
        return discovery(keys, issuer=self._issuer or self.url, jwks_uri=jwks_uri)

    def _record(self, text: bytes, kids: tuple[str, ...]) -> None:
        """Record a publication that is new; where that cannot be, the keys are served still."""
        from authcli.signing.publication import record

        digest = hashlib.sha256(text).hexdigest()
        if digest == self._recorded or not self._recording.acquire(blocking=False):
            return
        try:
            with store_at(self._place) as found:
                record(found.signing_keys, PLACE, text, kids, at_ms=at_ms(self._run))
            self._recorded = digest
        except AuthError as error:
            if digest != self._failed:
                warn(self._run, f"that it is served is not recorded yet: {error.message}")
            self._failed = digest
        finally:
            self._recording.release()


def _tell(run: Run, asked: Asked, pages: Pages) -> None:
    jwks_uri = pages.url + PATHS[0]
    emit(
        run,
        {
            "url": pages.url,
            "jwks_uri": jwks_uri,
            "discovery": f"{pages.url}/.well-known/openid-configuration",
        },
        plain=jwks_uri,
    )
    if asked.insecure_host:
        warn(run, "whoever is on the way to this server can put other keys in place of these")
    note(run, "for development; Ctrl-C ends it")
