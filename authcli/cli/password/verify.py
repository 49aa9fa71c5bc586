"""`authcli password verify`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import FailFast, Jobs, Lines
from authcli.cli._run import Run
from authcli.cli.password._lines import Columns, TableForm
from authcli.cli.password._options import (
    HashArgument,
    HashPolicyFile,
    MaxMemory,
    MaxSeconds,
    Normalize,
    PasswordSource,
)

app = new_single()


@command(app)
def verify(
    run: Run,
    *,
    hash: HashArgument = None,
    source: PasswordSource = None,
    rehash: Annotated[
        bool, typer.Option("--rehash", help="Print a new hash where this one is outdated.")
    ] = False,
    policy: HashPolicyFile = None,
    max_memory: MaxMemory = None,
    max_seconds: MaxSeconds = None,
    normalize: Normalize = "nfc",
    lines: Lines = False,
    table: TableForm = None,
    columns: Columns = None,
    jobs: Jobs = None,
    fail_fast: FailFast = False,
) -> None:
    """Say whether a password has this hash.

    Examples:
      authcli password verify '$2b$12$…'
      printf %s "$PW" | authcli password verify env:STORED_HASH
      NEW=$(authcli password verify @hash.txt env:PW --rehash)
      authcli password verify --lines @users.csv > good-users.txt
      authcli password verify --lines @.htpasswd env:GUESS

    A hash names its own cost, so it is bounded before anything is computed. In a pipe
    nothing is printed: the exit code is the answer. With --rehash the new hash is,
    where the policy wants one, and nothing where the old one may stay.

    Exit codes: 0 it does, 3 it does not, or no password can, 2 no hash, or too costly.
    """
    from authcli.cli.password import _reading, _verdict

    wanted = _reading.read_hash_policy(policy)
    limits = _reading.limits_of(max_memory, max_seconds)
    form = _reading.normalization_named(normalize)
    if lines or table or columns or jobs is not None or fail_fast:
        from authcli.cli.password._bulk import Many, verify_lines

        many = Many(table, columns, jobs, fail_fast)
        if not lines:
            return many.refuse()
        return verify_lines(
            run,
            hash,
            many,
            password=None if source is None else _reading.read_password(run, source),
            policy=wanted,
            limits=limits,
            normalization=form,
            single={"--rehash": rehash},
        )
    asked = _verdict.Asked(wanted, limits, form, rehash)
    return _verdict.emit_verdict(run, _reading.read_hash(run, hash, piped=False), source, asked)
