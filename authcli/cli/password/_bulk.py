"""`hash`, `verify` and `inspect` with `--lines`: a whole table of users, on every core.

Each verb hands over after `--lines`; else it says so of flags that would do nothing:

    many = Many(table, columns, jobs, fail_fast)
    if lines:
        return verify_lines(run, hash, many, policy=…, limits=…, single={"--rehash": rehash})
    many.refuse()
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from authcli.cli._bulk import Item, check_bulk
from authcli.cli._output import cell
from authcli.cli.password._closing import counted
from authcli.cli.password._user_lines import BAD_MEMBERS, UserLines
from authcli.errors import InvalidInput, PasswordMismatch

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.passwords.hash_policy import HashPolicy
    from authcli.passwords.limits import Limits
    from authcli.passwords.model import HashInfo
    from authcli.passwords.passtext import Normalization
    from authcli.passwords.user_columns import Role
    from authcli.passwords.user_tables import UserLine
    from authcli.secret import Secret

__all__ = ["Many", "hash_lines", "inspect_lines", "verify_lines"]

HASH_MEMBERS = (*BAD_MEMBERS, "hash", "scheme")
VERIFY_MEMBERS = (*BAD_MEMBERS, "valid", "scheme", "outdated", "findings")
INSPECT_MEMBERS = (
    *(*BAD_MEMBERS, "scheme", "form", "variant", "standing", "cost", "salt_bits"),
    *("digest_bits", "work", "outdated", "findings", "disabled"),
)
#: A block is worth so many seconds, or so many lines that take none.
_BLOCK_SECONDS, _QUICK_LINES = 0.1, 512
#: Of a table's hashes those with a "$" are slow, but for a few old ones; LDAP's and MySQL's not.
_SLOW_LINE, _QUICK_LINE = 0.5, 1 / 256


class Many(NamedTuple):
    """The flags that mean something with `--lines` alone."""

    table: str | None = None
    """`TableForm`."""
    columns: list[str] | None = None
    """`Columns`."""
    jobs: int | None = None
    fail_fast: bool = False

    def refuse(self) -> None:
        """Raise where one was given without `--lines`.

        Raises:
            InvalidInput: naming the flag.
        """
        check_bulk(many=False, jobs=self.jobs, fail_fast=self.fail_fast, single={})
        if self.table is not None or self.columns:
            flag = "--from" if self.table is not None else "--column"
            raise InvalidInput(f"{flag} is for many items", hint="add --lines")


def hash_lines(
    run: Run,
    source: str | None,
    many: Many,
    *,
    scheme: str,
    cost: Mapping[str, int],
    normalization: Normalization = "nfc",
    single: Mapping[str, bool] | None = None,
) -> None:
    """Write `user:hash`, or the bare hash, for each line's password.

    Args:
        run: the invocation.
        source: the lines: @FILE, - or None for a pipe.
        many: the flags of bulk work.
        scheme, cost, normalization: as `authcli.passwords.hash` takes them.
        single: flags for one item alone, and whether each was given; a given one is refused.
    """
    from authcli import passwords
    from authcli.cli.password._costs import as_options, settled
    from authcli.passwords.hashing import made_scheme
    from authcli.passwords.htpasswd import check_user

    wanted = settled(made_scheme(scheme).name, cost)
    options, work = as_options(wanted.cost), wanted.work()
    check_bulk(many=True, jobs=None, fail_fast=False, single=single or {})
    lines = UserLines(run, source, many, what="passwords", wants=("password",))
    judged = counted(wanted.scheme, wanted.findings())
    plain = not (run.json or run.fields)

    def made(line: UserLine) -> Item:
        if plain and line.user is not None:
            check_user(line.user)
        assert line.password is not None  # noqa: S101  (the table wants one)
        hash = passwords.hash(
            line.password, scheme=wanted.scheme, normalization=normalization, **options
        )
        text = hash if line.user is None else f"{line.user}:{hash}"
        return Item(text, {"hash": hash, "scheme": wanted.scheme}, counted=judged)

    per_block = max(1, min(_QUICK_LINES, int(_BLOCK_SECONDS / work.seconds)))
    lines.bulk(
        made,
        members=HASH_MEMBERS,
        memory_kib=work.memory_kib,
        weight=lambda _: 1 / per_block,
    )


def verify_lines(
    run: Run,
    source: str | None,
    many: Many,
    *,
    password: Secret | None = None,
    policy: HashPolicy | None = None,
    limits: Limits | None = None,
    normalization: Normalization = "nfc",
    single: Mapping[str, bool] | None = None,
) -> None:
    """Write the user of each line whose password has its hash; the hash where there is no user.

    Args:
        run: the invocation.
        source: the lines, which are what HASH is without `--lines`: @FILE, - or None for a pipe.
        many: the flags of bulk work.
        password: one to try on every line (`verify --lines @users SOURCE`); else each line has its
            own.
        policy, limits, normalization: as `authcli.passwords.verify` takes them.
        single: as for `hash_lines` (--rehash is one).
    """
    from authcli import passwords
    from authcli.cli._findings import finding_facts
    from authcli.passwords.limits import DEFAULT_LIMITS

    limits = limits or DEFAULT_LIMITS
    wants: tuple[Role, ...] = ("hash", "password") if password is None else ("hash",)
    check_bulk(many=True, jobs=None, fail_fast=False, single=single or {})
    lines = UserLines(run, source, many, what="hashes", wants=wants)

    def made(line: UserLine) -> Item:
        tried = password if line.password is None else line.password
        assert tried is not None  # noqa: S101  (the table wants one, unless it was given)
        found = passwords.verify(
            tried, line.hash, policy=policy, limits=limits, normalization=normalization
        )
        facts = {
            "valid": True,
            "scheme": found.scheme,
            "outdated": found.outdated,
            "findings": [finding_facts(finding) for finding in found.findings],
        }
        text = cell(line.hash if line.user is None else line.user)
        return Item(text, facts, counted=counted(found.scheme, found.findings))

    def weight(line: bytes) -> float:
        return _SLOW_LINE if b"$" in line else _QUICK_LINE

    lines.bulk(
        made,
        members=VERIFY_MEMBERS,
        memory_kib=limits.max_memory_kib,
        weight=weight,
    )


def inspect_lines(
    run: Run,
    source: str | None,
    many: Many,
    *,
    policy: HashPolicy | None = None,
    check: bool = False,
    single: Mapping[str, bool] | None = None,
) -> None:
    """Write what each line's hash says of itself, as JSON; for a person in words.

    Nothing is computed. An account that is disabled is no error here: a table has many.

    Args:
        run: the invocation.
        source: the lines: @FILE, - or None for a pipe.
        many: the flags of bulk work.
        policy: which hashes are outdated.
        check: `--check`: an outdated hash is exit code 10.
        single: as for `hash_lines`.
    """
    from authcli import passwords
    from authcli.cli.password._anatomy import info_facts, outdated_error

    check_bulk(many=True, jobs=None, fail_fast=False, single=single or {})
    lines = UserLines(run, source, many, what="hashes", wants=("hash",))
    to_person = run.to_terminal and not (run.json or run.fields)

    def made(line: UserLine) -> Item:
        try:
            info = passwords.inspect(str(line.hash), policy=policy)
        except PasswordMismatch:
            words = _in_words(line, "disabled") if to_person else None
            return Item(words, {"disabled": True}, counted=counted("disabled", ()))
        due = outdated_error(info) if check and info.outdated else None
        words = _in_words(line, _described(info)) if to_person else None
        return Item(words, info_facts(info), due, counted=counted(info.scheme, info.findings))

    lines.bulk(
        made,
        members=INSPECT_MEMBERS,
        memory_kib=1,
        weight=lambda _: 1 / _QUICK_LINES,
    )


def _in_words(line: UserLine, text: str) -> str:
    return text if line.user is None else f"{cell(line.user)}: {text}"


def _described(info: HashInfo) -> str:
    from authcli.passwords.limits import format_cost

    cost = f" ({format_cost(info.cost)})" if info.cost else ""
    verdict = info.findings[0].message if info.findings else "up to date"
    return f"{info.scheme}{cost}, {verdict}"
