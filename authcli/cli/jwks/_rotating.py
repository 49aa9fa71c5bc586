"""What `authcli jwks rotate` does between its flags and the store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from authcli.cli._delivery import check_delivery
from authcli.cli._messages import note, warn
from authcli.cli._moments import instant, time_form
from authcli.cli._output import emit
from authcli.cli._store import at_ms, opened
from authcli.cli._times import duration_of
from authcli.cli.jwks._facts import step_facts
from authcli.cli.jwks._pages import sentence, timeline_table
from authcli.cli.jwks._publishing import place_of, published_facts, say_served
from authcli.cli.jwks._showing import overdue, refuse_where_no_keys, say_unseen
from authcli.cli.jwks._timeline import Format, calendar_of, lines_of
from authcli.errors import InvalidInput

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.signing.publication import Published
    from authcli.signing.rotation import Rotated
    from authcli.store import Store

__all__ = ["Asked", "rotate"]

_MEMBERS = ("changed", "done", "next_at", "ahead", "published")


class Asked(NamedTuple):
    """What the flags ask for, as it was typed."""

    alg: str | None
    if_older_than: str | None
    start: bool
    publish: str | None
    dry_run: bool
    format: str
    time: str | None


def rotate(run: Run, asked: Asked, *, store: str | None, actor: str | None) -> None:
    """Do what is due, and say what was done and what comes.

    Raises:
        NotFound: there are no managed keys.
        InvalidInput: flags that contradict each other.
    """
    now_ms, form = at_ms(run), time_form(run, asked.time)
    calendar = Format.of(run, asked.format)
    if calendar and not asked.dry_run:
        raise InvalidInput("--format ics is of the plan; add --dry-run, or see: jwks status")
    if not calendar:
        check_delivery(run, _MEMBERS, prints=False)
    older_ms = None
    if asked.if_older_than is not None:
        older_ms = duration_of("--if-older-than", asked.if_older_than) * 1000
    place = None if asked.publish is None else place_of(run, asked.publish)
    refuse_where_no_keys(run, store)
    with opened(run, store, write=True, actor=actor, create=False) as found:
        rotated = _rotated(run, found, asked, place, older_ms=older_ms, now_ms=now_ms)
        places, keys = found.signing_keys.publications(), found.signing_keys.find()
    if calendar:
        calendar_of(run, [*rotated.done, *rotated.ahead])
        return
    done = [step_facts(step) for step in rotated.done]
    ahead = [step_facts(step) for step in rotated.ahead]
    following = next((step for step in rotated.ahead if step.action == "activate"), None)
    emit(
        run,
        {
            "changed": rotated.changed and not asked.dry_run,
            "done": done,
            "next_at": None if following is None else instant(following.at),
            "ahead": ahead,
            "published": published_facts(rotated.published),
        },
        plain="\n".join(lines_of(done)) or None,
        human=lambda on: _page(rotated, asked, now=now_ms // 1000, form=form, colored=on),
    )
    _say(run, rotated, asked, now_ms=now_ms)
    say_unseen(run, places, keys)


def _rotated(
    run: Run,
    store: Store,
    asked: Asked,
    place: Path | None,
    *,
    older_ms: int | None,
    now_ms: int,
) -> Rotated:
    from authcli.signing import rotation
    from authcli.signing.publication import publish

    repository = store.signing_keys

    def publish_there() -> Published:
        assert place is not None  # noqa: S101  (asked only where there is one)
        return publish(repository, place, force=run.force, at_ms=now_ms)

    return rotation.rotate(
        repository,
        alg=asked.alg,
        if_older_than_ms=older_ms,
        start=asked.start,
        publish=None if place is None else publish_there,
        dry_run=asked.dry_run,
        at_ms=now_ms,
    )


def _page(rotated: Rotated, asked: Asked, *, now: int, form: str | None, colored: bool) -> str:
    lines = [sentence(step_facts(step)) for step in rotated.done]
    if not lines:
        lines = ["nothing is due"]
    elif asked.dry_run:
        lines = [f"would be done: {line}" for line in lines]
    ahead = map(step_facts, rotated.ahead)
    table = "".join(timeline_table(ahead, at=now, form=form, colored=colored))
    return "\n".join(lines) + ("\n\n" + table.rstrip("\n") if table else "")


def _say(run: Run, rotated: Rotated, asked: Asked, *, now_ms: int) -> None:
    """Say what a person must know: that something waits to be published, how to serve it."""
    if rotated.published is not None:
        say_served(run, rotated.published)
    waits = [step for step in rotated.ahead if step.action == "publish"]
    if waits and any(overdue(step, at_ms=now_ms) for step in waits) and not asked.dry_run:
        warn(run, "a next key waits to be published: authcli jwks rotate --publish DIR")
    elif asked.dry_run:
        note(run, "nothing was changed")
