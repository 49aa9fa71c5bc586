"""The peers by name: who signs and verifies, and of those who makes keys and who names them."""

from __future__ import annotations

from tests.interop.debian import GolangJwt, Jose
from tests.interop.node import FastJwt, JsonWebToken, NodeJose
from tests.interop.peer import KeyMaker, Namer, PayloadSigner, Peer
from tests.interop.python import Authlib, JwCrypto

PEERS: dict[str, type[Peer]] = {
    "jose": Jose,
    "jwt": GolangJwt,
    "node-jose": NodeJose,
    "node-fast-jwt": FastJwt,
    "node-jsonwebtoken": JsonWebToken,
    "jwcrypto": JwCrypto,
    "authlib": Authlib,
}
KEY_MAKERS: dict[str, type[KeyMaker]] = {
    "jose": Jose,
    "node-jose": NodeJose,
    "node-jsonwebtoken": JsonWebToken,  # which takes the keys of Node itself
    "jwcrypto": JwCrypto,
    "authlib": Authlib,
}
NAMERS: dict[str, type[Namer]] = {
    "jose": Jose,
    "node-jose": NodeJose,
    "jwcrypto": JwCrypto,
    "authlib": Authlib,
}
PAYLOAD_SIGNERS: dict[str, type[PayloadSigner]] = {"jose": Jose, "node-jose": NodeJose}
