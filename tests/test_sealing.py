"""Sealing: what is closed opens whole, with the right key, in the right place, or not at all."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authcli import passphrase_kdf, sealing
from authcli.encoding import base64url_decode, base64url_encode
from authcli.errors import AuthError, InvalidInput, PassphraseNeeded
from authcli.sealing import (
    new_passphrase_key,
    passphrase_key_of,
    seal,
    seal_with_passphrase,
    unseal,
    unseal_with_passphrase,
)

KEY, OTHER = b"k" * 32, b"o" * 32
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."

KEPT = "authcli-seal-1.iI9jYH78KYKetob9.ln0t1Kl7xKVxcuBiWPgzPceH6jw"
KEPT_WITH_PASSPHRASE = (
    "authcli-seal-s1.14.8.1.I2iDAXtjQ5nX2dQXEY9MwQ."
    "Pv3ohOAAsTQzopXB.q0VDKRYXG-_4aDf-_W8dpnVGTFC42UDKnQ"
)


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """The least cost that is accepted: 16 MiB, a few hundredths of a second."""
    monkeypatch.setattr(passphrase_kdf, "MEMORY_KIB", passphrase_kdf.MIN_MEMORY_KIB)
    monkeypatch.setattr(passphrase_kdf, "LOG_N", passphrase_kdf.MIN_LOG_N)


@given(st.binary(max_size=200), st.text(st.characters(codec="utf-8"), max_size=30))
def test_what_is_sealed_opens(data: bytes, context: str) -> None:
    text = seal(data, key=KEY, context=context)
    assert unseal(text, key=KEY, context=context) == data
    assert unseal(f" {text}\n", key=KEY, context=context) == data
    assert text.isascii()


def test_sealing_twice_gives_two_texts() -> None:
    assert seal(b"x", key=KEY, context="c") != seal(b"x", key=KEY, context="c")


def test_every_single_character_counts() -> None:
    """Each changed, and each left out: never opened, never another error than ours."""
    text = seal(b"top secret", key=KEY, context="c")
    for position in range(len(text)):
        for other in (ALPHABET[(ALPHABET.find(text[position]) + 1) % len(ALPHABET)], ""):
            broken = text[:position] + other + text[position + 1 :]
            with pytest.raises(InvalidInput) as caught:
                unseal(broken, key=KEY, context="c")
            assert caught.value.code in ("seal.malformed", "seal.rejected")
            assert "top secret" not in str(caught.value)


@given(st.integers(min_value=0))
def test_a_text_that_was_cut_does_not_open(length: int) -> None:
    text = seal(b"top secret", key=KEY, context="c")
    with pytest.raises(InvalidInput):
        unseal(text[: length % len(text)], key=KEY, context="c")


@pytest.mark.parametrize(("key", "context"), [(OTHER, "c"), (KEY, "d"), (KEY, ""), (KEY, " c")])
def test_another_key_or_place_does_not_open_it(key: bytes, context: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        unseal(seal(b"x", key=KEY, context="c"), key=key, context=context)
    assert caught.value.code == "seal.rejected"


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_key_has_32_bytes(size: int) -> None:
    for use in (
        lambda key: seal(b"", key=key, context=""),
        lambda key: unseal(seal(b"", key=KEY, context=""), key=key, context=""),
    ):
        with pytest.raises(InvalidInput) as caught:
            use(b"k" * size)
        assert caught.value.code == "seal.key"


def test_the_cipher_is_that_of_nist() -> None:
    """AES-256-GCM, test case 16 of McGrew and Viega's submission to NIST."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    key = bytes.fromhex("feffe9928665731c6d6a8f9467308308" * 2)
    plain = bytes.fromhex(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
    )
    extra = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    sealed = bytes.fromhex(
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
        "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
        "76fc6ece0f4e1768cddf8853bb2d551b"
    )
    nonce = bytes.fromhex("cafebabefacedbaddecaf888")
    assert AESGCM(key).encrypt(nonce, plain, extra) == sealed


def test_what_was_sealed_years_ago_still_opens() -> None:
    """Kept texts: whatever this file says of sizes and headers, these are in people's stores."""
    assert unseal(KEPT, key=KEY, context="who/what") == b"data"
    text = KEPT_WITH_PASSPHRASE
    assert unseal_with_passphrase(text, passphrase=b"p", context="c") == b"root keys"
    _, nonce, sealed = KEPT.split(".")
    assert (len(base64url_decode(nonce)), len(base64url_decode(sealed))) == (12, 4 + 16)
    assert len(base64url_decode(text.split(".")[4])) == 16


