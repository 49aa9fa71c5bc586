"""`authcli password htpasswd verify`."""

from __future__ import annotations

from authcli.cli._common import command, new_single
from authcli.cli._run import Run
from authcli.cli.password._options import HashPolicyFile, MaxMemory, MaxSeconds, PasswordSource
from authcli.cli.password.htpasswd._options import HtpasswdFile, HtpasswdUser

app = new_single()


@command(app)
def verify(
    run: Run,
    *,
    file: HtpasswdFile,
    user: HtpasswdUser,
    source: PasswordSource = None,
    policy: HashPolicyFile = None,
    max_memory: MaxMemory = None,
    max_seconds: MaxSeconds = None,
) -> None:
    """Say whether a password is a user's.

    Examples:
      authcli password htpasswd verify .htpasswd alice
      printf %s "$PW" | authcli password htpasswd verify .htpasswd alice
      authcli password htpasswd verify .htpasswd alice env:PW --json

    Understands what servers do and more: bcrypt, apr1, {SHA}, crypt(3), argon2id. A
    user who is not there is answered as a wrong password is, after as long. In a pipe
    nothing is printed: the exit code is the answer.

    Exit codes: 0 it is, 3 it is not, or there is no such user, 2 the file or the
    user's hash cannot be used.
    """
    from authcli.cli.password._reading import limits_of, read_hash_policy
    from authcli.cli.password.htpasswd._working import verify_user

    wanted = read_hash_policy(policy)
    verify_user(run, file, user, source, policy=wanted, limits=limits_of(max_memory, max_seconds))
