"""The judgement of a password: what attackers try first scores 0, what chance made scores 4."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authcli import passwords
from authcli.errors import InvalidInput
from authcli.passwords import guessing, zxcvbn
from authcli.passwords.common_passwords import COMMON_WORDS, common_base
from authcli.passwords.password_policy import CLASSIC, NIST, NIST_MFA
from tests import requirements

#: A password, and the most that it may score.
WEAK = [
    *(("password", 0), ("Password1!", 0), ("P@ssw0rd", 0), ("Summer2026!", 0), ("123456789", 0)),
    *(("passwordpassword", 0), ("qwertyuiop[]", 1), ("aaaaaaaaaaaaaaaaaaaa", 1), ("", 0)),
    *(("abcdefghijklmnop", 1), ("12.03.1985", 2), ("dragondragon1", 1), ("zxcvbnm,./asdf", 2)),
]
STRONG = ["stapler-unkempt-gravity-walnut", "xK9#mQ2$vL7wPz1@", "Zwölf Boxkämpfer jagen Viktor"]


@pytest.mark.parametrize(("password", "most"), WEAK)
def test_what_is_tried_first_scores_low(password: str, most: int) -> None:
    strength = passwords.check(password)
    assert strength.score <= most
    assert not strength.accepted
    assert strength.findings


@pytest.mark.parametrize("password", STRONG)
def test_what_takes_long_to_guess_scores_four(password: str) -> None:
    strength = passwords.check(password)
    assert (strength.score, strength.accepted, strength.findings) == (4, True, ())
    assert strength.words == "very hard to guess"


def test_what_generate_makes_passes_every_policy() -> None:
    for _ in range(20):
        for policy in (NIST, NIST_MFA, CLASSIC):
            assert passwords.check(
                passwords.generate(every_class=True).password, policy=policy
            ).accepted
        for policy in (NIST, NIST_MFA):
            assert passwords.check(passwords.generate_passphrase().password, policy=policy).accepted


def test_nist_wants_length_and_no_composition() -> None:
    strength = passwords.check("gumbo mitten vex")
    assert strength.accepted
    (short, *_) = passwords.check("vK2#pQ9z").findings
    assert short.code == "password.short"
    assert short.message == "it has 8 characters, and policy nist wants 15"
    assert passwords.check("vK2#pQ9z", policy=NIST_MFA).accepted


def test_classic_wants_four_classes() -> None:
    codes = [f.code for f in passwords.check("gumbo mitten vex", policy=CLASSIC).findings]
    assert codes == ["password.classes"]
    assert passwords.check("Gumbo mitten 5", policy=CLASSIC).accepted
    (finding,) = passwords.check("GUMBOMITTENVEX", policy=CLASSIC).findings
    assert finding.message == "it has no lower-case letter, no digit, no symbol"


def test_nist_compares_the_whole_password_with_what_is_known_of_its_owner() -> None:
    """SP 800-63B-4, section 3.1.1.2: "not substrings or words that might be contained therein"."""
    about = ["Gundersen", "ab", "alice.walnut@example.com"]
    assert passwords.check("gundersen likes hazelnuts 7").findings == ()
    judged = passwords.check("gundersen likes hazelnuts 7", about=about)
    assert [(f.code, f.severity) for f in judged.findings] == [("password.context", "warning")]
    assert judged.accepted
    for derived in ("Gundersen2026!", "GUNDERSEN", "W@lnut#1", "example2026"):
        refused = passwords.check(derived, about=about, policy=NIST_MFA)
        assert ("password.context", "error") in {(f.code, f.severity) for f in refused.findings}


def test_classic_takes_no_word_about_the_owner_at_all() -> None:
    password = "Gundersen likes hazelnuts 7!"
    judged = passwords.check(password, about=["gundersen"], policy=CLASSIC)
    assert [(f.code, f.severity) for f in judged.findings] == [("password.context", "error")]
    assert passwords.check(password, policy=CLASSIC).accepted


def test_ones_own_list_is_known_bad_in_any_case() -> None:
    strength = passwords.check("Stapler-Unkempt-Gravity", known_bad={"stapler-unkempt-GRAVITY"})
    assert strength.score == 0
    assert [finding.code for finding in strength.findings] == ["password.known-bad"]


def test_a_word_within_a_longer_one_is_no_known_password() -> None:
    for password in ("dragonfly", "summerhouse", "1234dragon5678", "masterpiece!"):
        assert common_base(password) is None
    for word in COMMON_WORDS:
        assert common_base(word.upper()) is not None


def test_characters_not_bytes_are_counted() -> None:
    (finding,) = (f for f in passwords.check("дом").findings if f.code == "password.short")
    assert "has 3 characters" in finding.message


@given(st.text(max_size=80))
def test_any_text_is_judged(text: str) -> None:
    try:
        strength = passwords.check(text)
    except InvalidInput as error:  # half a character
        assert error.code == "password.not-text"
        return
    assert 0 <= strength.score <= 4
    assert strength.guesses_log10 >= 0


@given(st.text(st.sampled_from("passwordabc123!qwerty2026 "), max_size=80))
def test_no_password_takes_more_guesses_than_all_texts_of_its_length(text: str) -> None:
    """At ten a character, as zxcvbn counts; and one without any part takes just these."""
    assert guessing.estimate(text).guesses_log10 <= min(len(text), guessing.MAX_JUDGED)
    assert guessing.estimate("vK2#pQ9z") == (8.0, ())


def test_the_longest_password_is_judged_in_a_moment() -> None:
    for password in ("a" * 4096, "ab" * 2048, "1a" * 2000, "9" * 4096, "\U0001f600" * 1024):
        begun = time.process_time()
        passwords.check(password, about=["a" * 10_000] * 1000)
        assert time.process_time() - begun < 1


def test_no_finding_repeats_the_password() -> None:
    for password in ("hunter2", "Hunter2026!", "gundersen1"):
        strength = passwords.check(password, about=["gundersen"])
        assert password not in repr(strength)
        assert "hunter" not in repr(strength).lower()


def test_zxcvbn_is_asked_where_it_is_installed() -> None:
    requirements.require_package("zxcvbn")
    strength = passwords.check("stapler unkempt gravity walnut")
    assert (strength.estimator, strength.score) == ("zxcvbn", 4)
    for password, most in WEAK:
        assert passwords.check(password).score <= most
    for password in ("password", "tr0ub4dor&3", "qwertyuiopasdfgh", "abcdefghijklmnop"):
        theirs = zxcvbn.estimate(password)
        ours = guessing.estimate(password)
        assert theirs is not None
        assert (
            abs(guessing.score_of(theirs.guesses_log10) - guessing.score_of(ours.guesses_log10))
            <= 1
        )