@pytest.mark.parametrize(
    ("nonce_bytes", "sealed_bytes"), [(0, 16), (7, 16), (11, 16), (13, 16), (12, 15), (12, 0)]
)
def test_a_nonce_or_a_tag_of_another_length_is_no_sealed_data(
    nonce_bytes: int, sealed_bytes: int
) -> None:
    """Said of its form, before the cipher is asked: a short tag is cheaper to guess."""
    parts = (base64url_encode(b"x" * nonce_bytes), base64url_encode(b"x" * sealed_bytes))
    with pytest.raises(InvalidInput) as caught:
        unseal(f"authcli-seal-1.{'.'.join(parts)}", key=KEY, context="c")
    assert caught.value.code == "seal.malformed"


def test_data_and_sealed_texts_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit, of 64 MiB, is made small: 48 of 64 bytes may be data, twice it a text."""
    assert sealing.MAX_SEALED_BYTES == 64 << 20
    monkeypatch.setattr(sealing, "MAX_SEALED_BYTES", 64)
    text = seal(b"x" * 48, key=KEY, context="c")
    assert len(text) <= 128
    assert unseal(text, key=KEY, context="c") == b"x" * 48
    for act in (
        lambda: seal(b"x" * 49, key=KEY, context="c"),
        lambda: unseal(text.ljust(129, "A"), key=KEY, context="c"),
        lambda: passphrase_key_of(text.ljust(129, "A"), b"p"),
    ):
        with pytest.raises(InvalidInput) as caught:
            act()
        assert caught.value.code == "seal.malformed"
    with pytest.raises(InvalidInput) as caught:
        unseal(text.ljust(128, "A"), key=KEY, context="c")
    assert caught.value.code == "seal.rejected"


def test_a_sealed_text_is_what_its_docstring_says() -> None:
    """Opened by hand, from the parts: so that another program can, in ten years."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    header, nonce, sealed = seal(b"data", key=KEY, context="who/what").split(".")
    opened = AESGCM(KEY).decrypt(
        base64url_decode(nonce), base64url_decode(sealed), f"{header}.{nonce} who/what".encode()
    )
    assert (header, opened) == ("authcli-seal-1", b"data")


@pytest.mark.parametrize(
    ("passphrase", "salt", "cost", "derived"),
    [
        ("", "", (4, 1, 1), "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"),
        (
            *("password", "NaCl", (10, 8, 16)),
            "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162",
        ),
        (
            *("pleaseletmein", "SodiumChloride", (14, 8, 1)),
            "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2",
        ),
    ],
)
def test_passphrases_become_keys_as_rfc_7914_has_it(
    passphrase: str, salt: str, cost: tuple[int, int, int], derived: str
) -> None:
    """Section 12; the first 32 of 64 bytes, which do not depend on how many are asked for."""
    assert passphrase_kdf._scrypt(passphrase.encode(), salt.encode(), *cost).hex() == derived


def test_a_passphrase_closes_and_opens_at_todays_cost() -> None:
    text = seal_with_passphrase(b"root keys", passphrase=b"correct horse", context="c")
    assert text.startswith("authcli-seal-s1.17.8.1.")
    opened = unseal_with_passphrase(text, passphrase=b"correct horse", context="c")
    assert opened == b"root keys"


def test_passphrases_become_keys_as_the_reference_argon2_has_it() -> None:
    """RFC 9106 by its authors: `argon2 somesaltsomesalt -id -t 2 -k 65536 -p 1 -l 32 -r`."""
    derived = passphrase_kdf._argon2id(b"password", b"somesaltsomesalt", 1 << 16, 2, 1)
    assert derived.hex() == "fc33b78139231d34b71626bd6245c1d72efa190ad605c3d8166a72adcedfa2c2"


def test_argon2id_closes_and_opens_at_todays_cost() -> None:
    text = seal_with_passphrase(b"keys", passphrase=b"correct horse", context="c", kdf="argon2id")
    assert text.startswith("authcli-seal-a1.65536.3.4.")
    assert unseal_with_passphrase(text, passphrase=b"correct horse", context="c") == b"keys"
    for passphrase, context in ((b"incorrect", "c"), (b"correct horse", "d")):
        with pytest.raises(PassphraseNeeded):
            unseal_with_passphrase(text, passphrase=passphrase, context=context)


@pytest.mark.usefixtures("cheap")
def test_a_key_is_derived_once_for_many_texts() -> None:
    """And opens only what it sealed; its passphrase opens all of it."""
    for kdf in ("scrypt", "argon2id"):
        key = new_passphrase_key(b"p", kdf=kdf)
        texts = [key.seal(b"%d" % number, context="c") for number in range(3)]
        again = passphrase_key_of(texts[0], b"p")
        assert [again.unseal(text, context="c") for text in texts] == [b"0", b"1", b"2"]
        assert again == key
        assert not key.fits(seal_with_passphrase(b"", passphrase=b"p", context="c", kdf=kdf))
        with pytest.raises(InvalidInput):
            key.unseal(seal_with_passphrase(b"", passphrase=b"p", context="c"), context="c")
        assert "****" in repr(key)


