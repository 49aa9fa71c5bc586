"""Managed keys for tests of the command line: made in this process, which is quick."""

from __future__ import annotations

import json
from typing import Any

from authcli.signing.model import Times
from authcli.signing.publication import jwks, record
from authcli.signing.rotation import init
from authcli.store import Store, open_store
from tests.cli.harness import Cli

#: An instant in the past, so that nothing of it is in the future of a command.
MADE = 1_790_000_000_000
HOUR, DAY = 3_600_000, 86_400_000


def opened(cli: Cli) -> Store:
    """Return the store of the command's own user."""
    return open_store(str(cli.home / ".local/share/authcli/authcli.db"), create=True)


def managed(
    cli: Cli, alg: str = "ES256", *, issuer: str | None = None, at_ms: int = MADE, **times: int
) -> dict[str, str]:
    """Make managed keys as `jwks init` and `publish` do; return their kids by state."""
    with opened(cli) as store:
        init(store.signing_keys, alg, issuer=issuer, times=Times(**times), at_ms=at_ms)
        published(store, at_ms=at_ms)
    return kids(cli)


def published(store: Store, *, at_ms: int) -> None:
    """Record what is to be published as published."""
    text, found = jwks(store.signing_keys)
    record(store.signing_keys, "test", text, found, at_ms=at_ms)


def kids(cli: Cli) -> dict[str, str]:
    """Return state -> kid; of several in one state the newest."""
    with opened(cli) as store:
        return {key.state: key.kid for key in store.signing_keys.find()}


def told(cli: Cli, *arguments: str) -> Any:
    """Run a command that must succeed and return its JSON."""
    return json.loads(cli.ok(*arguments, "--json"))
