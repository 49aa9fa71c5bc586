"""The targets of the fuzzer over their seeds, over changed seeds, and over all that was found."""

from __future__ import annotations

import base64
import subprocess
import sys
from pathlib import Path

import pytest

from authcli.encoding import base64url_decode
from tests import requirements
from tests.fuzz import __main__ as command
from tests.fuzz.findings import FINDINGS
from tests.fuzz.judging import Finding, judged
from tests.fuzz.model import Target, attempt, promise
from tests.fuzz.mutations import mutations
from tests.fuzz.targets import TARGETS

#: Changed seeds of each target; of those whose every run is milliseconds, fewer.
_COUNT = 300
_FEWER = {"sealed-key": 12, "key": 150, "backup": 100, "otp-picture": 60}


def _shown(name: str, found: Finding | None) -> str:
    again = base64.b64encode(found.data).decode() if found else ""
    return f"{found.detail}\npython -m tests.fuzz --try {name} {again}" if found else ""


@pytest.mark.parametrize("name", TARGETS)
def test_no_reader_breaks_its_promises(name: str) -> None:
    """Only errors of authcli come out, soon and in bounds; what reads is read one way."""
    target = TARGETS[name]
    seeds = [*target.seeds()]
    changed = mutations(seeds, words=target.words, count=_FEWER.get(name, _COUNT), seed=7)
    for data in (*seeds, *FINDINGS.get(name, ()), *changed):
        found = judged(target, data)
        assert found is None, _shown(name, found)


def test_findings_are_of_targets() -> None:
    assert FINDINGS.keys() <= TARGETS.keys()


def test_an_exception_is_a_finding() -> None:
    """Of any kind but the errors of authcli's, which `attempt` takes; and with the place."""

    def broken(data: bytes) -> None:
        promise(attempt(base64url_decode, data) is None, "nothing is read")
        promise(not data, "nothing is there")

    found = judged(Target(broken, tuple), b"!")
    assert found is not None
    assert found.kind.startswith("BrokenPromise at fuzz/")
    assert found.data == b"!"
    assert judged(Target(broken, tuple), b"=") is not None
    assert judged(Target(lambda data: None, tuple), b"!") is None


def test_much_memory_and_much_time_are_findings() -> None:
    """In a process of its own, whose peak is not that of other tests."""
    code = """
from tests.fuzz import judging
from tests.fuzz.model import Target
print(judging.judged(Target(lambda data: data * (256 << 20) and None, tuple), b"x").kind)
judging.MAX_SECONDS = 0.0
print(judging.judged(Target(lambda data: None, tuple), b"x").kind)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=command.ROOT, capture_output=True)
    assert done.stdout.split() == [b"memory", b"slow"], done.stderr


def test_one_input_is_tried_again(capsys: pytest.CaptureFixture[str]) -> None:
    """`--try` is what a finding says; its exit code is the verdict."""
    assert command.main(["--try", "json", base64.b64encode(b"{}").decode()]) == 0
    assert capsys.readouterr().out == "nothing is wrong\n"


def test_corpora_stay_out_of_the_repository() -> None:
    with pytest.raises(SystemExit):
        command.main(["json", "--corpus", str(Path(__file__).parent / "corpus")])


def test_without_atheris_one_line_says_how_to_get_it() -> None:
    code = "import sys; sys.modules['atheris'] = None; import tests.fuzz.__main__ as m"
    code += "; sys.exit(m.main(['json', '--seconds', '1']))"
    done = subprocess.run([sys.executable, "-c", code], cwd=command.ROOT, capture_output=True)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == b"fuzzing needs atheris, which is for Linux: pip install atheris\n"


def test_a_target_is_fuzzed_in_a_process_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """For real, for a second; the corpus stays where it was asked for."""
    requirements.require_package("atheris")
    assert command.main(["base62", "--seconds", "1", "--corpus", str(tmp_path)]) == 0
    assert capsys.readouterr().out.startswith("base62 ")
    assert [*(tmp_path / "base62" / "corpus").iterdir()]
