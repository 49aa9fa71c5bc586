"""The plugin as its users have it: test files of theirs, run by a pytest of their own."""

from __future__ import annotations

import importlib.util
import os
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from authcli import tokens
from authcli.errors import TokenRefused
from authcli.integrations import pytest_plugin
from authcli.integrations.jwks_server import JwksServer
from authcli.integrations.token_maker import TokenMaker
from authcli.keys import Key
from authcli.keys.remote import fetch_jwks
from authcli.tokens.fixtures import CASES, Fixture, FixtureSet

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parents[2]
PLUGIN = "authcli.integrations.pytest_plugin"
GUIDE = (ROOT / "docs" / "guide" / "testing.md").read_text("utf-8")
#: What runs unless a project says otherwise: what every service must refuse.
BY_DEFAULT = [case for case in CASES if case.demand == "must"]

#: A service that answers a token with an HTTP status; it fetches the keys for each.
SERVICE = """
    from authcli import tokens
    from authcli.errors import TokenRefused
    from authcli.keys.remote import discover, fetch_jwks

    class Service:
        def __init__(self, *, issuer, audience, jwks_uri=None):
            self.jwks_uri = jwks_uri or discover(issuer).jwks_uri
            self.expected = {"issuer": issuer, "audience": audience}

        def status(self, token):
            keys = fetch_jwks(self.jwks_uri).keys
            try:
                tokens.verify(token, key=keys, typ="JWT", require=["exp"], **self.expected)
            except TokenRefused:
                return 401
            return 200
"""

Run = Callable[..., pytest.RunResult]
SEEN: dict[str, object] = {}


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Write files and run pytest on them, in a process of its own, with no plugin but ours."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")

    def run(*options: str, plugins: tuple[str, ...] = (PLUGIN,), **files: str) -> pytest.RunResult:
        for name, text in files.items():
            kind = ".ini" if name == "pytest" else ".py"
            pytester.path.joinpath(name + kind).write_text(dedent(text))
        loaded = [word for plugin in plugins for word in ("-p", plugin)]
        strict = ("-W", "error", "-p", "no:cacheprovider", "--strict-markers", "-rfE")
        return pytester.runpytest_subprocess(*loaded, *strict, *options)

    return run


# --- The fixtures, here and now: our own tests use them ---


def test_a_strict_verifier_refuses_every_bad_token(
    bad_tokens: Fixture, token_set: FixtureSet, jwks_server: JwksServer
) -> None:
    """And says of each what the token is said to be wrong in."""
    jwks_server.publish(*token_set.keys)
    keys = token_set.secrets if bad_tokens.shared else fetch_jwks(jwks_server.jwks_uri).keys
    policy = {"issuer": token_set.issuer, "audience": token_set.audience, "typ": token_set.typ}
    with pytest.raises(TokenRefused) as caught:
        tokens.verify(bad_tokens.token, key=keys, require=["exp"], **policy)
    assert caught.value.code == bad_tokens.code


def test_a_test_sees_one_issuer(
    jwks_server: JwksServer, token_set: FixtureSet, make_token: TokenMaker, signing_key: Key
) -> None:
    """Server, tokens and settings agree, so that a service can discover what it needs."""
    assert make_token.issuer == token_set.issuer == jwks_server.issuer
    keys = fetch_jwks(jwks_server.jwks_uri).keys
    payload = tokens.verify(make_token(), key=keys).payload
    assert (payload["iss"], payload["sub"]) == (jwks_server.url, "alice")
    ours = [good for good in token_set.good if good.algorithm == token_set.algorithm]
    assert [tokens.verify(good.token, key=signing_key) for good in ours]


