"""Which keys `authcli jwt verify` and `inspect` trust: a key, a set, an issuer's, or our own."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from authcli.cli._managed import SOURCE, managed_keys
from authcli.cli._messages import note, warn
from authcli.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from authcli.cli._revocation import RevocationCheck
    from authcli.cli._run import Run
    from authcli.cli._store import Place
    from authcli.keys import Key, KeySet
    from authcli.keys.remote import Fetched
    from authcli.tokens.policy import Denial
    from authcli.tokens.verifier import Verified, Verifier

__all__ = ["KeyChoice", "Renewing", "Trusted", "expected_issuer", "trusted_keys"]


class KeyChoice(NamedTuple):
    """The flags that name keys to verify with."""

    key: str | None = None
    jwks: str | None = None
    issuer_url: str | None = None
    kid: str | None = None
    passphrase: str | None = None
    secret_encoding: str | None = None
    offline: bool = False
    store: str | None = None
    with_compromised: bool = False
    """Take in managed keys that were dropped: for who refuses their tokens by name."""


class Trusted(NamedTuple):
    """The keys that may have signed, and where they came from."""

    keys: Key | KeySet
    source: str
    fetched: Fetched | None = None
    """What the URL answered, where they came from one and all of them count."""
    place: Place | None = None
    """The store that they are in, where they are managed keys."""
    compromised: Mapping[str, Denial] = MappingProxyType({})
    """Those of them whose tokens are refused, and why."""


def expected_issuer(run: Run, issuer: str | None, issuer_url: str | None) -> str | None:
    """Return the iss to expect; `--issuer URL` means `--iss URL` too.

    Raises:
        InvalidInput: the two differ.
    """
    if issuer is not None and issuer_url is not None and issuer != issuer_url:
        raise InvalidInput("--iss and --issuer name different issuers")
    return run.config.text("issuer", issuer or issuer_url)


def trusted_keys(run: Run, choice: KeyChoice, *, token: str) -> Trusted:
    """Return the keys that flags name, or the configuration; else managed ones, else our own.

    Raises:
        InvalidInput: both a key and a set, or no such key.
        NotFound: a set without the kid that was asked for.
        NetworkUnavailable: keys that could not be fetched.
    """
    if choice.key is not None and choice.jwks is not None:
        raise InvalidInput("--key and --jwks name keys; give one of them")
    if choice.key is not None and choice.key.startswith(SOURCE):
        return _by_kid(_managed(run, choice, asked=choice.key), choice.kid)
    if choice.key is not None and not choice.key.startswith(("https://", "http://")):
        return _by_kid(_from_key(run, choice, choice.key), choice.kid)
    if choice.key is not None:
        return _by_kid(_fetched(run, choice, choice.key, token), choice.kid)
    if choice.jwks is not None:
        return _by_kid(_from_set(run, choice, choice.jwks, token), choice.kid)
    if choice.issuer_url is not None:
        return _by_kid(_discovered(run, choice, choice.issuer_url, token), choice.kid)
    configured = run.config.stronger("jwks", "key")
    if configured == "jwks":
        place = run.config.text("jwks", None) or ""
        return _by_kid(_from_set(run, choice, place, token), choice.kid)
    if configured == "key":
        source = run.config.text("key", None) or ""
        if source.startswith(SOURCE):
            return _by_kid(_managed(run, choice, asked=source), choice.kid)
        return _by_kid(_from_key(run, choice, source), choice.kid)
    return _by_kid(_managed(run, choice, asked=None), choice.kid)


def _managed(run: Run, choice: KeyChoice, *, asked: str | None) -> Trusted:
    """Return the store's keys, or the one that `store:KID` names; where nobody asked, our own."""
    from authcli.keys import KeySet
    from authcli.signing.choosing import beginning

    found = managed_keys(
        run, choice.store, asked=asked is not None, with_compromised=choice.with_compromised
    )
    if found is None:
        return _development(run)
    keys, rest = found.keys, (asked or "").removeprefix(SOURCE)
    if rest:
        keys = KeySet((beginning(keys.keys, rest),))
    return Trusted(keys, found.name, place=found.place, compromised=found.compromised)


def revocation_check(
    run: Run,
    trusted: Trusted,
    *,
    wanted: bool | None,
    allow_list: bool,
    on_error: str,
    store: str | None,
) -> RevocationCheck | None:
    """Return what asks the store whether a token was revoked; None where it is not asked.

    Args:
        run: the invocation.
        trusted: the keys; where they are managed keys, their store is asked unless told not to.
        wanted: what `--check-revocation` says; None where it says nothing.
        allow_list: what `--allow-list` says.
        on_error: what `--on-store-error` says.
        store: what `--store` says.

    Raises:
        InvalidInput: flags that contradict each other.
    """
    if wanted is False and (allow_list or on_error != "closed"):
        raise InvalidInput("--no-check-revocation asks no store; leave out what is to be asked")
    if not (wanted or allow_list or (wanted is None and trusted.place is not None)):
        return None
    from authcli.cli._revocation import RevocationCheck
    from authcli.cli._store import store_place

    place = trusted.place or store_place(run, store)
    return RevocationCheck(
        run, place, allow_list=allow_list, on_error=on_error, compromised=trusted.compromised
    )


