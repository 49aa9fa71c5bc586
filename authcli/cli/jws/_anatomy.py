"""The anatomy of a JWS on a page: what `jws inspect` shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from authcli.cli._findings import finding_facts, finding_line
from authcli.cli._listing import terminal_width
from authcli.cli._text import paint, visible
from authcli.cli.jws._payloads import payload_facts
from authcli.cli.jwt._pages import PART_COLORS, member_row, member_table

if TYPE_CHECKING:
    from authcli.tokens.jws.anatomy import Anatomy, Payload, SignatureAnatomy

__all__ = ["anatomy_facts", "anatomy_page"]

#: A payload is shown up to here; `--json` has it whole.
_LONGEST_PAYLOAD = 2000
_KINDS = {
    "empty": "nothing",
    "claims": "the claims of a JSON Web Token; authcli jwt inspect explains them",
    "json": "JSON",
    "text": "text",
    "binary": "binary",
}


def anatomy_facts(anatomy: Anatomy) -> dict[str, Any]:
    """Return what is known of a JWS, ready for JSON."""
    payload = anatomy.payload
    return {
        "verified": False,
        "form": anatomy.form,
        "detached": anatomy.detached,
        "b64": anatomy.encoded,
        "size_bytes": anatomy.size_bytes,
        "signatures": [_signature_facts(signature) for signature in anatomy.signatures],
        "payload_kind": payload.kind if payload else None,
        "payload_bytes": len(payload.data) if payload else None,
        **payload_facts(payload.data if payload else None),
        "findings": [
            {**finding_facts(finding), "subject": finding.subject} for finding in anatomy.findings
        ],
    }


def _signature_facts(signature: SignatureAnatomy) -> dict[str, Any]:
    return {
        "algorithm": signature.algorithm,
        "kid": signature.kid,
        "protected": {member.name: member.value for member in signature.protected},
        "unprotected": {member.name: member.value for member in signature.unprotected},
        "signature_bytes": signature.size_bytes,
    }


def anatomy_page(anatomy: Anatomy, *, colored: bool) -> str:
    """Return the page for a person."""
    form = f"{anatomy.form}{', detached' if anatomy.detached else ''}"
    unencoded = "" if anatomy.encoded else ", its payload signed unencoded (RFC 7797)"
    pieces = [f"a {form} JWS{unencoded}; {anatomy.size_bytes} bytes"]
    total = len(anatomy.signatures)
    for number, signature in enumerate(anatomy.signatures, 1):
        which = f" {number} of {total}" if total > 1 else ""
        pieces += _signature_page(signature, which, colored=colored)
    pieces += _payload_page(anatomy.payload, colored=colored)
    if anatomy.findings:
        pieces.append(paint("findings", "bold", on=colored))
        pieces += [finding_line(finding, colored=colored) for finding in anatomy.findings]
    return "\n".join(pieces)


def _signature_page(signature: SignatureAnatomy, which: str, *, colored: bool) -> list[str]:
    pieces = []
    for title, members in (
        (f"header{which}", signature.protected),
        (f"header{which}, not signed", signature.unprotected),
    ):
        if members:
            pieces.append(paint(title, f"bold {PART_COLORS[0]}", on=colored))
            rows = [member_row(member, noun="member") for member in members]
            pieces.append(member_table(rows, width=terminal_width(), colored=colored))
    title = paint(f"signature{which}", f"bold {PART_COLORS[2]}", on=colored)
    state = paint("NOT VERIFIED", "bold yellow", on=colored)
    return [*pieces, title, f"  {signature.size_bytes} bytes, {state}"]


def _payload_page(payload: Payload | None, *, colored: bool) -> list[str]:
    title = paint("payload", f"bold {PART_COLORS[1]}", on=colored)
    if payload is None:
        return [title, "  travels apart: authcli jws verify --payload FILE"]
    pieces = [title, f"  {len(payload.data)} bytes: {_KINDS[payload.kind]}"]
    if payload.kind not in ("binary", "empty"):
        text = visible(payload.data[: 4 * _LONGEST_PAYLOAD].decode("utf-8", "replace"), keep="\n\t")
        more = "…" if len(text) > _LONGEST_PAYLOAD else ""
        shown = f"{text[:_LONGEST_PAYLOAD]}{more}".removesuffix("\n")
        pieces += [f"  {line}" for line in shown.split("\n")]
    return pieces
