"""Making a hash, verifying a password against one, and looking at one.

A wrong password is `PasswordMismatch`; a hash that cannot be used is `HashUnusable`. The two are
never taken for each other: the first is the user's affair, the second the operator's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from authcli.errors import InvalidInput, PasswordMismatch
from authcli.findings import Finding
from authcli.passwords.hash_policy import DEFAULT_HASH_POLICY, HashPolicy, findings_of
from authcli.passwords.limits import DEFAULT_LIMITS, Limits, check_work, excess
from authcli.passwords.model import HashInfo, Password, Scheme, Verified
from authcli.passwords.passtext import Normalization, candidates, check_fit, check_length, prepared
from authcli.passwords.recognition import read
from authcli.passwords.schemes import DEFAULT_SCHEME, SCHEMES, scheme_named

__all__ = ["full_cost", "hash_password", "info_of", "made_scheme", "verify_password"]


def hash_password(
    password: Password,
    *,
    scheme: str = DEFAULT_SCHEME,
    cost: Mapping[str, object] | None = None,
    normalization: Normalization = "nfc",
) -> str:
    """Return a new hash with a random salt; see `authcli.passwords.hash`."""
    row = made_scheme(scheme)
    numbers = full_cost(row, cost or {})
    data = prepared(password, normalization=normalization)
    if not data:
        raise InvalidInput("the password is empty", code="password.empty")
    check_fit(data, row)
    return row.family.make(data, scheme=row.name, cost=numbers)


def made_scheme(name: str) -> Scheme:
    """Return a scheme that new hashes are made of.

    Raises:
        InvalidInput: there is none of that name, or it is not made ("password.scheme").
    """
    row = scheme_named(name)
    if not row.makes:
        raise InvalidInput(
            f"{row.name} hashes are read and verified, and not made",
            hint="argon2id is the choice for new ones",
            code="password.scheme",
        )
    return row


def full_cost(scheme: Scheme, cost: Mapping[str, object]) -> dict[str, int]:
    """Return every setting of a scheme, its defaults where `cost` says nothing.

    Raises:
        InvalidInput: a setting that the scheme has not, or one out of its bounds
            ("password.cost").
    """
    named = {setting.name: setting for setting in scheme.settings}
    full = {setting.name: setting.default for setting in scheme.settings}
    for name, value in cost.items():
        if name not in named:
            has = ", ".join(named) or "no setting at all"
            raise _bad_cost(f"{scheme.name} has no {ascii(name)[1:-1][:40]}", f"it has {has}")
        low, high = named[name].low, named[name].high
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            shown = value if isinstance(value, int) and abs(value) < 1 << 40 else "this"
            raise _bad_cost(f"{shown} is no {name} for {scheme.name}", f"{low} to {high:,}")
        full[name] = value
    if "memory_kib" in full and full["memory_kib"] < 8 * full["lanes"]:
        least = 8 * full["lanes"]
        raise _bad_cost(f"{full['lanes']} lanes need {least} KiB of memory", "fewer lanes, or more")
    return full


def verify_password(
    password: Password,
    hash: str | None,
    *,
    policy: HashPolicy = DEFAULT_HASH_POLICY,
    limits: Limits = DEFAULT_LIMITS,
    normalization: Normalization = "nfc",
) -> Verified:
    """Return what was verified, or raise; see `authcli.passwords.verify`."""
    tries = candidates(password, normalization=normalization)
    if hash is None:
        _spend(tries, policy)
        raise _mismatch()
    parsed = read(hash)
    row = SCHEMES[parsed.scheme]
    for data in tries:
        check_length(data, row)
    work = row.family.work(parsed, password_bytes=max(len(data) for data in tries))
    check_work(work._replace(seconds=work.seconds * len(tries)), limits=limits, scheme=row.name)
    for data in tries:
        if row.family.matches(parsed, data):
            findings = findings_of(parsed, policy=policy)
            return Verified(row.name, bool(findings), findings)
    # Programs differ in what they make of a zero byte: no verdict on one, unless it is yes.
    check_fit(tries[0], row)
    raise _mismatch()


def info_of(hash: str, *, policy: HashPolicy = DEFAULT_HASH_POLICY) -> HashInfo:
    """Return what a hash says of itself; see `authcli.passwords.inspect`."""
    parsed = read(hash)
    row, findings = SCHEMES[parsed.scheme], findings_of(parsed, policy=policy)
    work = row.family.work(parsed, password_bytes=16)
    over = excess(work, limits=DEFAULT_LIMITS)
    message = f"verify refuses it unasked: it would take {over}"
    costly = (Finding("password.hash-cost", "warning", message),) if over else ()
    return HashInfo(
        row.name,
        parsed.form,
        parsed.variant,
        row.standing,
        parsed.cost,
        parsed.salt_bits,
        parsed.digest_bits,
        work,
        bool(findings),
        (*findings, *costly),
    )


def _spend(tries: Sequence[bytes], policy: HashPolicy) -> None:
    """Take as long as a user's own hash would, so that nobody learns which users there are.

    And refuse what it would refuse: whether a password is too long says nothing of who there is.
    """
    row = scheme_named(policy.scheme)
    cost = full_cost(row, policy.cost)
    for data in tries:
        check_length(data, row)
    for data in tries:
        row.family.make(b"x" * len(data), scheme=row.name, cost=cost)
    check_fit(tries[0], row)


def _mismatch() -> PasswordMismatch:
    return PasswordMismatch("the password does not match the hash")


def _bad_cost(message: str, hint: str) -> InvalidInput:
    return InvalidInput(message, hint=hint, code="password.cost")
