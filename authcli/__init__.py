"""authcli: an auth toolkit, at the command line and as a library.

    authcli.keys      keys and key sets: generate, read, write, thumbprint, lint
    authcli.tokens    JSON Web Tokens: mint, decode, verify, inspect, edit, diff; any JWS
    authcli.passwords hashes: made, verified, inspected; passwords: judged, generated
    authcli.otp       one-time codes: TOTP and HOTP, recovery codes, other apps' exports
    authcli.keychain  other sites' passwords, keys and codes, in the keychain or sealed
    authcli.apikeys   API keys: issue, verify, rotate, revoke, find those that leaked
    authcli.signing   rings of signing keys: rotate, publish, sign with the one that does
    authcli.revocation    tokens revoked by id or by time, refresh tokens in families
    authcli.audit     the record of every change, chained
    authcli.store     where they live: SQLite, PostgreSQL
    authcli.errors    every error that the library raises, drawn as a tree
    authcli.clock     instants and durations, as people write them
    authcli.encoding  base64url, base62, canonical JSON, strict JSON reading
    authcli.secret    a value whose repr is masked
    authcli.integrations  fixtures for pytest, a key server for tests

The command line lives in `authcli.cli`; nothing in the library imports it, prints,
reads the environment or exits.
"""

__version__ = "0.1.0"

__all__ = ["__version__"]
