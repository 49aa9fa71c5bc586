"""The `authcli` command.

The root knows its groups by name and one line of help; a group's module, and the libraries
behind it, are imported when that group is named on the command line and not before. A group is a
package, a verb a module; what they share has a leading underscore:

    _command   Typer's command and group, made ours     _common   the flags of every command
    _run       one invocation's flags                   _options  options that two commands share
    _root      every end becomes an exit code           _errors   the codes, and their mapping
    _input     keys, passphrases, tokens                _sources, _reading, _prompt, _claims
    _output    the only writer of stdout                _secret_output, _clipboard, _text
    _delivery  what would keep a result from its place  _writing, _signals
    _store     which store, whose root keys             _trying   a dry run that is exact
    _managed   managed signing keys                     _revocation, _deny_list, _stale_marks
    _accounts  accounts of one-time codes               _account_flags, _codes, _shown_codes
    _keychain  where secrets of `keychain:` are         _expiring  what expires, of all kinds
    _listing   lists of any length
    _bulk      many items, and the exit code of all     _bulk_form, _feed, _workers, _progress
    _moments   instants, typed, as JSON, for people     _times, _calendar
    _findings  what a reader noticed                    _refusal  a verdict that says no
    _messages  what is said on stderr                   _key_text  what nobody may see there
    _devkey    the key where none was named             _recognise  what was pasted
    _complete  what TAB offers                          _candidates, _shells, _tree
    _config    settings, flags and files                _settings, _places, _folders, _trust
"""

from __future__ import annotations

import signal
import sys
from typing import Annotated

import typer

from authcli import __version__
from authcli.cli._common import new_group
from authcli.cli._root import run

__all__ = ["GROUPS", "app", "main"]

#: Name -> its line in `authcli --help`; `authcli.cli.<name>` is imported when it is named.
GROUPS = {
    "key": "Generate, inspect, convert and lint keys.",
    "jwt": "Mint, decode, verify, edit and compare JSON Web Tokens.",
    "jws": "Sign and verify any payload: webhooks, files.",
    "password": "Hash, verify, judge and generate passwords; htpasswd.",
    "totp": "Make, show and verify one-time codes; QR codes, imports.",
    "hotp": "Show and verify one-time codes that are counted.",
    "apikey": "Issue, verify, rotate, revoke and find API keys.",
    "jwks": "Manage signing keys: rotate, publish, compromise, serve.",
    "expiring": "Say what expires soon; exit code 10 when something does.",
    "keychain": "Keep secrets in the system's keychain, or an encrypted file.",
    "doctor": "Find what is wrong with this installation, and how to mend it.",
    "exec": "Run a command with fresh credentials in its environment.",
    "audit": "Show and verify the record of every change.",
    "store": "Set up, back up, migrate and copy the store.",
    "inspect": "Say what a token, a key, a hash or an otpauth URI is.",
    "config": "Show, check and trust configuration.",
    "completion": "Print the completion script of a shell.",
    "help": "Explain exit codes, sources, times, claims and errors.",
}

#: What people type who know another tool, or who type fast.
ALIASES = {
    "keys": "key",
    "token": "jwt",
    "tokens": "jwt",
    "apikeys": "apikey",
    "pw": "password",
    "passwords": "password",
    "otp": "totp",
}


def _print_version(wanted: bool) -> None:
    if wanted:
        from authcli.cli._output import write_text

        write_text(f"authcli {__version__}\n")
        raise typer.Exit


def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", "-V", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Keys, JSON Web Tokens, passwords, one-time codes and API keys at the command line.

    Examples:
      authcli jwt mint --sub alice -c role=admin
      authcli jwt inspect "$TOKEN"
      authcli jwt verify "$TOKEN" --key public.pem --aud api
      authcli key generate ES256 -o key.pem --public public.pem

    Topics: authcli help
    """


app = new_group(__name__, _root.__doc__ or "", members=GROUPS, aliases=ALIASES, callback=_root)


def main() -> int:
    """Run the command line with the process's arguments and return the exit code."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        # What nohup had ignored stays so, for `exec` and what it runs too.
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _end)  # as after Ctrl-C: nothing half-written stays behind
    return run(app, sys.argv[1:])


def _end(number: int, frame: object) -> None:
    raise SystemExit(128 + number)
