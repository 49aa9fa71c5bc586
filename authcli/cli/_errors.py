"""Exit codes, and the one mapping from the library's errors to them."""

from __future__ import annotations

from enum import IntEnum

from authcli import errors

__all__ = [
    "MEANINGS",
    "ExecFailed",
    "ExitCode",
    "LinesFailed",
    "NoProgram",
    "NotExecutable",
    "exit_code",
]


class ExitCode(IntEnum):
    """What a script may rely on; changed by addition only."""

    OK = 0
    FAILURE = 1
    USAGE = 2
    REJECTED = 3
    EXPIRED = 4
    REVOKED = 5
    DENIED = 6
    NOT_FOUND = 7
    CONFLICT = 8
    UNAVAILABLE = 9
    DUE = 10
    EXEC_FAILED = 125
    NOT_EXECUTABLE = 126
    NO_PROGRAM = 127
    HUNG_UP = 129
    INTERRUPTED = 130
    READER_GONE = 141
    TERMINATED = 143


MEANINGS = {
    ExitCode.OK: "done; yes; an empty list",
    ExitCode.FAILURE: "unexpected: a bug, a full disk",
    ExitCode.USAGE: "the command line, or the key, hash or file that it names, is unusable",
    ExitCode.REJECTED: "the check ran and says no: signature, password, malformed or unknown",
    ExitCode.EXPIRED: "genuine, but expired or not yet valid",
    ExitCode.REVOKED: "genuine, but revoked or disabled",
    ExitCode.DENIED: "genuine, but not for this: issuer, audience, subject, type, scope",
    ExitCode.NOT_FOUND: "a named thing (key id, user, profile) does not exist",
    ExitCode.CONFLICT: "exists already, would overwrite, changed meanwhile",
    ExitCode.UNAVAILABLE: "store, keychain, network or optional dependency",
    ExitCode.DUE: "only where asked: expiring, doctor, --check, --min-ttl",
    ExitCode.EXEC_FAILED: "exec itself failed, also by its command line; else its program's code",
    ExitCode.NOT_EXECUTABLE: "the program that exec was to run is there, and cannot be run",
    ExitCode.NO_PROGRAM: "there is no program that exec was to run",
    ExitCode.HUNG_UP: "the terminal went away (SIGHUP)",
    ExitCode.INTERRUPTED: "interrupted (Ctrl-C)",
    ExitCode.READER_GONE: "the reader of stdout went away (quiet)",
    ExitCode.TERMINATED: "told to end (SIGTERM)",
}


class LinesFailed(errors.AuthError):
    """Some of many lines were bad; the worst of their exit codes stands for all of them."""

    default_code = "lines.failed"
    exit = ExitCode.REJECTED

    def __init__(self, message: str, *, exit: ExitCode) -> None:
        super().__init__(message)
        self.exit = exit


class ExecFailed(errors.AuthError):
    """`exec` could not run its program. As of env(1): its own codes are none that programs use."""

    default_code = "exec.failed"
    exit = ExitCode.EXEC_FAILED


class NotExecutable(ExecFailed):
    """The program is there, and cannot be run."""

    default_code = "exec.not-executable"
    exit = ExitCode.NOT_EXECUTABLE


class NoProgram(ExecFailed):
    """There is no such program."""

    default_code = "exec.not-found"
    exit = ExitCode.NO_PROGRAM


#: The first class of these that an error is an instance of decides.
_CODES: dict[type[BaseException], ExitCode] = {
    errors.InvalidInput: ExitCode.USAGE,
    errors.Rejected: ExitCode.REJECTED,
    errors.Revoked: ExitCode.REVOKED,
    errors.Expired: ExitCode.EXPIRED,
    errors.Denied: ExitCode.DENIED,
    errors.NotFound: ExitCode.NOT_FOUND,
    errors.Conflict: ExitCode.CONFLICT,
    errors.Due: ExitCode.DUE,
    errors.Unavailable: ExitCode.UNAVAILABLE,
}


def exit_code(error: BaseException, *, command: str = "") -> ExitCode:
    """Return the exit code for an error; what is not in the table is a failure.

    Args:
        error: what ended the command.
        command: its dotted name: what ends `exec` must not look like its program's own code.
    """
    if isinstance(error, LinesFailed | ExecFailed):
        return error.exit
    if command == "exec":
        return ExitCode.EXEC_FAILED
    return next((c for kind, c in _CODES.items() if isinstance(error, kind)), ExitCode.FAILURE)
