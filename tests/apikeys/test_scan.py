"""Finding keys: every key, where it stands, and nothing else; whatever it is read from."""

from __future__ import annotations

import os
import random
import sys
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authcli.apikeys import scan
from authcli.apikeys.scan import Excluded, Place, Reader, Scanner, Seen, Unread, find, reading
from authcli.apikeys.scan import patches as git
from authcli.apikeys.text import MAX_ID, MAX_PREFIX, build, new_id, new_secret
from authcli.clock import now_ms


def key(prefix: str = "ak_live", *, key_id: int | None = None, secret: bytes | None = None) -> str:
    """A key that no store has."""
    number = new_id(now_ms=now_ms()) if key_id is None else key_id
    return build(prefix=prefix, key_id=number, secret=secret or new_secret())


def found(data: bytes, **options: object) -> list[str]:
    return [one.key.text for one in find(data, **options)]  # type: ignore[arg-type]


def reader(data: bytes, sizes: Iterator[int]) -> Reader:
    """Reads as pipes do: as much as there is, now."""
    at = 0

    def read(view: memoryview) -> int:
        nonlocal at
        part = data[at : at + min(len(view), next(sizes))]
        view[: len(part)] = part
        at += len(part)
        return len(part)

    return read


# --- the shape ----------------------------------------------------------------------------------

AROUND = [
    (b"", b""),
    (b"API_KEY=", b"\n"),
    (b'"', b'",'),
    (b"MYKEY_", b" "),
    (b"Authorization: Bearer ", b"\r\n"),
    (b"https://x.example/?key=", b"&page=2"),
    (b'{"log": "line\\n', b'\\n"}'),
    (b"\x00\xff\xfe", b"\x00"),
    (b"my_", b"_old"),
    (b"_", b"_"),
    (b"-", b"-"),
    (b"9", b"."),
    ("ключ".encode(), "ключ".encode()),
]


@pytest.mark.parametrize(("before", "after"), AROUND)
@pytest.mark.parametrize("prefix", ["ak_live", "k", "acme_test_eu1", "a" * MAX_PREFIX])
def test_a_key_is_found_whatever_stands_around_it(before: bytes, after: bytes, prefix: str) -> None:
    """What stands before may look like more of the prefix; the checksum tells."""
    text = key(prefix)
    data = before + text.encode() + after
    [one] = find(data)
    assert (one.key.text, one.key.prefix) == (text, prefix)
    assert data[one.start :].startswith(text.encode())


@given(st.integers(0, MAX_ID), st.binary(min_size=32, max_size=32))
def test_every_id_and_secret_can_be_found(key_id: int, secret: bytes) -> None:
    """The bounds of the first digits of id and checksum hold for all keys."""
    text = key(key_id=key_id, secret=secret)
    assert found(f"x={text};".encode()) == [text]


@given(st.integers(0, 67), st.sampled_from("0aAzZ9_-"))
def test_a_key_with_another_character_is_not_found(place: int, other: str) -> None:
    text = key()
    changed = text[:place] + other + text[place + 1 :]
    # Another character before the prefix's end may leave a shorter prefix, never one that fits.
    assert changed == text or found(changed.encode()) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[:-1],
        lambda text: text + "0",
        lambda text: text.replace("_", "-"),
        lambda text: text.upper(),
        lambda text: text[:20] + "\n" + text[20:],
        lambda text: text[len("ak_live") :],
        lambda text: "ak_live_" + "0" * 60,
        lambda text: "_" * 5000,
        lambda text: "a_" * 5000,
        lambda text: "_" + "A" * 60,
    ],
)
def test_look_alikes_are_left(change: object) -> None:
    assert found(change(key()).encode()) == []  # type: ignore[operator]


def test_prefixes_narrow_the_search() -> None:
    live, test = key("ak_live"), key("ak_test")
    data = f"{live} {test}".encode()
    assert found(data, prefixes={"ak_test"}) == [test]
    assert found(data, prefixes={"live"}) == []


