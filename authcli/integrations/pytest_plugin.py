"""Fixtures for the tests of a service that takes tokens; pytest loads them by itself.

    def test_refuses(service, bad_tokens):
        assert service.get("/me", bearer_auth(bad_tokens.token)).status_code == 401

    signing_key      the key of it all          token_issuer, token_audience   whom tokens name
    make_token       a good token, in one call  bad_tokens     one test for each way to be wrong
    jwks_server      an issuer's keys by HTTP   token_set      good and bad tokens, all at once
    frozen_clock     time, in the test's hands

`pytest --fixtures` says more of each. A project replaces one by a fixture of the same name, or sets
one of these where it configures pytest:

    authcli_algorithm = ES256            what signing_key signs with
    authcli_issuer, authcli_audience     what tokens name
    authcli_bad_tokens = must            which to run: demands or names; all is "must asked strict"
    authcli_bad_tokens_except =          which of them not to run

`-p no:authcli.integrations.pytest_plugin` switches all of it off.

Every run of pytest imports this module, wherever authcli is installed: at the top it imports
pytest alone, nothing happens unless a test names a fixture, and none is autouse.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, cast

import pytest

if TYPE_CHECKING:
    from authcli.integrations.frozen_clock import FrozenClock
    from authcli.integrations.jwks_server import JwksServer
    from authcli.integrations.token_maker import TokenMaker
    from authcli.keys import Key
    from authcli.tokens.fixtures import Fixture, FixtureSet

_NAME = "_authcli_bad_token_name"
#: A client that sends headers refuses them before any service could: run where named alone.
_NO_HEADER_HOLDS = {"line-break-inside", "control-inside", "not-ascii"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare what a project may set where it configures pytest."""
    parser.addini("authcli_algorithm", "what signing_key signs with", default="ES256")
    parser.addini("authcli_issuer", "the iss of test tokens", default="")
    parser.addini("authcli_audience", "the aud of test tokens", default="https://api.example")
    parser.addini(
        "authcli_bad_tokens",
        "the bad_tokens to run: their names, or must, asked, strict",
        type="args",
        default=["must"],
    )
    parser.addini(
        "authcli_bad_tokens_except",
        "the bad_tokens not to run: their names, or must, asked, strict",
        type="args",
        default=[],
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that takes `bad_tokens` once for each; their names need no key."""
    if _NAME in metafunc.fixturenames:
        names = _chosen(metafunc.config)
        metafunc.parametrize(_NAME, names, indirect=True, ids=names)


def _chosen(config: pytest.Config) -> list[str]:
    """Return the names of the bad tokens that the configuration chooses."""
    from authcli.tokens.fixtures import CASES

    words = {word for case in CASES for word in (case.name, case.demand)}
    given = []
    for option in ("authcli_bad_tokens", "authcli_bad_tokens_except"):
        given.append(set(cast("list[str]", config.getini(option))))
        if unknown := sorted(given[-1] - words):
            raise pytest.UsageError(
                f"{option}: no bad token is called {ascii(unknown[0])}; there are must, asked, "
                f"strict, and {', '.join(case.name for case in CASES)}"
            )
    wanted, excepted = given
    return [
        case.name
        for case in CASES
        if case.name in wanted or (case.demand in wanted and case.name not in _NO_HEADER_HOLDS)
        if not excepted & {case.name, case.demand}
    ]


@pytest.fixture(scope="session")
def signing_key(pytestconfig: pytest.Config) -> Key:
    """The private key that signs test tokens, a new one in each run: ES256, or what the ini
    option authcli_algorithm names.

    A project with a key of its own overrides this fixture:

        @pytest.fixture(scope="session")
        def signing_key():
            return authcli.keys.read(Path("tests/signing.pem").read_bytes())
    """
    from authcli.errors import InvalidInput
    from authcli.tokens.fixtures.fresh import new_signing_key

    try:
        return new_signing_key(cast("str", pytestconfig.getini("authcli_algorithm")))
    except InvalidInput as error:
        pytest.fail(f"authcli_algorithm: {error.message}; {error.hint}", pytrace=False)


@pytest.fixture
def token_issuer(request: pytest.FixtureRequest) -> str:
    """The iss of test tokens: the ini option authcli_issuer; else, where the test has a
    jwks_server, the issuer that it speaks for; else https://issuer.example.
    """
    server = _server_of(request)
    configured = cast("str", request.config.getini("authcli_issuer"))
    return configured or (server.issuer if server else "https://issuer.example")


@pytest.fixture
def token_audience(pytestconfig: pytest.Config) -> str:
    """The aud of test tokens: the ini option authcli_audience, else https://api.example."""
    return cast("str", pytestconfig.getini("authcli_audience"))


@pytest.fixture
def make_token(
    request: pytest.FixtureRequest, signing_key: Key, token_issuer: str, token_audience: str
) -> TokenMaker:
    """Call it for a token that a service should accept, but for what the call says:
    make_token(sub="bob", aud=None). Signed by signing_key, or by the key that
    jwks_server.rotate() made.

        make_token()                             alice's, for 15 minutes
        make_token(sub="bob", role="admin")      claims
        make_token(exp=None)                     without exp
        make_token(at=0, lifetime_seconds=60)    expired long ago
        make_token(key=other, typ="at+jwt", header={"x": 1})

    The type is authcli.integrations.token_maker.TokenMaker.
    """
    from authcli.integrations.token_maker import TokenMaker

    server = _server_of(request)
    return TokenMaker(
        token_issuer, token_audience, lambda: server.signing_key if server else signing_key
    )


@pytest.fixture(scope="session")
def _authcli_server() -> Iterator[JwksServer]:
    """One listener a session, so that its URL, and with it the tokens' iss, stays the same."""
    from authcli.integrations.jwks_server import JwksServer

    with JwksServer() as server:
        yield server


@pytest.fixture
def jwks_server(
    pytestconfig: pytest.Config, _authcli_server: JwksServer, signing_key: Key
) -> JwksServer:
    """An issuer on this machine: publishes signing_key by real HTTP at .jwks_uri, and its
    metadata for discovery at .issuer; .rotate(), .retire(key), .fail(503) do what issuers do,
    .requests counts what services ask.

        jwks_server.jwks_uri, .issuer, .url      where; .jwks is the key set itself
        jwks_server.rotate()                     a new key signs, the old one stays published
        jwks_server.retire(key)                  a key is published no longer
        jwks_server.publish(key)                 one that does not sign yet
        jwks_server.fail(503), .recover()        an outage, and its end
        jwks_server.requests                     the paths that were asked for
        jwks_server.cache_control = "max-age=60"

    The URL is the same in every test of a run; all the rest begins anew in each test. For a
    service that lives longer than a test, override this fixture:

        @pytest.fixture(scope="session")
        def jwks_server(signing_key):
            with JwksServer(signing_key) as server:
                yield server

    The class is authcli.integrations.jwks_server.JwksServer.
    """
    server = _authcli_server
    server.reset(signing_key)
    server.issuer = cast("str", pytestconfig.getini("authcli_issuer")) or server.url
    return server


@pytest.fixture(scope="session")
def _authcli_token_sets() -> Callable[[Key, str, str], FixtureSet]:
    from authcli.tokens.fixtures import make_fixtures

    started = time.time()  # before any test froze the clock

    @lru_cache(maxsize=8)
    def made(key: Key, issuer: str, audience: str) -> FixtureSet:
        return make_fixtures(key=key, issuer=issuer, audience=audience, at=started)

    return made


@pytest.fixture
def token_set(
    _authcli_token_sets: Callable[[Key, str, str], FixtureSet],
    signing_key: Key,
    token_issuer: str,
    token_audience: str,
) -> FixtureSet:
    """The tokens of `authcli jwt fixtures`, .good and .bad, with their .keys; made once a run.

    The good ones are unusual ones of signing_key, then one of each algorithm: .keys verifies
    them, .secrets those of HMAC. The type is authcli.tokens.fixtures.FixtureSet.
    """
    return _authcli_token_sets(signing_key, token_issuer, token_audience)


@pytest.fixture
def _authcli_bad_token_name(request: pytest.FixtureRequest) -> str:
    if not hasattr(request, "param"):
        pytest.fail("bad_tokens is for tests that have it among their arguments", pytrace=False)
    return cast("str", request.param)


@pytest.fixture
def bad_token_name(_authcli_bad_token_name: str) -> str:
    """The name of the bad token that a test of bad_tokens runs for. To choose some, parametrise
    it: @pytest.mark.parametrize("bad_token_name", ["expired", "wrong-aud"]).
    """
    return _authcli_bad_token_name


@pytest.fixture
def bad_tokens(bad_token_name: str, token_set: FixtureSet) -> Fixture:
    """A token that a service must refuse: the test runs once for each way to be wrong. It has
    .token, .name, .title (why it is bad), .code, .verdict, .source (the RFC) and .demand.

        def test_refuses(service, bad_tokens):
            assert service.status(bad_tokens.token) == 401, bad_tokens.title

    Each differs in one thing from a good token of signing_key, of this issuer and audience. Run
    are those that no service may take ("must"). The ini option authcli_bad_tokens adds those that
    lax libraries take ("strict": a member twice, exp as a string), but for three that no HTTP
    header can hold; those that are bad where a service looks at a claim that not all look at
    ("asked": sub, typ, a missing exp); or single ones by name. authcli_bad_tokens_except takes
    some away. The type is authcli.tokens.fixtures.Fixture.
    """
    try:
        return token_set.find(bad_token_name)
    except KeyError:
        known = ", ".join(bad.name for bad in token_set.bad)
        pytest.fail(f"no token is named {ascii(bad_token_name)}; there are: {known}", pytrace=False)


@pytest.fixture
def frozen_clock() -> Iterator[FrozenClock]:
    """Stops the clock of this process until .tick("15m") or .move_to("2030-01-01T00:00Z");
    make_token goes by it, too. Needs time-machine: pip install "authcli[test-plugin]".

        frozen_clock.tick(60)            seconds, "1h30m", or a timedelta
        frozen_clock.move_to("+1 day")   or an instant, epoch seconds, a datetime
        frozen_clock.now                 epoch seconds

    The type is authcli.integrations.frozen_clock.FrozenClock.
    """
    from authcli.errors import Unavailable
    from authcli.integrations.frozen_clock import frozen

    try:
        with frozen() as clock:
            yield clock
    except Unavailable as error:
        pytest.fail(f"{error.message}: {error.hint}", pytrace=False)


def _server_of(request: pytest.FixtureRequest) -> JwksServer | None:
    """Return the server of a test that has one, be it ours or the project's."""
    if "jwks_server" not in request.fixturenames:
        return None
    from authcli.integrations.jwks_server import JwksServer

    server = request.getfixturevalue("jwks_server")
    return server if isinstance(server, JwksServer) else None
