"""Accounts as JSON members, as a page and as a table: what `read`, `list` and `inspect` show."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from authcli.cli._listing import clipped, drawn, stream_table
from authcli.cli._messages import note
from authcli.cli._output import emit, payload_line
from authcli.cli._text import columns, paint, visible

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.keychain import Entry
    from authcli.otp import Account

__all__ = ["account_facts", "account_table", "show_accounts", "show_saved"]

#: The members that hold the secret: None unless they are asked for.
_SECRETS = ("secret", "uri")
_SHAPE = ("kind", "issuer", "account", "algorithm", "digits", "period_seconds")
_MEMBERS = (*_SHAPE, "counter", "secret_bits", *_SECRETS)
_SAVED = ("name", *_SHAPE, "backend", "saved_at")
#: How wide a cell of what came from outside is at the most, but that which takes the room left.
_MAX_CELL = 24


def account_facts(account: Account, *, reveal: bool = False) -> dict[str, Any]:
    """Return what is to be told of an account, ready for JSON.

    Args:
        account: it.
        reveal: whether its secret is told too.
    """
    facts: dict[str, Any] = {
        "kind": account.kind,
        "issuer": account.issuer,
        "account": account.name,
        "algorithm": account.algorithm,
        "digits": account.digits,
        "period_seconds": None if account.kind == "hotp" else account.period_seconds,
        "counter": account.counter if account.kind == "hotp" else None,
        "secret_bits": 8 * len(account.secret),
        **dict.fromkeys(_SECRETS),
    }
    if reveal:
        from authcli.otp.base32 import write_secret
        from authcli.otp.uris import build_uri

        facts |= {"secret": write_secret(account.secret), "uri": build_uri(account)}
    return facts


def show_accounts(
    run: Run, accounts: Sequence[Account], *, reveal: bool = False, bare_uris: bool = False
) -> None:
    """Write accounts: a page of one, a table of several; JSON has `items` of any number.

    Args:
        run: the invocation.
        accounts: what was read.
        reveal: whether secrets are told; a `--field` of one asks for it too, with `bare_uris`.
        bare_uris: whether a pipe gets their URIs, with the secrets; else their facts.
    """
    asked = bare_uris and any(field in _SECRETS for field in run.fields)
    bare = bare_uris and not (run.json or run.fields or run.to_terminal)
    items = [account_facts(one, reveal=reveal or asked or bare) for one in accounts]
    if len(items) == 1 and run.to_terminal and not (run.json or run.fields):
        return emit(run, items[0], plain=None, human=lambda on: _page(items[0], colored=on))
    shown = ("issuer", "account", "kind", "algorithm", "digits", "period_seconds")
    return stream_table(
        run,
        items,
        members=_MEMBERS,
        plain=(lambda item: str(item["uri"])) if bare else payload_line,
        human=account_table(run, (*shown, *(("secret",) if reveal else ()))),
    )


def show_saved(run: Run, entries: Sequence[Entry]) -> None:
    """Write the list of saved accounts, of what the keychain's index says."""
    items = [_saved_facts(entry) for entry in entries]
    if not items and run.to_terminal:
        note(run, "no account is saved; authcli totp add NAME, or new --save NAME")
    stream_table(
        run,
        items,
        members=_SAVED,
        plain=lambda item: str(item["name"]),
        human=account_table(
            run, ("name", "issuer", "account", "kind", "digits", "period_seconds", "saved_at")
        ),
    )


def account_table(
    run: Run, members: tuple[str, ...]
) -> Callable[[Iterable[dict[str, Any]]], Iterator[str]]:
    """Return what draws rows of these members, of which one is "account", on a terminal."""

    def row(item: dict[str, Any]) -> tuple[str, ...]:
        return tuple(_cell(run, name, item[name]) for name in members)

    def table(items: Iterable[dict[str, Any]]) -> Iterator[str]:
        return drawn(
            map(row, items),
            titles=tuple(_TITLES.get(name, name.upper()) for name in members),
            flexible=members.index("account"),
            colored=run.colored(),
        )

    return table


_TITLES = {"period_seconds": "PERIOD", "saved_at": "SAVED"}


def _cell(run: Run, name: str, value: Any) -> str:
    if value is None:
        return "-"
    if name == "saved_at":
        from authcli.cli._moments import short_moment

        return short_moment(value, at=run.at, form=run.config.text("time", None))
    if name == "period_seconds":
        return f"{value} s"
    text = visible(str(value))
    return clipped(text, _MAX_CELL) if name == "issuer" else text


def _saved_facts(entry: Entry) -> dict[str, Any]:
    from authcli.clock import format_instant

    details = {**entry.details, "period_seconds": entry.details.get("period")}
    if details.get("kind") == "hotp":
        details["period_seconds"] = None
    return {
        "name": entry.name,
        **{name: details.get(name) for name in _SHAPE},
        "backend": entry.backend,
        "saved_at": format_instant(entry.saved_at),
    }


def _page(facts: dict[str, Any], *, colored: bool) -> str:
    period, counter, secret = facts["period_seconds"], facts["counter"], facts["secret"]
    rows = {
        "issuer": facts["issuer"],
        "account": facts["account"],
        "kind": facts["kind"],
        "algorithm": facts["algorithm"],
        "digits": str(facts["digits"]),
        "period": "" if period is None else f"{period} s",
        "counter": "" if counter is None else str(counter),
        "secret": _grouped(secret) if secret else f"{facts['secret_bits']} bits, not shown",
        "uri": facts["uri"] or "",
    }
    shown = [(paint(n, "cyan", on=colored), visible(text)) for n, text in rows.items() if text]
    return columns(shown, indent="")


def _grouped(secret: str) -> str:
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
