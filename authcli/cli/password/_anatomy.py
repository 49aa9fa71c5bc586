"""What a hash says of itself, and what the policy says of it, for a person and a program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from authcli.cli._findings import finding_facts, finding_line
from authcli.cli._output import emit, json_text
from authcli.cli._text import columns, paint
from authcli.cli.password._reading import explained
from authcli.errors import Due

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.passwords.hash_policy import HashPolicy
    from authcli.passwords.model import HashInfo, Work

__all__ = ["OUTDATED", "info_facts", "inspect_hash", "outdated_error"]

OUTDATED = "password.outdated"
_STANDING = {
    "current": ("fit for new hashes", "green"),
    "dated": ("past its time", "yellow"),
    "broken": ("broken", "bold red"),
}


def inspect_hash(
    run: Run, hash: str, *, policy: HashPolicy | None = None, check: bool = False
) -> None:
    """Write what a hash is; nothing is computed.

    Args:
        run: the invocation.
        hash: the hash, untrusted.
        policy: which hashes are outdated; None is the default one.
        check: whether an outdated hash ends the command with exit code 10.

    Raises:
        HashUnusable: it is none, or none that is computed here.
        Due: it is outdated, and that was asked.
    """
    from authcli import passwords

    with explained(hash):
        info = passwords.inspect(hash, policy=policy)
    facts = info_facts(info)
    if check:
        facts = {**_verdict(info), **facts}
    emit(run, facts, plain=json_text(run, facts), human=lambda on: _page(info, colored=on))
    if check and info.outdated:
        raise outdated_error(info)


def info_facts(info: HashInfo) -> dict[str, Any]:
    """Return what a hash says of itself as JSON has it; neither its salt nor its digest."""
    return {
        "scheme": info.scheme,
        "form": info.form,
        "variant": info.variant or None,
        "standing": info.standing,
        "cost": dict(info.cost),
        "salt_bits": info.salt_bits,
        "digest_bits": info.digest_bits,
        "work": {
            "memory_kib": info.work.memory_kib,
            "seconds": round(info.work.seconds, 4),
            "lanes": info.work.lanes,
        },
        "outdated": info.outdated,
        "findings": [finding_facts(finding) for finding in info.findings],
    }


def outdated_error(info: HashInfo) -> Due:
    """Return what says that a hash should be made anew, and why."""
    return Due(
        f"the hash is outdated: {info.findings[0].message}",
        hint=info.findings[0].hint,
        code=OUTDATED,
    )


def _verdict(info: HashInfo) -> dict[str, Any]:
    status = "fail" if info.outdated else "pass"
    detail = info.findings[0].message if info.outdated else None
    return {
        "valid": True,
        "code": OUTDATED if info.outdated else None,
        "checks": [{"name": "policy", "status": status, "detail": detail}],
    }


def _page(info: HashInfo, *, colored: bool) -> str:
    from authcli.passwords.limits import format_cost

    words, style = _STANDING[info.standing]
    form = info.form if info.form != "crypt" else ""
    rows = [
        ("scheme", f"{info.scheme} ({paint(words, style, on=colored)})"),
        ("variant", ", ".join(filter(None, (form, info.variant)))),
        ("cost", format_cost(info.cost).removeprefix("cost ")),
        ("salt", f"{info.salt_bits} bits" if info.salt_bits else "none"),
        ("digest", f"{info.digest_bits} bits"),
        ("verifying", _work_text(info.work)),
        ("policy", "outdated" if info.outdated else "up to date"),
    ]
    shown = [(paint(name, "cyan", on=colored), text) for name, text in rows if text]
    found = [finding_line(finding, colored=colored) for finding in info.findings]
    return "\n".join([columns(shown, indent=""), *found])


def _work_text(work: Work) -> str:
    from authcli.passwords.limits import format_memory

    seconds = f"{work.seconds * 1000:.0f} ms" if work.seconds < 2 else f"{work.seconds:,.0f} s"
    if work.seconds < 0.0005:
        seconds = "under a millisecond"
    memory = f", {format_memory(work.memory_kib)}" if work.memory_kib > 64 else ""
    return f"{seconds} on a slow server{memory}"
