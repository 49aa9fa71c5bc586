"""Blocks of work shared out to real processes: order, ends, and what a lost one leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from authcli.cli._feed import Block, Count, Lines
from authcli.cli._reading import MAX_BYTES
from authcli.cli._workers import answers
from authcli.errors import AuthError

ROOT = Path(__file__).parents[2]

# The command has one thread when it forks; the runner of these tests has several.
pytestmark = pytest.mark.filterwarnings("ignore:This process .* multi-threaded:DeprecationWarning")


def upper(block: Block) -> bytes:
    return block.data.upper()


def numbers(block: Block) -> bytes:
    return f"{block.first}+{block.size} ".encode()


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    yield reading, writing
    for descriptor in (reading, writing):
        with suppress(OSError):  # some tests close it themselves
            os.close(descriptor)


def lines_of(path: Path, *, per_read: int = 64) -> Lines:
    return Lines(os.open(path, os.O_RDONLY), name=path.name, what="lines", per_read=per_read)


@pytest.mark.parametrize("jobs", [1, 2, 5])
@pytest.mark.parametrize("ending", [b"\n", b"", b"\r\n"])
def test_answers_come_in_the_order_of_the_lines(tmp_path: Path, jobs: int, ending: bytes) -> None:
    file = tmp_path / "lines"
    wanted = b"\n".join(b"line %d" % n for n in range(3000)) + ending
    file.write_bytes(wanted)
    found = b"".join(answers(lines_of(file), upper, jobs=jobs))
    assert found == wanted.upper() + (b"" if ending else b"\n")


@pytest.mark.parametrize("jobs", [1, 3])
def test_slow_blocks_do_not_overtake(jobs: int) -> None:
    def work(block: Block) -> bytes:
        time.sleep(0.03 if block.first % 3 else 0)
        return numbers(block)

    found = b"".join(answers(Count(40, per_block=4), work, jobs=jobs))
    assert found.split() == [b"%d+4" % first for first in range(1, 41, 4)]


def test_a_number_that_blocks_do_not_divide_is_counted_to_its_end() -> None:
    assert b"".join(answers(Count(7, per_block=3), numbers, jobs=2)) == b"1+3 4+3 7+1 "


def test_answers_may_be_larger_than_any_pipe(tmp_path: Path) -> None:
    """Parent and worker both write; neither may wait for the other for ever."""
    file = tmp_path / "lines"
    file.write_bytes(b"x" * 99 + b"\n")
    big = b"".join(
        answers(Count(30, per_block=1), lambda block: b"%d" % (block.first % 10) * 900_000, jobs=3)
    )
    assert big == b"".join(b"%d" % (n % 10) * 900_000 for n in range(1, 31))


def test_lines_that_trickle_are_answered_as_they_come(pipe: tuple[int, int]) -> None:
    """A filter between two programs does not sit on a line until the next one comes."""
    reading, writing = pipe
    found = answers(Lines(reading, name="stdin", what="lines", per_read=100), upper, jobs=2)
    for text in (b"one\n", b"two\n"):
        os.write(writing, text)
        assert next(found) == text.upper()
    os.write(writing, b"thr")
    threading.Timer(0.1, lambda: (os.write(writing, b"ee"), os.close(writing))).start()
    assert [*found] == [b"THREE\n"]


def test_a_pipe_that_does_not_block_is_waited_for(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    os.set_blocking(reading, False)
    threading.Timer(0.1, lambda: (os.write(writing, b"late\n"), os.close(writing))).start()
    feed = Lines(reading, name="stdin", what="lines", per_read=100)
    assert [*answers(feed, upper, jobs=2)] == [b"LATE\n"]


def test_a_line_without_an_end_is_cut_and_the_next_one_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "lines"
    file.write_bytes(b"first\n" + b"y" * (3 * MAX_BYTES) + b"\nlast\n")
    feed = lines_of(file, per_read=1 << 16)
    lines = [line for block in iter_blocks(feed) for line in block.lines()]
    assert [line[:5] for line in lines] == [b"first", b"yyyyy", b"last"]
    assert MAX_BYTES < len(lines[1]) <= MAX_BYTES + (1 << 16)


def iter_blocks(feed: Lines) -> Iterator[Block]:
    while not feed.ended:
        yield from feed.pull()


def test_a_long_line_of_a_file_is_waited_for_by_idle_workers(tmp_path: Path) -> None:
    """It takes many reads, and between them no worker has anything to answer."""
    file = tmp_path / "lines"
    wanted = b"short\n" * 50 + (b"l" * 20_000 + b"\n") * 2 + b"last\n"
    file.write_bytes(wanted)
    assert b"".join(answers(lines_of(file), upper, jobs=2)) == wanted.upper()


def test_peeking_takes_nothing_away(tmp_path: Path) -> None:
    file = tmp_path / "lines"
    file.write_bytes(b"one\ntwo\n")
    feed = lines_of(file)
    assert feed.peek() == b"one"
    assert not feed.ended
    assert [*answers(feed, upper, jobs=2)] == [b"ONE\nTWO\n"]


def killed_over(block: Block) -> bytes:
    if block.first == 21:
        os.kill(os.getpid(), signal.SIGKILL)
    return numbers(block)


def failing_over(block: Block) -> bytes:
    if block.first == 21:
        raise ZeroDivisionError
    return numbers(block)


@pytest.mark.parametrize(
    ("work", "how"), [(killed_over, "signal 9"), (failing_over, "exit code 1")]
)
def test_a_lost_worker_is_one_error_after_all_that_came_before(
    work: Callable[[Block], bytes], how: str, capfd: pytest.CaptureFixture[str]
) -> None:
    found: list[bytes] = []
    with pytest.raises(AuthError, match=rf"\({how}\) over items 21 to 24") as caught:
        found.extend(answers(Count(1000, per_block=4), work, jobs=3))
    assert found == [b"%d+4 " % first for first in range(1, 21, 4)]
    assert caught.value.code == "bulk.worker"
    assert nobody_is_left()


def test_workers_that_all_died_idle_are_noticed(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    os.write(writing, b"0\n" * 20_000)
    feed = Lines(reading, name="stdin", what="lines", per_read=100)
    found = answers(feed, lambda block: b"%d " % os.getpid(), jobs=2)
    first = next(found)
    for pid in children():
        os.kill(pid, signal.SIGKILL)
    with pytest.raises(AuthError, match="signal 9"):
        b"".join(found)
    assert first
    assert nobody_is_left()


def test_who_stops_listening_leaves_no_process_behind() -> None:
    found = answers(Count(10**9, per_block=1), numbers, jobs=3)
    assert next(found) == b"1+1 "
    assert len(children()) == 3
    found.close()
    assert nobody_is_left()


def test_no_worker_outlives_a_parent_that_was_killed(tmp_path: Path) -> None:
    """SIGKILL leaves nobody to tidy up: the workers see the end of their pipes."""
    program = (
        "import sys, time\n"
        "from authcli.cli._feed import Count\n"
        "from authcli.cli._workers import answers\n"
        "found = answers(Count(10**9, per_block=1), lambda block: b'x', jobs=2)\n"
        "next(found)\n"
        "print(*open('/proc/self/task/%d/children' % __import__('os').getpid()).read().split())\n"
        "sys.stdout.flush()\n"
        "for _ in found: time.sleep(0.01)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-P", "-c", program],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert parent.stdout is not None
    with parent.stdout:
        workers = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(workers) == 2
        parent.kill()
        parent.wait()
    until = time.monotonic() + 10
    while any(map(alive, workers)) and time.monotonic() < until:
        time.sleep(0.02)
    assert not any(map(alive, workers))


def alive(pid: int) -> bool:
    """Tell whether a process runs; one that ended and that nobody has waited for does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] not in "ZX"


def children() -> list[int]:
    """The processes of this one, without those of other tests: a database's server."""
    task = Path(f"/proc/self/task/{threading.get_native_id()}/children")
    return [pid for pid in map(int, task.read_text().split()) if pid not in OTHERS]


OTHERS: set[int] = set()


@pytest.fixture(autouse=True)
def know_others() -> Iterator[None]:
    """Find the children that are there before a test."""
    OTHERS.update(children())
    yield
    OTHERS.clear()


def nobody_is_left() -> bool:
    return children() == []
