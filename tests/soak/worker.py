"""One worker: it picks operations, runs them, and writes down what it saw acknowledged."""

from __future__ import annotations

import random
import signal
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from multiprocessing.synchronize import Barrier
from typing import IO, Any

from tests.soak import diary
from tests.soak.commands import FATES, HUNG, Outcome, fate_of, run
from tests.soak.diary import Entry, Fact
from tests.soak.lives import Denials, denials
from tests.soak.scene import Scene

__all__ = ["Worker", "work"]

#: What nobody may see on stderr.
BUGS = ("Traceback", "bug in authcli", "Error in sys.excepthook")


@dataclass
class Worker:
    """What one worker owns, and what it knows of that; operations take it and add to it."""

    number: int
    scene: Scene
    chance: random.Random
    file: IO[str]
    commands: int = 0
    operation: str = ""
    facts: dict[tuple[str, str], list[Fact]] = field(default_factory=lambda: defaultdict(list))
    texts: dict[str, str] = field(default_factory=dict)
    """API key's id -> its text."""
    tokens: list[dict[str, Any]] = field(default_factory=list)
    families: dict[str, list[str]] = field(default_factory=dict)
    """Family -> its refresh tokens, the newest last."""
    subject_number: int = 0
    usual: dict[str, float] = field(default_factory=dict)

    @property
    def subject(self) -> str:
        """Whose tokens are minted now; never again after a revocation of all of theirs."""
        return f"sub-{self.number}-{self.subject_number}"

    def fresh(self, kind: str) -> str:
        """Return a name that nobody has."""
        return f"{kind}-{self.number}-{self.commands}"

    def run(self, *words: str, codes: Iterable[int] = (0,), stdin: str | None = None) -> Outcome:
        """Run a command, let befall it what the dice say, and write it down.

        Args:
            words: after "authcli".
            codes: the exit codes that it may have if nothing befalls it.
            stdin: what it reads.
        """
        done = run(
            words,
            environment=self.scene.environment(),
            folder=self.scene.home,
            stdin=stdin,
            fate=fate_of(self.chance),
            usual_seconds=self.usual.get(self.operation, 0.3),
        )
        self.commands += 1
        if done.fate == "none":
            last = self.usual.get(self.operation, done.ended - done.began)
            self.usual[self.operation] = 0.8 * last + 0.2 * (done.ended - done.began)
        expected = sorted(codes)
        surprise = done.code not in {*expected, *FATES[done.fate][2]} or any(
            bug in done.err for bug in BUGS
        )
        entry = Entry(
            worker=self.number,
            number=self.commands,
            operation=self.operation,
            words=[word[:80] for word in words],
            fate=done.fate if done.code != HUNG else "none",
            code=done.code,
            expected=expected,
            began=done.began,
            ended=done.ended,
            complaint=f"{done.err[-3000:]}\n{done.out[-1500:]}" if surprise else "",
        )
        diary.write(self.file, entry)
        return done

    def note(
        self, done: Outcome, kind: str, subject: str, act: str, value: Any = None, *, sure: bool
    ) -> None:
        """Write a fact down, and remember it."""
        fact = Fact(kind, subject, act, value, sure, done.began, done.ended)
        self.facts[kind, subject].append(fact)
        diary.write(self.file, fact)

    def changed(self, done: Outcome, kind: str, subject: str, act: str, value: Any = None) -> None:
        """Note what a command was to do, if it did or may have done it."""
        if done.sure or done.unknown:
            self.note(done, kind, subject, act, value, sure=done.sure)

    def denials(self) -> Denials:
        """Return what this worker has revoked."""
        return denials(
            fact
            for (kind, _), facts in self.facts.items()
            if kind in ("token", "family", "sub", "kid")
            for fact in facts
        )

    def wrong(self, what: str) -> None:
        """Note that an answer was not what it had to be."""
        now = time.time()
        diary.write(self.file, Fact("answer", self.operation, "wrong", what, True, now, now))


def work(
    number: int,
    scene: Scene,
    seed: int,
    parts: list[float],
    least: int,
    meeting: Barrier,
) -> None:
    """Do operations for each part of the time, and after it wait for the others twice.

    Args:
        number: which worker this is.
        scene: where it works.
        seed: of the dice of all workers.
        parts: seconds up to each checkpoint, and to the end.
        least: how many commands to run at least, however slow the machine is.
        meeting: of all workers and the one who checks.
    """
    from tests.soak.operations import OPERATIONS

    signal.signal(signal.SIGINT, signal.default_int_handler)  # as in a terminal, for commands too
    names, weights = list(OPERATIONS), [row.weight for row in OPERATIONS.values()]
    path = scene.folder / f"diary-{number}.jsonl"
    with path.open("a", encoding="utf-8") as file:
        worker = Worker(number, scene, random.Random(f"{seed}-{number}"), file)
        for seconds in parts:
            end = time.monotonic() + seconds
            while time.monotonic() < end or worker.commands < least:
                [worker.operation] = worker.chance.choices(names, weights)
                OPERATIONS[worker.operation].act(worker)
            meeting.wait()
            meeting.wait()
