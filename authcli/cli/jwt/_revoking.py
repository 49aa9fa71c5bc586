"""What `authcli jwt revoke` does between its flags and the store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from authcli.cli._delivery import check_delivery
from authcli.cli._messages import note, warn
from authcli.cli._moments import instant
from authcli.cli._output import emit
from authcli.cli._prompt import confirm
from authcli.cli._store import at_ms, opened
from authcli.cli._text import visible
from authcli.cli._times import duration_of
from authcli.cli._trying import tried
from authcli.errors import Expired, InvalidInput, NotFound, TokenExpired

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.revocation.model import Family, Kind, Mark
    from authcli.store import Store

__all__ = ["Asked", "revoke"]

_MEMBERS = (
    *("kind", "issuer", "value", "revoked_at", "issued_before", "until", "reason"),
    *("changed", "families"),
)
_DAY_MS = 86_400_000
_MANY = {"sub": "every token of {} issued so far", "kid": "every token that {} signed"}
#: Flag -> the kinds of marks that it says something of.
_FLAGS: dict[str, tuple[Kind, ...]] = {"--iss": ("jti", "sub"), "--longest": ("jti", "sub", "kid")}


class Asked(NamedTuple):
    """What the flags ask for, as it was typed."""

    token: str | None
    marks: Mapping[Kind, str | None]
    issuer: str | None
    longest: str | None
    reason: str | None
    key: str | None
    yes: bool
    dry_run: bool


class Denied(NamedTuple):
    """What came of it."""

    mark: Mark
    """The mark that stands."""
    changed: bool
    """Whether anything is denied that was not before."""
    ended: tuple[Family, ...] = ()
    """Families of a subject that ended with it."""
    goes_on: str | None = None
    """The family of a token that can still be refreshed."""


def revoke(run: Run, asked: Asked, *, store: str | None, actor: str | None) -> None:
    """Deny what was named.

    Raises:
        InvalidInput: nothing, or two things.
        TokenRefused: a token that does not verify.
        Expired: a token that is over.
        NotFound: no such family.
    """
    from authcli.apikeys.drafts import check_reason

    check_delivery(run, _MEMBERS, prints=False)
    named = _named(asked)
    if asked.reason is not None:
        asked = asked._replace(reason=check_reason(asked.reason))
    longest_ms = None
    if asked.longest is not None:
        longest_ms = duration_of("--longest", asked.longest) * 1000
    payload = _verified(run, asked, store) if named is None else {}
    if named is not None and named[0] in _MANY:
        shown = visible(named[1][:80])
        confirm(run, f"deny {_MANY[named[0]].format(shown)}?", yes=asked.yes or asked.dry_run)
    with (
        opened(run, store, write=True, actor=actor) as found,
        tried(found, dry_run=asked.dry_run),
    ):
        if named is None:
            done = _deny_token(run, found, payload, asked.reason)
        elif named[0] == "family":
            done = _end_family(run, found, named[1], asked.reason)
        else:
            done = _deny(run, found, asked, *named, longest_ms)
    facts = {**_facts(done.mark), "changed": done.changed and not asked.dry_run}
    facts["families"] = [family.id for family in done.ended]
    emit(run, facts, plain=None, human=lambda _: _words(done, dry_run=asked.dry_run))
    _say(run, asked, done)


def _named(asked: Asked) -> tuple[Kind, str] | None:
    """Return what was named by a flag; None is the token."""
    named = [(kind, value) for kind, value in asked.marks.items() if value is not None]
    if len(named) > 1 or (named and asked.token is not None):
        raise InvalidInput("name one thing to deny: a token, --jti, --sub, --kid or --family")
    kind = named[0][0] if named else None
    for flag, value in (("--iss", asked.issuer), ("--longest", asked.longest)):
        if value is not None and kind not in _FLAGS[flag]:
            fitting = ", ".join(f"--{name}" for name in _FLAGS[flag])
            raise InvalidInput(f"{flag} is for {fitting}; what was named says it by itself")
    if named and asked.key is not None:
        raise InvalidInput("--key verifies a token, and none was given")
    return named[0] if named else None


def _deny_token(
    run: Run, store: Store, payload: Mapping[str, object], reason: str | None
) -> Denied:
    from authcli.revocation import revoking
    from authcli.revocation.deny_list import FAMILY_CLAIM

    now = at_ms(run)
    issuer, jti = payload.get("iss", ""), payload.get("jti")
    before = store.tokens.find([("jti", str(issuer), str(jti))])
    mark = revoking.revoke_token(store.tokens, payload, reason=reason, at_ms=now)
    claim = payload.get(FAMILY_CLAIM)
    family = store.tokens.family(claim) if isinstance(claim, str) else None
    lives = family is not None and family.revoked_at is None and family.expires_at > now
    return Denied(mark, mark not in before, goes_on=family.id if family and lives else None)


def _end_family(run: Run, store: Store, family_id: str, reason: str | None) -> Denied:
    from authcli.revocation import families
    from authcli.revocation.model import Mark
    from authcli.revocation.revoking import LEEWAY_MS

    now = at_ms(run)
    family = store.tokens.family(family_id)
    changed = family is None or family.revoked_at is None
    family = families.end(store.tokens, family_id, reason=reason or "revoked", at_ms=now)
    since = family.revoked_at or now
    ends = since + family.access_ms + LEEWAY_MS
    return Denied(
        Mark("family", family.issuer, family.id, since, ends, family.revoked_reason), changed
    )


def _deny(
    run: Run, store: Store, asked: Asked, kind: Kind, value: str, longest_ms: int | None
) -> Denied:
    """Deny by an id, a subject or a key; of a subject its families end, too."""
    from authcli.revocation import families, revoking

    now, longest = at_ms(run), longest_ms or _longest_of(store)
    issuer = ""
    if kind == "kid":
        value = _whole_kid(run, store, value)
    else:
        issuer = _issuer_of(run, store, asked)
    if kind == "jti" and (known := store.tokens.registered(issuer, value)) is not None:
        longest = max(known.expires_at - now, 0) if longest_ms is None else longest
    mark = revoking.revoke(
        store.tokens, kind, value, issuer=issuer, longest_ms=longest, reason=asked.reason, at_ms=now
    )
    ended: tuple[Family, ...] = ()
    if kind == "sub":
        why = asked.reason or "its subject was revoked"
        ended = families.end_all(store.tokens, value, issuer=issuer, reason=why, at_ms=now)
    return Denied(mark, True, ended)


def _issuer_of(run: Run, store: Store, asked: Asked) -> str:
    """Return the iss of the tokens: a mark without it would hit none of theirs.

    Raises:
        InvalidInput: managed keys have several issuers, and none was named.
    """
    named = run.config.text("issuer", asked.issuer)
    if named is not None:
        return named
    issuers = sorted({ring.issuer or "" for ring in store.signing_keys.rings()} - {""})
    if len(issuers) > 1:
        raise InvalidInput(
            "tokens of managed keys have several issuers, and an id or a subject is one's",
            hint=f"--iss {issuers[0]}",
            code="revoke.issuer",
        )
    return issuers[0] if issuers else ""


def _whole_kid(run: Run, store: Store, text: str) -> str:
    """Return the kid that tokens bear, of the managed key that is meant; else the text itself."""
    from authcli.signing.choosing import named

    try:
        key = named(store.signing_keys.find(), text)
    except NotFound:
        note(run, "no managed key is called so; the kid is taken as it is")
        return text
    if key.state in ("next", "active"):
        warn(
            run,
            f"the key goes on: what it signs from now on is denied, too; to drop it:"
            f" authcli jwks compromise {key.kid[:12]}",
        )
    return key.name


def _longest_of(store: Store) -> int:
    """Return the longest life of a token that managed keys sign; a day at least."""
    lives = [key.max_token_ms for key in store.signing_keys.find() if key.purpose == "jwt"]
    return max([_DAY_MS, *lives])


def _verified(run: Run, asked: Asked, store: str | None) -> Mapping[str, Any]:
    """Return the claims of a token that verifies, or will, or did within any verifier's leeway."""
    from authcli.cli._input import read_token
    from authcli.cli.jwt._verifying import KeyChoice, trusted_keys
    from authcli.tokens.policy import MAX_LEEWAY_SECONDS, Policy
    from authcli.tokens.verifier import Verifier

    token = read_token(run, asked.token)
    # A token of a compromised key is refused already; to deny it by itself, too, harms nothing.
    choice = KeyChoice(asked.key, store=store, with_compromised=True)
    trusted = trusted_keys(run, choice, token=token)
    verifier = Verifier(trusted.keys, policy=Policy(leeway_seconds=MAX_LEEWAY_SECONDS))
    try:
        return verifier.verify(token, at=run.now).payload
    except TokenExpired as error:
        if error.code == "token.not-yet-valid" and error.report.payload is not None:
            return error.report.payload  # genuine, and it would be valid one day
    raise Expired(
        "the token is over: there is nothing to deny",
        hint="authcli jwt inspect TOKEN",
        code="revoke.over",
    )


