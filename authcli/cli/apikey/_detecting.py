"""What `authcli apikey detect` does: search, ask the store, write, and revoke if that was asked."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from authcli.apikeys.model import state_of
from authcli.apikeys.scan import Excluded, Place, Scanner, walk
from authcli.apikeys.text import check_prefix
from authcli.cli._messages import note, warn
from authcli.cli._output import refuse_existing, stream, write_text
from authcli.cli._store import at_ms, opened, store_exists
from authcli.cli.apikey._detect_files import Files, Joined, Searching, found_in
from authcli.cli.apikey._detect_inputs import Stream, inputs, reader_of
from authcli.cli.apikey._detect_output import Form, Sighting, masked_names
from authcli.errors import InvalidInput, Rejected, Unavailable

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.cli.apikey._detect_inputs import Input
    from authcli.store import Store

#: Places in a file.
Batch: TypeAlias = "list[tuple[str, Place]]"

_USABLE = ("live", "grace")
#: What could be used now or later, and is worth revoking.
_REVOCABLE = ("live", "grace", "pending", "disabled")


class Wanted(NamedTuple):
    """What the flags ask for."""

    paths: tuple[str, ...]
    prefixes: tuple[str, ...]
    exclude: tuple[str, ...]
    revoke: bool
    yes: bool
    dry_run: bool
    jobs: int | None
    store: str | None
    no_store: bool
    actor: str | None


class Counts:
    """What was seen so far."""

    def __init__(self) -> None:
        self.files = self.places = self.unread = 0
        self.keys: set[int] = set()
        self.live: set[int] = set()
        self.revocable: dict[int, str] = {}
        """Id -> the first place of a key that the store knows as its own."""
        self.revoked: list[str] = []

    def add(self, sighting: Sighting) -> None:
        """Count a finding."""
        key_id = sighting.place.key.id
        self.places += 1
        self.keys.add(key_id)
        if sighting.live:
            self.live.add(key_id)
        if sighting.state in _REVOCABLE:
            self.revocable.setdefault(key_id, sighting.where)


def detect_keys(run: Run, wanted: Wanted) -> None:
    """Find keys, write where they are, and end with the verdict.

    Raises:
        Rejected: keys were found.
        InvalidInput: none was, but something could not be read; or flags that contradict.
        Unavailable: the store that was named, or that is to revoke, cannot be used.
    """
    _check(run, wanted)
    form, counts = Form(run), Counts()
    given = inputs(wanted.paths)
    refuse_existing(run, str(run.output) if run.output else None)
    with ExitStack() as stack:
        store = _store(run, wanted, stack)
        pieces = _pieces(run, wanted, given, form=form, counts=counts, store=store)
        with closing(pieces):
            if form.for_person:
                for piece in pieces:
                    write_text(piece)
            else:
                stream(run, (piece.encode("utf-8", "backslashreplace") for piece in pieces))
    _conclude(run, counts, wanted, asked=store is not None)


def _check(run: Run, wanted: Wanted) -> None:
    from authcli.cli._workers import usable_jobs

    usable_jobs(wanted.jobs)
    for prefix in wanted.prefixes:
        check_prefix(prefix)
    if wanted.no_store and (wanted.store is not None or wanted.revoke):
        raise InvalidInput("--no-store contradicts --store and --revoke")
    if not wanted.revoke:
        for flag, set_ in (("--yes", wanted.yes), ("--dry-run", wanted.dry_run)):
            if set_:
                raise InvalidInput(f"{flag} is for --revoke")
    elif not (wanted.yes or wanted.dry_run or run.may_prompt):
        raise InvalidInput(
            "nobody to answer whether to revoke", hint="add --yes", code="confirm.needed"
        )


def _store(run: Run, wanted: Wanted, stack: ExitStack) -> Store | None:
    """Return the store to ask; one that nobody named and that cannot be used is done without."""
    needed = wanted.revoke or run.config.text("store", wanted.store) is not None
    if wanted.no_store or not (needed or store_exists(run, wanted.store)):
        return None
    writes = wanted.revoke and not wanted.dry_run
    try:
        store = stack.enter_context(
            opened(run, wanted.store, write=writes, actor=wanted.actor, create=False)
        )
        store.peppers.check()
    except Unavailable as error:
        if needed:
            raise
        warn(run, f"the store was not asked which keys are live: {error.message}")
        return None
    return store


def _pieces(
    run: Run,
    wanted: Wanted,
    given: Sequence[Input],
    *,
    form: Form,
    counts: Counts,
    store: Store | None,
) -> Generator[str, None, None]:
    """Yield the output as it comes: findings in the order of their places."""
    yield form.head()
    at = at_ms(run)
    with closing(_found(run, wanted, given, counts)) as batches:
        for batch in batches:
            sightings = _asked(store, batch, at)
            for sighting in sightings:
                counts.add(sighting)
            yield "".join(map(form.item, sightings))
    if wanted.revoke and store:
        _revoke(run, wanted, counts, store)
    told = {
        "files": counts.files,
        "keys": len(counts.keys),
        "places": counts.places,
        "live": len(counts.live) if store else None,
        "unread": counts.unread,
    }
    yield form.tail({"counts": told, "revoked": counts.revoked})
    if form.for_person:
        note(run, f"{_many(counts.files, 'file')} searched")


def _asked(store: Store | None, batch: Batch, at: int) -> list[Sighting]:
    """Return findings with what the store says of each."""
    if store is None:
        return [Sighting(path, place, None, None, None) for path, place in batch]
    from authcli.apikeys.scan.liveness import genuine

    told = []
    probes = genuine(store.api_keys, [place.key for _, place in batch])
    for (path, place), probe in zip(batch, probes, strict=True):
        state = state_of(probe, at_ms=at) if probe else None
        told.append(Sighting(path, place, probe, state, state in _USABLE))
    return told


def _found(
    run: Run, wanted: Wanted, given: Sequence[Input], counts: Counts
) -> Generator[Batch, None, None]:
    """Yield what is found in each input, a file or a moment of a stream at a time."""
    for one in given:
        if isinstance(one, Stream):
            counts.files += 1
            scanner = Scanner(prefixes=wanted.prefixes)
            for place in scanner.places(reader_of(one), may_be_patches=True):
                yield [(one.name, place)]
        else:
            yield from _found_in_files(run, wanted, one, counts)


def _found_in_files(
    run: Run, wanted: Wanted, paths: list[bytes], counts: Counts
) -> Generator[Batch, None, None]:
    from authcli.cli._progress import Progress
    from authcli.cli._workers import answers, usable_jobs

    feed = Files(walk(paths, excluded=Excluded(wanted.exclude)))
    work = Searching(frozenset(wanted.prefixes))
    joined, unread = Joined(), ""
    with (
        Progress(run, feed) as bar,
        closing(answers(feed, work, jobs=usable_jobs(wanted.jobs))) as answered,
    ):
        for files, said in map(found_in, answered):
            counts.files += files
            bar.show(done=counts.files, said=b"")
            for found in said:
                if found.unread is not None and found.path != unread:
                    unread = found.path  # of the parts of one file the first says it
                    counts.unread += 1
                    warn(run, f"cannot read {masked_names(found.path)}: {found.unread}")
                if places := joined.places(found):
                    yield [(found.path, place) for place in places]


def _revoke(run: Run, wanted: Wanted, counts: Counts, store: Store) -> None:
    """Revoke what was found of the store's own, after asking."""
    from authcli.apikeys.revocation import revoke
    from authcli.apikeys.text import display_id
    from authcli.cli._prompt import confirm

    number = len(counts.revocable)
    keys = _many(number, "key")
    if not number or wanted.dry_run:
        note(run, f"{keys} to revoke" if not number else f"{keys} would be revoked (--dry-run)")
        return
    confirm(run, f"revoke {keys}?", yes=wanted.yes)
    repository, done = store.api_keys, counts.revoked
    with repository.change():
        for key_id, where in counts.revocable.items():
            if repository.get(key_id) is None:  # deleted since it was found
                continue
            reason = f"found by detect in {_plain(where)}"
            outcomes = revoke(repository, [key_id], reason=reason, at_ms=at_ms(run))
            done += [display_id(outcome.key.id) for outcome in outcomes if outcome.changed]
    note(run, f"{_many(len(done), 'key')} revoked")


def _plain(where: str) -> str:
    """Return a place as a reason may hold it, the end of a long path first."""
    from authcli.cli._text import visible

    text = visible(where)
    return text if len(text) <= 300 else f"…{text[-300:]}"


def _conclude(run: Run, counts: Counts, wanted: Wanted, *, asked: bool) -> None:
    if counts.places:
        keys = _many(len(counts.keys), "API key")
        places = f" in {counts.places} places" if counts.places > 1 else ""
        told = f", {len(counts.live)} live" if asked else ""
        if counts.revoked:
            told = f", {len(counts.revoked)} revoked now"
        hint = "run it again with --revoke, and issue others"
        raise Rejected(
            f"{keys} found{places}{told}",
            hint=hint if counts.revocable and not wanted.revoke else None,
            code="apikey.found",
        )
    if wanted.prefixes and not counts.places:
        note(run, f"no key of the prefix {' or '.join(wanted.prefixes)} was found")
    if counts.unread:
        raise InvalidInput(
            f"nothing was found, but {counts.unread} of the files and folders could not be read",
            hint="--exclude leaves out what need not be read",
            code="source.unreadable",
        )


def _many(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
