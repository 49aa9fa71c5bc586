"""Files that hold a key: PEM, DER and OpenSSH, opened with a passphrase where encrypted."""

from __future__ import annotations

import binascii
from collections.abc import Callable
from typing import Final

from authcli.errors import KeyMalformed, KeyWrong, PassphraseNeeded
from authcli.keys import kdf, openssh, pem, pkix
from authcli.keys.admission import Labels, admit
from authcli.keys.model import Key, KeySet
from authcli.keys.recognition import Recognised
from authcli.secret import Secret

__all__ = ["CONTAINERS"]


def read_pem(recognised: Recognised, passphrase: Secret | None) -> Key | KeySet:
    """Return the private key of PEM text, else its leaf certificate, else its public keys.

    Raises:
        KeyWrong: two private keys, or public keys beside certificates: which is meant?
    """
    blocks, forgiven = pem.blocks(recognised.data)
    notes = recognised.notes + forgiven
    private = [block for block in blocks if "PRIVATE" in block.label]
    certificates = [block for block in blocks if "CERTIFICATE" in block.label]
    if len(private) > 1:
        raise KeyWrong(f"the PEM text holds {len(private)} private keys; one is needed")
    if private:
        if len(blocks) > 1:
            notes += ("the certificates or public keys beside the private key were passed over",)
        return _read_block(private[0], passphrase, notes)
    if certificates:
        if len(certificates) < len(blocks):
            raise KeyWrong("the PEM text holds certificates and public keys; one kind is needed")
        if len(certificates) > 1:
            notes += (f"the first of {len(certificates)} certificates was taken",)
        return _read_block(certificates[0], passphrase, notes)
    keys = tuple(_read_block(block, passphrase, notes) for block in blocks)
    return keys[0] if len(keys) == 1 else KeySet(keys)


def read_der(recognised: Recognised, passphrase: Secret | None) -> Key:
    """Return the key of a DER file."""
    structure = pkix.read_structure(recognised.data)
    return _read_structure(recognised.data, structure, passphrase, recognised.notes, "DER")


def read_openssh(recognised: Recognised, passphrase: Secret | None) -> Key:
    """Return the key of an OpenSSH private key file without its PEM frame."""
    return _read_openssh(recognised.data, passphrase, recognised.notes)


def read_ssh_line(recognised: Recognised, _: Secret | None) -> Key:
    """Return the key of an OpenSSH public key line."""
    members = openssh.public_members(recognised.data)
    return admit(members, found="OpenSSH public key", notes=recognised.notes)


#: A reader for each format of `recognition` that is a file of keys.
CONTAINERS: Final[dict[str, Callable[[Recognised, Secret | None], Key | KeySet]]] = {
    "pem": read_pem,
    "der": read_der,
    "openssh": read_openssh,
    "ssh-public": read_ssh_line,
}


def _read_block(block: pem.Block, passphrase: Secret | None, notes: tuple[str, ...]) -> Key:
    if block.label == "OPENSSH PRIVATE KEY":
        return _read_openssh(block.data, passphrase, notes)
    if block.legacy_text is not None:
        found = _titled(f"encrypted {pem.LABELS[block.label]}", "PEM")
        secret = _required(passphrase, found)

        from authcli.keys.sealed import open_sealed

        opened = open_sealed(block.legacy_text, kind="pem", passphrase=secret)
        return _admit_structure(pkix.read_structure(opened), found, notes)
    structure = pkix.read_structure(block.data)
    if structure.name != pem.LABELS[block.label]:
        raise KeyMalformed(
            f"the PEM block is labelled {block.label}, and holds another structure: "
            f"{structure.name}",
            hint="mend the label, or copy the file again",
        )
    return _read_structure(block.data, structure, passphrase, notes, "PEM")


def _read_structure(
    data: bytes,
    structure: pkix.Structure,
    passphrase: Secret | None,
    notes: tuple[str, ...],
    container: str,
) -> Key:
    found = _titled(structure.name, container)
    if structure.encrypted:
        kdf.check_cost(data)
        secret = _required(passphrase, found)

        from authcli.keys.sealed import open_sealed

        opened = open_sealed(data, kind="pkcs8", passphrase=secret)
        return _admit_structure(pkix.read_structure(opened), found, notes)
    if structure.needs_library_check:
        from authcli.keys.sealed import check_redundant_parts

        check_redundant_parts(data)
    if not structure.certificate:
        return _admit_structure(structure, found, notes)

    from authcli.keys.certificate import read_certificate

    return admit(
        structure.members,
        found=found,
        labels=Labels(alg=structure.alg),
        notes=notes,
        certificate=read_certificate(data),
    )


def _read_openssh(data: bytes, passphrase: Secret | None, notes: tuple[str, ...]) -> Key:
    envelope = openssh.read_envelope(data)
    if not envelope.encrypted:
        members = openssh.private_members(envelope)
        return admit(members, found="OpenSSH private key", notes=notes)
    found = "encrypted OpenSSH private key"
    secret = _required(passphrase, found)

    from authcli.keys.sealed import open_sealed

    text = (
        b"-----BEGIN OPENSSH PRIVATE KEY-----\n"
        + binascii.b2a_base64(data)
        + b"-----END OPENSSH PRIVATE KEY-----\n"
    )
    opened = open_sealed(text, kind="openssh", passphrase=secret)
    return _admit_structure(pkix.read_structure(opened), found, notes)


def _admit_structure(structure: pkix.Structure, found: str, notes: tuple[str, ...]) -> Key:
    return admit(structure.members, found=found, labels=Labels(alg=structure.alg), notes=notes)


def _required(passphrase: Secret | None, found: str) -> Secret:
    if passphrase is None or not passphrase:
        raise PassphraseNeeded(
            f"this is an encrypted private key ({found})", hint="pass --passphrase SOURCE"
        )
    return passphrase


def _titled(name: str, container: str) -> str:
    """Put the container into a structure's name: "PKCS#8 PEM private key"."""
    for kind in (" private key", " public key"):
        if name.endswith(kind):
            return name.removesuffix(kind) + f" {container}{kind}"
    return f"{container} certificate"
