"""Peers, opened once a process when the first test asks for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.interop.peer import Peer
from tests.interop.roster import PEERS


@pytest.fixture(scope="session")
def meet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Peer]]:
    """Returns the peer of a name; skips the test where it is not installed."""
    met: dict[str, Peer] = {}
    with ExitStack() as farewell:

        def peer_named(name: str) -> Peer:
            if name not in met:
                met[name] = peer = PEERS[name](tmp_path_factory.mktemp(name))
                farewell.callback(getattr(peer, "close", lambda: None))
            return met[name]

        yield peer_named
