"""What header members and claims mean (IANA registries "JSON Web Token Claims" and "JOSE").

"registered" are the seven claims of RFC 7519, section 4.1, "public" the ones of the IANA
registry and names that are URIs, "private" all others, some of which are widely known.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple, TypeAlias

__all__ = ["CLAIMS", "HEADERS", "Kind", "Meaning", "claim_meaning", "header_meaning"]

Kind: TypeAlias = Literal["registered", "public", "private"]


class Meaning(NamedTuple):
    """What a name stands for."""

    text: str
    """In a few words; empty for a name that is not known."""
    kind: Kind
    source: str = ""
    """The standard or the vendor that defines it."""


_OIDC = "OpenID Connect Core 1.0"
_PRIVATE = Meaning("", "private")

_REGISTERED = {
    "iss": "issuer: who made the token",
    "sub": "subject: whom the token is about",
    "aud": "audience: for whom the token is meant",
    "exp": "expiry: not to be accepted from then on",
    "nbf": "not before: not to be accepted until then",
    "iat": "issued at: when the token was made",
    "jti": "the token's own id, against replay and for revocation",
}

_PUBLIC: dict[str, dict[str, str]] = {
    f"{_OIDC}, section 5.1": {
        "name": "full name",
        "given_name": "first name",
        "family_name": "surname",
        "middle_name": "middle name",
        "nickname": "casual name",
        "preferred_username": "the name the user likes to be called by; not unique",
        "profile": "address of the profile page",
        "picture": "address of the profile picture",
        "website": "address of the web page or blog",
        "email": "e-mail address",
        "email_verified": "whether the e-mail address was checked",
        "gender": "gender",
        "birthdate": "birthday, YYYY-MM-DD",
        "zoneinfo": "time zone, such as Europe/Paris",
        "locale": "language, such as en-GB",
        "phone_number": "telephone number, +1 (555) 555-5555",
        "phone_number_verified": "whether the telephone number was checked",
        "address": "postal address",
        "updated_at": "when the user's information last changed",
    },
    f"{_OIDC}, section 2": {
        "auth_time": "when the user signed in",
        "nonce": "ties the token to one sign-in request, against replay",
        "acr": "how strong the sign-in was: authentication context class",
        "amr": "how the user signed in: pwd, otp, mfa and the like",
        "azp": "authorised party: the client the token was issued to",
        "at_hash": "hash of the access token issued along with it",
        "c_hash": "hash of the authorisation code issued along with it",
        "sub_jwk": "public key of a self-issued token's subject",
    },
    "OpenID Connect Front-Channel Logout 1.0": {"sid": "session id at the issuer"},
    "RFC 8417": {
        "events": "security events that the token reports",
        "toe": "when the event happened",
        "txn": "transaction that the event belongs to",
    },
    "RFC 8693": {
        "act": "actor: who acts on behalf of the subject",
        "may_act": "who may act on behalf of the subject",
        "scope": "what the token permits, separated by blanks",
        "client_id": "the OAuth client that asked for the token",
    },
    "RFC 9068, section 2.2.3.1": {
        "roles": "roles of the subject",
        "groups": "groups of the subject",
        "entitlements": "entitlements of the subject",
    },
    "RFC 7800": {"cnf": "confirmation: the key its presenter must prove to hold"},
    "RFC 9449": {
        "htm": "HTTP method of the request that a DPoP proof is for",
        "htu": "address of the request that a DPoP proof is for",
        "ath": "hash of the access token that a DPoP proof goes with",
    },
    "RFC 9396": {"authorization_details": "what the token permits, in detail"},
    "RFC 9701": {"token_introspection": "answer of an introspection endpoint"},
    "RFC 8055": {"orig": "originating identity of a call", "dest": "destination of a call"},
    "RFC 8485": {
        "vot": "vector of trust: how sure the issuer is",
        "vtm": "address of the trust framework",
    },
    "RFC 9711": {"eat_nonce": "freshness of an attestation", "ueid": "universal device id"},
    "RFC 9901": {
        "_sd": "digests of claims that can be disclosed one by one",
        "_sd_alg": "hash behind the digests of _sd",
        "...": "digest of an array element that can be disclosed",
    },
    "W3C Verifiable Credentials": {
        "vc": "verifiable credential",
        "vp": "verifiable presentation",
    },
}

_KNOWN_PRIVATE: dict[str, dict[str, str]] = {
    "Microsoft Entra, Okta": {"scp": "what the token permits: scopes"},
    "Microsoft Entra": {
        "tid": "tenant",
        "oid": "object id of the user",
        "upn": "user principal name",
        "appid": "client application",
        "ver": "version of the token's form",
        "wids": "directory roles",
        "idtyp": "whether it speaks for an app or a user",
    },
    "Auth0": {
        "permissions": "what the subject may do",
        "gty": "grant type that the token came from",
        "org_id": "organisation",
    },
    "Okta": {"cid": "client id", "uid": "user id"},
    "Keycloak": {
        "typ": "type of token: Bearer, ID, Refresh",
        "realm_access": "roles in the realm",
        "resource_access": "roles in each client",
        "session_state": "session id",
        "allowed-origins": "origins that may send it",
    },
    "AWS Cognito": {
        "token_use": "id or access",
        "cognito:groups": "groups of the user",
        "cognito:username": "user name",
    },
    "Google": {"hd": "hosted domain of the account"},
    "Firebase": {"firebase": "sign-in provider and identities", "user_id": "user id"},
    "custom": {"role": "role of the subject", "admin": "whether the subject is an administrator"},
}

_HEADERS: dict[str, dict[str, str]] = {
    "RFC 7515, section 4.1": {
        "alg": "algorithm of the signature; a verifier decides it by its key",
        "jku": "address of a key set; never fetched",
        "jwk": "a public key; never trusted",
        "kid": "which key signed: chooses among trusted keys",
        "x5u": "address of a certificate; never fetched",
        "x5c": "a certificate chain; never trusted",
        "x5t": "SHA-1 thumbprint of a certificate",
        "x5t#S256": "SHA-256 thumbprint of a certificate",
        "typ": "media type of the token: what it is meant as",
        "cty": "media type of the payload; JWT when tokens are nested",
        "crit": "extensions that a reader must understand, or refuse the token",
    },
    "RFC 7797": {"b64": "whether the payload is base64url; not for JWTs"},
    "RFC 7516": {
        "enc": "algorithm of the encryption",
        "zip": "compression before encryption",
    },
    "RFC 7518, section 4": {
        "epk": "ephemeral public key",
        "apu": "information on the producer",
        "apv": "information on the recipient",
        "iv": "initialisation vector of the key wrap",
        "tag": "authentication tag of the key wrap",
        "p2s": "salt of the password",
        "p2c": "iterations of the password's hash",
    },
    "RFC 8555": {"nonce": "against replay, in ACME", "url": "address the request is for, in ACME"},
    "RFC 8225": {"ppt": "PASSporT extension"},
    "RFC 7519, section 5.3": {
        "iss": "issuer, repeated for encrypted tokens",
        "sub": "subject, repeated for encrypted tokens",
        "aud": "audience, repeated for encrypted tokens",
    },
    "OpenID Federation 1.0": {"trust_chain": "chain of trust statements"},
}

#: The claims whose meaning is known.
CLAIMS: Final[dict[str, Meaning]] = (
    {
        name: Meaning(text, "registered", "RFC 7519, section 4.1")
        for name, text in _REGISTERED.items()
    }
    | {
        name: Meaning(text, "public", source)
        for source, names in _PUBLIC.items()
        for name, text in names.items()
    }
    | {
        name: Meaning(text, "private", source)
        for source, names in _KNOWN_PRIVATE.items()
        for name, text in names.items()
    }
)
#: The header members whose meaning is known.
HEADERS: Final[dict[str, Meaning]] = {
    name: Meaning(text, "registered", source)
    for source, names in _HEADERS.items()
    for name, text in names.items()
}


def claim_meaning(name: str) -> Meaning:
    """Return what a claim means; a URI is a public name, any other unknown one private."""
    known = CLAIMS.get(name)
    if known:
        return known
    # RFC 7519, section 4.2: a public name holds a collision-resistant one, such as a URI.
    if name.startswith(("https://", "http://", "urn:")):
        return Meaning("a name of whoever owns that address", "public", "RFC 7519, section 4.2")
    return _PRIVATE


def header_meaning(name: str) -> Meaning:
    """Return what a header member means; an unknown one is private."""
    return HEADERS.get(name, _PRIVATE)