def _from_key(run: Run, choice: KeyChoice, source: str) -> Trusted:
    from authcli.cli._input import read_keys

    opened = read_keys(
        run,
        source,
        passphrase=run.config.text("passphrase", choice.passphrase),
        secret_encoding=choice.secret_encoding,
    )
    found = opened.keys
    return Trusted(found.keys[0] if len(found) == 1 else found, opened.name)


def _from_set(run: Run, choice: KeyChoice, place: str, token: str) -> Trusted:
    from authcli.cli._input import read_keys

    if place.startswith(("https://", "http://")):
        return _fetched(run, choice, place, token)
    opened = read_keys(run, place, what="key set")
    return Trusted(opened.keys, opened.name)


def _discovered(run: Run, choice: KeyChoice, issuer: str, token: str) -> Trusted:
    from authcli.cli._folders import cache_folder
    from authcli.keys.remote import discover

    found = discover(issuer, cache_folder=cache_folder(), offline=choice.offline)
    for text in found.warnings:
        warn(run, text)
    return _fetched(run, choice, found.jwks_uri, token)


def _fetched(run: Run, choice: KeyChoice, url: str, token: str) -> Trusted:
    from authcli.cli._folders import cache_folder
    from authcli.clock import format_duration
    from authcli.keys.remote import keys_for

    fetched = keys_for(url, kid=_kid_of(token), cache_folder=cache_folder(), offline=choice.offline)
    for text in fetched.warnings:
        warn(run, text)
    if fetched.from_cache:
        note(run, f"keys of {url} from the cache, {format_duration(fetched.age_seconds)} old")
    return Trusted(fetched.keys, url, fetched)


class Renewing:
    """A verifier of many tokens whose keys came from a URL: asked again for a kid they lack.

    An issuer that rotates signs with a key that the first token's time did not know. Invented kids
    lead to one request in ten seconds, not to one each.
    """

    def __init__(self, verifier: Verifier, trusted: Trusted, choice: KeyChoice) -> None:
        self._verifier, self._fetched = verifier, trusted.fetched
        self._offline = choice.offline

    def verify(self, token: str | bytes, *, at: float | None) -> Verified:
        """Return a token that is valid; raises as `Verifier.verify`."""
        from authcli.errors import TokenRefused

        try:
            return self._verifier.verify(token, at=at)
        except TokenRefused as refusal:
            if refusal.code != "token.kid-unknown" or not self._asked_again(token):
                raise
        return self._verifier.verify(token, at=at)

    def warnings(self, verified: Verified) -> tuple[str, ...]:
        """Return the doubts about a token that was found valid."""
        return self._verifier.warnings(verified)

    def _asked_again(self, token: str | bytes) -> bool:
        """Fetch the keys where it is time to; say whether they are others now."""
        from authcli.cli._folders import cache_folder
        from authcli.errors import NetworkUnavailable
        from authcli.keys.remote import keys_for
        from authcli.tokens.verifier import Verifier

        if (held := self._fetched) is None:
            return False
        fetched = held
        with suppress(NetworkUnavailable):  # then the keys held decide, as before
            fetched = self._fetched = keys_for(
                held.url,
                kid=_kid_of(token),
                held=held,
                cache_folder=cache_folder(),
                offline=self._offline,
            )
        if fetched.keys == held.keys:
            return False
        self._verifier = Verifier(fetched.keys, policy=self._verifier.policy)
        return True


def _kid_of(token: str | bytes) -> str | None:
    """Return the kid that a token names, to know whether fetched keys are too old; else None."""
    from authcli import tokens
    from authcli.errors import TokenRefused

    try:
        kid = tokens.decode(token, lenient=True).header.get("kid")
    except TokenRefused:
        return None
    return kid if isinstance(kid, str) else None


def _by_kid(trusted: Trusted, kid: str | None) -> Trusted:
    from authcli.keys import KeySet

    if kid is None:
        return trusted
    keys = trusted.keys if isinstance(trusted.keys, KeySet) else KeySet((trusted.keys,))
    if (key := keys.find(kid)) is None:
        names = ", ".join(ascii(one.kid) for one in keys if one.kid)
        raise NotFound(
            f"{trusted.source} has no key {ascii(kid[:60])}",
            hint=f"it has: {names}" if names else None,
            code="key.kid-not-found",
        )
    return trusted._replace(keys=key, fetched=None)


def _development(run: Run) -> Trusted:
    from authcli.cli._devkey import development_key, development_key_path

    key = development_key(make=False).public()
    note(run, f"verifying with the development key {development_key_path()}; others: --key")
    return Trusted(key, f"the development key {development_key_path()}")
