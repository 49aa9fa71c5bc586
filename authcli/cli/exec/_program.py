"""The program that is run: found before a credential is made, and waited for where need be.

Where nothing is left to be done afterwards, authcli becomes the program: there is no process in
between that could get in the way of signals or of the terminal. Where keys are to be revoked, it
stays: in the program's process group, so that the terminal is the program's as it would be
without us, and what the keyboard sends goes to both. What is sent to us alone is passed on.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from authcli.cli._errors import ExecFailed, NoProgram, NotExecutable

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.cli.exec._variables import Asked, Variable

__all__ = ["run_with"]

_PASSED_ON = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2")
#: What Python ignores, and programs do not expect to be ignored: `yes | head -1` would complain.
_PYTHONS = ("SIGPIPE", "SIGXFSZ")


def run_with(run: Run, words: list[str], variables: Sequence[Variable], wanted: Asked) -> int:
    """Run a program with the variables that are asked for; return its exit code, if we live.

    Args:
        run: the invocation.
        words: the program and its arguments.
        variables: what is to be set for it.
        wanted: the flags.

    Raises:
        NoProgram, NotExecutable: it cannot be run; no credential was made.
        AuthError: a credential cannot be had.
    """
    from authcli.cli.exec._api_keys import drafted
    from authcli.cli.exec._credentials import credentials

    program = _found(words[0])
    keys = drafted(run, variables, wanted)
    values = credentials(run, variables, wanted)
    environment = _environment(values)
    if keys is None and hasattr(os, "posix_spawn"):
        _become(program, words, environment)
    with _holding() as before:
        if keys is None:  # pragma: no cover - Windows
            return _call(program, words, environment)
        with keys.issued() as more:
            return _waited_for(program, words, environment | _encoded(more), before)


def _found(name: str) -> str:
    """Return the path of a program, looked for where a shell would.

    Raises:
        NoProgram, NotExecutable: as their names say.
    """
    folders = [""] if "/" in name else os.get_exec_path()
    found = [path for path in (Path(folder) / name for folder in folders) if path.is_file()]
    for path in found:
        if os.access(path, os.X_OK):
            return str(path)
    raise _cannot(name, PermissionError() if found else FileNotFoundError())


def _environment(values: dict[str, bytes]) -> dict[bytes, bytes]:
    """Return our own environment with more in it; ours stays as it is."""
    inherited = {os.fsencode(name): os.fsencode(value) for name, value in os.environ.items()}
    return inherited | _encoded(values)


def _encoded(values: dict[str, bytes]) -> dict[bytes, bytes]:
    return {name.encode("ascii"): value for name, value in values.items()}


def _become(program: str, words: list[str], environment: dict[bytes, bytes]) -> NoReturn:
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):
            stream.flush()
    for number in _numbers(_PYTHONS):
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execve(program, words, environment)  # noqa: S606  (no shell is what is wanted)
    except (OSError, ValueError) as error:
        raise _cannot(words[0], error, found=True) from None


@contextmanager
def _holding() -> Iterator[set[int]]:
    """Let the signals that we pass on wait; give those that waited before."""
    if not hasattr(signal, "pthread_sigmask"):  # pragma: no cover - Windows
        yield set()
        return
    held = {*_numbers(_PASSED_ON), signal.SIGCHLD}
    # Where a parent had it ignored, children vanish before they are waited for.
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, held)
    try:
        yield set(before)
    finally:
        while pending := signal.sigpending() & held:  # they were the program's
            signal.sigwait(pending)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _waited_for(
    program: str, words: list[str], environment: dict[bytes, bytes], before: set[int]
) -> int:
    """Start the program and return its exit code."""
    if early := signal.sigpending() & set(_numbers(_PASSED_ON)):  # nobody to pass it on to yet
        raise SystemExit(128 + min(early))
    try:
        child = os.posix_spawn(
            program, words, environment, setsigmask=before, setsigdef=_numbers(_PYTHONS)
        )
    except (OSError, ValueError) as error:
        raise _cannot(words[0], error, found=True) from None
    held = {*_numbers(_PASSED_ON), signal.SIGCHLD}
    while True:
        number, by_keyboard = _next_signal(held)
        if number != signal.SIGCHLD:
            if not by_keyboard:
                os.kill(child, number)
            continue
        found, status = os.waitpid(child, os.WNOHANG | os.WUNTRACED)
        if found and os.WIFSTOPPED(status):
            # The shell that waits for us has to see it, to offer `fg`.
            os.kill(os.getpid(), os.WSTOPSIG(status))
            os.kill(child, signal.SIGCONT)
        elif found:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def _next_signal(held: set[int]) -> tuple[int, bool]:
    """Wait for a signal; say too whether the keyboard sent it, to the program as well."""
    if hasattr(signal, "sigwaitinfo"):
        info = signal.sigwaitinfo(held)
        return info.si_signo, info.si_code > 0 and info.si_signo != signal.SIGCHLD
    number = signal.sigwait(held)  # pragma: no cover - macOS
    keyboard = number in (signal.SIGINT, signal.SIGQUIT) and _in_foreground()  # pragma: no cover
    return number, keyboard  # pragma: no cover


def _in_foreground() -> bool:  # pragma: no cover - macOS
    for descriptor in (0, 1, 2):
        with suppress(OSError):
            return os.tcgetpgrp(descriptor) == os.getpgrp()
    return False


def _call(
    program: str, words: list[str], environment: dict[bytes, bytes]
) -> int:  # pragma: no cover - Windows
    import subprocess

    texts = {os.fsdecode(name): os.fsdecode(value) for name, value in environment.items()}
    return subprocess.call([program, *words[1:]], env=texts)


def _numbers(names: Sequence[str]) -> list[int]:
    return [getattr(signal, name) for name in names if hasattr(signal, name)]


def _cannot(name: str, error: Exception, *, found: bool = False) -> ExecFailed:
    """Return why a program was not run, as env(1) tells it: 127 it is not there, 126 all else."""
    shown = ascii(name[:80])
    if isinstance(error, FileNotFoundError) and found:
        hint = "look at the first line of it: #!…"
        return NoProgram(f"{shown} names an interpreter that is not there", hint=hint)
    if isinstance(error, FileNotFoundError):
        hint = "what has a / in it is a path; the rest is looked for in PATH"
        return NoProgram(f"there is no command {shown}", hint=hint)
    reason = (getattr(error, "strerror", None) or "it is not executable").lower()
    hint = "chmod +x, if it is a program"
    if getattr(error, "errno", None) == errno.ENOEXEC:
        hint = "a script begins with a line that names its interpreter: #!/bin/sh"
    if getattr(error, "errno", None) == errno.E2BIG:
        hint = "a variable holds at most 128 KiB; let the command read the rest from a file"
    return NotExecutable(f"{shown} cannot be run: {reason}", hint=hint)
