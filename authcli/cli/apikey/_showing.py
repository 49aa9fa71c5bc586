"""The page of one API key: what it is, its lineage, and how far a rotation of it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from authcli.cli._text import paint, visible
from authcli.cli.apikey._facts import MEMBERS, facts
from authcli.cli.apikey._pages import facts_page, lineage_page

if TYPE_CHECKING:
    from authcli.apikeys.lineages import RotationStatus
    from authcli.apikeys.model import ApiKey

__all__ = ["key_page", "status_facts", "whole_facts"]

#: What is told of each key of the lineage.
_OF_LINEAGE = (
    *("id", "rotation", "state", "created_at", "expires_at", "grace_until"),
    *("last_used_at", "last_used_ip"),
)


def whole_facts(
    key: ApiKey, lineage: Sequence[ApiKey], status: RotationStatus, *, at_ms: int
) -> dict[str, Any]:
    """Return all that is known of a key, ready for JSON."""
    members = (facts(other, at_ms=at_ms) for other in lineage)
    return {
        **facts(key, at_ms=at_ms),
        "lineage_keys": [{name: told[name] for name in _OF_LINEAGE} for told in members],
        "rotation_status": status_facts(status),
    }


def status_facts(status: RotationStatus) -> dict[str, Any]:
    """Return how far a rotation is, ready for JSON."""
    from authcli.apikeys.text import display_id

    return {
        "rotating": status.rotating,
        "old": None if status.old is None else display_id(status.old.id),
        "new": None if status.old is None else display_id(status.new.id),
        "safe_to_finish": status.safe,
        "reason": status.reason,
    }


def key_page(told: dict[str, Any], *, at: int, form: str | None, colored: bool) -> str:
    """Return the page for a terminal."""
    own = {name: told[name] for name in MEMBERS if name not in ("lineage", "rotation", "imported")}
    if told["imported"]:
        own["imported"] = True
    page = facts_page(own, at=at, form=form, colored=colored)
    if len(told["lineage_keys"]) > 1:
        lineage = lineage_page(told["lineage_keys"], at=at, form=form, colored=colored)
        page += f"\n{paint('lineage', 'bold', on=colored)}\n{lineage}"
    if told["rotation_status"]["rotating"]:
        page += f"\n{_rotation(told['rotation_status'], colored=colored)}"
    return page


def _rotation(status: dict[str, Any], *, colored: bool) -> str:
    safe = status["safe_to_finish"]
    words = "safe to finish" if safe else "not safe to finish yet"
    verdict = paint(words, "green" if safe else "yellow", on=colored)
    ending = f"\n  authcli apikey rotate {status['old']} --finish" if safe else ""
    title = paint("rotation", "bold", on=colored)
    return f"{title}\n  {verdict}: {visible(status['reason'])}{ending}"
