"""Every error that authcli raises.

    AuthError
    ├── InvalidInput            what was given cannot be used
    │   ├── InvalidTime             an instant or a duration
    │   ├── InvalidEncoding         base64url, UTF-8 or JSON that its standard forbids
    │   ├── InvalidClaim            a claim, or the grammar it was written in
    │   ├── InvalidConfig           a configuration file or a setting
    │   ├── HashUnusable            a password's hash of no scheme that is computed, or too costly
    │   │   └── HashMalformed           no hash, or not a whole one
    │   └── KeyUnusable
    │       ├── KeyMalformed            no key, or one that its format forbids
    │       ├── KeyInconsistent         parts that contradict each other
    │       ├── KeyWeak                 too short, or of a known-weak kind
    │       ├── KeyWrong                a sound key of the wrong type or half for this
    │       └── PassphraseNeeded        encrypted, and no or a wrong passphrase
    ├── Rejected                a check ran and says no: not genuine, malformed, unknown
    │   └── TokenRejected, ApiKeyRejected, PasswordMismatch, CodeMismatch
    ├── Revoked                 genuine, and revoked or disabled
    │   └── TokenRevoked, ApiKeyRevoked
    ├── Expired                 genuine, and its time is over or has not begun
    │   └── TokenExpired, ApiKeyExpired
    ├── Denied                  genuine, but not for this: issuer, scope, address, rate …
    │   └── TokenDenied, ApiKeyDenied
    ├── TokenRefused            all four of a token; `report` lists every check
    ├── ApiKeyRefused           all four of an API key; `key` is whose it is, where it is known
    ├── NotFound                a named thing does not exist
    ├── Conflict                exists already, or changed meanwhile
    ├── Due                     asked for and true: something is about to expire
    └── Unavailable             a store, a keychain, an optional package; NetworkUnavailable

Each says what is wrong in one sentence, carries a stable `code`, a `hint` and its evidence, and
never holds a secret. Exit codes are the command line's affair: `authcli.cli._errors`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from authcli.apikeys.model import Holder
    from authcli.tokens.report import Report

# fmt: off
__all__ = [
    "ApiKeyDenied", "ApiKeyExpired", "ApiKeyRefused", "ApiKeyRejected", "ApiKeyRevoked",
    "AuthError", "CodeMismatch", "Conflict", "Denied", "Due", "Expired", "HashMalformed",
    "HashUnusable", "InvalidClaim", "InvalidConfig", "InvalidEncoding", "InvalidInput",
    "InvalidTime", "KeyInconsistent", "KeyMalformed", "KeyUnusable", "KeyWeak", "KeyWrong",
    "NetworkUnavailable", "NotFound", "PassphraseNeeded", "PasswordMismatch", "Rejected", "Revoked",
    "TokenDenied", "TokenExpired", "TokenRefused", "TokenRejected", "TokenRevoked", "Unavailable",
]
# fmt: on


class AuthError(Exception):
    """The base of all of them.

    Args:
        message: what is wrong, one sentence without a full stop, never a secret.
        hint: what to do next, preferably the command to type.
        code: the stable dotted name; each class has a default.
    """

    default_code: ClassVar[str] = "failure"

    def __init__(self, message: str, *, hint: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code or self.default_code


class InvalidInput(AuthError):
    """What was given cannot be used: an option, a file, a value."""

    default_code = "usage"


class InvalidTime(InvalidInput):
    """An instant or a duration that cannot be read."""

    default_code = "time.invalid"


class InvalidEncoding(InvalidInput):
    """Bytes that are not the base64url, UTF-8 or JSON they should be."""

    default_code = "encoding.invalid"


class InvalidClaim(InvalidInput):
    """A claim that cannot be minted, or a claim argument that cannot be read."""

    default_code = "claim.invalid"


class InvalidConfig(InvalidInput):
    """A configuration file, an environment variable or a profile that cannot be used."""

    default_code = "config.invalid"


class HashUnusable(InvalidInput):
    """A password's hash that is not computed: of another scheme, or at too high a cost."""

    default_code = "password.hash-unsupported"


