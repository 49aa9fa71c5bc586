"""Have I Been Pwned's list: found by halving, in one file or a folder, SHA-1 or NTLM."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authcli import passwords
from authcli.errors import InvalidInput
from authcli.passwords.breaches import times_seen

#: MD4 of "password" in UTF-16, as Windows has it.
NT_PASSWORD = "8846F7EAEE8FB117AD06BDD830B7586C"


def sha1(text: str) -> str:
    return hashlib.sha1(text.encode()).hexdigest().upper()


def listed(path: Path, rows: dict[str, int], *, end: str = "\r\n") -> Path:
    text = end.join(f"{hash}:{count}" for hash, count in sorted(rows.items()))
    path.write_bytes((text + end).encode())
    return path


@settings(max_examples=40)
@given(st.sets(st.integers(0, 1 << 20), min_size=1, max_size=60), st.booleans())
def test_what_is_in_the_list_is_found_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, numbers: set[int], windows: bool
) -> None:
    path = tmp_path_factory.mktemp("list") / "pwned.txt"
    rows = {sha1(str(number)): number + 1 for number in numbers}
    listed(path, rows, end="\r\n" if windows else "\n")
    if not windows:
        path.write_bytes(path.read_bytes().rstrip())  # no line break at the end
    for number in numbers:
        assert times_seen(str(number), path) == number + 1
        assert times_seen(f"x{number}", path) == 0


def test_ntlm_lists_are_recognised(tmp_path: Path) -> None:
    path = listed(tmp_path / "ntlm.txt", {NT_PASSWORD: 7, "0" * 32: 1, "F" * 32: 1})
    assert times_seen("password", path) == 7
    assert times_seen("Password", path) == 0


def test_lists_without_counts_and_in_lower_case_serve(tmp_path: Path) -> None:
    path = tmp_path / "plain.txt"
    path.write_text("\n".join(sorted(sha1(word).lower() for word in "abc")))
    assert times_seen("b", path) == 1
    assert times_seen("d", path) == 0


def test_a_folder_of_ranges_serves(tmp_path: Path) -> None:
    hash = sha1("password")
    (tmp_path / f"{hash[:5]}.txt").write_text(f"{'0' * 35}:1\r\n{hash[5:]}:12\r\n")
    assert times_seen("password", tmp_path) == 12
    (tmp_path / f"{NT_PASSWORD[:5]}.txt").write_text(f"{NT_PASSWORD[5:]}:9\n")
    (tmp_path / f"{hash[:5]}.txt").unlink()
    assert times_seen("password", tmp_path) == 9
    with pytest.raises(InvalidInput, match="no file for this password's range") as refused:
        times_seen("other", tmp_path)
    assert refused.value.code == "password.breach-file"


@pytest.mark.skipif(sys.platform != "linux", reason="/proc/self/io")
def test_a_list_of_any_size_is_not_read_whole(tmp_path: Path) -> None:
    """200,000 lines, of which some 60 pieces of 512 bytes are looked at."""
    rows = sorted(hashlib.sha1(b"%d" % n).hexdigest().upper() for n in range(200_000))
    path = tmp_path / "large.txt"
    path.write_text("\n".join(f"{hash}:3" for hash in rows))

    def read_bytes() -> int:
        return int(Path("/proc/self/io").read_text().split()[1])

    times_seen("warm", path)
    before = read_bytes()
    assert times_seen("77777", path) == 3
    assert read_bytes() - before < 60_000 < path.stat().st_size / 100


@pytest.mark.parametrize(
    "content",
    [
        "",
        "hello\n",
        "\0" * 10_000,
        f"{'A' * 39}:1\n",
        "x" * 5000,
        "".join(f"{sha1(str(n))}:1\n" for n in range(500)),  # by nothing
        "\n" * 100,
    ],
)
def test_what_is_no_sorted_list_is_refused_and_never_a_no(tmp_path: Path, content: str) -> None:
    path = tmp_path / "list.txt"
    path.write_text(content)
    with pytest.raises(InvalidInput) as refused:
        times_seen("password", path)
    assert refused.value.code == "password.breach-file"


def test_a_count_that_is_none_is_refused(tmp_path: Path) -> None:
    hash = sha1("password")
    (tmp_path / f"{hash[:5]}.txt").write_text(f"{'0' * 35}:1\n{hash[5:]}:many\n")
    with pytest.raises(InvalidInput, match="not HASH:COUNT"):
        times_seen("password", tmp_path)


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InvalidInput, match="no regular file") as refused:
        times_seen("password", tmp_path / "pipe")
    assert refused.value.code == "password.breach-file"


def test_what_no_file_can_hold_is_refused(tmp_path: Path) -> None:
    for path in (None, listed(tmp_path / "p.txt", {"F" * 40: 1})):
        with pytest.raises(InvalidInput) as refused:
            passwords.check("half a character: \ud800", breached=path)
        assert refused.value.code == "password.not-text"


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="No such file"):
        passwords.check("password", breached=tmp_path / "none.txt")


def test_a_leaked_password_is_refused_however_strong_it_looks(tmp_path: Path) -> None:
    path = listed(tmp_path / "p.txt", {sha1("stapler-unkempt-gravity"): 1234, "F" * 40: 1})
    strength = passwords.check("stapler-unkempt-gravity", breached=path)
    assert (strength.score, strength.accepted, strength.times_breached) == (0, False, 1234)
    assert [finding.message for finding in strength.findings] == ["it was in breaches 1,234 times"]
    assert passwords.check("stapler-unkempt-walnut", breached=path).times_breached == 0
