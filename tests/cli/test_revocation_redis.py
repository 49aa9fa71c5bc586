"""AUTHCLI_REVOCATION: revoking and verifying with a real Redis, and with one that is not there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.harness import Cli, Result
from tests.cli.jwks import managed, opened
from tests.redis_servers import RedisServer

PASSWORD = "s3cret-w0rd"


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"), requirepass=PASSWORD).start()
    yield server
    server.stop()


@pytest.fixture
def keyed(cli: Cli) -> Cli:
    """A user with managed keys."""
    managed(cli)
    return cli


def minted(cli: Cli) -> str:
    return cli.ok("jwt", "mint", "sub=alice", "-q")


def verified(cli: Cli, token: str, *flags: str) -> Result:
    return cli("jwt", "verify", token, "--quiet", *flags)


def generation(cli: Cli, redis: RedisServer) -> tuple[object, str]:
    """Return that of the copy, and that of the store."""
    with opened(cli) as store:
        key = f"authcli:deny:{{{store.store_id}}}"
        return redis("HGET", key, "generation"), store.tokens.generation()


def test_what_was_revoked_is_in_redis_and_refused(keyed: Cli, redis: RedisServer) -> None:
    """The first command that asks makes the copy; revoking keeps it whole."""
    keyed.env["AUTHCLI_REVOCATION"] = redis.url
    one, other = minted(keyed), minted(keyed)
    assert verified(keyed, one).code == 0
    assert generation(keyed, redis) == (b"", "")
    done = keyed("jwt", "revoke", one, "--reason", "stolen")
    assert (done.code, done.err) == (0, "")
    copied, stored = generation(keyed, redis)
    assert copied == stored.encode() != b""
    assert [verified(keyed, token).code for token in (one, other)] == [5, 0]
    refused = verified(keyed, one)
    assert "was revoked at" in refused.err
    assert "stolen" in refused.err


def test_many_lines_are_judged_by_it(keyed: Cli, redis: RedisServer) -> None:
    """Each worker has a connection of its own."""
    keyed.env["AUTHCLI_REVOCATION"] = redis.url
    tokens = keyed.ok("jwt", "mint", "sub=alice", "--count", "40", "-q").split()
    keyed.ok("jwt", "revoke", tokens[7], "-q")
    keyed.ok("jwt", "revoke", tokens[31], "-q")
    done = keyed("jwt", "verify", "--lines", "--jobs", "2", stdin="\n".join(tokens) + "\n")
    assert done.code == 5
    assert "error: line 8: the token was revoked" in done.err
    assert "error: line 32: the token was revoked" in done.err
    assert len(done.out.splitlines()) == 38


def test_a_compromised_key_is_in_it_too(keyed: Cli, redis: RedisServer) -> None:
    keyed.env["AUTHCLI_REVOCATION"] = redis.url
    assert verified(keyed, minted(keyed)).code == 0
    with opened(keyed) as store:
        [active] = [key.kid for key in store.signing_keys.find() if key.state == "active"]
    keyed.ok("jwks", "compromise", active, "--yes", "-q")
    copied, stored = generation(keyed, redis)
    assert copied == stored.encode() != b""


@pytest.mark.parametrize("how", ["away", "locked"])
def test_without_redis_the_store_answers_with_a_warning(
    keyed: Cli, redis: RedisServer, how: str
) -> None:
    """Its password is in none of them; a change that Redis did not learn is a change."""
    token, url = minted(keyed), redis.url
    keyed.env["AUTHCLI_REVOCATION"] = (
        f"redis://:{PASSWORD}@127.0.0.1:1/0" if how == "away" else url.replace("w0rd", "passw0rd")
    )
    words = "cannot be reached" if how == "away" else "refuses the password"
    before = keyed("jwt", "verify", token)
    assert before.code == 0
    assert f"{words}; the store is asked instead" in before.err
    done = keyed("jwt", "revoke", token)
    assert done.code == 0
    assert f"{words}; the store knows of the change" in done.err
    after = keyed("jwt", "verify", token, "--json")
    assert after.code == 5
    assert '"warning":' in after.err
    shown = keyed("config", "show")
    assert "w0rd" not in "".join(
        part for each in (before, done, after, shown) for part in (each.out, each.err)
    )


@pytest.mark.parametrize(
    "url", ["http://host", f"redis://:{PASSWORD}@host?password=x", "env:NONE", "redis://:w0rd@a@b"]
)
def test_a_setting_that_cannot_be_used_is_said_before_anything_is_done(
    keyed: Cli, url: str
) -> None:
    token = minted(keyed)
    keyed.env["AUTHCLI_REVOCATION"] = url
    for command in (("jwt", "verify", token), ("jwt", "revoke", token)):
        done = keyed(*command)
        assert (done.code, done.out) == (2, ""), str(done)
        assert "w0rd" not in done.err
    with opened(keyed) as store:
        assert store.tokens.generation() == ""


def test_the_url_may_be_in_a_variable_or_a_file_without_its_password(
    keyed: Cli, redis: RedisServer, tmp_path: Path
) -> None:
    token = minted(keyed)
    keyed.env["REDIS_URL"] = redis.url
    folder = keyed.home / ".config/authcli"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text('revocation = "env:REDIS_URL"\n')
    assert verified(keyed, token) == Result(0, verified(keyed, token).out, "")
    copied, _ = generation(keyed, redis)
    assert copied == b""
    (folder / "config.toml").write_text(f'revocation = "{redis.url}"\n')
    refused = verified(keyed, token)
    assert refused.code == 2
    assert "holds a password" in refused.err


def test_another_clock_asks_the_store_alone(keyed: Cli, redis: RedisServer) -> None:
    """A copy forgets what is dead by the real one."""
    keyed.env["AUTHCLI_REVOCATION"] = redis.url
    token = minted(keyed)
    keyed("jwt", "verify", token, "--now", "+1m")
    copied, _ = generation(keyed, redis)
    assert copied is None


def test_commands_that_deny_nothing_never_ask_it(keyed: Cli) -> None:
    """A Redis that is away costs them nothing, a URL that is none too."""
    keyed.env["AUTHCLI_REVOCATION"] = "nonsense"
    assert keyed("apikey", "issue", "ci", "-q").code == 0
    assert keyed("jwt", "mint", "sub=alice", "-q").code == 0
