"""Secrets that everybody tries first, taken from documentation, tutorials and defaults.

Whoever holds a token can try these in a millisecond, offline; so can `lint`. The list is made
for this and no cracking dictionary.
"""

from __future__ import annotations

import hmac
from typing import Final

from authcli.keys.algorithms import ALGORITHMS

__all__ = ["COMMON_SECRETS", "signed_with_common_secret"]

_WORDS = """\
secret Secret SECRET your-256-bit-secret your-384-bit-secret your-512-bit-secret
a-string-secret-at-least-256-bits-long a-valid-string-secret-that-is-at-least-384-bits-long
a-valid-string-secret-that-is-at-least-512-bits-long-which-is-very-long your_jwt_secret
your-jwt-secret your_jwt_secret_key your-secret-key your-secret your_secret your_secret_key
your-super-secret-key your-super-secret-jwt-key your-secret-key-here
your-secret-key-change-in-production
your-super-secret-jwt-token-with-at-least-32-characters-long
super-secret-jwt-token-with-at-least-32-characters-long super-secret super_secret supersecret
supersecretkey super-secret-key super_secret_key supersecretjwt supersecretjwtkey superSecretKey
superSecret SuperSecret topsecret top-secret top_secret verysecret very-secret verysecretkey
my-secret my_secret mysecret mySecret MySecret mysecretkey my-secret-key my_secret_key
mySecretKey my-32-character-ultra-secure-and-ultra-long-secret mysupersecretkey
my-super-secret-key my_super_secret_key mysupersecret thisisasecret this-is-a-secret
this_is_a_secret thisismysecret this-is-my-secret thisisasecretkey this_is_a_secret_key
this_is_my_secret_key thisismysecretkey ThisIsASecretKey some-secret somesecret some_secret
some-secret-key somesecretkey a-secret asecret secret1 secret12 secret123 secret1234 secret!
secret-key secret_key secretkey secretKey SecretKey SECRET_KEY SECRET-KEY secretkey123
secret-jwt secretjwt secretsecret secret_token secret-token secrettoken secret-phrase
secretpassword secret_password secrets sekret s3cr3t s3cret $ecret S3cr3t shhhhh shhhh shhh shh
shared-secret sharedsecret shared_secret client-secret client_secret app-secret app_secret
appsecret api-secret api_secret apisecret auth-secret auth_secret access-secret access_secret
access-token-secret access_token_secret accesstokensecret ACCESS_TOKEN_SECRET refresh-secret
refresh_secret refresh_token_secret REFRESH_TOKEN_SECRET token-secret token_secret tokensecret
TOKEN_SECRET session-secret session_secret signing-key signing_key signingkey symmetric-key
private-key privatekey private_key jwt JWT jwt-secret jwt_secret jwtsecret jwtSecret JwtSecret
JWTSecret JWT_SECRET jwt-secret-key jwt_secret_key jwtsecretkey JWT_SECRET_KEY JWTSecretKey
jwt-key jwt_key jwtkey jwt-token jwt-token-secret jwtPrivateKey jwt_private_key jwt_tool
jwtpassword key Key KEY mykey my-key my_key keyboardcat changeme change-me change_me changeMe
ChangeMe CHANGEME CHANGE_ME changeit changethis change-this change_this change-this-secret
change-this-in-production changeme123 replace-me replaceme REPLACE_ME replace_this insecure
not-secret notsecret not-a-secret not_so_secret notasecret insert-secret-here
insert-your-secret-here your-key your-key-here key123 password Password PASSWORD password1
password123 Password123 passw0rd P@ssw0rd p@ssw0rd passphrase pass pass123 mypassword qwerty
qwerty123 letmein admin admin123 administrator root toor test Test test123 testing test-secret
test_secret testsecret test-key test_key testkey testtest dev dev-secret dev_secret devsecret
development development-secret development_secret local local-secret localhost prod production
staging default default-secret default_secret defaultsecret example example-secret example_key
example-key sample sample-secret demo demo-secret dummy foo foobar bar baz hello helloworld abc
abc123 abcdef abcdefghijklmnopqrstuvwxyz 0123456789abcdef 0123456789abcdef0123456789abcdef
00000000000000000000000000000000 11111111111111111111111111111111
aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 1 12 123 1234 12345 123456 1234567 12345678 123456789
1234567890 12345678901234567890123456789012 0000 1111 null undefined none None true false token
Token auth authentication express express-secret nodejs nestjs django-insecure flask-secret
laravel spring rails hapi NeverShareYourSecret gibberish hmac-secret hs256-secret hush ilovejwt
iloveyou opensesame quiet unsafe whatever
"""
_PHRASES = (
    "this is a secret",
    "this is my secret",
    "a secret",
    "secret password",
    "keyboard cat",
    "hello world",
    "Hello World",
    "open sesame",
)
#: About three hundred secrets, in no order.
COMMON_SECRETS: Final[tuple[str, ...]] = (*_WORDS.split(), *_PHRASES)


def signed_with_common_secret(algorithm: str, message: bytes, signature: bytes) -> bool:
    """Tell whether an HMAC was made with one of `COMMON_SECRETS` or with the empty secret."""
    row = ALGORITHMS.get(algorithm)
    return (
        row is not None
        and row.kty == "oct"
        and any(
            hmac.compare_digest(hmac.digest(secret.encode(), message, row.hash_name), signature)
            for secret in ("", *COMMON_SECRETS)
        )
    )
