"""What is kept in a store: a repository a domain, each made when it is first asked for.

A command loads those that it needs: `apikey verify` nothing of signing keys.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from authcli.store.api_keys import ApiKeys
    from authcli.store.one_time import OneTime
    from authcli.store.signing_keys import SigningKeys
    from authcli.store.store import Store
    from authcli.store.tokens import Tokens

__all__ = ["Repositories"]


class Repositories:
    """The half of `Store` that leads to what is in it."""

    @cached_property
    def api_keys(self) -> ApiKeys:
        """The API keys in it; fills `authcli.apikeys.repository.ApiKeyRepository`."""
        from authcli.store.api_keys import ApiKeys

        return ApiKeys(cast("Store", self))

    @cached_property
    def signing_keys(self) -> SigningKeys:
        """The managed signing keys; fills `authcli.signing.repository.SigningRepository`."""
        from authcli.store.signing_keys import SigningKeys

        return SigningKeys(cast("Store", self))

    @cached_property
    def tokens(self) -> Tokens:
        """What became of tokens; fills `authcli.revocation.repository.TokenRepository`."""
        from authcli.store.tokens import Tokens

        return Tokens(cast("Store", self))

    @cached_property
    def one_time(self) -> OneTime:
        """What must happen once; fills `authcli.otp.repository.OneTimeRepository`."""
        from authcli.store.one_time import OneTime

        return OneTime(cast("Store", self))
