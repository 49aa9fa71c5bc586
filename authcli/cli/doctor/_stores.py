"""The store: whether it can be used, how its audit ends, which of its signing keys are due."""

from __future__ import annotations

from typing import TYPE_CHECKING

from authcli.cli.doctor._model import Context, Result, passed, skipped
from authcli.errors import NotFound
from authcli.findings import Finding

if TYPE_CHECKING:
    from authcli.signing.timeline import Step

__all__ = ["audit", "signing_keys", "store"]

#: What another check tells: `audit` by its subject, `files` by these codes.
ABOUT_FILES = ("store.exposed", "store.owner")
_NONE_YET = "none yet; the first command that needs one makes it"


def store(context: Context) -> Result:
    """Whether it can be reached, read and written, is whole, and its root keys are held."""
    status = context.status
    if status is None:
        return skipped(_NONE_YET)
    found = [f for f in status.findings if f.subject != "audit" and f.code not in ABOUT_FILES]
    if status.journal_mode not in (None, "wal"):
        text = f"its journal is kept as {ascii(status.journal_mode)[1:-1]!a}, not as wal: who"
        text += " reads waits for who writes"
        hint = "keep it on a local disk; authcli store copy --to sqlite:///PATH"
        found.append(Finding("doctor.wal", "warning", text, hint))
    mode = f", {status.journal_mode}" if status.journal_mode else ""
    detail = f"{status.url}, {status.engine} {status.version}, schema {status.schema}{mode}"
    return passed(detail, *found)


def audit(context: Context) -> Result:
    """Whether its end agrees with the copy outside; `audit verify` looks at every event."""
    status = context.status
    if status is None:
        return skipped("no store yet")
    found = [finding for finding in status.findings if finding.subject == "audit"]
    seen = status.audit
    if seen.mirror is None and seen.events and not found:
        text = "there is no copy of the audit's end outside the database"
        hint = "authcli audit verify -o /mnt/backup/audit.head"
        found.append(Finding("doctor.audit-copy", "note", text, hint, "audit"))
    events = f"{seen.events} event{'s' * (seen.events != 1)}"
    where = "" if seen.mirror is None else f", the copy outside knows {seen.mirror}"
    return passed(events + where, *found)


def signing_keys(context: Context) -> Result:
    """Whether managed keys want rotating, or wait to be published."""
    from authcli.cli._store import at_ms, opened, store_exists
    from authcli.cli.jwks._facts import step_facts
    from authcli.cli.jwks._pages import sentence
    from authcli.cli.jwks._showing import overdue, steps_of

    run = context.run
    if not store_exists(run, context.store):
        return skipped("no managed signing keys")
    now = at_ms(run)
    with opened(run, context.store, write=False, create=False) as found:
        try:
            steps = steps_of(found, alg=None, at_ms=now)
        except NotFound:
            return skipped("no managed signing keys")
        number = len([key for key in found.signing_keys.find() if key.verifies])
    late = [step for step in steps if overdue(step, at_ms=now)]
    findings = [
        Finding("jwks.due", "warning", sentence(step_facts(step)), _remedy(step), step.ring.alg)
        for step in late
    ]
    return passed(f"{number} that sign or verify, {len(late)} steps due", *findings)


def _remedy(step: Step) -> str:
    if step.action == "publish":
        return "authcli jwks publish -o DIR, where verifiers fetch it"
    return "authcli jwks rotate --publish DIR, every hour"
