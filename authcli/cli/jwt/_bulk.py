"""`authcli jwt` with `--lines` and `--count`: what becomes of one line, for `cli._bulk`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from authcli.cli._bulk import Item, Judge, bad_facts, check_bulk, run_bulk
from authcli.cli._claims import is_object, put_claims, single_claims
from authcli.cli._feed import Block, Count, Lines, open_lines
from authcli.cli._input import bare_token
from authcli.cli._managed import check_life
from authcli.cli._messages import warn
from authcli.cli._output import payload_line
from authcli.cli.jwt._options import missing_seconds, ttl_check
from authcli.cli.jwt._pages import expires_at
from authcli.errors import AuthError, Due, InvalidInput, TokenRefused

if TYPE_CHECKING:
    from authcli.cli._revocation import RevocationCheck
    from authcli.cli._run import Run
    from authcli.cli._secret_output import SecretForm
    from authcli.cli.jwt._minting import ClaimLayers
    from authcli.cli.jwt._verifying import KeyChoice, Trusted
    from authcli.signing.choosing import Signer
    from authcli.tokens.minter import Draft, Minter
    from authcli.tokens.verifier import Verifier

__all__ = [
    "check_minting",
    "decode_lines",
    "mint_count",
    "mint_lines",
    "token_lines",
    "verify_lines",
]

BAD_MEMBERS = ("line", "code", "message", "exit")
MINT_MEMBERS = (*BAD_MEMBERS, "token", "algorithm", "kid", "expires_at", "header", "payload")
DECODE_MEMBERS = (*BAD_MEMBERS, "verified", "header", "payload", "expires_at", "checks")
VERIFY_MEMBERS = (
    *(*BAD_MEMBERS, "valid", "checks", "key", "warnings"),
    *("algorithm", "header", "payload", "expires_at", "unverified"),
)
MAX_COUNT = 10**9
#: Blanks and quotes, which may stand after a token.
_ENDS = (*(bytes([byte]) for byte in b" \t\v\f\"'`"), b"")

#: RSA signs so slowly that a process gets few at a time; of the rest it gets many.
_SLOW = ("RS", "PS", "ML")
_SLOW_BLOCK, _BLOCK = 16, 512
_SLOW_READ, _READ = 4096, 1 << 17


def check_minting(
    lines: bool,
    count: int | None,
    jobs: int | None,
    fail_fast: bool,
    *,
    form: SecretForm,
    dry_run: bool,
    explain: bool,
) -> None:
    """Refuse what cannot be, or would silently do nothing.

    Raises:
        InvalidInput: naming the flags.
    """
    if fail_fast and count is not None:
        raise InvalidInput("--fail-fast is for --lines: no token of --count can be bad")
    if lines and count is not None:
        raise InvalidInput("--lines mints a token a line, and --count N tokens alike; not both")
    check_bulk(
        many=lines or count is not None,
        jobs=jobs,
        fail_fast=fail_fast,
        single={
            "--dry-run": lines and dry_run,
            "--explain": explain,
            "--var": form.var is not None,
            "--format": form.format != "raw",
            "--copy": form.copy,
            "--mask": form.mask,
            "--github-env": form.github_env is not None,
            "--github-output": form.github_output is not None,
        },
        hint="add --lines or --count N",
    )


def mint_count(
    run: Run,
    minter: Minter,
    claims: Mapping[str, Any],
    managed: Signer | None,
    *,
    count: int,
    jobs: int | None,
) -> None:
    """Write so many tokens, which differ in their jti."""
    from authcli.cli.jwt._minting import draft_warnings

    if not 1 <= count <= MAX_COUNT:
        raise InvalidInput(f"--count {count} is not between 1 and {MAX_COUNT}")
    draft = minter.draft(claims, at=run.now)
    check_life(managed, draft.payload, at=run.at)
    for text in draft_warnings(draft):
        warn(run, text)
    if count > 1 and ("jti" in claims or not minter.jti):
        warn(run, "without a jti of their own these tokens all say the same")
    draft.sign()  # what is too long is said here: a worker could only fail

    def judge(block: Block) -> Iterator[Item]:
        if run.json or run.fields:
            drafts = (minter.draft(claims, at=run.now) for _ in range(block.size))
            yield from map(_minted, range(block.first, block.first + block.size), drafts)
        else:
            yield from map(Item, minter.batch(claims, count=block.size, at=run.now))

    slow = minter.signing_algorithm.startswith(_SLOW)
    feed = Count(count, per_block=_SLOW_BLOCK if slow else _BLOCK)
    run_bulk(run, feed, judge, members=MINT_MEMBERS, jobs=jobs)


def mint_lines(
    run: Run,
    arguments: list[str],
    layers: ClaimLayers,
    minter: Minter,
    managed: Signer | None,
    *,
    jobs: int | None,
    fail_fast: bool,
) -> None:
    """Write a token for each line's claims, a JSON object each; single claims go over them."""
    from authcli.cli.jwt._minting import draft_warnings
    from authcli.encoding import json_object

    sources = [text for text in arguments if is_object(text)]
    if len(sources) > 1:
        raise InvalidInput("--lines reads claims from one place", hint="cat them together")
    singles = single_claims([text for text in arguments if not is_object(text)])
    slow = minter.signing_algorithm.startswith(_SLOW)
    feed = open_lines(
        next(iter(sources), None), what="claims", per_read=_SLOW_READ if slow else _READ
    )
    full = bool(run.json or run.fields)

    def judged(line: bytes, number: int) -> Item:
        try:
            given = put_claims(json_object(line, what="claims object"), singles)
            claims = layers.around(given)
            draft = minter.draft(claims, at=run.now)
            check_life(managed, draft.payload, at=run.at)
            item = _minted(number, draft) if full else Item(draft.sign())
            doubts = draft_warnings(draft)
            return item._replace(warnings=tuple(doubts)) if doubts else item
        except AuthError as error:
            return Item(facts=bad_facts(number, error), error=error)

    if "jti" in layers.flags:
        warn(run, "--jti gives every token the same id")
    feed.peek()
    minter.ready()
    run_bulk(run, feed, _each(judged), members=MINT_MEMBERS, jobs=jobs, fail_fast=fail_fast)


