"""A real HTTP server on this machine that publishes keys as an issuer does.

    with JwksServer() as server:
        service = Service(jwks_uri=server.jwks_uri)
        server.rotate()
        server.fail(503)

What it answers, by GET: a JWK Set (RFC 7517, section 5) and the documents that lead there, of
OpenID Connect Discovery 1.0, section 4, and of RFC 8414, section 3. It listens on the loopback
interface alone, on a port that the system chose.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Self

from authcli.errors import Conflict, InvalidInput, NotFound
from authcli.integrations._listener import Answer, Listener
from authcli.keys import signing_algorithm, thumbprint, to_jwk
from authcli.tokens.fixtures.fresh import new_signing_key

if TYPE_CHECKING:
    from authcli.keys import Key

__all__ = ["JwksServer", "new_signing_key"]

JWKS_PATH = "/.well-known/jwks.json"
OPENID_PATH = "/.well-known/openid-configuration"
OAUTH_PATH = "/.well-known/oauth-authorization-server"


class JwksServer:
    """An issuer's public face: running from its making to `close`, or for a `with` block.

    Args:
        key: the private key that signs first; a new ES256 key when None. One without a kid is
            named by its thumbprint.
        issuer: what the documents call the issuer; the server's own URL when None.
        cache_control: the Cache-Control header of every answer; None sends none.

    Attributes:
        issuer, cache_control: as above; a test may set them at any time.
        requests: the paths that were asked for, in order; `clear()` begins to count anew.

    Raises:
        KeyWrong: a shared secret, which nobody publishes, or a key that does not sign.
    """

    _signing_key: Key
    _published: tuple[Key, ...]
    _failure: int | None

    def __init__(
        self,
        key: Key | None = None,
        *,
        issuer: str | None = None,
        cache_control: str | None = None,
    ) -> None:
        self.requests: list[str] = []
        self.cache_control = cache_control
        self._begin_with(key or new_signing_key("ES256"))
        self._listener = Listener(self._answer)
        self.issuer = self.url if issuer is None else issuer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop: afterwards no thread and no socket of the server is left."""
        self._listener.close()

    def reset(self, key: Key) -> None:
        """Be as new, at the same URL: with this key alone, and nothing asked for yet."""
        self._begin_with(key)
        self.requests.clear()
        self.issuer = self.url
        self.cache_control = None

    @property
    def url(self) -> str:
        """Where it listens: "http://127.0.0.1:49152", without a slash at the end."""
        return f"http://127.0.0.1:{self._listener.port}"

    @property
    def jwks_uri(self) -> str:
        """Where the key set is."""
        return self.url + JWKS_PATH

    @property
    def signing_key(self) -> Key:
        """The private key that signs now; `make_token` of the pytest plugin uses it."""
        return self._signing_key

    @property
    def keys(self) -> tuple[Key, ...]:
        """The public keys that are published now, the oldest first."""
        return self._published

    @property
    def jwks(self) -> dict[str, object]:
        """The key set that is published now, for a service that takes it without HTTP."""
        return {"keys": [to_jwk(key, private=False) for key in self._published]}

    def rotate(self, key: Key | None = None) -> Key:
        """Publish another signing key beside the old ones, sign with it, and return it.

        Args:
            key: a private key; a new one for the same algorithm when None.
        """
        key = _named(key or new_signing_key(signing_algorithm(self._signing_key)))
        self.publish(key)
        self._signing_key = key
        return key

    def publish(self, *keys: Key) -> None:
        """Publish more keys, without signing with them: an issuer's next key, a colleague's.

        Raises:
            Conflict: another key of that kid is published.
        """
        for key in map(_named, keys):
            taken = next((other for other in self._published if other.kid == key.kid), None)
            if taken and thumbprint(taken) != thumbprint(key):
                raise Conflict(f"another key with the kid {ascii(key.kid)[:80]} is published")
            if not taken:
                self._published += (key.public(),)

    def retire(self, key: Key | str) -> None:
        """Publish a key no longer: its tokens cannot be verified from now on.

        Args:
            key: the key or its kid; it may be the one that signs.

        Raises:
            NotFound: no such key is published.
        """
        kid = key if isinstance(key, str) else _named(key).kid
        kept = tuple(other for other in self._published if other.kid != kid)
        if len(kept) == len(self._published):
            published = ", ".join(ascii(other.kid)[:80] for other in kept) or "none"
            raise NotFound(
                f"no key with the kid {ascii(kid)[:80]} is published",
                hint=f"these are: {published}",
            )
        self._published = kept

    def fail(self, status: int = 503) -> None:
        """Answer every request with this status and nothing else, until `recover`.

        Raises:
            InvalidInput: a status that is none of HTTP's errors, 400 to 599.
        """
        if not 400 <= status <= 599:
            raise InvalidInput(f"{status} is no status of an error, which are 400 to 599")
        self._failure = status

    def recover(self) -> None:
        """Answer as before `fail`."""
        self._failure = None

    def _begin_with(self, key: Key) -> None:
        signing_algorithm(key)
        self._signing_key = _named(key)
        self._published = (self._signing_key.public(),)
        self._failure = None

    def _answer(self, path: str) -> Answer:
        """Answer a request; called by the threads of the listener."""
        self.requests.append(path)
        headers = {} if self.cache_control is None else {"Cache-Control": self.cache_control}
        if self._failure is not None:
            return Answer(self._failure, headers)
        if path == JWKS_PATH:
            return _json(self.jwks, headers | {"Content-Type": "application/jwk-set+json"})
        if path in (OPENID_PATH, OAUTH_PATH):
            return _json(self._metadata(), headers | {"Content-Type": "application/json"})
        return Answer(404, headers)

    def _metadata(self) -> dict[str, object]:
        """Return what strict clients demand; of the endpoints that it names, none is there."""
        algorithms = [signing_algorithm(key) for key in self._published]
        return {
            "issuer": self.issuer,
            "jwks_uri": self.jwks_uri,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [*dict.fromkeys(algorithms)],
        }


def _named(key: Key) -> Key:
    """Return the key with a kid: a verifier finds a rotated key by its name."""
    return key if key.kid is not None else replace(key, kid=thumbprint(key))


def _json(document: Mapping[str, object], headers: Mapping[str, str]) -> Answer:
    return Answer(200, headers, json.dumps(document).encode())