class HashMalformed(HashUnusable):
    """Not a password's hash, or not a whole one; never the same as a wrong password."""

    default_code = "password.hash-malformed"


class KeyUnusable(InvalidInput):
    """A key that cannot be used at all."""

    default_code = "key.unusable"


class KeyMalformed(KeyUnusable):
    """Not a key, or a key that its format forbids."""

    default_code = "key.malformed"


class KeyInconsistent(KeyUnusable):
    """A key whose parts contradict each other, or a point that is not on its curve."""

    default_code = "key.inconsistent"


class KeyWeak(KeyUnusable):
    """A key too short for its algorithm, or of a known-weak kind."""

    default_code = "key.weak"


class KeyWrong(KeyUnusable):
    """A sound key, but of the wrong type, half, algorithm or use for what was asked."""

    default_code = "key.wrong"


class PassphraseNeeded(KeyUnusable):
    """An encrypted key, and no passphrase or a wrong one."""

    default_code = "key.passphrase"


class Rejected(AuthError):
    """A check ran and says no: what was shown is malformed, forged or unknown."""

    default_code = "rejected"


class PasswordMismatch(Rejected):
    """The password does not have this hash, or no password can."""

    default_code = "password.mismatch"


class CodeMismatch(Rejected):
    """A one-time or recovery code that is wrong, malformed, or was used before."""

    default_code = "code.mismatch"


class Revoked(AuthError):
    """Genuine, and revoked or disabled."""

    default_code = "revoked"


class Expired(AuthError):
    """Genuine, but expired or not yet valid."""

    default_code = "expired"


class Denied(AuthError):
    """Genuine, but not for what was asked."""

    default_code = "denied"


class TokenRefused(AuthError):
    """A verdict on a token, with every check that led to it.

    Attributes:
        report: every check with pass, fail or skipped, and the token as it was read.
    """

    default_code = "token.refused"

    def __init__(
        self, message: str, *, report: Report, hint: str | None = None, code: str | None = None
    ) -> None:
        super().__init__(message, hint=hint, code=code)
        self.report = report


class TokenRejected(TokenRefused, Rejected):
    """Not genuine: malformed, tampered with, or signed by a key that is not known."""

    default_code = "token.rejected"


class TokenRevoked(TokenRefused, Revoked):
    """Genuine, and revoked."""

    default_code = "token.revoked"


class TokenExpired(TokenRefused, Expired):
    """Genuine, but expired or not yet valid."""

    default_code = "token.expired"


class TokenDenied(TokenRefused, Denied):
    """Genuine, but not for this issuer, audience, subject, type or scope."""

    default_code = "token.denied"


class ApiKeyRefused(AuthError):
    """A verdict on an API key.

    Attributes:
        key: whose key it is; None where it is not known to be anybody's.
    """

    default_code = "apikey.refused"

    def __init__(
        self,
        message: str,
        *,
        key: Holder | None = None,
        hint: str | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint, code=code)
        self.key = key


class ApiKeyRejected(ApiKeyRefused, Rejected):
    """Malformed, mistyped, or not one of ours."""

    default_code = "apikey.unknown"


class ApiKeyRevoked(ApiKeyRefused, Revoked):
    """One of ours, and revoked or disabled."""

    default_code = "apikey.revoked"


class ApiKeyExpired(ApiKeyRefused, Expired):
    """One of ours, but expired, superseded or not yet valid."""

    default_code = "apikey.expired"


class ApiKeyDenied(ApiKeyRefused, Denied):
    """One of ours, but not from this address, for this scope, or so often."""

    default_code = "apikey.denied"


class NotFound(AuthError):
    """A named thing (a kid, a profile, a help topic) does not exist."""

    default_code = "not-found"


class Conflict(AuthError):
    """Something exists already and would be overwritten, or changed meanwhile."""

    default_code = "conflict"


class Due(AuthError):
    """What was asked about is due: `--min-ttl`, `--check`, `expiring`."""

    default_code = "due"


class Unavailable(AuthError):
    """A store, a keychain, the network or an optional package is not there."""

    default_code = "unavailable"


class NetworkUnavailable(Unavailable):
    """A URL that could not be fetched within its limits."""

    default_code = "network.unavailable"
