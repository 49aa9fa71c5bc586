"""From the token's text to its signature: the checks that make it genuine (RFC 7515, section 5.2).

The algorithm is never the token's choice, and nothing that the token carries is opened, fetched
or run (RFC 8725, sections 3.1, 3.2 and 3.10).
"""

from __future__ import annotations

from collections.abc import Mapping

from authcli.errors import InvalidEncoding
from authcli.keys.algorithms import ALGORITHMS
from authcli.tokens.candidates import MAX_KEYS_TRIED, named
from authcli.tokens.compact import read_header, split
from authcli.tokens.report import Check, quoted
from authcli.tokens.rules import Case, Rule, fail, passed

__all__ = ["SIGNATURE_RULES"]

#: RFC 7515, section 4.1, RFC 7516, section 4.1, RFC 7518 and RFC 7797: names that "crit" must
#: not list, because every reader knows them already (or, for b64, has to refuse it in a JWT).
_REGISTERED_HEADERS = frozenset(
    (
        *("alg", "jku", "jwk", "kid", "x5u", "x5c", "x5t", "x5t#S256", "typ", "cty", "crit"),
        *("enc", "zip", "epk", "apu", "apv", "iv", "tag", "p2s", "p2c"),
    )
)


def _test_format(case: Case) -> Check | None:
    try:
        case.compact = split(case.token, lenient=case.policy.lenient)
    except InvalidEncoding as error:
        return fail("format", "token.malformed", error.message, hint=error.hint)
    return None


def _tell_format(case: Case) -> Check:
    forgiven = case.parts.forgiven
    return passed(
        "format",
        f"three parts; forgiven: {', '.join(forgiven)}"
        if forgiven
        else "three parts of canonical base64url",
    )


def _test_header(case: Case) -> Check | None:
    try:
        case.header = read_header(case.parts.header)
    except InvalidEncoding as error:
        return fail("header", "token.malformed", error.message, hint=error.hint)
    return None


def _test_algorithm(case: Case) -> Check | None:
    algorithm = str(case.header["alg"])
    for candidate in case.keys:
        if algorithm in candidate.algorithms:
            case.algorithm = algorithm
            return None
    allowed = ", ".join(_allowed(case))
    if algorithm.strip().lower() == "none":
        return fail(
            "algorithm",
            "token.alg-none",
            f"the token is unsigned (alg {quoted(algorithm)}): anyone can have written it",
            hint="never accepted; the issuer must sign",
            expected=allowed,
            actual=algorithm,
        )
    return fail(
        "algorithm",
        "token.algorithm",
        f"the token says alg {quoted(algorithm)}, and the key allows {allowed}",
        hint=_algorithm_hint(case, algorithm),
        expected=allowed,
        actual=algorithm,
    )


def _algorithm_hint(case: Case, algorithm: str) -> str:
    if case.policy.algorithms and algorithm in ALGORITHMS:
        return f"--alg {algorithm} would allow it, where the key does"
    return "is this the issuer's key? an attacker chooses another algorithm, too"


def _tell_algorithm(case: Case) -> Check:
    return passed("algorithm", f"{case.algorithm}, which the key allows")


def _test_critical(case: Case) -> Check | None:
    if "b64" in case.header:
        detail = "the header has b64, which is not for JWTs (RFC 7797, section 7)"
        return fail("critical", "token.critical", detail)
    if "crit" not in case.header:
        return None
    return fail("critical", "token.critical", _crit_fault(case.header))


def _crit_fault(header: Mapping[str, object]) -> str:
    """Say what is wrong with `crit`; as no extension is understood, something always is."""
    crit = header["crit"]
    if not isinstance(crit, list) or not crit:
        return "the header's crit is not a list of names (RFC 7515, section 4.1.11)"
    names = [name for name in crit if isinstance(name, str)]
    if len(names) != len(crit) or len(set(names)) != len(names):
        return "the header's crit holds what is no name, or a name twice"
    for name in names:
        if name in _REGISTERED_HEADERS:
            return f"the header's crit lists {quoted(name)}, which the standard forbids there"
        if name not in header:
            return f"the header's crit lists {quoted(name)}, which the header lacks"
    return f"the header's crit demands {quoted(names[0])}, which is not understood"


