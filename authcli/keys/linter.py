"""What is wrong or unwise about keys and sets, beyond what stops them from being read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from authcli.findings import Finding
from authcli.keys.algorithms import ALGORITHMS, ENCRYPTION_ALGORITHMS
from authcli.keys.model import Key, KeySet
from authcli.keys.thumbprints import thumbprint

if TYPE_CHECKING:
    from authcli.keys.certificate import Certificate

__all__ = ["lint"]

#: RFC 7517, section 4.3, names these pairs; other operations SHOULD NOT share a key.
_PAIRS = (
    {"sign", "verify"},
    {"encrypt", "decrypt"},
    {"wrapKey", "unwrapKey"},
    {"deriveKey", "deriveBits"},
)
_SECRET_OPERATIONS = {"sign", "decrypt", "unwrapKey", "deriveKey", "deriveBits"}
MAX_KID_CHARACTERS = 256


def lint(
    subject: Key | KeySet, *, public_expected: bool = False, at: float | None = None
) -> tuple[Finding, ...]:
    """Return what is wrong or unwise, errors first; nothing for a sound key or set.

    Args:
        subject: a key, or a set, whose findings name the key they are about.
        public_expected: the subject is meant to be published: a private key in it is an error.
        at: the time in epoch seconds for the validity of certificates; None leaves it out.
    """
    found: list[Finding] = []
    if isinstance(subject, KeySet):
        found += subject.passed_over
        found += _set_findings(subject, public_expected=public_expected)
        positions = subject.positions or range(1, len(subject) + 1)
        several = len(subject) + len(subject.passed_over) > 1
        for position, key in zip(positions, subject, strict=True):
            label = _subject(position, key) if several else None
            found += (
                finding._replace(subject=label)
                for finding in _findings(key, public_expected=public_expected, at=at)
            )
    else:
        found += _findings(subject, public_expected=public_expected, at=at)
    return tuple(
        sorted(found, key=lambda finding: ("error", "warning", "note").index(finding.severity))
    )


def _findings(key: Key, *, public_expected: bool, at: float | None) -> Iterator[Finding]:
    yield from key.weaknesses
    if public_expected and key.private:
        half = "a shared secret" if key.kty == "oct" else "a private key"
        yield Finding(
            "key.lint.private",
            "error",
            f"{half} stands where only public keys may be",
            "replace the key, which counts as published; publish: authcli key public",
        )
    yield from _declarations(key)
    yield from _kid(key)
    if key.certificate is not None and at is not None:
        yield from _validity(key.certificate, at)
    for note in key.notes:
        yield Finding("key.lint.forgiven", "note", note)


def _validity(certificate: Certificate, at: float) -> Iterator[Finding]:
    from authcli.clock import format_instant

    if at >= certificate.not_after:
        when = format_instant(certificate.not_after)
        yield Finding("key.lint.expired", "warning", f"the certificate expired at {when}")
    elif at < certificate.not_before:
        when = format_instant(certificate.not_before)
        yield Finding("key.lint.not-yet", "warning", f"the certificate begins at {when}")


def _declarations(key: Key) -> Iterator[Finding]:
    signs, encrypts = key.alg in ALGORITHMS, key.alg in ENCRYPTION_ALGORITHMS
    if (signs and key.use == "enc") or (encrypts and key.use == "sig"):
        yield Finding(
            "key.lint.alg-use",
            "error",
            f"the key declares alg '{key.alg}' and use '{key.use}', which contradict each other",
            'mend its "use" member',
        )
    if key.alg is not None and not signs and not encrypts:
        yield Finding(
            "key.lint.alg-unknown",
            "warning",
            f"the alg {ascii(key.alg)[:40]} is not one that is known",
            "known are " + ", ".join(ALGORITHMS),
        )
    operations = set(key.key_ops or ())
    if operations and not any(operations <= pair for pair in _PAIRS):
        yield Finding(
            "key.lint.key-ops",
            "warning",
            "the key_ops permit operations that should not share a key: "
            + ", ".join(sorted(map(ascii, operations)))[:200],
        )
    if key.key_ops == ():
        yield Finding("key.lint.key-ops", "warning", "the key_ops are empty: nothing is permitted")
    beyond = sorted(operations & _SECRET_OPERATIONS)
    if beyond and not key.private and key.crv not in ("X25519", "X448"):
        yield Finding(
            "key.lint.key-ops",
            "warning",
            f"the key_ops of a public key permit {', '.join(beyond)}, which takes the private half",
        )


def _kid(key: Key) -> Iterator[Finding]:
    if key.kid is None:
        return
    if key.kid.startswith("-"):
        yield Finding(
            "key.lint.kid",
            "warning",
            "the kid begins with '-': command lines take it for an option",
        )
    if not key.kid or not key.kid.isprintable() or len(key.kid) > MAX_KID_CHARACTERS:
        yield Finding(
            "key.lint.kid",
            "warning",
            f"the kid is empty, unprintable or longer than {MAX_KID_CHARACTERS} characters",
        )


def _set_findings(keys: KeySet, *, public_expected: bool) -> Iterator[Finding]:
    kids = Counter(key.kid for key in keys if key.kid is not None)
    for kid in (kid for kid, count in kids.items() if count > 1):
        yield Finding(
            "key.lint.kid-duplicate",
            "error",
            f"{kids[kid]} keys have the kid {ascii(kid)[:60]}",
            "a token's kid must lead to one key (RFC 7517, section 4.5)",
        )
    prints = Counter(thumbprint(key) for key in keys)
    for name in (name for name, count in prints.items() if count > 1):
        yield Finding(
            "key.lint.duplicate",
            "warning",
            f"{prints[name]} entries are one key (thumbprint {name})",
        )
    if not len(keys):
        yield Finding("key.lint.empty", "warning", "the set holds no key")
    nameless = sum(key.kid is None for key in keys)
    if nameless and len(keys) > 1:
        yield Finding(
            "key.lint.kid-missing",
            "warning",
            f"{nameless} of {len(keys)} keys have no kid",
            "a verifier cannot tell which key a token means",
        )
    private = sum(key.private for key in keys)
    if not public_expected and 0 < private < len(keys):
        yield Finding(
            "key.lint.mixed",
            "warning",
            f"{private} of {len(keys)} keys are private, the others public",
            "publish only public keys: authcli key public",
        )


def _subject(position: int, key: Key) -> str:
    return f"key {position}" + (f" (kid {ascii(key.kid)[:60]})" if key.kid is not None else "")
