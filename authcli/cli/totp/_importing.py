"""What `authcli totp import` does: a plan, and then all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from authcli.cli._accounts import NAMESPACE, details_of, saved
from authcli.cli._delivery import check_delivery
from authcli.cli._listing import stream_table
from authcli.cli._messages import note, warn
from authcli.cli._output import emit, payload_line
from authcli.cli.totp._import_contents import given_export, opener_of, read_contents
from authcli.cli.totp._import_names import derived_name, free_name
from authcli.cli.totp._read_facts import account_table
from authcli.errors import AuthError, Conflict, InvalidInput, NotFound, PassphraseNeeded

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.keychain import Entry, Keychain
    from authcli.otp import Account

__all__ = ["Wanted", "import_accounts"]

#: More are on no person's phone, and each takes its time to save.
MAX_ACCOUNTS = 1000
#: How many names a message holds.
_MAX_TOLD = 10
_COLUMNS = ("name", "action", "issuer", "account", "kind")


class Wanted(NamedTuple):
    """What the flags ask for, as it was typed."""

    files: tuple[str, ...]
    form: str | None
    passphrase: str | None
    prefix: str
    replace: bool
    dry_run: bool


class Planned(NamedTuple):
    """One account, and what is to be done with it."""

    name: str
    account: Account
    action: Literal["import", "replace", "unchanged"]


def import_accounts(run: Run, wanted: Wanted) -> None:
    """Save what the files hold, or say what would be saved.

    Raises:
        InvalidInput: flags or files that cannot be; nothing was saved.
        Conflict: names that are taken by other secrets; nothing was saved.
        Unavailable: there is no keychain, or pictures cannot be read here.
    """
    from authcli.otp.formats import FORMATS

    if wanted.form is not None and wanted.form not in FORMATS:
        raise InvalidInput(
            f"--format is one of {', '.join(FORMATS)}, not {ascii(wanted.form[:40])}"
        )
    check_delivery(run, _COLUMNS)
    given = [given_export(run, text) for text in (wanted.files or (None,))]
    opener = opener_of(run, wanted.passphrase)
    found = read_contents(run, given, form=wanted.form, passphrase=opener)
    if len(found.accounts) > MAX_ACCOUNTS:
        raise InvalidInput(
            f"these are {len(found.accounts)} accounts, over the limit of {MAX_ACCOUNTS}",
            code="otp.import",
        )
    keychain = _Lazily(run)
    plan = _planned(saved(run), keychain, found.accounts, wanted)
    if not wanted.dry_run:
        _carry_out(run, keychain, plan)
    _show(run, plan, wanted, left_out=found.left_out)


class _Lazily:
    """The keychain of saved accounts, opened when it is first needed, and once."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._opened: Keychain | None = None

    def __call__(self) -> Keychain:
        from authcli.cli._keychain import keychain_of

        if self._opened is None:
            # It would say of each name where it is kept; that is said once, in the end.
            quiet = self._run._replace(quiet=not self._run.json)
            self._opened = keychain_of(quiet, namespace=NAMESPACE)
        return self._opened


def _planned(
    entries: Sequence[Entry],
    keychain: Callable[[], Keychain],
    accounts: Sequence[Account],
    wanted: Wanted,
) -> list[Planned]:
    """Return what is to be done with each account; those that are there twice are there once.

    Raises:
        Conflict: names that are taken by other secrets.
    """
    from authcli.keychain import check_name

    by_owner: dict[object, list[Entry]] = {}
    for entry in entries:
        # Of an entry whose details were lost, the owners are None.
        owner = (entry.details.get("issuer"), entry.details.get("account"))
        by_owner.setdefault(owner, []).append(entry)
    nobodys = by_owner.get((None, None), [])
    taken = {entry.name for entry in entries}
    plan: list[Planned] = []
    here: set[Account | None] = set()
    names: set[str] = set()
    for account in map(_as_saved, accounts):
        if (same := _comparable(account)) in here:
            continue
        known = next(
            (
                entry.name
                for entry in [*by_owner.get((account.issuer, account.name), ()), *nobodys]
                if _comparable(_account(keychain(), entry.name)) == same
            ),
            None,
        )
        name = known or free_name(check_name(derived_name(account, prefix=wanted.prefix)), names)
        here.add(same)
        names.add(name)
        action: Literal["import", "replace"] = "replace" if name in taken else "import"
        plan.append(Planned(name, account, "unchanged" if known else action))
    conflicts = [row.name for row in plan if row.action == "replace"]
    if conflicts and not wanted.replace:
        raise _conflict(conflicts)
    return plan


