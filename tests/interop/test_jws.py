"""Any payload, signed there and verified here, and the other way: compact, flattened and general,
with the payload inside or apart, encoded or as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from authcli.errors import TokenRejected
from authcli.keys import KeySet
from authcli.tokens import jws
from tests.cli.harness import Cli
from tests.interop.cases import Material, key_of, material, verifying
from tests.interop.peer import Refused, Shape
from tests.interop.roster import PAYLOAD_SIGNERS

Meet = Callable[[str], Any]

PAYLOADS = {
    "nothing": b"",
    "text": "caf\u00e9\r\n".encode(),
    "bytes": bytes(range(256)),
    "dots": b"eyJhbGciOiJub25lIn0.e30.",
}
#: One of each family: what is signed does not depend on it.
KINDS = ("HS512", "RS256", "PS384", "ES256")

SHAPED = [
    pytest.param(name, shape, id=f"{name}-{'-'.join(map(str, shape))}")
    for name, peer in PAYLOAD_SIGNERS.items()
    for shape in peer.shapes
]
OURS = [
    pytest.param(name, shape, id=f"{name}-{'-'.join(map(str, shape))}")
    for name, peer in PAYLOAD_SIGNERS.items()
    for shape in peer.shapes
    if shape.form == "compact"
]


def private(kind: str, *, owner: str = "alice") -> Material:
    return material(key_of(kind, owner=owner), "jwk")


def public(kind: str, *, owner: str = "alice") -> Material:
    return material(verifying(key_of(kind, owner=owner)), "jwk")


def looks_detached(shape: Shape, payload: bytes) -> bool:
    """In a compact JWS no payload and an empty one look alike."""
    return shape.detached or (shape.form == "compact" and payload == b"")


@pytest.mark.parametrize(("name", "shape"), SHAPED)
def test_what_the_peer_signs_verifies(meet: Meet, name: str, shape: Shape) -> None:
    """And neither with another key nor over another payload."""
    peer = meet(name)
    for kind in KINDS:
        ours, mallory = (verifying(key_of(kind, owner=owner)) for owner in ("alice", "mallory"))
        for payload in PAYLOADS.values():
            signed = peer.sign_payload(payload, keys=[private(kind)], shape=shape)
            apart = payload if looks_detached(shape, payload) else None
            verified = jws.verify(signed, key=ours, payload=apart)
            assert verified.payload == payload
            assert verified.detached == (apart is not None)
            with pytest.raises(TokenRejected):
                jws.verify(signed, key=mallory, payload=apart)
            if shape.detached:
                with pytest.raises(TokenRejected):
                    jws.verify(signed, key=ours, payload=payload + b"\n")


@pytest.mark.parametrize(
    ("name", "shape"), [case for case in SHAPED if case.values[1].form == "general"]
)
def test_of_several_signatures_each_is_told(meet: Meet, name: str, shape: Shape) -> None:
    """Two that the peer made with keys of ours, the third with one that is not trusted."""
    payload = PAYLOADS["bytes"]
    materials = [private("ES256"), private("PS384"), private("ES512", owner="mallory")]
    signed = meet(name).sign_payload(payload, keys=materials, shape=shape)
    apart = payload if shape.detached else None
    trusted = KeySet(tuple(verifying(key_of(kind)) for kind in ("PS384", "ES256")))
    verified = jws.verify(signed, key=trusted, payload=apart)
    assert verified.payload == payload
    assert [report.passed for report in verified.signatures] == [True, True, False]
    with pytest.raises(TokenRejected):
        jws.verify(signed, key=trusted, payload=apart, require_all=True)


@pytest.mark.parametrize(("name", "shape"), OURS)
def test_the_peer_verifies_what_is_signed(meet: Meet, name: str, shape: Shape) -> None:
    """And neither with another key nor over another payload."""
    peer = meet(name)
    for kind in KINDS:
        mallory = public(kind, owner="mallory")
        for payload in PAYLOADS.values():
            if not shape.detached and looks_detached(shape, payload):
                continue  # refused here, rather than written for readers to guess
            signed = jws.sign(
                payload, key=key_of(kind), detached=shape.detached, unencoded=shape.unencoded
            )
            apart = payload if shape.detached else None
            assert peer.verify_payload(signed, key=public(kind), payload=apart) == payload
            with pytest.raises(Refused):
                peer.verify_payload(signed, key=mallory, payload=apart)
            if shape.detached:
                with pytest.raises(Refused):
                    peer.verify_payload(signed, key=public(kind), payload=payload + b"\n")


@pytest.mark.parametrize(
    ("name", "shape"),
    [case for case in SHAPED if case.values[0] == "jose" or case.values[1].unencoded],
)
def test_the_command_verifies_what_the_peer_signs(
    meet: Meet, name: str, shape: Shape, tmp_path: Path
) -> None:
    """The payload comes out byte for byte; of a detached JWS nothing comes out."""
    cli, payload = Cli(tmp_path), PAYLOADS["bytes"]
    signed = meet(name).sign_payload(payload, keys=[private("ES256")], shape=shape)
    (tmp_path / "signed").write_text(signed)
    (tmp_path / "payload").write_bytes(payload)
    (tmp_path / "public.jwk").write_bytes(public("ES256").data)
    apart = ("--payload", "payload") if shape.detached else ()
    done = cli.raw("jws", "verify", "@signed", "--key", "public.jwk", *apart)
    assert (done.returncode, done.stdout) == (0, b"" if shape.detached else payload), done.stderr


@pytest.mark.parametrize(("name", "shape"), OURS)
def test_the_peer_verifies_what_the_command_signs(
    meet: Meet, name: str, shape: Shape, tmp_path: Path
) -> None:
    cli, payload = Cli(tmp_path), PAYLOADS["bytes"]
    (tmp_path / "payload").write_bytes(payload)
    (tmp_path / "private.jwk").write_bytes(private("ES256").data)
    (tmp_path / "private.jwk").chmod(0o600)
    flags = [f"--{flag}" for flag in ("detached", "unencoded") if getattr(shape, flag)]
    signed = cli.ok("jws", "sign", "@payload", "--key", "private.jwk", *flags)
    apart = payload if shape.detached else None
    assert meet(name).verify_payload(signed, key=public("ES256"), payload=apart) == payload
