"""Signing: a payload and a key in, a compact JWS out (RFC 7515, section 5.1; RFC 7797).

The header is made, and the key judged, as for a token: by `authcli.tokens.minter.Minter`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from authcli.encoding import base64url_encode, compact_json
from authcli.errors import InvalidInput
from authcli.tokens.compact import MAX_TOKEN_BYTES, Json
from authcli.tokens.jws.serialisations import UNENCODED_COMPACT, check_size
from authcli.tokens.minter import Minter

if TYPE_CHECKING:
    from authcli.keys.model import Key
    from authcli.tokens.engine import Sign

__all__ = ["Signer"]


class Signer:
    """Validated parameters for signing any number of payloads; the key is prepared once.

    Args:
        key, algorithm, header, kid, typ, unencoded: as for `authcli.tokens.jws.sign`, which says
            what is raised, too.
    """

    __slots__ = ("_sign", "_text", "algorithm", "header", "key", "unencoded")

    def __init__(
        self,
        *,
        key: Key,
        algorithm: str | None = None,
        header: Mapping[str, object] | None = None,
        kid: str | bool = True,
        typ: str | None = None,
        unencoded: bool = False,
    ) -> None:
        _check_members(header or {}, typ, unencoded=unencoded)
        minter = Minter(key=key, algorithm=algorithm, header=header, kid=kid, typ=typ or False)
        self.key = key
        self.algorithm = minter.signing_algorithm
        self.unencoded = unencoded
        self.header: dict[str, Json] = dict(minter.full_header)
        if unencoded:
            # Named in crit, because a reader who does not know b64 would read another payload.
            self.header |= {"b64": False, "crit": ["b64"]}
        self._text = base64url_encode(compact_json(self.header)).encode()
        if len(self._text) > MAX_TOKEN_BYTES // 2:
            raise InvalidInput(
                f"the header would be {len(self._text)} bytes long; no reader accepts that"
            )
        self._sign: Sign | None = None

    def sign(self, payload: bytes, *, detached: bool = False) -> str:
        """Return a payload signed; raises `InvalidInput` for one that cannot be.

        Args:
            payload: any bytes; those of a compact unencoded JWS are printable ASCII without
                periods.
            detached: leave the payload out of what is returned.
        """
        check_size(payload)
        written = payload if self.unencoded else base64url_encode(payload).encode()
        if not detached:
            _check_attached(payload, unencoded=self.unencoded)
        if self._sign is None:
            from authcli.tokens.engine import signer

            self._sign = signer(self.algorithm, self.key)
        value = base64url_encode(self._sign(b".".join((self._text, written)))).encode()
        return b".".join((self._text, b"" if detached else written, value)).decode("ascii")


def _check_members(header: Mapping[str, object], typ: str | None, *, unencoded: bool) -> None:
    for name in ("b64", "crit"):
        if name in header:
            raise InvalidInput(
                f"the header's {name} cannot be set by itself",
                hint="--unencoded sets b64, and crit with it",
            )
    if typ == "":
        raise InvalidInput("an empty typ names nothing")
    kind = typ or header.get("typ")
    if unencoded and isinstance(kind, str) and kind.lower() == "jwt":
        raise InvalidInput("an unencoded payload is not for JWTs (RFC 7797, section 7)")


def _check_attached(payload: bytes, *, unencoded: bool) -> None:
    if not payload:
        raise InvalidInput(
            "an empty payload looks like a detached one in a compact JWS",
            hint="sign it detached",
        )
    if unencoded and not re.fullmatch(UNENCODED_COMPACT, payload):
        raise InvalidInput(
            "unencoded, a compact JWS carries printable ASCII without periods alone "
            "(RFC 7797, section 5.2)",
            hint="leave the payload out with --detached, or encode it: without --unencoded",
        )
