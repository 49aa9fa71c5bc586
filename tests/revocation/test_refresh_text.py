"""A refresh token as it is written: opaque, checkable, and masked wherever it slips into."""

from __future__ import annotations

import pytest

from authcli.cli._key_text import is_key_text, without_keys
from authcli.errors import Rejected
from authcli.revocation.refresh_text import new_text, require_shape


def test_each_is_another_and_whole() -> None:
    made = {new_text() for _ in range(500)}
    assert len(made) == 500
    assert all(require_shape(text) == text for text in made)
    assert {len(text) for text in made} == {63}


def test_a_character_lost_or_changed_on_the_way_is_noticed() -> None:
    text = new_text()
    for position in range(len(text)):
        other = "B" if text[position] == "A" else "A"
        for damaged in (
            text[:position] + text[position + 1 :],
            text[:position] + other + text[position + 1 :],
        ):
            with pytest.raises(Rejected) as error:
                require_shape(damaged)
            assert error.value.code == "refresh.malformed"


def test_messages_mask_it_whole_and_in_pieces() -> None:
    """It has the shape of our API keys, so that what masks those masks this."""
    for _ in range(200):
        text = new_text()
        assert is_key_text(text)
        assert without_keys(f"no file {text!r} here") == "no file 'rt_****' here"
        shown = without_keys(f"no file {text[:40]!r}")
        if any(letter.isupper() for letter in text[3:22]):  # else it may be a hash's name
            assert text[14:30] not in shown
