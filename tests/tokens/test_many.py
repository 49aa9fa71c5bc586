"""Many tokens from one `Minter` and for one `Verifier`: short ways that say what long ones do."""

from __future__ import annotations

import json
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authcli import keys, tokens
from authcli.encoding import base64url_encode, compact_json
from authcli.errors import InvalidClaim, TokenRefused
from authcli.keys import Key, KeySet
from authcli.tokens.minter import Minter
from authcli.tokens.policy import Policy
from authcli.tokens.verifier import Verifier
from tests.tokens.forging import key_for

KEY = keys.generate("HS256")
CLAIMS = {"iss": "https://issuer.example", "sub": "alice", "aud": "api"}
UUID_4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


@pytest.mark.parametrize("algorithm", ["HS256", "ES256", "EdDSA", "RS256"])
def test_each_token_of_a_batch_is_valid_and_differs_in_its_jti_alone(algorithm: str) -> None:
    key = key_for(algorithm)
    minter = Minter(key=key, algorithm=algorithm)
    batch = [*minter.batch(CLAIMS, count=20, at=time.time())]
    payloads = [tokens.verify(token, key=key, audience="api").payload for token in batch]
    assert len({payload["jti"] for payload in payloads}) == 20
    assert all(UUID_4.fullmatch(str(payload["jti"])) for payload in payloads)
    rests = [{n: v for n, v in p.items() if n != "jti"} for p in payloads]
    assert all(rest == rests[0] for rest in rests)
    assert rests[0].items() >= CLAIMS.items()


@given(filler=st.text(max_size=9), count=st.integers(1, 5))
def test_a_batch_is_written_as_single_tokens_are(filler: str, count: int) -> None:
    """Whatever lies before the jti, and so at which of three bytes base64 begins anew."""
    minter = Minter(key=KEY)
    for token in minter.batch({"filler": filler}, count=count, at=1_000_000_000):
        payload = tokens.decode(token).payload
        text = json.dumps(payload, separators=(",", ":")).encode()
        assert token.split(".")[1] == base64url_encode(text)
        assert [*payload] == ["filler", "iat", "exp", "jti"]


def test_more_than_one_block_of_ids_has_no_id_twice() -> None:
    ids = [tokens.decode(t).payload["jti"] for t in Minter(key=KEY).batch({}, count=1500)]
    assert len(set(map(str, ids))) == 1500


def test_with_a_jti_of_its_own_or_none_a_batch_repeats_itself() -> None:
    assert len({*Minter(key=KEY).batch({"jti": "j"}, count=3, at=9)}) == 1
    assert len({*Minter(key=KEY, jti=False).batch({}, count=3, at=9)}) == 1


def test_what_cannot_be_minted_is_said_before_the_first_token() -> None:
    with pytest.raises(InvalidClaim):
        Minter(key=KEY).batch({"exp": "soon"}, count=3)
    with pytest.raises(InvalidClaim, match="over the limit"):
        Minter(key=KEY).batch({"x": "y" * 300_000}, count=3)


def outcome(verifier: Verifier, token: str, at: float) -> object:
    try:
        verified = verifier.verify(token, at=at)
    except TokenRefused as refusal:
        return refusal.code, refusal.report.checks
    return verified.header, verified.payload, verified.key.kid, verified.algorithm, verified.report


POLICIES = [
    Policy(),
    Policy(audience="api", issuer="https://issuer.example"),
    Policy(subject="bob", leeway_seconds=60),
    Policy(typ="at+jwt"),
    Policy(scopes=("read",), require={"tenant": None}),
    Policy(lenient=True, allow_weak=True),
]

#: A claim as it might come: of its right type, or not.
times = st.sampled_from([None, 0, 990, 1000, 1060.5, 2000, 2**60, True, "1000", [1000]])
claims_sets = st.fixed_dictionaries(
    {},
    optional={
        "exp": times,
        "nbf": times,
        "iat": times,
        "iss": st.sampled_from(["https://issuer.example", "https://other", 7]),
        "aud": st.sampled_from(["api", ["web", "api"], "web", [], 3, {"a": 1}]),
        "sub": st.sampled_from(["alice", "bob", None]),
        "scope": st.sampled_from(["read write", "write", 1]),
        "tenant": st.sampled_from([None, "acme"]),
        "jti": st.sampled_from(["j", 5]),
    },
)


