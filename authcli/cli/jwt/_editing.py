"""What `authcli jwt edit` does between its arguments and the library, and with the token then."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from authcli.cli._claims import (
    check_conflicts,
    claim_path,
    is_object,
    parse_claims,
    parse_header,
    single_claims,
)
from authcli.cli._input import bare_token
from authcli.cli._messages import note
from authcli.cli._times import instant_of
from authcli.errors import InvalidClaim, InvalidInput, NotFound, TokenRefused
from authcli.tokens.changes import Change
from authcli.tokens.differences import dotted

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.cli._secret_output import SecretForm
    from authcli.cli.jwt._minting import Signing, Wanted
    from authcli.tokens.decoding import Decoded
    from authcli.tokens.editing import Edited

__all__ = [
    "Asked",
    "AskedHeader",
    "asked_changes",
    "asked_header",
    "emit_edited",
    "original_token",
    "resigning_key",
    "token_apart",
]

#: Three parts, each perhaps padded: the only "=" that a token can hold.
_PADDED = r"[\w-]*=*\.[\w-]*=*\.[\w-]*=*"


class Asked(NamedTuple):
    """The changes that arguments and flags ask for."""

    changes: list[Change]
    remove: list[tuple[str, ...]]


class AskedHeader(NamedTuple):
    """The changes of the header that flags ask for."""

    header: dict[str, Any]
    remove: list[str]


def token_apart(first: str | None, rest: list[str]) -> tuple[str | None, list[str]]:
    """Return the token and the claims; a first argument `name=…` is a claim, the token piped in."""
    if first is None or "=" not in first or first.startswith(("@", "{")):
        return first, rest
    if re.fullmatch(_PADDED, bare_token(first.encode("utf-8", "surrogateescape"))):
        return first, rest
    return None, [first, *rest]


def original_token(run: Run, text: str, *, lenient: bool) -> Decoded:
    """Return the token as it reads; a refusal is written as `jwt decode` writes it."""
    from authcli import tokens

    try:
        return tokens.decode(text, lenient=lenient)
    except TokenRefused as refusal:
        from authcli.cli.jwt._verdict import emit_refusal

        if not run.fields:  # those of an edited token; a verdict has others
            emit_refusal(run, refusal)
        raise


def asked_changes(
    run: Run,
    arguments: Sequence[str],
    wanted: Wanted,
    *,
    issued: str | None,
    remove: Sequence[str],
    of: Decoded,
) -> Asked:
    """Return what is to change: whole objects, then single claims, then flags, which win.

    Raises:
        InvalidClaim: no claim, one given twice, or one both set and removed.
        InvalidInput: a file that cannot be read, or flags that contradict each other.
    """
    flags = _flags(run, wanted, issued)
    singles = single_claims(argument for argument in arguments if not is_object(argument))
    gone = list(dict.fromkeys(map(claim_path, remove)))
    set_paths = {change.path for change in singles}
    for path in gone:
        if path in set_paths or path[0] in flags:
            raise InvalidClaim(f"claim {ascii(dotted(path))[:60]} is both set and removed")
    check_conflicts([*singles, *(Change(path, None) for path in gone)])
    objects = parse_claims(run, [argument for argument in arguments if is_object(argument)])
    whole = [Change((name,), value) for name, value in objects.items()]
    named = [change for change in (*whole, *singles) if change.path[0] not in flags]
    # The flags' names come first, because that is the order in which people read a token.
    changes = [Change((name,), value) for name, value in flags.items() if value is not None]
    absent = [(name,) for name, value in flags.items() if value is None and name in of.payload]
    return Asked([*changes, *named], [*gone, *absent])


def asked_header(
    members: list[str], typ: str | None, *, remove: list[str], of: Decoded
) -> AskedHeader:
    """Return what is to change in the header."""
    header = parse_header(members)
    if typ is not None and header.get("typ", typ) != typ:
        raise InvalidInput("the header's typ is given twice, with different values")
    if typ == "none":
        return AskedHeader(header, [*remove, *(["typ"] if "typ" in of.header else [])])
    return AskedHeader({**header, "typ": typ} if typ else header, remove)


def resigning_key(
    run: Run,
    source: str | None,
    *,
    kid: str | None,
    passphrase: str | None,
    secret_encoding: str | None,
    dry_run: bool,
    alg: str | None,
    store: str | None,
    of: Decoded,
) -> Signing:
    """Return the key that was named; of a set the one that `--kid` or the token names."""
    from authcli.cli.jwt._minting import signing_key

    own = of.header.get("kid")
    chooses = isinstance(own, str) and run.config.text("key", source) not in (None, "store:")
    named = own if kid is None and isinstance(own, str) and chooses else kid
    try:
        return signing_key(
            run,
            source,
            kid=named,
            passphrase=passphrase,
            secret_encoding=secret_encoding,
            dry_run=dry_run,
            alg=alg,
            store=store,
        )
    except NotFound as error:
        if kid is not None:
            raise
        # Not the user's word but the token's: so the set is what needs a word more.
        raise InvalidInput(
            f"the token's kid chooses no key: {error.message}",
            hint=f"choose one with --kid; {error.hint}",
            code="key.many",
        ) from None


def emit_edited(
    run: Run, edited: Edited, form: SecretForm, signing: Signing, *, dry_run: bool
) -> None:
    """Say what a person should know, sign and write the token; with `dry_run` show it alone.

    Raises:
        InvalidInput: it would live longer than its managed key allows.
    """
    from authcli.cli._managed import check_life
    from authcli.cli.jwt._minting import emit_draft, emit_token

    check_life(signing.managed, edited.payload, at=run.at)
    for text in edited.notes:
        note(run, text)
    if not edited.differences:
        note(run, "header and claims are as they were")
    changed = {
        part: [dotted(found.path) for found in edited.differences if found.part == part]
        for part in ("payload", "header")
    }
    facts = {
        "changed": changed["payload"],
        "header_changed": changed["header"],
        "same_key": edited.same_key,
    }
    if dry_run:
        return emit_draft(run, edited, facts=facts)
    return emit_token(run, edited, form, facts=facts)


def _flags(run: Run, wanted: Wanted, issued: str | None) -> dict[str, Any]:
    """Return the claims that flags set by name, None for those that they take away."""
    from authcli.cli.jwt._minting import flag_claims

    flags = flag_claims(run, wanted)
    if issued is not None:
        flags["iat"] = instant_of("--iat", issued, at=run.at)
    if wanted.endless:
        flags["exp"] = None
    if wanted.jti == "none":
        flags["jti"] = None
    return flags
