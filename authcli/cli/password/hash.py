"""`authcli password hash`."""

from __future__ import annotations

from authcli.cli._common import command, new_single
from authcli.cli._options import FailFast, Jobs, Lines
from authcli.cli._run import Run
from authcli.cli.password._costs import (
    BlockSize,
    Cost,
    Iterations,
    Lanes,
    LogN,
    Memory,
    Rounds,
    SchemeName,
)
from authcli.cli.password._lines import Columns, TableForm
from authcli.cli.password._options import HashPolicyFile, Normalize, PasswordSource

app = new_single()


@command(app)
def hash(
    run: Run,
    *,
    source: PasswordSource = None,
    scheme: SchemeName = None,
    memory: Memory = None,
    iterations: Iterations = None,
    lanes: Lanes = None,
    cost: Cost = None,
    rounds: Rounds = None,
    log_n: LogN = None,
    block_size: BlockSize = None,
    policy: HashPolicyFile = None,
    normalize: Normalize = "nfc",
    lines: Lines = False,
    table: TableForm = None,
    columns: Columns = None,
    jobs: Jobs = None,
    fail_fast: FailFast = False,
) -> None:
    """Hash a password.

    Examples:
      authcli password hash
      printf %s "$PW" | authcli password hash --scheme bcrypt --cost 13
      authcli password hash env:PW --memory 128MiB --iterations 3 --lanes 2
      authcli password hash keychain:backup --policy policy.toml --json
      authcli password hash --lines @users.csv > hashes.txt

    The password is asked for twice on a terminal; or it comes from a source, less
    one line break at its end. argon2id takes 64 MiB, 3 iterations and 4 lanes (RFC
    9106, second choice); `authcli password tune` finds what this machine can bear.
    Text is hashed in Unicode's NFC; nothing is ever cut: bcrypt refuses more than
    72 bytes.
    """
    from authcli import passwords
    from authcli.cli._output import emit
    from authcli.cli.password import _costs, _reading
    from authcli.cli.password._computing import computed

    wanted = _reading.read_hash_policy(policy)
    flags = _costs.CostFlags(memory, iterations, lanes, cost, rounds, log_n, block_size)
    name = scheme or wanted.scheme
    chosen = _costs.cost_of(name, flags)
    if name == wanted.scheme:
        chosen = {**wanted.cost, **chosen}
    form = _reading.normalization_named(normalize)
    if lines or table or columns or jobs is not None or fail_fast:
        from authcli.cli.password._bulk import Many, hash_lines

        many = Many(table, columns, jobs, fail_fast)
        if not lines:
            return many.refuse()
        return hash_lines(run, source, many, scheme=name, cost=chosen, normalization=form)
    password = _reading.read_password(run, source, setting=True)
    options = _costs.as_options(chosen)
    made = computed(lambda: passwords.hash(password, scheme=name, normalization=form, **options))
    settled = _costs.settled(name, chosen)
    _costs.warn_findings(run, settled.findings(wanted))
    facts = {"hash": made, "scheme": settled.scheme, "cost": settled.cost}
    return emit(run, facts, plain=made)