def test_many_candidates_take_no_time() -> None:
    """Text made to keep us busy: every run of sixty is a candidate, with a long prefix before."""
    body = "0" + "A" * 53 + "0" + "A" * 5
    data = f"{'a' * 32}_{body}-".encode() * 10_000
    assert found(data) == []


# --- line and column ----------------------------------------------------------------------------


def told(places: list[Place]) -> list[tuple[int, int, str]]:
    return [(place.line, place.column, place.key.text) for place in places]


def expected(data: bytes) -> list[tuple[int, int, str]]:
    """Lines and columns as they are counted without a window."""
    return [
        (
            data.count(b"\n", 0, one.start) + 1,
            one.start - (data.rfind(b"\n", 0, one.start) + 1) + 1,
            one.key.text,
        )
        for one in find(data)
    ]


def planted(seed: int, size: int) -> bytes:
    """Text with lines of all lengths, underscores and keys."""
    rng = random.Random(seed)
    parts = []
    while sum(map(len, parts)) < size:
        parts.append(bytes(rng.choices(b"ab_Z9 \n-", k=rng.choice((1, 9, 61, 300)))))
        if rng.random() < 0.3:
            parts.append(key(rng.choice(("ak_live", "k"))).encode())
    return b"".join(parts)


@pytest.mark.parametrize("seed", range(40))
def test_no_window_hides_a_key_or_moves_it(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However the bytes come, and wherever the window ends: the same places."""
    rng = random.Random(seed)
    monkeypatch.setattr(reading, "WINDOW", rng.choice((128, 200, 1000)))
    monkeypatch.setattr(reading, "KEPT", 0)
    data = planted(seed, 6000)
    sizes = iter(lambda: rng.choice((1, 7, 60, 400)), None)
    scanner = Scanner()
    assert told(list(scanner.places(reader(data, sizes)))) == expected(data) != []
    assert told(list(scanner.places(reader(data, sizes)))) == expected(data), "used again"


@pytest.mark.parametrize("size", [70, 93, 100, 333, 5000])
def test_parts_of_a_file_make_the_whole(size: int, tmp_path: Path) -> None:
    """A key across the border of two parts belongs to one of them; lines go on."""
    data = planted(size, 5000)
    path = os.fsencode(tmp_path / "file")
    (tmp_path / "file").write_bytes(data)
    scanner, places, lines, tail = Scanner(), [], 0, 0
    starts = range(0, len(data), size)
    for start in starts:
        limit = None if start == starts[-1] else size
        part = scan.scan_part(scanner, path, start=start, size=limit, follow=False)
        assert part is not None
        places += part.moved(lines=lines, tail=tail)
        tail = part.tail + (0 if part.lines else tail)
        lines += part.lines
    assert told(places) == expected(data) != []
    assert lines == data.count(b"\n")


def test_a_huge_line_takes_no_memory(tmp_path: Path) -> None:
    text = key()
    with (tmp_path / "file").open("wb") as file:
        for _ in range(30):
            file.write(b"x_" * (1 << 19))
        file.write(text.encode())
    scanner = Scanner()
    tracemalloc.start()
    [place] = scan.scan_file(scanner, os.fsencode(tmp_path / "file"), follow=False) or []
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (place.line, place.column, place.key.text) == (1, 30 * (1 << 20) + 1, text)
    assert peak < 1 << 20


# --- git log -p ---------------------------------------------------------------------------------

COMMITS = [f"{number:040x}" for number in (1, 2, 3)]


def log(*diffs: tuple[str, str, str], filler: str = "") -> bytes:
    """What `git log -p` writes: (commit, header's name line, added text)."""
    parts = []
    for commit, name, added in diffs:
        message = f"    commit {'f' * 40}\n    diff --git a/no b/no\n"
        header = f"diff --git a/x b/x\nindex 1..2 100644\n{name}\n@@ -0,0 +1,2 @@\n"
        parts += [f"commit {commit}\nAuthor: A <a@b.example>\n\n{message}\n", header]
        parts += [f"+{filler}\n+{added}\n\n"]
    return "".join(parts).encode()


def from_log(
    data: bytes, sizes: Iterator[int] | None = None
) -> list[tuple[str | None, str | None]]:
    read = reader(data, sizes or iter(lambda: 1 << 20, None))
    return [(p.commit, p.file) for p in Scanner().places(read, may_be_patches=True)]


NAMES = [
    ("--- a/src/a.py\n+++ b/src/a.py", "src/a.py"),
    ("--- /dev/null\n+++ b/new", "new"),
    ("--- a/gone\n+++ /dev/null", "gone"),
    ('--- /dev/null\n+++ "b/\\303\\274 \\"x\\"\\t"\t', 'ü "x"\t'),
    ("--- a/with blank\t\n+++ b/with blank\t", "with blank"),
]


@pytest.mark.parametrize(("name", "file"), NAMES)
def test_the_output_of_git_log_tells_commit_and_file(name: str, file: str) -> None:
    data = log((COMMITS[0], name, key()), (COMMITS[1], "--- a/b\n+++ b/b", key()))
    assert from_log(data) == [(COMMITS[0], file), (COMMITS[1], "b")]


@pytest.mark.parametrize("seed", range(10))
def test_commit_and_file_are_known_in_a_later_window(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "WINDOW", 1024)
    monkeypatch.setattr(reading, "KEPT", 512)
    monkeypatch.setattr(git, "KEPT", 512)
    rng = random.Random(seed)
    diffs = [(commit, f"--- a/{n}\n+++ b/{n}", key()) for n, commit in enumerate(COMMITS)]
    data = log(*diffs, filler="x" * rng.randrange(100, 5000))
    sizes = iter(lambda: rng.choice((50, 300, 2000)), None)
    assert from_log(data, sizes) == [(commit, str(n)) for n, commit in enumerate(COMMITS)]


def test_a_commit_at_the_end_of_a_window_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its line may begin in what is dropped and end in what is kept."""
    monkeypatch.setattr(reading, "WINDOW", 1024)
    monkeypatch.setattr(reading, "KEPT", 512)
    monkeypatch.setattr(git, "KEPT", 512)
    for pad in range(540, 620):
        before = f"commit {COMMITS[0]}\n\n    {'a' * pad}\n\n"
        after = f"commit {COMMITS[1]}\ndiff --git a/x b/x\n+++ b/x\n@@ @@\n+"
        data = before + after + "x\n+" * 500 + key()
        assert from_log(data.encode(), iter(lambda: 300, None)) == [(COMMITS[1], "x")]


def test_thousands_of_keys_in_one_patch_cost_what_they_do_in_a_file() -> None:
    """For each key the whole window was searched for the header before it."""
    body = b"\n+".join(key().encode() for _ in range(3000))
    data = b"diff --git a/x b/x\n+++ b/x\n" + b"+++ b/x\n" * 2000 + b"@@ @@\n+" + body
    began = time.process_time()
    found = from_log(data)
    assert (len(found), {*found}) == (3000, {(None, "x")})
    assert time.process_time() - began < 0.5


def test_a_line_of_a_file_is_no_header() -> None:
    """Whoever writes a file cannot have a key reported as another's."""
    added = f"x\n+++ b/innocent\n+commit {COMMITS[2]}\n+diff --git a/i b/i\n+{key()}"
    assert from_log(log((COMMITS[0], "--- a/real\n+++ b/real", added))) == [(COMMITS[0], "real")]


def test_other_text_has_neither_commit_nor_file() -> None:
    text = f"see below\ncommit {COMMITS[0]}\ndiff --git a/x b/x\n+++ b/x\n@@\n{key()}".encode()
    assert from_log(text) == [(None, None)]


# --- trees --------------------------------------------------------------------------------------


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Files, folders, and what must be left alone."""
    tree = tmp_path / "tree"
    for name in ("b/2.txt", "b/1.bin", "a.txt", "node_modules/x/y.js", "c/d/e/f"):
        path = tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{name} {key()}\n")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text(key())
    (tree / "link").symlink_to(outside)
    (tree / "file-link").symlink_to(outside / "secret")
    (tree / "loop").symlink_to(tree)
    (tree / "dangling").symlink_to("nowhere")
    os.mkfifo(tree / "pipe")
    return tree


def below(tree: Path, **options: object) -> list[str]:
    seen = scan.places([tree], **options)  # type: ignore[arg-type]
    return [str(Path(one[0]).relative_to(tree)) for one in seen if not isinstance(one, Unread)]


ALL = ["a.txt", "b/1.bin", "b/2.txt", "c/d/e/f", "node_modules/x/y.js"]


@pytest.mark.skipif(sys.platform == "win32", reason="links and pipes of Unix")
def test_a_tree_is_searched_in_order_and_not_left(tree: Path) -> None:
    """No link leads out or in circles, no pipe keeps us waiting."""
    assert below(tree) == ALL


@pytest.mark.parametrize(
    ("globs", "left"),
    [
        (["node_modules"], ALL[:4]),
        (["node_modules/"], ALL[:4]),
        (["*.txt", "y.js"], ["b/1.bin", "c/d/e/f"]),
        (["b/*"], ["a.txt", "c/d/e/f", "node_modules/x/y.js"]),
        (["c/d/e"], ["a.txt", "b/1.bin", "b/2.txt", "node_modules/x/y.js"]),
        (["d/e"], ALL),
        (["[ab]*"], ["c/d/e/f", "node_modules/x/y.js"]),
    ],
)
def test_globs_leave_out_names_and_paths(tree: Path, globs: list[str], left: list[str]) -> None:
    assert below(tree, exclude=globs) == left


def test_a_link_that_was_named_is_followed(tree: Path) -> None:
    assert below(tree / "link") == ["secret"]
    [(path, _)] = scan.places([tree / "file-link"])  # type: ignore[misc]
    assert path == str(tree / "file-link")


def test_what_cannot_be_read_is_said(tree: Path, tmp_path: Path) -> None:
    missing, device = tmp_path / "missing", Path("/dev/null")
    seen = list(scan.walk([os.fsencode(p) for p in (missing, device, tree / "a.txt")]))
    assert seen[:2] == [
        Unread(os.fsencode(missing), "no such file or directory"),
        Unread(os.fsencode(device), "neither a file nor a folder"),
    ]
    assert isinstance(seen[2], Seen)
    assert seen[2].named


def test_what_goes_meanwhile_is_no_failure(tree: Path) -> None:
    """A build removes files while we look: that is not for anyone to mend."""
    seen = list(scan.walk([os.fsencode(tree)]))
    (tree / "a.txt").unlink()
    (tree / "b" / "1.bin").unlink()
    (tree / "b" / "1.bin").symlink_to(tree / "b" / "2.txt")
    scanner = Scanner()
    found = [
        scan.scan_file(scanner, one.path, follow=one.named) for one in seen if isinstance(one, Seen)
    ]
    assert [None if one is None else len(one) for one in found] == [None, None, 1, 1, 1]


def test_the_kernels_answers_are_no_files() -> None:
    """`detect /` does not read /proc and /sys."""
    folders = [entry.name for entry in os.scandir("/") if entry.name not in ("proc", "sys")]
    left = Excluded(folders)
    seen = [one.path for one in scan.walk([b"/"], excluded=left)]
    assert not [path for path in seen if path.startswith((b"/proc/", b"/sys/"))]


def test_deep_folders_take_no_stack(tmp_path: Path) -> None:
    here = str(tmp_path)
    for _ in range(1200):
        here += "/d"
        os.mkdir(here)  # noqa: PTH102 - a Path's own functions take the stack
    with open(f"{here}/key", "w") as file:  # noqa: PTH123 - as above
        file.write(key())
    assert len(list(scan.places([str(tmp_path)]))) == 1
    os.unlink(f"{here}/key")  # noqa: PTH108 - as above, and for pytest, which removes its folders
    while here != str(tmp_path):
        os.rmdir(here)  # noqa: PTH106 - as above
        here = here.rpartition("/")[0]
