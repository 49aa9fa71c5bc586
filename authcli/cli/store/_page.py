"""What `authcli store status` shows: members for a program, a page for a person."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Any

from authcli.cli._findings import COLORS, finding_facts, finding_line
from authcli.cli._text import columns, paint, visible
from authcli.cli.store._common import some, time_text

if TYPE_CHECKING:
    from authcli.findings import Finding
    from authcli.store.upkeep.status import Status

__all__ = ["page", "status_facts"]

_NOT_HELD = {"root.missing": "none is held", "root.wrong": "another is held"}


def status_facts(found: Status) -> dict[str, Any]:
    """Return a status ready for JSON."""
    return {
        "store": found.url,
        "engine": found.engine,
        "version": found.version,
        "store_id": found.store_id,
        "schema_number": found.schema,
        "schema_newest": found.newest,
        "created_at": time_text(found.created_at),
        "size_bytes": found.size_bytes,
        "wal_bytes": found.wal_bytes,
        "keys": dict(found.keys),
        "otp_states": found.otp_states,
        "recovery_codes": found.recovery_codes,
        "signing_keys": dict(found.tokens.signing_keys),
        "denied": found.tokens.denied,
        "issued_tokens": found.tokens.issued,
        "families": found.tokens.families,
        "journal_mode": found.journal_mode,
        "synchronous": found.synchronous,
        "writable": found.writable,
        "integrity": found.integrity,
        "roots": [root._asdict() for root in found.roots],
        "audit": found.audit._asdict(),
        "last_backup_at": time_text(found.last_backup_at),
        "files": [
            {
                "role": file.role,
                "path": str(file.path),
                "mode": f"{file.mode:04o}",
                "owner": file.owner,
                "size_bytes": file.size_bytes,
            }
            for file in found.files
        ],
        "usable": found.usable,
        "findings": [
            {**finding_facts(finding), "subject": finding.subject} for finding in found.findings
        ],
    }


def page(
    found: Status, *, colored: bool, without: Finding | None = None, width: int | None = None
) -> str:
    """Return a status for a person.

    Args:
        found: the status.
        colored: whether to colour it.
        without: the finding that the command's own error says, which is said once.
        width: of the terminal; None writes each finding in one line.
    """
    rows = [
        ("store", found.url),
        ("engine", f"{found.engine} {found.version}, schema {found.schema}" + _modes(found)),
        ("size", _size(found)),
        ("API keys", _keys(found)),
        *([("codes", _codes(found))] if found.otp_states or found.recovery_codes else []),
        *_tokens(found),
        ("audit", _audit(found)),
        *((f"{root.root} key", _root(root.keys, root.held)) for root in found.roots if root.keys),
        ("files", ", ".join(f"{file.role} {file.mode:04o}" for file in found.files) or "none"),
        ("writing", "works" if found.writable else "does not work"),
        ("integrity", found.integrity or "not checked: the server answers for its own pages"),
    ]
    held = any(found.keys.values()) or found.tokens.some
    if held or found.last_backup_at is not None:
        rows.append(("last backup", time_text(found.last_backup_at) or "none known"))
    named = [(paint(name, "cyan", on=colored), visible(value)) for name, value in rows]
    lines = [columns(named, indent="")]
    for finding in found.findings:
        if finding is not without and width is None:
            lines.append(finding_line(finding, colored=colored))
        elif finding is not without:
            lines += _folded(finding, colored=colored, width=width or 80)
    return "\n".join(lines)


def _folded(finding: Finding, *, colored: bool, width: int) -> list[str]:
    """Return a finding in lines that fit a terminal; a path stays whole, to be copied."""
    label = f"  {finding.severity}:"
    about = f"{finding.subject}: " if finding.subject else ""
    text = _fill(f"{label} {about}{finding.message}", width)
    lines = [text.replace(label, f"  {paint(label[2:], COLORS[finding.severity], on=colored)}", 1)]
    if finding.hint:
        lines.append(_fill(f"    hint: {finding.hint}", width))
    return lines


def _fill(text: str, width: int) -> str:
    return fill(
        visible(text),
        width=max(width, 40),
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _modes(found: Status) -> str:
    words = [found.journal_mode, f"synchronous {found.synchronous}"]
    return "".join(f", {word}" for word in words if word)


def _size(found: Status) -> str:
    log = f" and {_bytes(found.wal_bytes)} of log" if found.wal_bytes else ""
    return _bytes(found.size_bytes) + log


def _bytes(number: int) -> str:
    for unit, size in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if number >= size:
            return f"{number / size:.1f} {unit}"
    return f"{number} bytes"


def _keys(found: Status) -> str:
    words = [f"{number:,} {state}" for state, number in found.keys.items() if number]
    return ", ".join(words) or "none"


def _codes(found: Status) -> str:
    words = []
    if found.otp_states:
        words.append(f"accepted of {some(found.otp_states, 'secret')}")
    if found.recovery_codes:
        words.append(f"{some(found.recovery_codes, 'recovery code')} unspent")
    return ", ".join(words)


def _tokens(found: Status) -> list[tuple[str, str]]:
    """Return the rows of signing keys and of tokens, where there are any."""
    held = found.tokens
    keys = [f"{number:,} {state}" for state, number in held.signing_keys.items() if number]
    words = [
        f"{held.denied:,} denied" if held.denied else "",
        f"{held.issued:,} recorded" if held.issued else "",
        some(held.families, "family") if held.families else "",
    ]
    rows = [("signing keys", ", ".join(keys)), ("tokens", ", ".join(filter(None, words)))]
    return [(name, text) for name, text in rows if text]


def _audit(found: Status) -> str:
    if any(finding.subject == "audit" for finding in found.findings):
        where = "its end and the copy of it outside do not agree"
    elif found.audit.mirror is None:
        where = "no copy of its end outside"
    elif found.audit.mirror == found.audit.head:
        where = "its end agrees with the copy outside (audit verify looks at every event)"
    else:
        where = f"its copy outside says {found.audit.mirror}"
    return f"{some(found.audit.events, 'event')}; {where}"


def _root(keys: int, held: str) -> str:
    if held == "ok":
        return f"{keys} held"
    return f"{keys} needed, and {_NOT_HELD.get(held, 'what is held cannot be read')}"