@given(claims=claims_sets, policy=st.sampled_from(POLICIES), damage=st.integers(0, 60))
def test_a_token_whose_header_is_recognised_gets_the_verdict_it_would_get_anyway(
    claims: dict[str, object], policy: Policy, damage: int
) -> None:
    """A verifier that has seen such a header and a new one agree, in every word."""
    header = {"alg": "HS256", "typ": "JWT", "kid": KEY.kid}
    learned = Verifier(KEY, policy=policy)
    good = tokens.mint(
        {**CLAIMS, "sub": "bob", "scope": "read", "tenant": "t", "exp": 5000, "iat": 0},
        key=KEY,
        at=1000,
        typ=policy.typ or "JWT",
    )
    assert learned.verify(good, at=1000).payload["tenant"] == "t"
    assert learned._recognised.keys() == {good.partition(".")[0].encode()}
    token = signed({**header, "typ": policy.typ or "JWT"}, claims)
    if damage < 20:
        at = damage * len(token) // 20
        token = token[:at] + "*.A="[damage % 4] + token[at + damage % 2 :]
    assert outcome(learned, token, 1000) == outcome(Verifier(KEY, policy=policy), token, 1000)


@pytest.mark.parametrize("policy", POLICIES, ids=range(len(POLICIES)))
def test_a_valid_token_has_the_same_report_and_warnings_whether_its_header_is_recognised(
    policy: Policy,
) -> None:
    learned = Verifier(KeySet((KEY, keys.generate("HS256"))), policy=policy)
    claims = {**CLAIMS, "sub": "bob", "scope": "read", "tenant": "t", "exp": 5000, "iat": 0}
    token = tokens.mint(claims, key=KEY, at=1000, typ=policy.typ or "JWT")
    first, second = (learned.verify(token, at=1000) for _ in range(2))
    assert first.report == second.report
    assert first.payload == second.payload == first.report.payload
    assert learned.warnings(first) == learned.warnings(second) == first.report.warnings


def test_a_key_without_a_name_is_told_alike_whether_the_header_is_recognised() -> None:
    nameless = keys.generate("HS256", kid=None)
    verifier, token = Verifier(nameless), tokens.mint({}, key=nameless, at=1000)
    first, second = (verifier.verify(token, at=1000).report for _ in range(2))
    assert verifier._recognised
    assert first == second
    assert second.check("key").detail == "the key given"


def test_warnings_without_a_report_are_those_of_the_report() -> None:
    token = tokens.mint({"aud": "api"}, key=KEY, kid="other", at=1000, header={"jku": "https://x"})
    weak = keys.read(b"short secret")
    for key, policy, text in (
        (KEY, Policy(), token),
        (KEY, Policy(lenient=True), f"{token}{'=' * (-len(token.rpartition('.')[2]) % 4)}"),
        (KEY, Policy(lenient=True, audience="api"), token),
        (weak, Policy(allow_weak=True), signed({"alg": "HS256"}, {}, key=weak)),
    ):
        verifier = Verifier(key, policy=policy)
        verified = verifier.verify(text, at=1000)
        assert verifier.warnings(verified) == verified.report.warnings
        assert verified.report.warnings or policy.audience


FORGED = key_for("HS256")
LIVING = {**CLAIMS, "exp": 2000, "iat": 900, "nbf": 900}


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        (LIVING, None),
        ({**LIVING, "exp": 1000}, "token.expired"),
        ({**LIVING, "nbf": 1001}, "token.not-yet-valid"),
        ({**LIVING, "iat": 1001}, "token.not-yet-valid"),
        ({**LIVING, "exp": "2000"}, "token.claims"),
        ({**LIVING, "nbf": "900"}, "token.claims"),
        ({**LIVING, "iat": True}, "token.claims"),
        ({**LIVING, "sub": 1}, "token.claims"),
        ({**LIVING, "iss": ["https://issuer.example"]}, "token.claims"),
        ({**LIVING, "jti": 1}, "token.claims"),
        ({**LIVING, "aud": {"api": 1}}, "token.claims"),
        ({**LIVING, "aud": ["api", 1]}, "token.claims"),
        ({**LIVING, "aud": "web"}, "token.audience"),
        ({**LIVING, "iss": "https://other"}, "token.issuer"),
    ],
)
def test_a_recognised_header_spares_no_token_a_check(
    claims: dict[str, object], code: str | None
) -> None:
    """What a signed header was once found to be says nothing of the next token."""
    verifier = Verifier(KEY, policy=Policy(audience="api", issuer="https://issuer.example"))
    assert verifier.verify(signed({"alg": "HS256"}, LIVING), at=1000)
    assert verifier._recognised
    token = signed({"alg": "HS256"}, claims)
    if code is None:
        assert verifier.verify(token, at=1000).payload == claims
    else:
        assert verifier.check(token, at=1000).failures[0].code == code
        with pytest.raises(TokenRefused):
            verifier.verify(token, at=1000)


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"exp": 941, "nbf": 1060, "iat": 1060}, None),
        ({"exp": 940}, "token.expired"),
        ({"nbf": 1061}, "token.not-yet-valid"),
        ({"iat": 1061}, "token.not-yet-valid"),
    ],
)
def test_a_recognised_header_widens_no_leeway(claims: dict[str, object], code: str | None) -> None:
    verifier = Verifier(KEY, policy=Policy(leeway_seconds=60))
    assert verifier.verify(signed({"alg": "HS256"}, LIVING), at=1000)
    report = verifier.check(signed({"alg": "HS256"}, claims), at=1000)
    assert [failure.code for failure in report.failures] == ([code] if code else [])