@pytest.mark.usefixtures("cheap")
def test_a_wrong_passphrase_or_place_opens_nothing() -> None:
    text = seal_with_passphrase(b"root keys", passphrase=b"correct horse", context="c")
    for passphrase, context in ((b"incorrect", "c"), (b"", "c"), (b"correct horse", "d")):
        with pytest.raises(PassphraseNeeded) as caught:
            unseal_with_passphrase(text, passphrase=passphrase, context=context)
        assert "correct" not in str(caught.value)
    with pytest.raises(PassphraseNeeded):
        seal_with_passphrase(b"", passphrase=b"", context="c")


@pytest.mark.usefixtures("cheap")
def test_a_cheaper_header_does_not_open() -> None:
    """Salt and cost are authenticated: nobody makes a text that is cheaper to guess."""
    text = seal_with_passphrase(b"x", passphrase=b"p", context="c")
    head, log_n, *rest = text.split(".")
    for parts in ([head, str(int(log_n) + 1), *rest], [head, log_n, "9", *rest[1:]]):
        with pytest.raises(PassphraseNeeded):
            unseal_with_passphrase(".".join(parts), passphrase=b"p", context="c")


SALT, REST = (
    base64url_encode(b"s" * 16),
    f"{base64url_encode(b'n' * 12)}.{base64url_encode(b't' * 16)}",
)


@pytest.mark.parametrize(
    "header",
    [
        *("31.8.1", "64.8.1", "17.1000000.1", "17.8.1000", "20.32.16", "20.8.16", "13.8.1"),
        *(
            "17.0.1",
            "17.8.0",
            "-17.8.1",
            "017.8.1",
            "1e1.8.1",
            "\u0661\u0667.8.1",
            "999999999999.8.1",
            f"{'9' * 5000}.8.1",
            "\u00b2.8.1",
            "17.8",
        ),
    ],
)
def test_a_hostile_cost_is_refused_before_anything_is_computed(header: str) -> None:
    started = time.process_time()
    with pytest.raises(InvalidInput) as caught:
        unseal_with_passphrase(
            f"authcli-seal-s1.{header}.{SALT}.{REST}", passphrase=b"p", context="c"
        )
    assert caught.value.code == "seal.malformed"
    assert time.process_time() - started < 0.05


@pytest.mark.parametrize(
    "header",
    [
        *("1048576.4.1", "1048577.1.1", "65536.25.1", "65536.3.17", "16383.3.4", "0.1.1"),
        *("65536.0.4", "65536.3.0", "-65536.3.4", "065536.3.4", "65536.3", "99999999.1.1"),
    ],
)
def test_a_hostile_cost_of_argon2id_is_refused_too(header: str) -> None:
    started = time.process_time()
    with pytest.raises(InvalidInput) as caught:
        unseal_with_passphrase(
            f"authcli-seal-a1.{header}.{SALT}.{REST}", passphrase=b"p", context="c"
        )
    assert caught.value.code == "seal.malformed"
    assert time.process_time() - started < 0.05


@given(
    st.one_of(st.text(max_size=60), st.text(ALPHABET, max_size=60).map("authcli-seal-1.".__add__))
)
def test_any_text_is_one_clear_error(text: str) -> None:
    for use in (
        lambda: unseal(text, key=KEY, context="c"),
        lambda: unseal_with_passphrase(text, passphrase=b"p", context="c"),
    ):
        with pytest.raises(AuthError):
            use()


@pytest.mark.parametrize(
    "text",
    [
        f"authcli-seal-x1.14.8.1.{SALT}.{REST}",
        f"authcli-seal-s1.14.8.1.{SALT}.{REST}.{SALT}",
        f"authcli-seal-s1.14.8.1.{SALT}.{REST.partition('.')[0]}",
        f"authcli-seal-s1.14.8.1.{base64url_encode(b's' * 15)}.{REST}",
        f"authcli-seal-s1.14.8.1.{base64url_encode(b's' * 17)}.{REST}",
        "authcli-seal-s1",
    ],
)
def test_a_header_of_another_shape_makes_no_key(text: str) -> None:
    """Neither another kind, nor a part too many or too few, nor a salt of another length."""
    with pytest.raises(InvalidInput) as caught:
        passphrase_key_of(text, b"p")
    assert caught.value.code == "seal.malformed"


@pytest.mark.usefixtures("cheap")
def test_a_derived_key_says_of_what_is_under_another_that_it_is() -> None:
    """Not that the passphrase is wrong, which it is not."""
    key = new_passphrase_key(b"p")
    with pytest.raises(InvalidInput, match="under another key"):
        key.unseal(f"authcli-seal-s1.14.8.1.{SALT}.{REST}", context="c")


def test_the_two_kinds_are_not_confused() -> None:
    with pytest.raises(InvalidInput, match="sealed under a key"):
        unseal_with_passphrase(seal(b"", key=KEY, context=""), passphrase=b"p", context="")
    with pytest.raises(InvalidInput, match="passphrase"):
        unseal(f"authcli-seal-s1.17.8.1.{SALT}.{REST}", key=KEY, context="")
