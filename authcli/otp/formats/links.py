"""Lists of URIs: one a line; blank lines and lines that begin with '#' say nothing.

otpauth and otpauth-migration URIs are read from either list. An export of Google Authenticator is
in parts when it is large: a part that is missing is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from authcli.errors import InvalidInput
from authcli.otp.entries import MAX_ENTRIES, Imported, gathered, require_all
from authcli.otp.formats.members import MAX_BYTES
from authcli.otp.migration import Migration, build_migration, read_migration
from authcli.otp.model import Account
from authcli.otp.uris import build_uri, parse_uri
from authcli.secret import Secret

__all__ = ["read", "recognise", "write_migration", "write_uris"]

_MIGRATION, _OTPAUTH = "otpauth-migration://", "otpauth://"
_WHAT = "list of URIs"


def read(
    data: bytes,
    *,
    passphrase: Callable[[], Secret] | None = None,  # noqa: ARG001 - as of every format
) -> Imported:
    """Return the accounts of a list of URIs.

    Raises:
        InvalidInput: no text, or nothing in it can be read ("otp.import"); a migration URI that is
            malformed ("otp.migration").
    """
    if len(data) > MAX_BYTES:
        raise InvalidInput(f"the {_WHAT} is over {MAX_BYTES >> 20} MiB long", code="otp.import")
    try:
        lines = [line.strip() for line in data.decode("utf-8-sig").splitlines()]
    except UnicodeDecodeError:
        raise InvalidInput(f"the {_WHAT} is not UTF-8", code="otp.import") from None
    lines = [line for line in lines if line and not line.startswith("#")]
    if not lines:
        raise InvalidInput(f"the {_WHAT} is empty", code="otp.import")
    payloads = _payloads(line for line in lines if _is(line, _MIGRATION))
    single = [line for line in lines if not _is(line, _MIGRATION)]
    found = gathered(single, _parsed, what=_WHAT, unit="URI") if single else Imported([])
    joined = _joined(payloads)
    return Imported(
        found.accounts + joined.accounts,
        found.warnings + joined.warnings,
        found.left_out + joined.left_out,
    )


def write_uris(accounts: Sequence[Account], *, passphrase: Secret | None = None) -> bytes:
    """Return otpauth URIs, a line each."""
    refuse_passphrase(passphrase, title="a list of URIs")
    require_all(accounts, to="otpauth URIs")
    return "".join(f"{build_uri(account)}\n" for account in accounts).encode()


def write_migration(accounts: Sequence[Account], *, passphrase: Secret | None = None) -> bytes:
    """Return migration URIs, a line each: each is a QR code for Google Authenticator."""
    refuse_passphrase(passphrase, title="Google Authenticator's export")
    return "".join(f"{uri}\n" for uri in build_migration(accounts)).encode()


def refuse_passphrase(passphrase: Secret | None, *, title: str) -> None:
    """Refuse a passphrase where there is nothing to encrypt with, instead of ignoring it."""
    if passphrase is not None:
        raise InvalidInput(
            f"{title} is not encrypted",
            hint="--format aegis takes a passphrase",
            code="otp.export",
        )


def recognise(data: bytes) -> str | None:
    """Return "otpauth" or "migration" for a list of URIs, by its first one."""
    for line in data[:65536].removeprefix(b"\xef\xbb\xbf").splitlines():
        text = line.strip().lower()
        if text.startswith(_MIGRATION.encode()):
            return "migration"
        if text.startswith((_OTPAUTH.encode(), b"steam://")):
            return "otpauth"
        if text and not text.startswith(b"#"):
            return None
    return None


def _is(line: str, scheme: str) -> bool:
    return line[: len(scheme)].lower() == scheme


def _parsed(line: str) -> tuple[Account, tuple[str, ...]]:
    parsed = parse_uri(line)
    return parsed.account, parsed.warnings


def _payloads(lines: Iterable[str]) -> list[Migration]:
    """Return what the migration URIs hold, each once; counted on the way, as one holds many.

    Raises:
        InvalidInput: one that is malformed, or too many accounts in all ("otp.import").
    """
    payloads: list[Migration] = []
    total = 0
    for line in dict.fromkeys(lines):
        payloads.append(read_migration(line))
        total += len(payloads[-1].accounts) + payloads[-1].left_out
        if total > MAX_ENTRIES:
            raise InvalidInput(f"the {_WHAT} has over {MAX_ENTRIES} accounts", code="otp.import")
    return payloads


def _joined(payloads: Sequence[Migration]) -> Imported:
    """Return the accounts of all payloads, each part of an export once, in its order."""
    exports: dict[tuple[int, int, tuple[Account, ...]], dict[int, Migration]] = {}
    for payload in payloads:
        # Programs that know nothing of parts give the same id to all that they write, or none.
        whole = tuple(payload.accounts) if payload.batch_size == 1 else ()
        parts = exports.setdefault((payload.batch_id, payload.batch_size, whole), {})
        parts.setdefault(payload.batch_index, payload)
    accounts: list[Account] = []
    warnings: list[str] = []
    left_out = 0
    for (_, size, _), parts in exports.items():
        for _, part in sorted(parts.items()):
            accounts += part.accounts
            warnings += part.warnings
            left_out += part.left_out
        if missing := [str(index + 1) for index in range(size) if index not in parts]:
            many = ", …" if len(missing) > 10 else ""
            warnings.append(
                f"part {', '.join(missing[:10])}{many} of {size} of an export is missing, with the"
                " accounts in it"
            )
    return Imported(accounts, tuple(warnings), left_out)
