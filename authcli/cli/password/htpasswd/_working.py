"""What the verbs do between reading their options and ending."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from authcli.cli._messages import note, warn
from authcli.cli._output import emit
from authcli.cli._text import visible
from authcli.errors import AuthError, HashMalformed, PasswordMismatch

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.passwords.hash_policy import HashPolicy
    from authcli.passwords.htpasswd import User
    from authcli.passwords.limits import Limits

__all__ = ["add_user", "list_users", "verify_user"]

_LISTED = ("user", "line", "scheme", "cost", "outdated", "code", "message")


def add_user(
    run: Run,
    file: str,
    user: str,
    source: str | None,
    *,
    scheme: str,
    cost: int | None,
    rounds: int | None,
) -> None:
    """Give a user a password.

    Args:
        run: the invocation.
        file, user: which.
        source: of the password.
        scheme, cost, rounds: the flags.

    Raises:
        AuthError: as `authcli.passwords.htpasswd.add`.
    """
    from authcli.cli.password._costs import CostFlags, as_options, cost_of
    from authcli.cli.password._reading import read_password
    from authcli.passwords import htpasswd
    from authcli.passwords.hashing import made_scheme

    name = made_scheme(scheme).name
    chosen = cost_of(name, CostFlags(cost=cost, rounds=rounds))
    htpasswd.check_user(user)
    if Path(file).exists():
        htpasswd.users(Path(file))  # what is wrong with it is said before anyone is asked
    password = read_password(run, source, setting=True)
    added = htpasswd.add(Path(file), user, password, scheme=name, **as_options(chosen))
    if name not in htpasswd.APACHE_SCHEMES:
        warn(run, f"Apache does not verify {name}; it does {', '.join(htpasswd.APACHE_SCHEMES)}")
    if added == "created":
        note(run, f"{file} is new, and its owner's alone; let the web server's group read it")
    done = "changed" if added == "changed" else "added"
    emit(
        run,
        {"file": file, "user": user, "scheme": name, "status": added},
        plain=user,
        human=lambda _: f"{visible(user)}: {done}",
    )


def verify_user(
    run: Run,
    file: str,
    user: str,
    source: str | None,
    *,
    policy: HashPolicy,
    limits: Limits,
) -> None:
    """Write the verdict on a user's password.

    Args:
        run: the invocation.
        file, user: whose.
        source: of the password.
        policy, limits: as of `authcli.passwords.verify`.

    Raises:
        PasswordMismatch: it is not the user's, or there is no such user.
        AuthError: as `authcli.passwords.htpasswd.verify`.
    """
    from authcli.cli._refusal import emit_refused
    from authcli.cli.password._computing import computed
    from authcli.cli.password._reading import read_password
    from authcli.cli.password._verdict import MEMBERS, mismatch_facts, verified_facts
    from authcli.passwords import htpasswd

    htpasswd.users(Path(file))  # what is wrong with it is said before anyone is asked
    password = read_password(run, source)
    try:
        found = computed(
            lambda: htpasswd.verify(Path(file), user, password, policy=policy, limits=limits)
        )
    except PasswordMismatch as refusal:
        facts = {**mismatch_facts(refusal), "user": user}
        emit_refused(run, facts, valid_alone={*MEMBERS} - facts.keys(), human=None)
        raise
    except HashMalformed as error:
        error.hint = f"give the user a password anew: authcli password htpasswd add FILE {user}"
        raise
    facts = {**verified_facts(found), "user": user}
    emit(run, facts, plain=None, human=lambda _: f"valid ({found.scheme})")


def list_users(run: Run, file: str, *, policy: HashPolicy) -> None:
    """Write the users of a file.

    Args:
        run: the invocation.
        file: which.
        policy: which hashes are outdated.

    Raises:
        InvalidInput: it cannot be read.
    """
    from authcli.cli._listing import stream_table
    from authcli.passwords import htpasswd

    stream_table(
        run,
        (_facts(row, policy) for row in htpasswd.users(Path(file))),
        members=_LISTED,
        plain=lambda facts: str(facts["user"]),
        human=lambda rows: _drawn(rows, colored=run.colored()),
    )


def _facts(row: User, policy: HashPolicy) -> dict[str, Any]:
    """Return what is listed of a user; what is wrong with a hash stops no list."""
    from authcli import passwords

    facts: dict[str, Any] = {**dict.fromkeys(_LISTED), "user": row.name, "line": row.line}
    try:
        info = passwords.inspect(row.hash, policy=policy)
    except AuthError as error:
        return {**facts, "code": error.code, "message": error.message}
    finding = info.findings[0] if info.findings else None
    return {
        **facts,
        "scheme": info.scheme,
        "cost": dict(info.cost),
        "outdated": info.outdated,
        "code": finding.code if finding else None,
        "message": finding.message if finding else None,
    }


def _drawn(rows: Iterable[dict[str, Any]], *, colored: bool) -> Iterator[str]:
    from authcli.cli._listing import drawn
    from authcli.passwords.limits import format_cost

    def cells(facts: dict[str, Any]) -> tuple[str, ...]:
        cost = format_cost(facts["cost"]) if facts["cost"] else ""
        says = facts["message"] or "up to date"
        return (visible(facts["user"]), facts["scheme"] or "-", cost, visible(says))

    titles = ("USER", "SCHEME", "COST", "POLICY")
    yield from drawn(map(cells, rows), titles=titles, flexible=3, colored=colored)
