"""`--copy` with a real X server: what the clipboard holds, and for how long."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.harness import Cli
from tests.requirements import require


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """An X server without a screen, on a display number of its own choice."""
    server, reading, writing = require("Xvfb"), *os.pipe()
    process = subprocess.Popen(
        [server, "-displayfd", str(writing), "-screen", "0", "64x64x8", "-nolisten", "tcp"],
        pass_fds=[writing],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    with os.fdopen(reading) as numbers:
        yield f":{numbers.readline().strip()}"
    process.terminate()
    process.wait()


@pytest.fixture(params=["xclip", "xsel"])
def desktop(cli: Cli, display: str, request: pytest.FixtureRequest, tmp_path: Path) -> Cli:
    """The command on a desktop where one clipboard tool is installed."""
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / request.param).symlink_to(require(request.param))
    cli.env |= {"DISPLAY": display, "PATH": str(tools)}
    return cli


def clipboard(desktop: Cli) -> str:
    folder = Path(desktop.env["PATH"])
    tool = next(folder.iterdir())
    asks = {"xclip": ["-o", "-selection", "clipboard"], "xsel": ["-bo"]}[tool.name]
    return subprocess.run(
        [tool, *asks], capture_output=True, text=True, env=desktop.environment(), timeout=10
    ).stdout


def put(desktop: Cli, text: str) -> None:
    tool = next(Path(desktop.env["PATH"]).iterdir())
    takes = {"xclip": ["-selection", "clipboard"], "xsel": ["-bi"]}[tool.name]
    subprocess.run(
        [tool, *takes],
        input=text,
        text=True,
        env=desktop.environment(),
        stdout=subprocess.DEVNULL,
        timeout=10,
    )


def copied(desktop: Cli, *words: str) -> str:
    """What a command put on the clipboard; xsel returns before its process took the selection."""
    before = clipboard(desktop)
    result = desktop(*words)
    assert (result.code, result.out) == (0, "")
    until = time.monotonic() + 10
    while clipboard(desktop) == before and time.monotonic() < until:
        time.sleep(0.05)
    assert clipboard(desktop) not in result.err
    return clipboard(desktop)


def holds(desktop: Cli, text: str, *, within_seconds: float) -> bool:
    until = time.monotonic() + within_seconds
    while clipboard(desktop) != text and time.monotonic() < until:
        time.sleep(0.05)
    return clipboard(desktop) == text


def test_a_secret_goes_to_the_clipboard_and_not_to_stdout(desktop: Cli) -> None:
    assert len(copied(desktop, "key", "secret", "--copy")) == 43


def test_it_says_how_long_the_clipboard_holds_it(desktop: Cli) -> None:
    result = desktop("key", "secret", "--copy")
    assert result.err == "note: copied to the clipboard; cleared after 45 s\n"


def test_a_token_on_the_clipboard_verifies(desktop: Cli) -> None:
    token = copied(desktop, "jwt", "mint", "--sub", "alice", "--copy", "--json")
    assert desktop("jwt", "verify", stdin=token).code == 0


def test_the_clipboard_is_cleared_when_its_time_is_over(desktop: Cli) -> None:
    copied_for(desktop, seconds=2)
    assert holds(desktop, "the secret", within_seconds=1)
    assert holds(desktop, "", within_seconds=10)


def test_what_was_copied_meanwhile_stays(desktop: Cli) -> None:
    copied_for(desktop, seconds=1)
    put(desktop, "something else")
    time.sleep(2)
    assert clipboard(desktop) == "something else"


def copied_for(desktop: Cli, *, seconds: int) -> None:
    """Copy as the command does, with less time to wait."""
    program = (
        "import sys; from authcli.cli._clipboard import copy\n"
        "assert copy('the secret', clear_after_seconds=int(sys.argv[1]))\n"
    )
    subprocess.run(
        [sys.executable, "-P", "-c", program, str(seconds)],
        env=desktop.environment(),
        check=True,
        timeout=30,
    )


def test_without_a_tool_the_exit_code_is_9_and_nothing_is_printed(cli: Cli) -> None:
    cli.env |= {"PATH": str(cli.home), "DISPLAY": ":0"}
    result = cli("key", "secret", "--copy")
    assert (result.code, result.out) == (9, "")
    assert result.err.startswith("error: there is no clipboard tool here\nhint: ")


@pytest.mark.parametrize("tool", ["xclip", "xsel"])
def test_without_a_display_the_exit_code_is_9_and_nothing_is_printed(cli: Cli, tool: str) -> None:
    (cli.home / tool).symlink_to(require(tool))
    cli.env |= {"PATH": str(cli.home), "DISPLAY": ":987"}
    result = cli("key", "secret", "--copy")
    assert (result.code, result.out) == (9, "")
    assert result.err == f"error: {tool} failed; nothing was copied\n"