def _as_saved(account: Account) -> Account:
    """Return the account as its URI gives it back, which is what is saved of it."""
    from authcli.otp.entries import label
    from authcli.otp.uris import build_uri, parse_uri

    try:
        return parse_uri(build_uri(account)).account
    except InvalidInput as error:
        raise InvalidInput(
            f"{label(account)} cannot be saved: {error.message}", hint=error.hint, code=error.code
        ) from None


def _comparable(account: Account | None) -> Account | None:
    """Return what makes an account the same one; a counter moves on."""
    return account and account._replace(counter=0)


def _account(keychain: Keychain, name: str) -> Account | None:
    """Return a saved account; None where it is listed, and its secret is gone or damaged."""
    from authcli.otp.uris import parse_uri

    try:
        return parse_uri(keychain.get(name).reveal().decode("utf-8", "replace")).account
    except PassphraseNeeded:
        raise
    except (NotFound, InvalidInput):
        return None


def _conflict(names: Sequence[str]) -> Conflict:
    shown = ", ".join(names[:_MAX_TOLD]) + (" …" if len(names) > _MAX_TOLD else "")
    is_taken = "this name is taken" if len(names) == 1 else f"{len(names)} names are taken"
    return Conflict(
        f"{is_taken} by other secrets, and nothing was saved: {shown}",
        hint="--replace overwrites them; --prefix TEXT saves under other names",
        code="otp.exists",
    )


def _carry_out(run: Run, keychain: Callable[[], Keychain], plan: Sequence[Planned]) -> None:
    """Save all; where one fails, what was saved before it is undone, even after Ctrl-C."""
    todo = [row for row in plan if row.action != "unchanged"]
    done: list[tuple[str, Account | None]] = []
    places: dict[str, int] = {}
    try:
        for row in todo:
            replacing = row.action == "replace"
            before = _account(keychain(), row.name) if replacing else None
            done.append((row.name, before))
            entry = _set(keychain(), row.name, row.account, replace=replacing, at=run.at)
            places[entry.backend] = places.get(entry.backend, 0) + 1
    except BaseException as error:
        if isinstance(error, Conflict):  # another process has taken the name meanwhile
            done.pop()
        _undo(keychain, done)
        raise
    if places.get("file") and run.config.text("keychain", None) != "file":
        note(run, "there is no system keychain here; they are kept in an encrypted file")


def _set(
    keychain: Keychain, name: str, account: Account, *, replace: bool, at: int | None = None
) -> Entry:
    from authcli.otp.uris import build_uri
    from authcli.secret import Secret

    uri = Secret(build_uri(account))
    return keychain.set(name, uri, details=details_of(account), replace=replace, at=at)


def _undo(keychain: Callable[[], Keychain], done: Sequence[tuple[str, Account | None]]) -> None:
    from contextlib import suppress

    for name, before in done:
        with suppress(AuthError):  # the first failure is the one to tell
            if before is None:
                keychain().remove(name)
            else:
                _set(keychain(), name, before, replace=True)


def _show(run: Run, plan: Sequence[Planned], wanted: Wanted, *, left_out: int) -> None:
    items: list[dict[str, Any]] = [
        {
            "name": row.name,
            "action": row.action,
            "issuer": row.account.issuer,
            "account": row.account.name,
            "kind": row.account.kind,
        }
        for row in plan
    ]
    counts = {
        action: sum(row.action == action for row in plan)
        for action in ("import", "replace", "unchanged")
    } | {"left_out": left_out}
    if run.json and not (run.jsonl or run.fields):
        facts = {"dry_run": wanted.dry_run, "counts": counts, "items": items}
        return emit(run, facts, plain=payload_line(facts))
    stream_table(
        run,
        items,
        members=_COLUMNS,
        plain=lambda item: str(item["name"]),
        human=account_table(run, _COLUMNS),
    )
    return _tell(run, counts, wanted)


def _tell(run: Run, counts: dict[str, int], wanted: Wanted) -> None:
    words = {"import": "saved", "replace": "replaced", "unchanged": "there already"}
    words["left_out"] = "left out"
    told = [f"{counts[action]} {word}" for action, word in words.items() if counts[action]]
    if not told:
        return warn(run, "there is no account in it")
    would = "nothing was saved (--dry-run); it would be: " if wanted.dry_run else ""
    note(run, would + ", ".join(told))
    kept = [text for text in wanted.files if text != "-" and ":" not in text]
    if kept and not wanted.dry_run:
        return note(run, "the file still holds the secrets; delete it where it is not needed")
    return None
