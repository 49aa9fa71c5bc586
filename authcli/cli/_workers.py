"""Worker processes that share out blocks of work and give the answers back in order.

Blocks go to forked processes through pipes, at most two ahead of each, so that memory stays
constant however long the input is. A worker ends when its pipe does: none outlives a parent that
was killed. While input only trickles, or where there is no `fork`, the work is done here instead.
"""

from __future__ import annotations

import os
import select
import signal
import struct
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from itertools import chain
from types import TracebackType
from typing import Self, TypeAlias

from authcli.cli._feed import Block, Feed, readable
from authcli.errors import AuthError, InvalidInput

__all__ = ["Work", "answers", "usable_jobs"]

Work: TypeAlias = Callable[[Block], bytes]

_TASK = struct.Struct("=QII")  # first, count, size of the data
_ANSWER = struct.Struct("=I")  # size of the answer
_ENDINGS = [getattr(signal, n) for n in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, n)]
_AHEAD = 2  # blocks that wait for a worker beside the one it has
_READ = 1 << 18
_MAX_JOBS = 256


def usable_jobs(jobs: int | None) -> int:
    """Return how many processes to use: what was asked for, else the cores that we may use."""
    if jobs is not None and not 1 <= jobs <= _MAX_JOBS:
        raise InvalidInput(f"--jobs {jobs} is not between 1 and {_MAX_JOBS}")
    if jobs is not None:
        return jobs
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def answers(feed: Feed, work: Work, *, jobs: int) -> Generator[bytes, None, None]:
    """Yield what `work` makes of each block, in the order of the blocks.

    Args:
        feed: where the blocks come from.
        work: runs in another process, so that all it gives back is its answer.
        jobs: how many processes.

    Raises:
        AuthError: a worker process ended before its work was done; all answers before were given.
    """
    for blocks in _pulled(feed):
        if jobs > 1 and feed.behind() and hasattr(os, "fork"):
            with _Crew(work, jobs) as crew:
                yield from crew.answers(deque(blocks), feed)
        else:
            yield from map(work, blocks)


def _pulled(feed: Feed) -> Iterator[list[Block]]:
    """Yield blocks as they come, waiting for them."""
    while not feed.ended:
        if blocks := feed.pull():
            yield blocks
        elif (descriptor := feed.waits_on()) is not None and not feed.ended:
            readable(descriptor, wait=True)


class _Pipes:
    """The two pipes between a worker and its parent."""

    def __init__(self) -> None:
        self.task_reads, self.tasks = os.pipe()
        try:
            self.replies, self.reply_writes = os.pipe()
        except OSError:
            os.close(self.task_reads)
            os.close(self.tasks)
            raise

    def keep_parents(self) -> tuple[int, int]:
        """Close the worker's ends; return where tasks are written, and where replies are read."""
        os.close(self.task_reads)
        os.close(self.reply_writes)
        return self.tasks, self.replies

    def keep_workers(self) -> tuple[int, int]:
        """Close the parent's ends; return where tasks are read, and where replies are written."""
        os.close(self.tasks)
        os.close(self.replies)
        return self.task_reads, self.reply_writes

    def close(self) -> None:
        """Close all four ends."""
        self.keep_parents()
        os.close(self.tasks)
        os.close(self.replies)


class _Worker:
    """One process, seen from its parent."""

    tasks: int
    replies: int

    def __init__(self, work: Work, others: list[_Worker]) -> None:
        pipes = _Pipes()
        # A signal between fork and the child's own handlers would run the parent's in the child.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDINGS)
        try:
            self.pid = os.fork()
            if not self.pid:
                inherited = [d for other in others for d in (other.tasks, other.replies)]
                _serve(work, pipes, inherited, before)
        except OSError:
            pipes.close()
            raise
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        self.tasks, self.replies = pipes.keep_parents()
        os.set_blocking(self.tasks, False)
        os.set_blocking(self.replies, False)
        self.outgoing = bytearray()
        self.incoming = bytearray()
        self.pending: deque[Block] = deque()
        self.alive = True
        self.ended: int | None = None

    def give(self, block: Block) -> None:
        """Queue a block for it."""
        self.pending.append(block)
        self.outgoing += _TASK.pack(block.first, block.size, len(block.data)) + block.data
        self.send()

    def send(self) -> None:
        """Write what its pipe takes now; a worker that is gone is noticed when it is heard."""
        with suppress(BlockingIOError, BrokenPipeError):
            while self.outgoing:
                del self.outgoing[: os.write(self.tasks, self.outgoing)]

    def hear(self) -> list[tuple[Block, bytes]]:
        """Read what it has answered; an end before its work is done means that it is gone."""
        part = os.read(self.replies, _READ)
        self.alive = bool(part)
        self.incoming += part
        heard = []
        while len(self.incoming) >= _ANSWER.size:
            (size,) = _ANSWER.unpack_from(self.incoming)
            end = _ANSWER.size + size
            if len(self.incoming) < end:
                break
            heard.append((self.pending.popleft(), bytes(self.incoming[_ANSWER.size : end])))
            del self.incoming[:end]
        return heard

    def end(self, *, at_once: bool) -> int:
        """End the process, if only by letting it see that no more comes; return how it ended."""
        if self.ended is None:
            os.close(self.tasks)
            os.close(self.replies)
            if at_once:
                os.kill(self.pid, signal.SIGKILL)  # ours until it is waited for
            _, status = os.waitpid(self.pid, 0)
            self.ended = os.waitstatus_to_exitcode(status)
        return self.ended


