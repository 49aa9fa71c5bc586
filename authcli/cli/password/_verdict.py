"""The verdict on a password and a hash; and the new hash, where the old one is outdated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from authcli.cli._findings import finding_facts, finding_line
from authcli.cli._messages import note
from authcli.cli._output import emit
from authcli.cli._refusal import emit_refused
from authcli.cli._text import paint
from authcli.cli.password._reading import explained, read_password
from authcli.errors import PasswordMismatch

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.passwords.hash_policy import HashPolicy
    from authcli.passwords.limits import Limits
    from authcli.passwords.model import Verified
    from authcli.passwords.passtext import Normalization

__all__ = ["MEMBERS", "Asked", "emit_verdict", "mismatch_facts", "verified_facts"]

#: What the verdict on a password that has the hash has.
MEMBERS = ("valid", "code", "checks", "scheme", "outdated", "findings", "rehash")
_VALID_ALONE = {"scheme", "outdated", "findings", "rehash"}


class Asked(NamedTuple):
    """How to verify, and what to do then."""

    policy: HashPolicy
    limits: Limits
    normalization: Normalization
    rehash: bool = False
    """Whether to make an outdated hash anew."""


def emit_verdict(run: Run, hash: str, source: str | None, asked: Asked) -> None:
    """Verify one password against one hash and write the verdict.

    Args:
        run: the invocation.
        hash: the hash, untrusted.
        source: where the password is; it is read when the hash is known to be one.
        asked: how to verify.

    Raises:
        PasswordMismatch: the password does not have the hash, or none can.
        HashUnusable: it is none, or none that is computed, or too costly.
    """
    from authcli import passwords
    from authcli.cli.password._computing import computed
    from authcli.cli.password._costs import as_options

    try:
        with explained(hash):
            passwords.inspect(hash)
            password = read_password(run, source)
            verified = computed(
                lambda: passwords.verify(
                    password,
                    hash,
                    policy=asked.policy,
                    limits=asked.limits,
                    normalization=asked.normalization,
                )
            )
    except PasswordMismatch as refusal:
        emit_refused(run, mismatch_facts(refusal), valid_alone=_VALID_ALONE, human=None)
        raise
    new = None
    if asked.rehash and verified.outdated:
        new = computed(
            lambda: passwords.hash(
                password,
                scheme=asked.policy.scheme,
                normalization=asked.normalization,
                **as_options(asked.policy.cost),
            )
        )
    elif verified.outdated and not (run.to_terminal or run.json or asked.rehash):
        note(run, f"the hash is outdated: {verified.findings[0].message}; see --rehash")
    emit(
        run,
        verified_facts(verified, rehash=new),
        plain=new,
        human=lambda on: _page(verified, new, colored=on),
    )


def verified_facts(verified: Verified, *, rehash: str | None = None) -> dict[str, Any]:
    """Return the verdict on a password that has the hash as JSON has it."""
    return {
        "valid": True,
        "code": None,
        "checks": [_check("hash", "pass"), _check("password", "pass")],
        "scheme": verified.scheme,
        "outdated": verified.outdated,
        "findings": [finding_facts(finding) for finding in verified.findings],
        "rehash": rehash,
    }


def mismatch_facts(refusal: PasswordMismatch) -> dict[str, Any]:
    """Return the verdict on a password that has not; the hash fails where no password can."""
    disabled = refusal.code == "password.disabled"
    checks = [_check("hash", "pass"), _check("password", "fail", refusal.message)]
    if disabled:
        checks = [_check("hash", "fail", refusal.message), _check("password", "skipped")]
    return {"valid": False, "code": refusal.code, "checks": checks}


def _check(name: str, status: str, detail: str | None = None) -> dict[str, Any]:
    return {"name": name, "status": status, "detail": detail}


def _page(verified: Verified, new: str | None, *, colored: bool) -> str:
    lines = [f"{paint('valid', 'bold green', on=colored)} ({verified.scheme})"]
    lines += [finding_line(finding, colored=colored) for finding in verified.findings]
    return "\n".join([*lines, new] if new else lines)
