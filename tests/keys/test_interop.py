"""Keys that other programs wrote, and ours as they read them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import jwt
import pytest
from joserfc.jwk import import_key

from authcli import keys
from authcli.secret import Secret
from tests.keys.making import (
    PAIR_KINDS,
    PASSPHRASE,
    SECRET_KINDS,
    certificate_of,
    made,
    members,
    numbers,
    written,
)
from tests.requirements import require

JOSERFC_KINDS = [kind for kind in (*PAIR_KINDS, *SECRET_KINDS) if not kind.startswith("ML-DSA")]
PYJWT_KINDS = [kind for kind in JOSERFC_KINDS if not kind.startswith("X")]


def run(*command: str | Path, stdin: bytes = b"") -> bytes:
    done = subprocess.run([str(part) for part in command], input=stdin, capture_output=True)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return done.stdout


@pytest.mark.parametrize("kind", JOSERFC_KINDS)
def test_joserfc_reads_our_jwk_and_we_read_its(kind: str) -> None:
    theirs = import_key(members(kind))
    assert theirs.thumbprint() == keys.thumbprint(made(kind))
    again = keys.read(json.dumps(theirs.as_dict(private=True)).encode())
    assert numbers(again) == numbers(made(kind))


@pytest.mark.parametrize("kind", PYJWT_KINDS)
def test_pyjwt_reads_our_jwk_and_we_read_its(kind: str) -> None:
    alg = made(kind).alg or "EdDSA"
    theirs = jwt.PyJWK.from_dict(members(kind), algorithm=alg)
    text = theirs.Algorithm.to_jwk(theirs.key)
    assert numbers(keys.read(str(text).encode())) | {"key_ops": None} == (
        numbers(made(kind)) | {"key_ops": None}
    )


@pytest.mark.parametrize("kind", [kind for kind in PYJWT_KINDS if kind not in SECRET_KINDS])
def test_what_pyjwt_signs_with_our_pem_it_verifies_with_our_public_pem(kind: str) -> None:
    alg = made(kind).alg or "EdDSA"
    token = jwt.encode({"sub": "a"}, written(kind)["private pem"], algorithm=alg)
    assert jwt.decode(token, written(kind)["public pem"], algorithms=[alg]) == {"sub": "a"}


@pytest.mark.parametrize("kind", ["RS256", "ES256", "ES384", "ES512", "ES256K", "Ed25519", "Ed448"])
def test_openssl_reads_our_files_and_we_read_its(kind: str, tmp_path: Path) -> None:
    openssl = require("openssl")
    path = tmp_path / "key.pem"
    for name in ("private pem", "encrypted pem"):
        path.write_bytes(written(kind)[name])
        secret = PASSPHRASE.reveal_text()
        public = run(openssl, "pkey", "-in", path, "-pubout", "-passin", f"pass:{secret}")
        assert numbers(keys.read(public)) == numbers(made(kind).public())
    path.write_bytes(written(kind)["private pem"])
    for options in (
        ["-v2", "aes-256-cbc", "-iter", "1000"],
        ["-v2", "aes128", "-v2prf", "hmacWithSHA512"],
        ["-scrypt"],
        ["-v1", "PBE-SHA1-3DES"],
    ):
        sealed = run(openssl, "pkcs8", "-topk8", "-in", path, "-passout", "pass:pw", *options)
        key = keys.read(sealed, passphrase=Secret("pw"))
        assert numbers(key) == numbers(made(kind))
        assert key.found == "encrypted PKCS#8 PEM private key"


@pytest.mark.parametrize("kind", ["ES256", "ES384", "ES512", "ES256K"])
def test_compressed_points_are_read(kind: str, tmp_path: Path) -> None:
    openssl = require("openssl")
    path = tmp_path / "key.pem"
    path.write_bytes(written(kind)["private pem"])
    for extra in ([], ["-pubout"]):
        data = run(openssl, "ec", "-in", path, "-conv_form", "compressed", *extra)
        expected = made(kind).public() if extra else made(kind)
        assert numbers(keys.read(data)) == numbers(expected)


def test_openssl_parameters_before_a_key_are_passed_over() -> None:
    openssl = require("openssl")
    data = run(openssl, "ecparam", "-name", "prime256v1", "-genkey")
    assert b"EC PARAMETERS" in data
    assert keys.read(data).crv == "P-256"


def test_an_rsa_pss_key_signs_with_pss_alone(tmp_path: Path) -> None:
    """RFC 8017, appendix A.2.3: the type ties the key to the scheme, and to its hash."""
    openssl = require("openssl")
    bits = ["-pkeyopt", "rsa_keygen_bits:2048"]
    free = keys.read(run(openssl, "genpkey", "-algorithm", "rsa-pss", *bits))
    assert keys.verifying_algorithms(free) == ("PS256",)
    tied = ["-pkeyopt", "rsa_pss_keygen_md:sha384", "-pkeyopt", "rsa_pss_keygen_mgf1_md:sha384"]
    private = run(openssl, "genpkey", "-algorithm", "rsa-pss", *bits, *tied)
    assert keys.signing_algorithm(keys.read(private)) == "PS384"
    path = tmp_path / "pss.pem"
    path.write_bytes(private)
    public = keys.read(run(openssl, "pkey", "-in", path, "-pubout"))
    assert keys.verifying_algorithms(public) == ("PS384",)


@pytest.mark.parametrize("kind", ["RS256", "ES256", "ES384", "ES512", "Ed25519"])
def test_ssh_keygen_reads_our_files_and_we_read_its(kind: str, tmp_path: Path) -> None:
    ssh_keygen = require("ssh-keygen")
    path = tmp_path / "id"
    path.touch(mode=0o600)
    for name in ("private openssh", "encrypted openssh"):
        path.write_bytes(written(kind)[name])
        secret = PASSPHRASE.reveal_text() if "encrypted" in name else ""
        line = run(ssh_keygen, "-y", "-P", secret, "-f", path)
        assert numbers(keys.read(line)) == numbers(made(kind).public())
    run(ssh_keygen, "-p", "-P", secret, "-N", "pw pw", "-a", "3", "-f", path)
    key = keys.read(path.read_bytes(), passphrase=Secret("pw pw"))
    assert numbers(key) == numbers(made(kind))


@pytest.mark.parametrize("kind", ["RS256", "ES384", "Ed25519", "Ed448", "ML-DSA-44"])
def test_a_certificate_gives_its_public_key_and_its_facts(kind: str) -> None:
    pem = certificate_of(made(kind))
    key = keys.read(pem)
    assert numbers(key) == numbers(made(kind).public())
    assert key.found == "PEM certificate"
    assert key.certificate is not None
    assert key.certificate.subject == "CN=auth.example,O=Example"
    assert key.certificate.serial == "beef"
    assert (key.certificate.not_before, key.certificate.not_after) == (1767225600, 1798761600)
    described = keys.describe(key)["certificate"]
    assert isinstance(described, dict)
    assert described["issuer"] == key.certificate.issuer
    before, after = key.certificate.not_before - 1, key.certificate.not_after
    assert [found.code for found in keys.lint(key, at=after)] == ["key.lint.expired"]
    assert [found.code for found in keys.lint(key, at=before)] == ["key.lint.not-yet"]
    assert not keys.lint(key, at=after - 1)


def test_of_a_chain_the_leaf_is_taken_and_beside_certificates_the_private_key() -> None:
    leaf, issuer = certificate_of(made("ES256")), certificate_of(made("RS256"))
    chain = keys.read(leaf + issuer)
    assert numbers(chain) == numbers(made("ES256").public())
    assert any("first of 2 certificates" in note for note in chain.notes)
    for bundle in (
        written("ES256")["private pem"] + leaf + issuer,
        leaf + issuer + written("ES256")["private pem"],
    ):
        assert numbers(keys.read(bundle)) == numbers(made("ES256"))