def test_what_is_kept_back_is_what_no_http_header_can_hold(token_set: FixtureSet) -> None:
    unsendable = {
        bad.name for bad in token_set.bad if not bad.token.isascii() or not bad.token.isprintable()
    }
    assert unsendable == pytest_plugin._NO_HEADER_HOLDS
    assert unsendable.isdisjoint(case.name for case in BY_DEFAULT)


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_has_the_server_as_new_at_the_same_url(
    turn: int, jwks_server: JwksServer, make_token: TokenMaker, token_set: FixtureSet
) -> None:
    """So the tokens, whose iss is that URL, are made once."""
    assert (jwks_server.requests, len(jwks_server.keys)) == ([], 1)
    first = tokens.decode(make_token()).header["kid"]
    jwks_server.rotate()
    assert tokens.decode(make_token()).header["kid"] not in (None, first)
    jwks_server.fail()
    jwks_server.requests.append("something")
    assert token_set is SEEN.setdefault("set", token_set)
    assert jwks_server.url == SEEN.setdefault("url", jwks_server.url)


# --- A user's test files ---


def test_a_sloppy_service_fails_by_the_names_of_what_it_lets_in(run: Run) -> None:
    """A strict one passes them all; one that forgets the audience fails for each wrong one."""
    result = run(
        service=SERVICE,
        test_it="""
            import pytest
            from service import Service

            @pytest.fixture
            def service(jwks_server, token_audience):
                url, issuer = jwks_server.jwks_uri, jwks_server.issuer
                return Service(jwks_uri=url, issuer=issuer, audience=token_audience)

            def test_strict(service, bad_tokens):
                assert service.status(bad_tokens.token) == 401, bad_tokens.title

            def test_sloppy(service, bad_tokens):
                del service.expected["audience"]
                assert service.status(bad_tokens.token) == 401, bad_tokens.title
        """,
    )
    wrong = [case.name for case in BY_DEFAULT if case.code == "token.audience"]
    assert failed(result) == [f"test_sloppy[{name}]" for name in wrong] != []
    result.assert_outcomes(failed=len(wrong), passed=2 * len(BY_DEFAULT) - len(wrong))
    result.stdout.fnmatch_lines(["*assert 200 == 401*"])


def test_what_the_guide_shows_runs(run: Run) -> None:
    """The lines to copy, against a service that verifies."""
    pytest.importorskip("time_machine", reason="frozen_clock needs it")
    blocks = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    (snippet,) = [block for block in blocks if "bad_tokens" in block]
    service = dedent(SERVICE) + dedent("""
        class App:
            def __init__(self, **settings):
                self.service = Service(**settings)

            def get(self, path, headers):
                scheme, _, token = headers["Authorization"].partition(" ")
                return Response(self.service.status(token))

        class Response:
            def __init__(self, status_code):
                self.status_code = status_code

        make_app = App
    """)
    result = run(my_service=service, test_readme=snippet)
    assert result.ret == 0, result.stdout.str()
    assert result.parseoutcomes()["passed"] > len(BY_DEFAULT)


def test_a_project_overrides_fixtures_the_pytest_way(run: Run) -> None:
    """Function-scoped too, per module or for all; what hangs on them follows."""
    result = run(
        conftest="""
            import pytest
            from authcli import keys
            from authcli.integrations.jwks_server import JwksServer

            @pytest.fixture
            def signing_key():
                return keys.generate("EdDSA", kid="ours")

            @pytest.fixture
            def token_audience():
                return "our-api"
        """,
        test_key="""
            from authcli import tokens

            def test_everything_follows(jwks_server, make_token, signing_key, token_set):
                assert [key.kid for key in jwks_server.keys] == ["ours"]
                verified = tokens.verify(make_token(), key=signing_key, audience="our-api")
                assert verified.algorithm == "EdDSA"
                assert (token_set.kid, token_set.audience) == ("ours", "our-api")
        """,
        test_server="""
            import pytest
            from authcli.integrations.jwks_server import JwksServer

            @pytest.fixture(scope="session")
            def jwks_server():
                with JwksServer(issuer="https://login.example") as server:
                    yield server

            @pytest.fixture(scope="session")
            def long_lived_service(jwks_server):
                return jwks_server.jwks_uri

            def test_a_server_of_ones_own(jwks_server, long_lived_service, make_token):
                assert make_token.issuer == "https://login.example"
                assert make_token.key is jwks_server.signing_key
        """,
        test_names="""
            import pytest

            @pytest.mark.parametrize("bad_token_name", ["expired", "wrong-aud"])
            def test_some(bad_tokens, bad_token_name):
                assert bad_tokens.name == bad_token_name

            @pytest.mark.parametrize("bad_token_name", ["no-such"])
            def test_unknown(bad_tokens):
                pass
        """,
        test_own="""
            import pytest

            @pytest.fixture
            def bad_tokens():
                return "theirs"

            def test_once(bad_tokens):
                assert bad_tokens == "theirs"
        """,
    )
    result.assert_outcomes(passed=5, errors=1)
    result.stdout.fnmatch_lines(["*no token is named 'no-such'; there are: expired,*"])


