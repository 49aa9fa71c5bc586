"""What `authcli jwt mint` does between its flags and the library, and with the token then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from authcli import clock
from authcli.cli._messages import note, warn
from authcli.cli._output import emit, json_text
from authcli.cli._secret_output import SecretForm, emit_secret
from authcli.cli._times import instant_of
from authcli.errors import InvalidInput

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.keys import Key
    from authcli.signing.choosing import Signer
    from authcli.tokens.editing import Edited
    from authcli.tokens.minter import Draft, MintOptions

__all__ = [
    "ClaimLayers",
    "Signing",
    "Wanted",
    "chosen_name",
    "claim_layers",
    "draft_warnings",
    "emit_draft",
    "emit_token",
    "explanation",
    "flag_claims",
    "lifetime_seconds",
    "signing_key",
    "token_facts",
    "with_issuer",
]


class Wanted(NamedTuple):
    """The flags that set registered claims; they win over claims given by name."""

    issuer: str | None
    subject: str | None
    audience: list[str] | None
    expires: str | None
    no_exp: bool
    not_before: str | None
    jti: str | None
    scope: list[str] | None

    @property
    def endless(self) -> bool:
        """Whether the token is to have no exp at all."""
        return self.no_exp or (self.expires or "").lower() == "never"


class ClaimLayers(NamedTuple):
    """Where claims come from: each layer wins over those before it."""

    defaults: dict[str, Any]
    """From flags and configuration; first, because people read a token in that order."""
    flags: dict[str, Any]
    endless: bool
    """No exp, whatever a layer says."""

    def around(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the claims of a token whose own are given."""
        claims = {**self.defaults, **given, **self.flags}
        if self.endless:
            claims.pop("exp", None)
        return claims


def claim_layers(run: Run, wanted: Wanted) -> ClaimLayers:
    """Return what configuration and flags say of the claims.

    Raises:
        InvalidInput: two flags contradict each other.
    """
    flags = flag_claims(run, wanted)
    settings = {
        "iss": run.config.text("issuer", None),
        "aud": _one_or_many(run.config.texts("audience", None)),
    }
    defaults = {name: value for name, value in settings.items() if value}
    defaults |= {name: flags[name] for name in ("iss", "sub", "aud") if name in flags}
    return ClaimLayers(defaults, flags, wanted.endless)


def flag_claims(run: Run, wanted: Wanted) -> dict[str, Any]:
    """Return the claims that flags set, in the order in which people read a token.

    Raises:
        InvalidInput: two flags contradict each other.
    """
    if wanted.no_exp and wanted.expires is not None:
        raise InvalidInput("--exp and --no-exp contradict each other")
    expires = None if wanted.endless else wanted.expires
    claims = {
        "iss": wanted.issuer,
        "sub": wanted.subject,
        "aud": _one_or_many(wanted.audience or []),
        "exp": instant_of("--exp", expires, at=run.at) if expires else None,
        "nbf": instant_of("--nbf", wanted.not_before, at=run.at) if wanted.not_before else None,
        "jti": None if wanted.jti == "none" else wanted.jti,
        "scope": " ".join(wanted.scope or []),
    }
    return {name: value for name, value in claims.items() if value not in (None, "", [])}


def lifetime_seconds(run: Run, wanted: Wanted) -> int | None:
    """Return how long the token lives where its claims do not say; None is for ever."""
    from authcli.tokens.minter import DEFAULT_LIFETIME_SECONDS

    if wanted.endless:
        return None
    configured = run.config.text("lifetime", None)
    return clock.parse_duration(configured) if configured else DEFAULT_LIFETIME_SECONDS


def chosen_name(typ: str | None) -> str | bool:
    """Return what the library takes for typ: a text, True for the usual, False for none."""
    return True if typ is None else (False if typ == "none" else typ)


class Signing(NamedTuple):
    """The key that signs."""

    key: Key
    managed: Signer | None = None
    """What else is known of it, where it is a managed key."""

    def named(self, kid: str | None) -> str | bool:
        """Return the header's kid as the library takes it, where `--kid` says that.

        Of managed keys it chose one, perhaps by the beginning of its kid; of others it names one.
        """
        return True if self.managed is not None else kid or True