class _Crew:
    """All workers of one command; leaving it ends them."""

    def __init__(self, work: Work, jobs: int) -> None:
        self._work, self._jobs = work, jobs
        self._workers: list[_Worker] = []

    def __enter__(self) -> Self:
        # Fewer than were asked for is slower, and no reason to fail: a container may allow none.
        with suppress(OSError):
            for _ in range(self._jobs):
                self._workers.append(_Worker(self._work, self._workers))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for worker in self._workers:
            worker.end(at_once=kind is not None)

    def answers(self, waiting: deque[Block], feed: Feed) -> Iterator[bytes]:
        """Share out the blocks, and yield the answers in the order of the blocks."""
        if not self._workers:
            for blocks in chain([waiting], _pulled(feed)):
                yield from map(self._work, blocks)
            return
        order: deque[Block] = deque()
        ready: dict[int, bytes] = {}
        while waiting or order or not feed.ended:
            room = self._share_out(waiting, order)
            if room and not feed.ended and feed.waits_on() is None:
                waiting.extend(feed.pull())
                continue  # a long line takes more than one read: nobody would wake us for the next
            if not order and feed.ended:
                continue
            self._check_alive(order)
            for worker in self._poll(feed if room and not feed.ended else None, waiting):
                ready.update((block.first, answer) for block, answer in worker.hear())
            while order and order[0].first in ready:
                yield ready.pop(order.popleft().first)

    def _check_alive(self, order: deque[Block]) -> None:
        """Raise once the answer that is next in order will never come."""
        for worker in self._workers:
            if order and not worker.alive and order[0] in worker.pending:
                raise _lost(order[0], worker.end(at_once=False))

    def _share_out(self, waiting: deque[Block], order: deque[Block]) -> bool:
        """Give waiting blocks to the least busy; say whether there is room for more."""
        while True:
            worker = min(self._workers, key=lambda w: (not w.alive, len(w.pending)))
            # Answers wait for those before them: one slow worker must not pile up the others'.
            if len(worker.pending) > _AHEAD or len(order) > _AHEAD * 2 * len(self._workers):
                return False
            if not waiting:
                return True
            order.append(waiting.popleft())
            worker.give(order[-1])

    def _poll(self, feed: Feed | None, waiting: deque[Block]) -> list[_Worker]:
        """Wait until something can go on; send, pull, and return the workers to be heard."""
        poll = select.poll()
        source = feed.waits_on() if feed else None
        if source is not None:
            poll.register(source, select.POLLIN)
        by_replies = {worker.replies: worker for worker in self._workers if worker.alive}
        for worker in by_replies.values():
            poll.register(worker.replies, select.POLLIN)
            if worker.outgoing:
                poll.register(worker.tasks, select.POLLOUT)
        found = [descriptor for descriptor, _ in poll.poll()]
        for worker in by_replies.values():
            if worker.tasks in found:
                worker.send()
        if feed and source in found:
            waiting.extend(feed.pull())
        return [by_replies[descriptor] for descriptor in found if descriptor in by_replies]


def _serve(work: Work, pipes: _Pipes, inherited: list[int], mask: set[int]) -> None:
    """Do what comes through the pipe of tasks until it ends; the whole life of a worker process."""
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears Ctrl-C, and ends us
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for descriptor in inherited:
            os.close(descriptor)
        tasks, replies = pipes.keep_workers()
        with os.fdopen(tasks, "rb") as source, os.fdopen(replies, "wb") as sink:
            while task := source.read(_TASK.size):
                first, count, size = _TASK.unpack(task)
                answer = work(Block(first, count, source.read(size)))
                sink.write(_ANSWER.pack(len(answer)) + answer)
                sink.flush()
        code = 0
    finally:  # no exception leaves here: above lies a copy of the parent's own life
        os._exit(code)


def _lost(block: Block, code: int) -> AuthError:
    how = f"signal {-code}" if code < 0 else f"exit code {code}"
    last = block.first + block.size - 1
    was_killed = "was it killed, or out of memory? nothing from there on was written"
    return AuthError(
        f"a worker process ended ({how}) over items {block.first} to {last}",
        hint=was_killed if code < 0 else "a bug: run it again with --jobs 1 --debug, and report it",
        code="bulk.worker",
    )
