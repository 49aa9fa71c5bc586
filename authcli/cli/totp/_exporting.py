"""What `authcli totp export` does: which accounts, in which format, to where, and asking first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from authcli.cli._accounts import NAMESPACE, saved
from authcli.cli._messages import note
from authcli.cli._output import emit, refuse_existing, save
from authcli.cli._prompt import confirm
from authcli.cli.totp._counters import counted
from authcli.cli.totp._removing import known_names
from authcli.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.otp import Account
    from authcli.secret import Secret

__all__ = ["Wanted", "export_accounts"]

#: Endings of `-o` that are pictures of a migration payload.
PICTURES = (".png", ".svg")


class Wanted(NamedTuple):
    """What the flags ask for, as it was typed."""

    names: tuple[str, ...]
    all: bool
    form: str | None
    passphrase: str | None
    yes: bool
    store: str | None


def export_accounts(run: Run, wanted: Wanted) -> None:
    """Write saved accounts in a format that other apps read.

    Raises:
        InvalidInput: flags that cannot be, an account that the format cannot hold, or nobody to
            ask whether secrets may be written in clear; nothing was written.
        NotFound: no account has one of these names.
        Conflict: a file that is to be written exists.
        Unavailable: there is no keychain.
    """
    form, drawn = _chosen_form(run, wanted)
    names = _names(run, wanted)
    refuse_existing(run, str(run.output) if run.output else None)
    closing = _closing(run, wanted, form)
    if closing is None:
        _agree(run, len(names), yes=wanted.yes)
    accounts = _accounts(run, names, store=wanted.store)
    facts: dict[str, Any] = {
        "format": form,
        "encrypted": closing is not None,
        "accounts": names,
    }
    if drawn:
        from authcli.cli.totp._export_pictures import draw_payloads

        return draw_payloads(run, accounts, facts)
    return _write(run, _content(accounts, form, closing), facts)


def _chosen_form(run: Run, wanted: Wanted) -> tuple[str, bool]:
    """Return the format, and whether QR codes are drawn."""
    from authcli.otp.formats import FORMATS

    picture = run.output is not None and run.output.suffix.lower() in PICTURES
    form = wanted.form or ("migration" if picture else "otpauth")
    if form not in FORMATS:
        raise InvalidInput(f"--format is one of {', '.join(FORMATS)}, not {ascii(form[:40])}")
    if picture and form != "migration":
        raise InvalidInput(
            f"a picture holds the format migration, and not {form}",
            hint="one account's QR code: authcli totp qr NAME -o FILE.png",
        )
    on_screen = run.to_terminal and not (run.json or run.fields)
    return form, form == "migration" and (picture or on_screen)


def _names(run: Run, wanted: Wanted) -> list[str]:
    if wanted.all == bool(wanted.names):
        raise InvalidInput(
            "--all and names contradict each other; give one of them"
            if wanted.all
            else "no account was named",
            hint=None if wanted.all else "name saved accounts (authcli totp list), or say --all",
        )
    if not wanted.all:
        return known_names(run, wanted.names)
    names = [entry.name for entry in saved(run)]
    if not names:
        raise NotFound("no account is saved", hint="authcli totp add NAME", code="otp.not-found")
    return names


def _closing(run: Run, wanted: Wanted, form: str) -> Secret | None:
    """Return what the export is encrypted with, None where it is not."""
    if wanted.passphrase is None:
        return None
    from authcli.cli._input import read_passphrase
    from authcli.otp.formats import FORMATS

    if not FORMATS[form].encrypts:
        able = ", ".join(name for name, row in FORMATS.items() if row.encrypts)
        raise InvalidInput(
            f"the format {form} is not encrypted, so --passphrase has no place in it",
            hint=f"--format {able}",
        )
    return read_passphrase(run, wanted.passphrase, setting=True)


def _agree(run: Run, count: int, *, yes: bool) -> None:
    what = "the secret of 1 account" if count == 1 else f"the secrets of {count} accounts"
    if run.output is not None:
        where = f"to {ascii(str(run.output))[1:-1]}"
    else:
        where = "on this terminal" if run.to_terminal else "to stdout"
    confirm(run, f"write {what} in clear {where}?", yes=yes)


def _accounts(run: Run, names: Sequence[str], *, store: str | None) -> list[Account]:
    """Return the accounts; of HOTP with the counter that was reached."""
    from authcli.cli._keychain import keychain_of
    from authcli.otp.uris import parse_uri

    keychain = keychain_of(run, namespace=NAMESPACE)
    accounts = [parse_uri(keychain.get(name).reveal_text()).account for name in names]
    return counted(run, accounts, store=store)


def _content(accounts: list[Account], form: str, closing: Secret | None) -> bytes:
    from authcli.otp.formats import FORMATS

    return FORMATS[form].write(accounts, passphrase=closing)


def _write(run: Run, content: bytes, facts: dict[str, Any]) -> None:
    if run.output is None:
        text = content.decode()
        return emit(run, {**facts, "content": text}, plain=text)
    save(run, run.output, content)
    note(run, f"wrote {run.output}: {_told(facts)}")
    if run.json or run.fields:
        emit(run._replace(output=None), {**facts, "files": [str(run.output)]}, plain=None)
    return None


def _told(facts: dict[str, Any]) -> str:
    count = len(facts["accounts"])
    ending = "encrypted" if facts["encrypted"] else "in clear"
    return f"{count} account{'' if count == 1 else 's'}, {ending}"
