"""Certificates of a file, in PEM and in DER, whatever stands beside them."""

from __future__ import annotations

import base64
import binascii
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from authcli.errors import KeyMalformed, KeyUnusable, KeyWrong
from authcli.keys.chains import read_certificates
from tests.keys.making import certificate_of, made, written

PEM = certificate_of(made("ES256"))
DER = binascii.a2b_base64(b"".join(PEM.splitlines()[1:-1]))
ENDS = int(datetime(2027, 1, 1, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("data", "count"),
    [
        (PEM, 1),
        (DER, 1),
        (PEM * 3, 3),
        (b"subject=CN = auth.example\n" + PEM, 1),
        (written("ES256")["private pem"] + PEM * 2, 2),
        (PEM + written("ES256")["public pem"], 1),
        (base64.b64encode(PEM), 1),
        (PEM.replace(b"\n", b"\\n"), 1),
    ],
    ids=["pem", "der", "chain", "text", "key", "public key", "base64", "environment"],
)
def test_every_certificate_is_found(data: bytes, count: int) -> None:
    found = read_certificates(data)
    assert [one.not_after for one in found] == [ENDS] * count
    assert {one.subject for one in found} == {"CN=auth.example,O=Example"}


def test_a_key_alone_holds_none_and_loads_no_cryptography(tmp_path: Path) -> None:
    path = tmp_path / "key"
    for name in ("private pem", "private der", "public pem", "public openssh"):
        data = written("ES256").get(name)
        if data is None:
            continue
        path.write_bytes(data)
        program = (
            "import sys; from pathlib import Path\n"
            "from authcli.keys.chains import read_certificates\n"
            "assert read_certificates(Path(sys.argv[1]).read_bytes()) == ()\n"
            "print('cryptography' in sys.modules)"
        )
        done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True)
        assert done.stdout == "False\n", (name, done.stderr)


def test_what_kind_of_key_is_certified_does_not_matter() -> None:
    """A key on another curve is of no use for tokens; its certificate ends all the same."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.BrainpoolP256R1())
    name = x509.Name.from_rfc4514_string("CN=old.example")
    made_so = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2027, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    for encoding in (serialization.Encoding.PEM, serialization.Encoding.DER):
        [found] = read_certificates(made_so.public_bytes(encoding))
        assert found.not_after == ENDS


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"hello", KeyMalformed),
        (b"", KeyMalformed),
        (PEM[:-30], KeyMalformed),
        (PEM.replace(b"MII", b"MIJ", 1), KeyMalformed),
        (DER[:-1], KeyMalformed),
        (PEM.replace(b"CERTIFICATE", b"CERTIFICATE REQUEST"), KeyWrong),
        (PEM.replace(b"CERTIFICATE", b"X509 CRL"), KeyWrong),
        (PEM.replace(b"CERTIFICATE", b"PKCS7"), KeyWrong),
        (b"PuTTY-User-Key-File-3: ssh-ed25519\n", KeyMalformed),
    ],
)
def test_what_holds_none_is_refused_and_never_repeated(
    data: bytes, error: type[KeyUnusable]
) -> None:
    with pytest.raises(error) as raised:
        read_certificates(data)
    assert "MII" not in str(raised.value)


def test_no_damage_is_a_crash() -> None:
    for position in range(0, len(DER), 7):
        bent = DER[:position] + bytes([DER[position] ^ 0x81]) + DER[position + 1 :]
        with suppress(KeyUnusable):
            read_certificates(bent)
