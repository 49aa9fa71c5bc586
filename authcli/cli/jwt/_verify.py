"""What `authcli jwt verify` does between its flags and the library: one token, or many."""

from __future__ import annotations

from contextlib import closing, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from authcli.cli._claims import parse_requirements
from authcli.cli._input import bare_token, read_token
from authcli.cli._moments import time_form
from authcli.cli._times import duration_of
from authcli.cli.jwt import _options, _verdict
from authcli.cli.jwt._verifying import expected_issuer, revocation_check, trusted_keys

if TYPE_CHECKING:
    from authcli.cli._revocation import RevocationCheck
    from authcli.cli._run import Run
    from authcli.cli.jwt._verifying import KeyChoice, Trusted
    from authcli.tokens.policy import Policy

__all__ = ["Asked", "Shown", "verify"]


class Asked(NamedTuple):
    """What is asked of each token, as it was typed."""

    algorithms: list[str] | None
    issuer: str | None
    audience: list[str] | None
    subject: str | None
    typ: str | None
    scope: list[str] | None
    require: list[str] | None
    leeway: str | None
    allow_weak: bool
    lenient: bool
    check_revocation: bool | None
    allow_list: bool
    on_store_error: str


class Shown(NamedTuple):
    """How many there are, and what is said of them."""

    min_ttl: str | None
    time: str | None
    lines: bool
    jobs: int | None
    fail_fast: bool


def verify(run: Run, token: str | None, asked: Asked, keys: KeyChoice, shown: Shown) -> None:
    """Verify a token, or each line of many, and write the verdict.

    Raises:
        TokenRefused: it is refused.
        Due: it is valid, and ends sooner than `--min-ttl` says.
    """
    from authcli.tokens.verifier import Verifier

    if many := shown.lines or shown.jobs is not None or shown.fail_fast:
        from authcli.cli.jwt import _bulk

        feed = _bulk.token_lines(token, shown.lines, shown.jobs, shown.fail_fast, time=shown.time)
    # Of many tokens the first one's kid tells whether cached keys are too old for it.
    text = bare_token(feed.peek()) if many else read_token(run, token)
    form, least = time_form(run, shown.time), _options.minimum_seconds(shown.min_ttl)
    policy = _policy(run, asked, keys)  # what is wrong with a flag is said before the network is
    trusted = trusted_keys(run, keys, token=text)
    check = _revocation(run, asked, keys, trusted)
    verifier = Verifier(trusted.keys, policy=replace(policy, revocation=check))
    with closing(check) if check is not None else nullcontext():
        if many:
            return _bulk.verify_lines(
                *(run, feed, verifier, trusted, keys),
                least=least,
                jobs=shown.jobs,
                fail_fast=shown.fail_fast,
            )
        return _verdict.emit_verdict(run, verifier, text, trusted, least=least, time=form)


def _policy(run: Run, asked: Asked, keys: KeyChoice) -> Policy:
    from authcli.tokens.policy import Policy

    return Policy(
        algorithms=asked.algorithms or run.config.texts("algorithm", None) or None,
        issuer=expected_issuer(run, asked.issuer, keys.issuer_url),
        audience=run.config.texts("audience", asked.audience) or None,
        subject=asked.subject,
        typ=asked.typ,
        scopes=asked.scope or (),
        require=parse_requirements(asked.require or []),
        leeway_seconds=duration_of("--leeway", asked.leeway or "0s", bare_seconds=True),
        allow_weak=asked.allow_weak,
        lenient=asked.lenient,
    )


def _revocation(
    run: Run, asked: Asked, keys: KeyChoice, trusted: Trusted
) -> RevocationCheck | None:
    return revocation_check(
        run,
        trusted,
        wanted=asked.check_revocation,
        allow_list=asked.allow_list,
        on_error=asked.on_store_error,
        store=keys.store,
    )
