"""Digests of keys, and the forms by which imported ones are found."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authcli.apikeys.digests import (
    digest,
    digest_by,
    import_lookup_drf,
    import_lookup_sha256,
    lookups,
    upgraded_lookup,
)

PEPPER = bytes(range(32))
KEY = "ak_live_0Bq3v9XkT1a"


def test_what_is_stored_is_a_keyed_hash_of_the_whole_key() -> None:
    expected = hmac.new(PEPPER, KEY.encode(), "sha256").hexdigest()
    assert digest(KEY, PEPPER) == digest_by("hmac-sha256", KEY, PEPPER) == expected
    assert digest(KEY, bytes(32)) != expected


@given(st.binary(max_size=200), st.text(max_size=100).filter(lambda text: text.isascii()))
def test_the_keyed_hash_is_hmac_whatever_the_length_of_its_key(pepper: bytes, text: str) -> None:
    """Also of a pepper beyond a block, which HMAC hashes first (RFC 2104, section 2)."""
    assert digest(text, pepper) == hmac.new(pepper, text.encode(), "sha256").hexdigest()


@pytest.mark.parametrize("name", ["sha256", "sha512"])
def test_an_imported_digest_needs_no_pepper(name: str) -> None:
    expected = hashlib.new(name, KEY.encode()).hexdigest()
    assert digest_by(name, KEY, b"") == digest_by(name, KEY, PEPPER) == expected


def test_a_key_is_looked_up_by_every_form_it_may_have() -> None:
    text = "AbCdEfGh.secretpart"
    found = lookups(text, [PEPPER, bytes(32)])
    assert found == [
        upgraded_lookup(text, PEPPER),
        upgraded_lookup(text, bytes(32)),
        import_lookup_sha256(hashlib.sha256(text.encode()).hexdigest().upper()),
        import_lookup_drf("AbCdEfGh"),
    ]
    assert len(lookups("no-dot-at-the-ninth-place", [])) == 1


def test_a_lookup_under_the_pepper_is_not_the_stored_digest() -> None:
    """Else whoever reads one column could search for it in the other."""
    assert upgraded_lookup(KEY, PEPPER) != f"hmac:{digest(KEY, PEPPER)}"


def test_text_that_is_no_unicode_is_looked_up_and_not_found() -> None:
    assert len(lookups("\udc80" * 20, [PEPPER])) == 2
