"""`authcli key public`."""

from __future__ import annotations

from authcli.cli._common import command, new_single
from authcli.cli._options import Passphrase
from authcli.cli._run import Run
from authcli.cli.key._options import KeyArgument, KeyFormat

app = new_single()


@command(app)
def public(
    run: Run,
    *,
    key: KeyArgument = None,
    key_format: KeyFormat = None,
    passphrase: Passphrase = None,
) -> None:
    """Write the public half of a key, or of every key of a set.

    Examples:
      authcli key public key.pem
      authcli key public key.pem --format jwks -o jwks.json
      authcli key public cert.pem --format openssh
    """
    from authcli.cli._input import key_source, read_keys
    from authcli.cli.key._writing import chosen_format, emit_key, emit_set

    found = read_keys(run, key_source(key), passphrase=passphrase).keys
    halves = [one.public() for one in found]
    if found.sole is not None:
        emit_key(run, halves[0], format=chosen_format(halves[0], key_format, run.output))
    else:
        emit_set(run, halves, format=key_format)
