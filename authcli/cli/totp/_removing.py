"""What `authcli totp remove` does: all names are known before one is removed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from authcli.cli._accounts import NAMESPACE, saved
from authcli.cli._delivery import check_delivery
from authcli.cli._messages import note
from authcli.cli._output import emit
from authcli.cli._prompt import confirm
from authcli.errors import NotFound

if TYPE_CHECKING:
    from authcli.cli._run import Run

__all__ = ["known_names", "remove_accounts"]

#: How many names a question or a message holds.
_MAX_TOLD = 10


def remove_accounts(run: Run, names: Sequence[str], *, yes: bool, dry_run: bool) -> None:
    """Remove saved accounts, when the person at the terminal agrees or `--yes` was said.

    Raises:
        NotFound: no account has one of these names; nothing was removed.
        InvalidInput: nobody can be asked.
        Unavailable: there is no keychain.
    """
    from authcli.cli._keychain import keychain_of, remove_all

    check_delivery(run, ("names", "removed", "dry_run"))
    known = known_names(run, names)
    what = f"{known[0]} and its secret" if len(known) == 1 else f"{len(known)} accounts"
    shown = "" if len(known) == 1 else f": {', '.join(known[:_MAX_TOLD])}"
    if not dry_run:
        confirm(run, f"remove {what}{shown}{' …' if known[_MAX_TOLD:] else ''}?", yes=yes)
        remove_all(run, keychain_of(run, namespace=NAMESPACE), known)
    else:
        note(run, "nothing was removed (--dry-run)")
    facts = {"names": known, "removed": 0 if dry_run else len(known), "dry_run": dry_run}
    emit(run, facts, plain="\n".join(known))


def known_names(run: Run, names: Sequence[str]) -> list[str]:
    """Return the names, each once, when all of them are saved.

    Raises:
        NotFound: one is not. A name may be a secret in the wrong place, so it is repeated only
            where it could be a slip of the pen.
    """
    import difflib

    there = [entry.name for entry in saved(run)]
    for name in names:
        if name in there:
            continue
        near = difflib.get_close_matches(name[:64], there, n=3, cutoff=0.6)
        raise NotFound(
            f"there is no saved account {ascii(name[:64])}"
            if near
            else "there is no saved account of that name",
            hint=f"near it: {', '.join(near)}" if near else "authcli totp list",
            code="otp.not-found",
        )
    return list(dict.fromkeys(names))
