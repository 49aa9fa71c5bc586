"""Payloads of Google Authenticator as QR codes: on the terminal one after another, or in files.

A code that is too wide for a terminal is broken by it and read by no camera, so fewer accounts are
put into each until it fits.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from authcli.cli._listing import terminal_width
from authcli.cli._messages import note
from authcli.cli._output import emit, refuse_existing, save, write_text
from authcli.cli._prompt import answer
from authcli.errors import InvalidInput

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.otp import Account

__all__ = ["draw_payloads"]

#: Accounts in a code; Google Authenticator takes ten.
_FEWER = (10, 6, 4, 3, 2, 1)


def draw_payloads(run: Run, accounts: Sequence[Account], facts: dict[str, Any]) -> None:
    """Draw the accounts: into files where `-o` names one, else on the terminal.

    Args:
        run: the invocation.
        accounts: what is exported.
        facts: the result as JSON has it, so far.

    Raises:
        InvalidInput: an account that the payload cannot hold, or a terminal that is too narrow.
        Conflict: one of the files exists; none was written.
    """
    if run.output is None:
        return _show(run, accounts)
    files = _write(run, run.output, accounts)
    count = len(accounts)
    note(
        run,
        f"wrote {', '.join(files)}: {count} account{'s' * (count != 1)}, in clear; delete"
        f" {'them' if len(files) > 1 else 'it'} when scanned",
    )
    if run.json or run.fields:
        emit(run._replace(output=None), {**facts, "files": files}, plain=None)
    return None


def _write(run: Run, path: Path, accounts: Sequence[Account]) -> list[str]:
    """Write FILE.png, or FILE-1.png and so on; all of them or none."""
    from authcli.otp import qr
    from authcli.otp.migration import build_migration

    uris = build_migration(accounts)
    is_png = path.suffix.lower() == ".png"
    drawn = [qr.to_png(uri) if is_png else qr.to_svg(uri).encode() for uri in uris]
    paths = [path]
    if len(drawn) > 1:
        paths = [path.with_name(f"{path.stem}-{n}{path.suffix}") for n in range(1, len(drawn) + 1)]
    for one in paths:
        refuse_existing(run, str(one))
    written: list[Path] = []
    try:
        for one, data in zip(paths, drawn, strict=True):
            save(run, one, data)
            written.append(one)
    except BaseException:  # an interrupt too leaves nothing behind
        for one in () if run.force else written:
            with suppress(OSError):
                one.unlink()
        raise
    return [str(one) for one in paths]


def _show(run: Run, accounts: Sequence[Account]) -> None:
    """Show one code after another, each when the person has scanned the one before."""
    pictures = _fitting(accounts)
    for number, picture in enumerate(pictures, 1):
        if len(pictures) > 1:
            write_text(f"{number} of {len(pictures)}\n")
        write_text(picture)
        if number < len(pictures) and run.may_prompt:
            answer("scan it, then press Enter for the next one ")


def _fitting(accounts: Sequence[Account]) -> list[str]:
    from authcli.otp import qr
    from authcli.otp.migration import build_migration

    for per_batch in _FEWER:
        uris = build_migration(accounts, per_batch=per_batch)
        if max(_width(qr.to_text(uri)) for uri in uris) <= terminal_width():
            return [qr.to_terminal(uri) for uri in uris]
    raise InvalidInput(
        f"the terminal is too narrow for a QR code: it has {terminal_width()} columns",
        hint="make it wider, or write pictures: -o codes.png",
        code="otp.export",
    )


def _width(picture: str) -> int:
    return max(map(len, picture.splitlines()), default=0)
