"""What `authcli jwks list`, `show` and `status` read and write."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from authcli.cli._listing import stream_table
from authcli.cli._messages import warn
from authcli.cli._moments import instant, time_form
from authcli.cli._output import emit
from authcli.cli._store import at_ms, opened, store_exists
from authcli.cli._text import visible
from authcli.cli.jwks._facts import KEY_MEMBERS, key_facts, ring_facts, step_facts
from authcli.cli.jwks._pages import key_page, key_table
from authcli.cli.jwks._timeline import Format, calendar_of, lines_of
from authcli.encoding import compact_json
from authcli.errors import Due, InvalidInput, NotFound

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.signing.model import SigningKey
    from authcli.signing.repository import Publication
    from authcli.signing.timeline import Step
    from authcli.store import Store

__all__ = [
    "overdue",
    "refuse_where_no_keys",
    "say_unseen",
    "show_key",
    "show_list",
    "show_status",
    "steps_of",
    "written",
]


def show_list(
    run: Run, *, alg: str | None, states: list[str], time: str | None, store: str | None
) -> None:
    """Write the keys.

    Raises:
        InvalidInput: an unknown state, or form of times.
    """
    from authcli.signing.model import State

    known = get_args(State)
    chosen = [name for text in states for name in text.split(",")]
    if unknown := next((name for name in chosen if name not in known), None):
        raise InvalidInput(f"no state {ascii(unknown[:20])}", hint=f"one of: {', '.join(known)}")
    now, form = at_ms(run) // 1000, time_form(run, time)
    keys: list[SigningKey] = []
    if store_exists(run, store):
        with opened(run, store, write=False) as found:
            keys = [
                key
                for key in found.signing_keys.find()
                if (not chosen or key.state in chosen)
                and (alg is None or key.alg.lower() == alg.lower())
            ]
    stream_table(
        run,
        map(key_facts, keys),
        members=KEY_MEMBERS,
        plain=lambda item: str(item["kid"]),
        human=lambda rows: key_table(rows, at=now, form=form, colored=run.colored()),
    )


def show_key(run: Run, kid: str, *, time: str | None, store: str | None) -> None:
    """Write all that is known of a key.

    Raises:
        NotFound: there is no such key.
    """
    from authcli.signing.choosing import named

    now, form = at_ms(run) // 1000, time_form(run, time)
    refuse_where_no_keys(run, store)
    with opened(run, store, write=False) as found:
        facts = key_facts(named(found.signing_keys.find(), kid), public=True)
    emit(
        run,
        facts,
        plain=compact_json(facts["public_jwk"]).decode(),
        human=lambda on: key_page(facts, at=now, form=form, colored=on),
    )


def show_status(
    run: Run, *, alg: str | None, check: bool, format: str, time: str | None, store: str | None
) -> None:
    """Write the rings, their keys, and the time-line.

    Raises:
        NotFound: there are no managed keys.
        Due: `check`, and something is due, or waits for a publication.
    """
    now_ms, form, calendar = at_ms(run), time_form(run, time), Format.of(run, format)
    refuse_where_no_keys(run, store)
    with opened(run, store, write=False) as found:
        steps = steps_of(found, alg=alg, at_ms=now_ms)
        rings = {step.ring: None for step in steps}
        keys = found.signing_keys.find()
        places = found.signing_keys.publications()
    facts: dict[str, Any] = {
        "rings": [
            ring_facts(ring)
            | {"keys": [key_facts(key) for key in keys if (key.purpose, key.alg) == ring[:2]]}
            for ring in rings
        ],
        "published": [
            {"place": place.place, "kids": list(place.kids), "at": instant(place.published_at)}
            for place in places
        ],
        "ahead": [step_facts(step) for step in steps],
    }
    late = [step for step in steps if overdue(step, at_ms=now_ms)]
    if calendar:
        calendar_of(run, steps)
    else:
        emit(
            run,
            facts,
            plain="\n".join(lines_of(facts["ahead"])),
            human=lambda on: _page(facts, now=now_ms // 1000, form=form, colored=on),
        )
    say_unseen(run, places, keys)
    if not places and not check:
        warn(run, "nothing was published yet: authcli jwks publish -o DIR")
    if check and late:
        raise Due(
            f"{len(late)} step{'s' * (len(late) != 1)} due",
            hint="authcli jwks rotate --publish DIR",
            code="jwks.due",
        )


def steps_of(store: Store, *, alg: str | None, at_ms: int) -> list[Step]:
    """Return what is due and what comes, of all rings of tokens or of one.

    Raises:
        NotFound: there is none.
    """
    from authcli.signing.rings import keys_of, rings_of
    from authcli.signing.timeline import timeline

    repository = store.signing_keys
    steps = [
        step
        for ring in rings_of(repository, alg)
        for step in timeline(ring, keys_of(repository, ring), at_ms=at_ms)
    ]
    return sorted(steps, key=lambda step: step.at)


def overdue(step: Step, *, at_ms: int) -> bool:
    """Say whether a step is due: done by `rotate`, or a publication that it waits for."""
    return step.at <= at_ms and not (step.estimated and step.action != "publish")


def written(places: Iterable[Publication]) -> list[Publication]:
    """Return the publications whose files are still there, so that verifiers may be asking them."""
    files = [place for place in places if Path(place.place).is_absolute()]
    return [place for place in files if Path(place.place).is_file()]


def refuse_where_no_keys(run: Run, store: str | None) -> None:
    """Refuse to look for keys where nobody ever made a store.

    Raises:
        NotFound: there is none, and none was named.
    """
    if not store_exists(run, store):
        raise NotFound(
            "there are no managed signing keys", hint="authcli jwks init", code="jwks.none"
        )


def say_unseen(run: Run, places: Sequence[Publication], keys: Sequence[SigningKey]) -> None:
    """Say where verifiers are told of keys, and not of those that sign."""
    from authcli.signing.model import TOKENS

    signing = {key.kid for key in keys if key.state == "active" and key.purpose == TOKENS}
    for place in written(places):
        if signing - set(place.kids):
            warn(run, f"{visible(place.place)} does not hold the key that signs; publish there")


def _page(facts: dict[str, Any], *, now: int, form: str | None, colored: bool) -> str:
    from authcli.cli.jwks._pages import timeline_table

    pieces = []
    for ring in facts["rings"]:
        issuer = f", iss {ring['issuer']}" if ring["issuer"] else ""
        pieces.append(f"{ring['alg']}: a key signs for {ring['rotate_every']}{issuer}\n\n")
        pieces += key_table(ring["keys"], at=now, form=form, colored=colored)
        pieces.append("\n")
    pieces += timeline_table(facts["ahead"], at=now, form=form, colored=colored)
    return "".join(pieces).rstrip("\n")