def _test_key(case: Case) -> Check | None:
    kid = case.header.get("kid")
    pool = case.keys
    if isinstance(kid, str) and not case.explicit and any(one.key.kid for one in pool):
        pool = named(pool, kid)
        if not pool:
            return _unknown_kid(case, kid)
    case.tried = tuple(one for one in pool if case.algorithm in one.algorithms)
    if not case.tried:
        allowed = ", ".join(dict.fromkeys(name for one in pool for name in one.algorithms))
        return fail(
            "key",
            "token.algorithm",
            f"the key {quoted(kid)} allows {allowed}, and the token says {case.algorithm}",
            expected=allowed,
            actual=case.algorithm,
        )
    if len(case.tried) > MAX_KEYS_TRIED:
        return fail(
            "key",
            "token.kid-unknown",
            f"{len(case.tried)} keys could have signed the token, and its kid does not tell "
            f"which: more than the {MAX_KEYS_TRIED} that are tried",
            hint="pass the one key with --key",
        )
    if len(case.tried) == 1:
        case.signed_by = case.tried[0]
    return None


def _unknown_kid(case: Case, kid: str) -> Check:
    known = [one.key.kid for one in case.keys if one.key.kid]
    listed = ", ".join(quoted(name) for name in known[:3])
    more = f" and {len(known) - 3} more" if len(known) > 3 else ""
    return fail(
        "key",
        "token.kid-unknown",
        f"the token's kid {quoted(kid)} is not in the key set",
        hint=f"the set has {listed}{more}; is it the issuer's current one?",
        expected=known[0],
        actual=kid,
    )


def _tell_key(case: Case) -> Check:
    kid = case.header.get("kid")
    if case.signed_by and isinstance(kid, str) and case.signed_by.key.kid == kid:
        return passed("key", f"kid {quoted(kid)}")
    tried = len(case.tried)
    return passed("key", "the key given" if tried == 1 else f"one of the {tried} keys that fit")


def _test_signature(case: Case) -> Check | None:
    compact = case.parts
    if not compact.signature:
        return fail("signature", "token.signature", "the signature is empty")
    message = compact.signing_input
    for candidate in case.tried:
        if candidate.verifies(case.algorithm, message, compact.signature):
            case.signed_by = candidate
            return None
    which = "the key" if len(case.tried) == 1 else f"any of the {len(case.tried)} keys tried"
    return fail(
        "signature",
        "token.signature",
        f"the signature does not match {which}",
        hint="another key signed the token, or it was changed afterwards",
    )


def _tell_signature(case: Case) -> Check:
    return passed("signature", f"matches ({case.algorithm})")


def _test_strength(case: Case) -> Check | None:
    weakness = weakness_of(case)
    if weakness is None or case.policy.allow_weak:
        return None
    return fail("strength", "key.weak", weakness, hint="--allow-weak accepts it all the same")


def weakness_of(case: Case) -> str | None:
    """Return what makes the token's key weak, in a sentence, or None."""
    if case.signed_by is None:
        return None
    key = case.signed_by.key
    if key.weak:
        return key.weak.message
    minimum = ALGORITHMS[case.algorithm].minimum_bits
    if key.size_bits < minimum:
        return f"{case.algorithm} needs a key of {minimum} bits; this one has {key.size_bits}"
    return None


def _tell_strength(case: Case) -> Check:
    if case.signed_by is None:
        return Check("strength", "skipped", "no key matched")
    if weakness := weakness_of(case):
        return passed("strength", f"allowed although weak: {weakness}")
    key = case.signed_by.key
    return passed("strength", f"{key.crv or key.alg or key.kty}, {key.size_bits} bits")


def _allowed(case: Case) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for one in case.keys for name in one.algorithms))


#: In the order of running: which of several keys is judged for strength, the signature tells.
SIGNATURE_RULES = (
    Rule("format", _test_format, _tell_format),
    Rule("header", _test_header, "a JSON object without duplicate members", needs=("format",)),
    Rule("algorithm", _test_algorithm, _tell_algorithm, needs=("header",)),
    Rule("critical", _test_critical, "no critical extension", needs=("header",)),
    Rule("key", _test_key, _tell_key, needs=("algorithm",)),
    Rule("signature", _test_signature, _tell_signature, needs=("key",)),
    Rule("strength", _test_strength, _tell_strength, needs=("key",)),
)