def _facts(mark: Mark) -> dict[str, Any]:
    return {
        "kind": mark.kind,
        "issuer": mark.issuer or None,
        "value": mark.value,
        "revoked_at": instant(mark.revoked_at),
        "issued_before": instant(mark.issued_before),
        "until": instant(mark.expires_at),
        "reason": mark.reason,
    }


def _words(done: Denied, *, dry_run: bool) -> str:
    what = {"jti": "the token", "sub": "tokens of", "kid": "tokens signed by", "family": "family"}
    mark = done.mark
    verb = "would be denied" if dry_run else "denied" if done.changed else "was denied before"
    return f"{verb}: {what[mark.kind]} {visible(mark.value[:80])}, until {instant(mark.expires_at)}"


def _say(run: Run, asked: Asked, done: Denied) -> None:
    """Say what a person must know: what ended with it, and what goes on."""
    if count := len(done.ended):
        which = "a family" if count == 1 else f"{count} families"
        note(run, f"with it {which} of refresh tokens {'ends' if count == 1 else 'end'}")
    if done.goes_on is not None:
        note(run, f"its family can still be refreshed: authcli jwt revoke --family {done.goes_on}")
    if asked.dry_run:
        note(run, "nothing was denied (--dry-run)")
    elif not done.changed:
        note(run, "it was denied before")