def signing_key(
    run: Run,
    source: str | None,
    *,
    kid: str | None,
    passphrase: str | None,
    secret_encoding: str | None,
    dry_run: bool,
    alg: str | None = None,
    store: str | None = None,
) -> Signing:
    """Return the key that was named, else the managed one, else the development key."""
    from authcli.cli._devkey import development_key, development_key_path
    from authcli.cli._input import chosen_key, read_keys
    from authcli.cli._managed import SOURCE, managed_signer

    source = run.config.text("key", source)
    asked = source is not None and source.startswith(SOURCE)
    if source is None or asked:
        named = (source or "").removeprefix(SOURCE) or kid
        managed = managed_signer(run, store, alg=alg, kid=named, asked=asked, signs=not dry_run)
        if managed is not None:
            return Signing(managed.key, managed)
    if source is not None:
        opened = read_keys(
            run,
            source,
            passphrase=run.config.text("passphrase", passphrase),
            secret_encoding=secret_encoding,
            what="signing key",
        )
        return Signing(chosen_key(opened, kid))
    key = development_key(make=True, dry_run=dry_run)
    done = "this would be signed" if dry_run else "signed"
    warn(run, f"{done} with the development key {development_key_path()}; for others use --key")
    return Signing(key)


def with_issuer(
    signing: Signing, layers: ClaimLayers, payload: dict[str, Any], *, lines: bool
) -> tuple[ClaimLayers, dict[str, Any]]:
    """Return layers and claims with the issuer of a managed key, where nobody named another."""
    issuer = signing.managed.ring.issuer if signing.managed is not None else None
    if issuer is None or "iss" in layers.defaults:
        return layers, payload
    layers = layers._replace(defaults={"iss": issuer, **layers.defaults})
    return layers, payload if lines else {"iss": issuer, **payload}


def emit_draft(run: Run, draft: Draft | Edited, *, facts: Mapping[str, Any] | None = None) -> None:
    """Show what would be signed; JSON has more `facts` of it."""
    from authcli.cli.jwt._pages import token_page

    for text in draft_warnings(draft):
        warn(run, text)
    facts = {**token_facts(draft), **(facts or {}), "signed": False}
    note(run, "nothing was signed (--dry-run)")
    emit(
        run,
        facts,
        plain=json_text(run, facts),
        human=lambda on: token_page(draft.header, draft.payload, at=run.at, colored=on),
    )


def emit_token(
    run: Run, draft: Draft | Edited, form: SecretForm, *, facts: Mapping[str, Any] | None = None
) -> None:
    """Sign a draft and write the token in the form that was asked for; JSON has more `facts`."""
    from authcli.cli.jwt._pages import colored_token

    for text in draft_warnings(draft):
        warn(run, text)
    token = draft.sign()
    emit_secret(
        run,
        {"token": token, **token_facts(draft), **(facts or {})},
        value=token,
        form=form,
        default_var="TOKEN",
        human=lambda on: colored_token(token, colored=on),
    )


def explanation(run: Run, language: str, payload: dict[str, Any], options: MintOptions) -> None:
    """Print code that mints such a token, with placeholders where keys and tokens go."""
    from authcli.cli.jwt._explain import LANGUAGES

    if language not in LANGUAGES:
        raise InvalidInput(
            f"no --explain {ascii(language[:20])}", hint=f"one of: {', '.join(LANGUAGES)}"
        )
    code = LANGUAGES[language](payload, _telling(options))
    emit(run, {"language": language, "code": code}, plain=code)


def _telling(options: MintOptions) -> dict[str, Any]:
    """Return the options that are not the library's defaults."""
    from authcli.tokens.minter import DEFAULT_LIFETIME_SECONDS

    usual: dict[str, Any] = {"lifetime_seconds": DEFAULT_LIFETIME_SECONDS, "iat": True}
    usual |= {"jti": True}
    usual |= {"algorithm": None, "header": {}, "kid": True, "typ": True, "as_": None}
    return {name: value for name, value in options.items() if value != usual[name]}


def token_facts(draft: Draft | Edited) -> dict[str, Any]:
    """Return what JSON says of a token beside its text."""
    from authcli.cli.jwt._pages import expires_at

    return {
        "algorithm": draft.algorithm,
        "kid": draft.header.get("kid"),
        "expires_at": expires_at(draft.payload),
        "header": dict(draft.header),
        "payload": dict(draft.payload),
    }


def draft_warnings(draft: Draft | Edited) -> list[str]:
    """Return what a person should know of a token that is to be signed."""
    warnings = list(draft.warnings)
    if "exp" not in draft.payload:
        forged = ", and whoever verifies it can forge it" if draft.key.kty == "oct" else ""
        warnings.append(f"this token never expires{forged}")
    return warnings


def _one_or_many(values: list[str]) -> str | list[str]:
    """Return aud as RFC 7519, section 4.1.3, has it: one audience is a string."""
    return values[0] if len(values) == 1 else values
