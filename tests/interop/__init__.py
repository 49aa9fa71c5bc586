"""Other people's programs and libraries, and authcli: what one writes the other reads.

    cases        the keys, claims and forgeries that are tried with everyone
    peer         what a peer can do
    debian       the commands `jose` (José) and `jwt` (golang-jwt)
    node         jose, fast-jwt and jsonwebtoken, each a process of peers.cjs
    python       jwcrypto and Authlib; PyJWT and joserfc are in tests/tokens/test_interop.py
    roster       the peers by name

test_serve has those who fetch keys follow `authcli jwks serve` across rotations.
test_tokens, test_keys, test_jws and test_command are one contract that each peer passes; a peer
that is not installed skips its tests (tests/requirements.py).
"""
