"""The real `authcli` process and each peer, through files: a key that `key generate` writes, a
token of `jwt mint` that the peer verifies, and one of the peer's for `jwt verify`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.harness import Cli
from tests.interop.cases import CLAIMS, LATER, Material, forgeries, same
from tests.interop.peer import Peer, Refused
from tests.interop.roster import PEERS

CLAIMS_OF_ALL = {"exp": LATER, **CLAIMS}
#: The files of the key, by form.
PRIVATE = {"pem": "key.pem", "jwk": "key.jwk"}
PUBLIC = {"pem": "public.pem", "jwk": "public.jwk", "jwks": "public.jwks"}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """A folder in which the command has made an ES256 key, all its files, and a token."""
    cli = Cli(tmp_path_factory.mktemp("desk"))
    (cli.home / "claims.json").write_text(json.dumps(CLAIMS_OF_ALL))
    cli.ok("key", "generate", "ES256", "--format", "jwk", "-o", "key.jwk")
    cli.ok("key", "convert", "key.jwk", "--format", "pem", "-o", "key.pem")
    for form, name in PUBLIC.items():
        cli.ok("key", "public", "key.jwk", "--format", form, "-o", name)
    cli.ok("jwt", "mint", "@claims.json", "--key", "key.jwk", "-o", "token.jwt")
    return cli


def handed_over(files: dict[str, str], folder: Path, forms: tuple[str, ...]) -> list[Material]:
    return [Material(form, (folder / files[form]).read_bytes()) for form in forms if form in files]


@pytest.mark.parametrize("name", PEERS)
def test_the_peer_verifies_what_the_command_mints(
    meet: Callable[[str], Peer], desk: Cli, name: str
) -> None:
    """With the public key in every file that the command writes and the peer reads."""
    peer, token = meet(name), (desk.home / "token.jwt").read_text().strip()
    for key in handed_over(PUBLIC, desk.home, peer.public_forms):
        claims = peer.verify(token, key=key, algorithm="ES256")
        assert same({**claims, **CLAIMS_OF_ALL}, claims), key.form
        assert claims.keys() - CLAIMS_OF_ALL.keys() == {"iat", "jti"}
        with pytest.raises(Refused):
            peer.verify(forgeries(token)["another payload"], key=key, algorithm="ES256")


@pytest.mark.parametrize("name", PEERS)
def test_the_command_verifies_what_the_peer_signs(
    meet: Callable[[str], Peer], desk: Cli, name: str
) -> None:
    """Exit 0 and the payload; for a forgery exit 3 and nothing."""
    peer = meet(name)
    kid = json.loads((desk.home / "public.jwk").read_bytes())["kid"]
    key = handed_over(PRIVATE, desk.home, peer.private_forms)[-1]
    token = peer.sign(CLAIMS_OF_ALL, key=key, kid=kid, algorithm="ES256")
    verified = desk.ok("jwt", "verify", "-", "--jwks", "public.jwks", stdin=token)
    assert same(json.loads(verified), CLAIMS_OF_ALL)
    forged = forgeries(token)["another payload"]
    refused = desk("jwt", "verify", "-", "--key", "public.pem", stdin=forged)
    assert (refused.code, refused.out) == (3, "")
