"""What `authcli jwks import` does between its flags and the store."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from authcli.cli._delivery import check_delivery
from authcli.cli._input import chosen_key, key_source, read_keys
from authcli.cli._messages import note, warn
from authcli.cli._moments import instant
from authcli.cli._output import emit
from authcli.cli._store import at_ms, opened
from authcli.cli._times import instant_of
from authcli.cli.jwks._facts import key_facts
from authcli.cli.jwks._linting import is_url
from authcli.cli.jwks._showing import refuse_where_no_keys
from authcli.errors import InvalidInput, KeyMalformed

if TYPE_CHECKING:
    from authcli.cli._input import Opened
    from authcli.cli._run import Run
    from authcli.keys.model import Key
    from authcli.signing.model import SigningKey

__all__ = ["Asked", "take_in_keys"]


class Asked(NamedTuple):
    """What the flags ask for, as it was typed."""

    source: str | None
    alg: str | None
    kid: str | None
    verify_only: bool
    until: str | None
    passphrase: str | None


def take_in_keys(run: Run, asked: Asked, *, store: str | None, actor: str | None) -> None:
    """Take in a key, or the public keys of a set: all of them or none.

    Raises:
        InvalidInput: no key for a JWKS, several private ones, or flags that do not fit.
        NotFound: there are no managed keys of its algorithm.
        Conflict: it is there already.
    """
    from authcli.signing.taking_in import take_in

    check_delivery(run, ("keys",), prints=False)
    keys = _keys(run, asked)
    signs = not asked.verify_only and any(key.private for key in keys)
    now_ms = at_ms(run)
    until_ms = None if asked.until is None else _until_ms(asked.until, signs, now_ms=now_ms)
    refuse_where_no_keys(run, store)
    with opened(run, store, write=True, actor=actor, create=False) as found, found.change():
        taken = [
            take_in(
                found.signing_keys,
                key,
                alg=asked.alg,
                verify_only=asked.verify_only,
                remove_at_ms=until_ms,
                at_ms=now_ms,
            )
            for key in keys
        ]
    emit(
        run,
        {"keys": [key_facts(key) | {"name": key.name} for key in taken]},
        plain="\n".join(key.kid for key in taken),
        human=lambda _: "\n".join(map(_words, taken)),
    )
    for key in taken:
        if key.name != key.kid:
            note(run, f"{key.kid} is called {ascii(key.name)} in the JWKS, as in its tokens")
    if signs:
        note(run, "it signs after it was published: authcli jwks rotate --start --publish DIR")
    else:
        note(run, "publish the JWKS with it: authcli jwks publish -o DIR")


def _keys(run: Run, asked: Asked) -> list[Key]:
    """Return the one key that is meant, or several public ones."""
    source = key_source(asked.source)
    opened = _fetched(run, source) if is_url(source) else None
    if opened is None:
        if source.startswith("store:"):
            raise InvalidInput("store: is where keys are imported to; name a file or a URL")
        opened = read_keys(run, source, passphrase=asked.passphrase)
    if not opened.keys.keys:
        raise KeyMalformed(f"{opened.name} holds no key that can be used")
    several = len(opened.keys) > 1 and asked.kid is None
    if several and (asked.verify_only or not any(key.private for key in opened.keys)):
        return list(opened.keys)
    key = chosen_key(opened, asked.kid)
    if asked.kid is not None and key.kid != asked.kid:
        if key.kid is not None:
            warn(run, f"the key called itself {ascii(key.kid)[:80]}; its tokens may, too")
        key = replace(key, kid=asked.kid)  # a single key is named
    return [key]


def _fetched(run: Run, url: str) -> Opened:
    from authcli.cli._input import Opened
    from authcli.keys.remote import fetch_jwks

    fetched = fetch_jwks(url)
    for text in fetched.warnings:
        warn(run, text)
    return Opened(fetched.keys, url)


def _until_ms(text: str, signs: bool, *, now_ms: int) -> int:
    if signs:
        raise InvalidInput("--until is of keys that are verified with; add --verify-only")
    until = instant_of("--until", text, at=now_ms // 1000) * 1000
    if until <= now_ms:
        raise InvalidInput("--until is in the past: no token of the key lives")
    return until


def _words(key: SigningKey) -> str:
    if key.state == "next":
        return f"{key.kid}  stands by for {key.alg}"
    return f"{key.kid}  verifies {key.alg} until {instant(key.remove_at)}"
