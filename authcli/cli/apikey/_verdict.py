"""The verdict on an API key: every check with pass, fail or skipped, and whose key it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from authcli import clock
from authcli.apikeys.text import display_id, id_of, may_be_imported, parse
from authcli.cli._input import read_under_test
from authcli.cli._messages import note
from authcli.cli._output import emit, value_at
from authcli.cli._refusal import emit_refused
from authcli.cli._text import columns, paint, visible
from authcli.errors import ApiKeyRefused, ApiKeyRejected, InvalidInput

if TYPE_CHECKING:
    from authcli.apikeys.model import Holder
    from authcli.apikeys.verifying import Verdict
    from authcli.cli._run import Run

__all__ = [
    "MEMBERS",
    "Asked",
    "bare_key",
    "checked",
    "emit_verdict",
    "read_key",
    "refused_facts",
    "valid_facts",
    "words",
]

#: What a check is called, and the codes of the refusals that it makes; in the order of checking.
CHECKS: dict[str, tuple[str, ...]] = {
    "format": ("apikey.malformed",),
    "checksum": ("apikey.checksum",),
    "known": ("apikey.unknown",),
    "revoked": ("apikey.revoked",),
    "disabled": ("apikey.disabled",),
    "time": ("apikey.not-yet", "apikey.expired", "apikey.superseded"),
    "address": ("apikey.address",),
    "scope": ("apikey.scope",),
    "rate": ("apikey.rate",),
    "quota": ("apikey.quota",),
}
_HOLDER = ("id", "name", "owner", "environment", "scopes", "expires_at")
#: What the verdict on a valid key has, and that on a refused one in part.
MEMBERS = ("valid", "code", "checks", *_HOLDER, "remaining")
_MAX_BYTES = 8192
#: How sources begin that are read for a secret, and never for what is under test.
_SOURCES = ("env:", "fd:", "cmd:", "keychain:", "keyring:", "store:", "literal:")
_QUOTES = "\"'`"
_BLANKS = " \t\r\n\v\f"
_MARKS = {"pass": ("pass", "green"), "fail": ("FAIL", "bold red")}


class Asked(NamedTuple):
    """What a verdict is to say of a key, beside that it is genuine and live."""

    scopes: tuple[str, ...] = ()
    address: str | None = None
    peek: bool = False
    at_ms: int | None = None
    """The overriding clock."""


def checked(run: Run, scopes: list[str], *, address: str | None, peek: bool) -> Asked:
    """Return what the flags ask for.

    Raises:
        InvalidInput: a scope or an address that is none.
    """
    from authcli.apikeys.scopes import check_scopes

    if address is not None:
        from authcli.apikeys.addresses import check_address

        address = check_address(address)
    now = None if run.now is None else run.now * 1000
    return Asked(check_scopes(words(scopes, "--scope")), address, peek, now)


def words(texts: list[str] | None, flag: str) -> list[str]:
    """Return what a repeatable option says: each time one word, or several with blanks between.

    Raises:
        InvalidInput: nothing but blanks, which an unset variable leaves.
    """
    found = [[word for word in text.split(" ") if word] for text in texts or ()]
    if not all(found):
        raise InvalidInput(f"{flag} is empty: an unset variable?", code="source.empty")
    return [word for group in found for word in group]


def read_key(run: Run, text: str | None) -> str:
    """Return the key under test, given as text, `-`, `@FILE` or by a pipe.

    Raises:
        InvalidInput: there is none.
    """
    key = bare_key(read_under_test(run, text, what="API key", limit=_MAX_BYTES))
    if not key:
        raise InvalidInput("the API key is empty", hint="an unset variable?", code="source.empty")
    return key


def bare_key(data: bytes) -> str:
    """Return a key without quotes, blanks and the header that it came in."""
    key = data.decode("utf-8", "replace").strip(_BLANKS).strip(_QUOTES)
    for label in ("authorization:", "x-api-key:", "bearer "):
        if f"{key} "[: len(label)].lower() == label:  # a header without a key is empty
            key = key[len(label) :].strip(_BLANKS)
    return key.strip(_QUOTES).strip(_BLANKS)


def emit_verdict(run: Run, text: str, asked: Asked, *, store: str | None) -> None:
    """Verify one key and write the verdict; then, at leisure, that it was used.

    Raises:
        ApiKeyRefused: it is refused.
        InvalidInput: a `--field` that no verdict has; nothing was spent.
        Unavailable: there is no store to ask, or the key has a rate that it cannot keep.
    """
    from authcli.cli._store import opened, store_exists

    for field in run.fields:  # before a use is spent
        value_at(dict.fromkeys(MEMBERS), field)
    malformed = _misread(text)
    # What is no key is told without a store; where there is none at all, nothing was imported.
    if malformed is not None and not (
        may_be_imported(text, malformed) and store_exists(run, store)
    ):
        emit_refusal(run, malformed, text, asked)
        raise _hinted(malformed, text)
    from authcli.apikeys.uses import Uses
    from authcli.apikeys.verifying import verify

    with opened(run, store, write=True, create=False) as found:
        uses = Uses()
        try:
            verdict = verify(
                found.api_keys,
                text,
                scopes=asked.scopes,
                address=asked.address,
                at_ms=asked.at_ms,
                peek=asked.peek,
                uses=uses,
            )
            emit_valid(run, verdict, text, asked)
        except ApiKeyRefused as refusal:
            emit_refusal(run, refusal, text, asked)
            raise _hinted(refusal, text) from None
        finally:
            if not uses.flush(found.api_keys) and uses.note:
                note(run, uses.note)


def _hinted(refusal: ApiKeyRefused, text: str) -> ApiKeyRefused:
    """Return a refusal with the hint for what was given in place of one key."""
    if refusal.code == "apikey.malformed":
        if len(text.split("\n")) > 1:
            refusal.hint = "several keys, one a line? add --lines"
        elif text.startswith(_SOURCES):
            refusal.hint = "the key under test is text, - or @FILE; no other source is read"
    return refusal


def _misread(text: str) -> ApiKeyRejected | None:
    """Return what is wrong with a text as one of our keys."""
    try:
        parse(text)
    except ApiKeyRejected as refusal:
        return refusal
    return None


def emit_valid(run: Run, verdict: Verdict, text: str, asked: Asked) -> None:
    """Write that a key is valid: its id, and on a terminal whose it is."""
    emit(
        run,
        valid_facts(verdict, text, asked),
        plain=display_id(verdict.id),
        human=lambda on: _page(run, verdict, colored=on),
    )


def emit_refusal(run: Run, refusal: ApiKeyRefused, text: str, asked: Asked) -> None:
    """Write that a key is refused: the checks to stderr, or the verdict as JSON to stdout.

    Raises:
        InvalidInput: a `--field` that no verdict has.
    """
    facts = refused_facts(refusal, text, asked)
    emit_refused(
        run,
        facts,
        valid_alone=set(MEMBERS) - facts.keys(),
        human=lambda on: _check_lines(facts["checks"], colored=on),
    )


def valid_facts(verdict: Verdict, text: str, asked: Asked) -> dict[str, Any]:
    """Return the verdict on a valid key as JSON has it."""
    return {
        "valid": True,
        "code": None,
        "checks": _checks(None, text, asked),
        **_holder_facts(verdict),
        "remaining": verdict.remaining,
    }


def refused_facts(refusal: ApiKeyRefused, text: str, asked: Asked) -> dict[str, Any]:
    """Return the verdict on a refused key; whose it is only where the whole key was genuine."""
    return {
        "valid": False,
        "code": refusal.code,
        "checks": _checks(refusal, text, asked),
        **(_holder_facts(refusal.key) if refusal.key else {}),
    }


def _holder_facts(holder: Holder | Verdict) -> dict[str, Any]:
    ends = holder.expires_at_ms
    return {
        "id": display_id(holder.id),
        "name": holder.name,
        "owner": holder.owner,
        "environment": holder.environment,
        "scopes": list(holder.scopes),
        "expires_at": None if ends is None else clock.format_instant(ends // 1000),
    }


def _checks(refusal: ApiKeyRefused | None, text: str, asked: Asked) -> list[dict[str, Any]]:
    """Return all checks in their order: those before the one that failed passed."""
    skipped = _not_asked(text, asked)
    rows: list[dict[str, Any]] = []
    failed = False
    for name, codes in CHECKS.items():
        here = refusal is not None and refusal.code in codes
        status = "fail" if here else ("skipped" if failed or name in skipped else "pass")
        detail = refusal.message if refusal is not None and here else None
        rows.append({"name": name, "status": status, "detail": detail})
        failed = failed or here
    return rows


def _not_asked(text: str, asked: Asked) -> set[str]:
    """Return the checks that nothing was to be checked in."""
    names = {"rate", "quota"} if asked.peek else set()
    if asked.address is None:
        names.add("address")
    if not asked.scopes:
        names.add("scope")
    # One that was imported has a form and a checksum of its own, or none.
    if id_of(text) is None and (misread := _misread(text)) and misread.code == "apikey.malformed":
        names |= {"format", "checksum"}
    return names


def _check_lines(checks: list[dict[str, Any]], *, colored: bool) -> str:
    """Return a line for each check that was made."""
    rows = []
    for check in checks:
        if check["status"] in _MARKS:
            word, style = _MARKS[check["status"]]
            rows.append((paint(word, style, on=colored), check["name"]))
    return columns(rows)


def _page(run: Run, verdict: Verdict, *, colored: bool) -> str:
    facts = _holder_facts(verdict)
    ends = facts["expires_at"]
    if verdict.expires_at_ms is not None:
        ends = f"{ends} ({clock.format_relative(verdict.expires_at_ms // 1000, at=run.at)})"
    rows = [
        ("id", facts["id"]),
        ("name", visible(verdict.name)),
        ("owner", visible(verdict.owner or "")),
        ("scopes", visible(" ".join(verdict.scopes)) or "none"),
        ("expires", ends or "never"),
        ("remaining", "" if verdict.remaining is None else f"{verdict.remaining} uses"),
    ]
    return paint("valid", "bold green", on=colored) + "\n" + columns([r for r in rows if r[1]])