def test_a_recognised_header_vouches_for_no_signature() -> None:
    """A forger copies the header of a token that was taken: the signature is verified each time."""
    verifier = Verifier(KEY)
    token = signed({"alg": "HS256"}, LIVING)
    message, _, signature = token.rpartition(".")
    other = signed({"alg": "HS256"}, {**LIVING, "sub": "eve"})
    assert verifier.verify(token, at=1000)
    assert verifier._recognised
    for forged in (
        signed({"alg": "HS256"}, LIVING, key=FORGED),
        f"{other.rpartition('.')[0]}.{signature}",
        f"{message}.",
        f"{message}.{base64url_encode(bytes(32))}",
        f"{message}.{base64url_encode(bytes(31))}",
        f"{message}.{signature[:-3]}",
        f"{message}.{signature[:16]}",
    ):
        assert verifier.check(forged, at=1000).check("signature").code == "token.signature"
        with pytest.raises(TokenRefused):
            verifier.verify(forged, at=1000)


def signed(header: dict[str, object], claims: dict[str, object], *, key: Key = KEY) -> str:
    from authcli.tokens.engine import signer

    parts = [base64url_encode(compact_json(part)) for part in (header, claims)]
    message = ".".join(parts)
    return f"{message}.{base64url_encode(signer('HS256', key)(message.encode()))}"


def test_a_token_with_a_recognised_header_is_expired_when_its_time_comes() -> None:
    verifier = Verifier(KEY)
    token = tokens.mint({}, key=KEY, at=1000, lifetime_seconds=60)
    assert verifier.verify(token, at=1000)
    assert verifier.verify(token, at=1059)
    with pytest.raises(TokenRefused, match="expired"):
        verifier.verify(token, at=1060)


def test_what_a_caller_does_to_a_header_reaches_no_other_token() -> None:
    verifier, token = Verifier(KEY), tokens.mint({}, key=KEY)
    for _ in range(3):
        header = verifier.verify(token).header
        assert header["alg"] == "HS256"
        header["alg"] = "none"  # type: ignore[index]


def test_a_member_of_a_header_that_could_be_shared_is_not() -> None:
    verifier, token = Verifier(KEY), tokens.mint({}, key=KEY, header={"jwk": {"kty": "EC"}})
    for _ in range(3):
        carried = verifier.verify(token).header["jwk"]
        assert carried == {"kty": "EC"}
        carried["kty"] = "oct"  # type: ignore[index, call-overload]


def test_keys_that_share_no_kid_are_tried_for_every_token() -> None:
    """A header that left two keys to try is not remembered for the one that happened to sign."""
    first, second = (keys.generate("HS256", kid=None) for _ in range(2))
    verifier = Verifier(KeySet((first, second)))
    for key in (first, second, first, second):
        assert verifier.verify(tokens.mint({}, key=key)).key is key
    assert not verifier._recognised


def test_a_forger_cannot_make_a_verifier_learn() -> None:
    verifier = Verifier(KEY)
    for number in range(200):
        token = tokens.mint({}, key=keys.generate("HS256", kid=f"k{number}"))
        with pytest.raises(TokenRefused):
            verifier.verify(token)
    assert not verifier._recognised
    for number in range(200):
        verifier.verify(tokens.mint({}, key=KEY, kid=f"k{number}"))
    assert len(verifier._recognised) == 64
