"""What `authcli jwt edit` does between its arguments and the library, and with the token then."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from authcli import clock
from authcli.cli._claims import parse_claims, parse_header, parse_requirements
from authcli.cli._input import bare_token
from authcli.cli._messages import note, warn
from authcli.cli._output import emit, json_text
from authcli.cli._secret_output import SecretForm, emit_secret
from authcli.errors import InvalidClaim, InvalidInput, NotFound, TokenRefused
from authcli.tokens.changes import Change
from authcli.tokens.differences import dotted

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.cli.jwt._minting import Wanted
    from authcli.keys import Key
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
    objects = [argument for argument in arguments if _is_object(argument)]
    singles = [_single(run, argument) for argument in arguments if not _is_object(argument)]
    gone = [_path(name) for name in remove]
    _check_conflicts([*((c.path, c.append) for c in singles), *((path, False) for path in gone)])
    for path in gone:
        if path[0] in flags:
            raise InvalidClaim(f"claim {ascii(path[0])[:60]} is set by a flag and removed, too")
    whole = [
        Change((name,), value)
        for argument in objects
        for name, value in parse_claims(run, [argument]).items()
    ]
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
    of: Decoded,
) -> Key:
    """Return the key that was named; of a set the one that `--kid` or the token names."""
    from authcli.cli.jwt._minting import signing_key

    own = of.header.get("kid")
    named = own if kid is None and isinstance(own, str) else kid
    try:
        return signing_key(
            run,
            source,
            kid=named,
            passphrase=passphrase,
            secret_encoding=secret_encoding,
            dry_run=dry_run,
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


def emit_edited(run: Run, edited: Edited, form: SecretForm, *, dry_run: bool) -> None:
    """Say what a person should know, sign and write the token; with `dry_run` show it alone."""
    from authcli.cli.jwt._pages import colored_token, token_page

    _tell(run, edited)
    facts = _facts(edited)
    if dry_run:
        note(run, "nothing was signed (--dry-run)")
        facts["signed"] = False
        return emit(
            run,
            facts,
            plain=json_text(run, facts),
            human=lambda on: token_page(edited.header, edited.payload, at=run.at, colored=on),
        )
    token = edited.sign()
    return emit_secret(
        run,
        {"token": token, **facts},
        value=token,
        form=form,
        default_var="TOKEN",
        human=lambda on: colored_token(token, colored=on),
    )


def _flags(run: Run, wanted: Wanted, issued: str | None) -> dict[str, object]:
    """Return the claims that flags set by name, None for those that they take away."""
    if wanted.no_exp and wanted.expires is not None:
        raise InvalidInput("--exp and --no-exp contradict each other")
    audience = wanted.audience or []
    flags: dict[str, object] = {
        "iss": wanted.issuer,
        "sub": wanted.subject,
        "aud": audience[0] if len(audience) == 1 else audience,
        "scope": " ".join(wanted.scope or []),
        "jti": wanted.jti,
    }
    flags = {name: value for name, value in flags.items() if value}
    for name, text in (("nbf", wanted.not_before), ("iat", issued)):
        if text is not None:
            flags[name] = clock.parse_instant(text, at=run.at)
    if wanted.endless:
        flags["exp"] = None
    elif wanted.expires is not None:
        flags["exp"] = clock.parse_instant(wanted.expires, at=run.at)
    if wanted.jti == "none":
        flags["jti"] = None
    return flags


def _is_object(argument: str) -> bool:
    return argument == "-" or argument.startswith(("@", "{"))


def _single(run: Run, argument: str) -> Change:
    claims: Any = parse_claims(run, [argument])
    name = argument.partition("=")[0].removesuffix(":")
    append = name.endswith("[]")
    path = _path(name.removesuffix("[]"))
    for part in path:
        claims = claims[part]
    return Change(path, claims[0] if append else claims, append)


def _path(name: str) -> tuple[str, ...]:
    """Return the names that a claim's name in the grammar of arguments spells."""
    if "=" in name or name.endswith("[]"):
        raise InvalidClaim(
            f"{ascii(name[:40])} is not a claim's name", hint="write name, or a.b for what is in it"
        )
    here: Any = parse_requirements([name])
    path = []
    while isinstance(here, dict):
        ((part, here),) = here.items()
        path.append(part)
    return tuple(path)


def _check_conflicts(paths: Iterable[tuple[tuple[str, ...], bool]]) -> None:
    """Refuse a claim named twice, unless to append to it, or both whole and by parts."""
    seen: dict[tuple[str, ...], bool] = {}
    for path, append in paths:
        if path in seen and not (append and seen[path]):
            raise InvalidClaim(f"claim {ascii(dotted(path))[:60]} is named twice")
        seen[path] = append
    for path in seen:
        for length in range(1, len(path)):
            if path[:length] in seen:
                name = ascii(dotted(path[:length]))[:60]
                raise InvalidClaim(f"claim {name} is named both whole and by parts")


def _tell(run: Run, edited: Edited) -> None:
    for text in edited.warnings:
        warn(run, text)
    if "exp" not in edited.payload:
        forged = ", and whoever verifies it can forge it" if edited.key.kty == "oct" else ""
        warn(run, f"this token never expires{forged}")
    for text in edited.notes:
        note(run, text)
    if not edited.differences:
        note(run, "header and claims are as they were")


def _facts(edited: Edited) -> dict[str, Any]:
    exp = edited.payload.get("exp")
    changed = {
        part: [dotted(found.path) for found in edited.differences if found.part == part]
        for part in ("payload", "header")
    }
    return {
        "algorithm": edited.algorithm,
        "kid": edited.header.get("kid"),
        "expires_at": clock.format_instant(exp) if isinstance(exp, int | float) else None,
        "header": dict(edited.header),
        "payload": dict(edited.payload),
        "changed": changed["payload"],
        "header_changed": changed["header"],
        "same_key": edited.same_key,
    }