def test_a_project_sets_options_where_it_configures_pytest(run: Run) -> None:
    result = run(
        "-v",
        pytest="""
            [pytest]
            authcli_algorithm = HS256
            authcli_issuer = https://login.example
            authcli_audience = our-api
            authcli_bad_tokens = asked strict expired wrong-aud not-ascii
            authcli_bad_tokens_except = wrong-sub wrong-aud
        """,
        test_it="""
            from authcli import tokens

            def test_settings(make_token, signing_key, token_issuer, token_audience):
                tokens.verify(make_token(), key=signing_key, algorithms="HS256",
                              issuer=token_issuer, audience=token_audience)
                assert (token_issuer, token_audience) == ("https://login.example", "our-api")

            def test_no_secret_is_published(jwks_server):
                pass

            def test_chosen(bad_token_name):
                pass
        """,
    )
    chosen = {case.name for case in CASES if case.demand in ("asked", "strict")}
    chosen -= {"wrong-sub", "line-break-inside", "control-inside"}
    assert set(re.findall(r"::test_chosen\[(.*?)\] PASSED", result.stdout.str())) == {
        *chosen,
        "expired",
    }
    result.assert_outcomes(passed=len(chosen) + 2, errors=1)
    result.stdout.fnmatch_lines(["*a shared secret has no public half*"])


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (
            "authcli_algorithm=X25519",
            "authcli_algorithm: no signature algorithm is called 'X25519'",
        ),
        ("authcli_bad_tokens=wrong", "authcli_bad_tokens: no bad token is called 'wrong'"),
        ("authcli_bad_tokens_except=x", "authcli_bad_tokens_except: no bad token is called 'x'"),
    ],
)
def test_an_option_that_names_nothing_is_an_error(run: Run, option: str, message: str) -> None:
    """A misspelt exception must not pass for one."""
    result = run("-o", option, test_it="def test_it(bad_tokens): pass")
    assert result.ret != 0
    assert message in result.stdout.str()
    assert "Traceback" not in result.stdout.str() + result.stderr.str()


def test_time_runs_out_when_the_test_says_so(run: Run) -> None:
    pytest.importorskip("time_machine", reason="frozen_clock needs it")
    result = run(
        service=SERVICE,
        test_it="""
            import pytest
            from service import Service

            @pytest.fixture
            def service(jwks_server, token_issuer, token_audience):
                return Service(issuer=token_issuer, audience=token_audience)

            def test_expiry(service, make_token, frozen_clock):
                token = make_token(lifetime_seconds=300)
                frozen_clock.tick(299)
                assert service.status(token) == 200
                frozen_clock.tick()
                assert service.status(token) == 401
                assert service.status(make_token()) == 200

            @pytest.mark.parametrize("bad_token_name", ["expired", "not-yet-valid"])
            def test_the_set_is_pinned_to_the_real_clock(frozen_clock, bad_tokens, service):
                frozen_clock.move_to("2020-01-01")
                assert service.status(bad_tokens.token) == 401
        """,
    )
    result.assert_outcomes(passed=3)


def test_without_time_machine_only_the_clock_is_missing(run: Run) -> None:
    """The message is the line to type; the other fixtures do not need it."""
    result = run(
        conftest="import sys; sys.modules['time_machine'] = None",
        test_it="""
            def test_clock(frozen_clock):
                pass

            def test_token(make_token, bad_token_name, jwks_server):
                make_token()
        """,
    )
    result.assert_outcomes(errors=1, passed=len(BY_DEFAULT))
    result.stdout.fnmatch_lines(
        ['*needs time-machine, which is not installed: pip install "authcli[[]test-plugin[]]"*']
    )


