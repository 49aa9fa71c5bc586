"""`authcli password inspect`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import FailFast, Jobs, Lines
from authcli.cli._run import Run
from authcli.cli.password._lines import Columns, TableForm
from authcli.cli.password._options import HashArgument, HashPolicyFile

app = new_single()


@command(app)
def inspect(
    run: Run,
    *,
    hash: HashArgument = None,
    check: Annotated[
        bool, typer.Option("--check", help="Exit with 10 where the hash is outdated.")
    ] = False,
    policy: HashPolicyFile = None,
    lines: Lines = False,
    table: TableForm = None,
    columns: Columns = None,
    jobs: Jobs = None,
    fail_fast: FailFast = False,
) -> None:
    """Say what a hash is, and whether it is outdated.

    Examples:
      authcli password inspect '$2y$10$…'
      authcli password inspect env:STORED_HASH --field scheme
      authcli password inspect @hash.txt --check --policy policy.toml
      sudo cat /etc/shadow | authcli password inspect --lines > audit.jsonl

    Shows scheme, cost and lengths, what verifying takes, and what the policy says;
    neither salt nor digest. Nothing is computed. The default policy has OWASP's
    costs, and bcrypt's from 12.

    Exit codes: 0 a hash, 2 none, or of an unknown scheme, 3 the mark of an account
    without a password, 10 outdated, with --check.
    """
    from authcli.cli.password import _anatomy, _reading

    wanted = _reading.read_hash_policy(policy)
    if lines or table or columns or jobs is not None or fail_fast:
        from authcli.cli.password._bulk import Many, inspect_lines

        many = Many(table, columns, jobs, fail_fast)
        if not lines:
            return many.refuse()
        return inspect_lines(run, hash, many, policy=wanted, check=check)
    text = _reading.read_hash(run, hash)
    return _anatomy.inspect_hash(run, text, policy=wanted, check=check)