def token_lines(
    source: str | None, many: bool, jobs: int | None, fail_fast: bool, *, time: str | None
) -> Lines:
    """Return tokens, one a line, from a positional input.

    Raises:
        InvalidInput: no such input, or flags for many without `--lines`.
    """
    check_bulk(many=many, jobs=jobs, fail_fast=fail_fast, single={"--time": bool(time)})
    return open_lines(source, what="tokens", per_read=_READ)


def decode_lines(
    run: Run,
    feed: Lines,
    *,
    lenient: bool,
    least: int | None,
    jobs: int | None,
    fail_fast: bool,
) -> None:
    """Write the payload of each token; nothing is verified."""
    from authcli import tokens

    full = bool(run.json or run.fields)

    def judged(line: bytes, number: int) -> Item:
        try:
            decoded = tokens.decode(_bare(line), lenient=lenient)
        except TokenRefused as refusal:
            return Item(facts=bad_facts(number, refusal) | {"verified": False}, error=refusal)
        exp = decoded.payload.get("exp")
        due = _due(run, least, exp)
        forgiven = tuple(f"forgiven: {text}" for text in decoded.forgiven)
        if not full:
            return Item(payload_line(decoded.payload), error=due, warnings=forgiven)
        facts = {
            "line": number,
            "verified": False,
            "header": decoded.header,
            "payload": decoded.payload,
            "expires_at": expires_at(decoded.payload),
        }
        if least is not None:
            facts["checks"] = ttl_check(run, least, exp)
        return Item(facts=facts, error=due, warnings=forgiven)

    feed.peek()
    warn(run, "NOT VERIFIED: anyone can write these; verify them with: authcli jwt verify --lines")
    run_bulk(run, feed, _each(judged), members=DECODE_MEMBERS, jobs=jobs, fail_fast=fail_fast)


def verify_lines(
    run: Run,
    feed: Lines,
    verifier: Verifier,
    trusted: Trusted,
    choice: KeyChoice,
    *,
    least: int | None,
    jobs: int | None,
    fail_fast: bool,
) -> None:
    """Write the payload of each token that is valid."""
    from authcli.cli._revocation import RevocationCheck
    from authcli.cli.jwt._verdict import DESCRIBED, refused_facts, verified_facts
    from authcli.cli.jwt._verifying import Renewing

    current = Renewing(verifier, trusted, choice)
    full = bool(run.json or run.fields)
    described = run.json or any(field.partition(".")[0] in DESCRIBED for field in run.fields)

    def judged(line: bytes, number: int) -> Item:
        try:
            verified = current.verify(_bare(line), at=run.now)
        except TokenRefused as refusal:
            facts = bad_facts(number, refusal) | refused_facts(refusal, trusted) if full else None
            return Item(facts=facts, error=refusal)
        except AuthError as error:  # nobody could say whether it was revoked
            return Item(facts=bad_facts(number, error), error=error)
        due = _due(run, least, verified.payload.get("exp"))
        warnings = current.warnings(verified)
        if not full:
            return Item(payload_line(verified.payload), None, due, warnings)
        facts = verified_facts(run, verified, trusted, least=least, described=described)
        return Item(None, {"line": number, **facts}, due, warnings)

    judge = _each(judged)
    if isinstance(verifier.policy.revocation, RevocationCheck):
        judge = _together(verifier.policy.revocation, judge)
    run_bulk(run, feed, judge, members=VERIFY_MEMBERS, jobs=jobs, fail_fast=fail_fast)


def _together(check: RevocationCheck, judge: Judge) -> Judge:
    """Return what judges a block by one state of the store."""

    def judged(block: Block) -> Iterator[Item]:
        with check.together():
            yield from judge(block)

    return judged


def _each(judged: Callable[[bytes, int], Item]) -> Judge:
    """Return what judges a block by judging each of its lines."""
    return lambda block: map(judged, block.lines(), range(block.first, block.first + block.size))


def _minted(number: int, draft: Draft) -> Item:
    from authcli.cli.jwt._minting import token_facts

    token = draft.sign()
    return Item(token, {"line": number, "token": token, **token_facts(draft)})


def _bare(line: bytes) -> str | bytes:
    """Return the token of a line; most are bare, and begin as every token does, with '{"'."""
    line = line.rstrip(b"\r")
    return line if line.startswith(b"ey") and line[-1:] not in _ENDS else bare_token(line)


def _due(run: Run, least: int | None, exp: object) -> AuthError | None:
    left = missing_seconds(run, least, exp)
    if left is None:
        return None
    return Due(f"{left} s are left of {least} s asked for", code="token.due")