# --- Those who do not use it ---


def test_who_does_not_use_it_pays_next_to_nothing(run: Run) -> None:
    """Every run of pytest loads the plugin, wherever authcli is installed."""
    result = run(
        test_it="""
            import sys

            def test_loaded():
                ours = sorted(name for name in sys.modules if name.startswith("authcli"))
                assert ours == [
                    "authcli", "authcli.integrations", "authcli.integrations.pytest_plugin"
                ]
                heavy = {"cryptography", "jwt", "http.server", "time_machine", "typer"}
                assert heavy & sys.modules.keys() == set()
        """,
    )
    result.assert_outcomes(passed=1)


def test_it_can_be_switched_off(run: Run) -> None:
    result = run("-p", f"no:{PLUGIN}", test_it="def test_it(make_token): pass", plugins=())
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*fixture 'make_token' not found*"])


def test_pytest_tells_what_there_is(run: Run) -> None:
    """Each fixture says what it is for, and so does each option."""
    shown = run("--fixtures").stdout.str()
    section = shown[shown.index(f"fixtures defined from {PLUGIN}") :]
    names = re.findall(r"^([a-z_]+)(?: \[session scope\])? -- .*\n    \S", section, re.MULTILINE)
    assert {*names} == {
        *("signing_key", "token_issuer", "token_audience", "make_token", "jwks_server"),
        *("token_set", "bad_token_name", "bad_tokens", "frozen_clock"),
    }
    assert "no docstring" not in section
    helped = run("--help").stdout.str()
    options = re.findall(r"^  (authcli_\w+) \((?:string|args)\):", helped, re.MULTILINE)
    assert len(options) == 5


def test_the_entry_point_and_a_line_in_conftest_do_not_collide(
    run: Run, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The entry point is named as the module, so that pytest knows it for the same plugin."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    declared = project["entry-points"]["pytest11"]
    assert declared == {PLUGIN: PLUGIN}
    installed = pytester.path / "site" / "authcli_as_installed-1.dist-info"
    installed.mkdir(parents=True)
    installed.joinpath("METADATA").write_text(
        "Metadata-Version: 2.1\nName: authcli-as-installed\nVersion: 1\n"
    )
    lines = [f"{name} = {module}\n" for name, module in declared.items()]
    installed.joinpath("entry_points.txt").write_text("[pytest11]\n" + "".join(lines))
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}{os.pathsep}{installed.parent}")
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    result = run(
        plugins=(),
        conftest=f"pytest_plugins = ['{PLUGIN}']",
        test_it=f"""
            def test_it(pytestconfig, make_token):
                installed = {{
                    pytestconfig.pluginmanager.get_name(plugin): distribution.project_name
                    for plugin, distribution in pytestconfig.pluginmanager.list_plugin_distinfo()
                }}
                assert installed["{PLUGIN}"] == "authcli-as-installed"
        """,
    )
    result.assert_outcomes(passed=1)


@pytest.mark.skipif(not importlib.util.find_spec("xdist"), reason="pytest-xdist is not installed")
def test_workers_of_xdist_collect_the_same_tests(run: Run) -> None:
    """And each has its own key, server and port."""
    result = run(
        *("-n", "2", "--import-mode=importlib"),
        plugins=(PLUGIN, "xdist"),
        service=SERVICE,
        pytest="[pytest]\npythonpath = .\nauthcli_bad_tokens = expired wrong-iss alg-none-lower",
        test_it="""
            from service import Service

            def test_it(jwks_server, make_token, bad_tokens, token_audience):
                service = Service(issuer=jwks_server.issuer, audience=token_audience)
                assert service.status(bad_tokens.token) == 401
                assert service.status(make_token()) == 200
        """,
    )
    result.assert_outcomes(passed=3)


def failed(result: pytest.RunResult) -> list[str]:
    return re.findall(r"^FAILED test_it\.py::(\S+)", result.stdout.str(), re.MULTILINE)
