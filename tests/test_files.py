"""Files are whole or absent, and their owner's alone."""

from __future__ import annotations

import errno
import os
import resource
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from types import FrameType

import pytest

from authcli import files
from authcli.errors import Conflict, InvalidInput


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.mark.parametrize("write", [files.create, files.replace])
def test_a_new_file_is_its_owners_alone_whatever_the_umask(write: object, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write(tmp_path / "key", b"data")  # type: ignore[operator]
    finally:
        os.umask(before)
    assert (tmp_path / "key").read_bytes() == b"data"
    assert mode_of(tmp_path / "key") == 0o600
    assert os.listdir(tmp_path) == ["key"]


def test_create_never_overwrites(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"old")
    with pytest.raises(Conflict, match="exists already"):
        files.create(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["key"]


def test_create_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """FAT has none: the name is made first, by whoever wins, and then filled at once."""

    def refuse(*names: object) -> None:
        raise PermissionError(errno.EPERM, "no hard links here")

    monkeypatch.setattr(os, "link", refuse)
    files.create(tmp_path / "key", b"first")
    with pytest.raises(Conflict):
        files.create(tmp_path / "key", b"second")
    assert (tmp_path / "key").read_bytes() == b"first"
    assert mode_of(tmp_path / "key") == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_create_does_not_follow_a_dangling_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Conflict):
        files.create(tmp_path / "link", b"secret")
    assert not (tmp_path / "elsewhere").exists()


def test_replace_takes_the_place_of_a_link_and_leaves_its_target(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"theirs")
    link.symlink_to(target)
    files.replace(link, b"ours")
    assert target.read_bytes() == b"theirs"
    assert not link.is_symlink()
    assert link.read_bytes() == b"ours"


def test_replace_narrows_the_mode(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"old")
    path.chmod(0o644)
    files.replace(path, b"new")
    assert mode_of(path) == 0o600


def test_replace_refuses_a_folder_and_a_device(tmp_path: Path) -> None:
    for path in (tmp_path, Path(os.devnull)):
        with pytest.raises(InvalidInput, match="not a regular file"):
            files.replace(path, b"data")


def test_replace_refuses_a_link_to_a_device(tmp_path: Path) -> None:
    """`--force -o /dev/stdout` run by root must not put a file into the place of /dev/stdout."""
    link = tmp_path / "stdout"
    link.symlink_to(os.devnull)
    with pytest.raises(InvalidInput, match="not a regular file"):
        files.replace(link, b"data")
    assert link.is_symlink()


def test_of_many_racers_one_creates_the_file(tmp_path: Path) -> None:
    outcomes: list[bytes] = []
    start = threading.Barrier(8)

    def race(number: int) -> None:
        start.wait()
        try:
            files.create(tmp_path / "key", b"%d" % number * 1000)
            outcomes.append(b"%d" % number * 1000)
        except Conflict:
            pass

    threads = [threading.Thread(target=race, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == [(tmp_path / "key").read_bytes()]
    assert os.listdir(tmp_path) == ["key"]


@pytest.mark.parametrize("function", ["create", "replace"])
def test_a_full_disk_leaves_the_old_state_and_nothing_else(function: str, tmp_path: Path) -> None:
    """The disk is full after 1 KiB: a limit on the size of files, with its signal ignored."""
    path = tmp_path / "key"
    if function == "replace":
        path.write_bytes(b"old")
    program = (
        "import sys, pathlib, signal, authcli.files as f\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "getattr(f, sys.argv[1])(pathlib.Path(sys.argv[2]), b'x' * 10000)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, function, str(path)],
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024)),
        cwd=Path(files.__file__).parents[1],
    )
    assert "File too large" in done.stderr
    assert os.listdir(tmp_path) == (["key"] if function == "replace" else [])
    if function == "replace":
        assert path.read_bytes() == b"old"


def made(path: Path, data: bytes) -> None:
    """Write a file by name, as databases do."""
    with files.made_beside(path, force=True) as temporary:
        temporary.write_bytes(data)


def made_new(path: Path, data: bytes) -> None:
    with files.made_beside(path, force=False) as temporary:
        temporary.write_bytes(data)


# The file itself is closed by the collector, if the interrupt comes right before that.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("write", [files.create, files.replace, made, made_new])
def test_a_signal_between_any_two_steps_leaves_the_old_state_or_the_new(
    write: Callable[[Path, bytes], None], tmp_path: Path
) -> None:
    """Its exception is raised at each line of the module in turn, until no line is left."""
    path = tmp_path / "key"
    for number in count(1):
        if write in (files.replace, made):
            path.write_bytes(b"old")
        else:
            path.unlink(missing_ok=True)
        before = set(os.listdir(tmp_path))
        with interrupted_at(number) as lines:
            write(path, b"new")
        left = set(os.listdir(tmp_path))
        assert left in (before, {"key"}), f"the interrupt at {lines[-1]} left {left}"
        if left:
            assert path.read_bytes() in (b"old", b"new"), f"cut at {lines[-1]}"
        if len(lines) < number:
            break
    assert number > 8
    assert path.read_bytes() == b"new"


@contextmanager
def interrupted_at(number: int) -> Iterator[list[str]]:
    """Raise KeyboardInterrupt at the n-th line of files.py that runs; give the lines that did."""
    lines: list[str] = []

    def trace(frame: FrameType, event: str, argument: object) -> object:
        if frame.f_code.co_filename != files.__file__:
            return None
        if event == "line":
            lines.append(f"line {frame.f_lineno}, {frame.f_code.co_name}")
            if len(lines) == number:
                raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)  # type: ignore[arg-type]
    try:
        with suppress(KeyboardInterrupt):
            yield lines
    finally:
        sys.settrace(before)


def test_private_folder_is_0700(tmp_path: Path) -> None:
    folder = files.private_folder(tmp_path / "a" / "b")
    assert mode_of(folder) == 0o700
    assert files.private_folder(folder) == folder


def test_others_can_read_looks_at_regular_files_alone(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"x")
    for mode, readable in ((0o600, False), (0o640, True), (0o604, True), (0o400, False)):
        path.chmod(mode)
        assert files.others_can_read(path.stat()) is readable
    assert not files.others_can_read(Path("/dev/null").stat())
