"""Redis: a copy of a store's deny marks, where they are asked for over the network.

All of it is one hash. Redis drops single keys when its memory is full, without a word, and a mark
that is missing lets a revoked token pass; a hash goes whole, with the generation in it, and that
is noticed. So marks have no TTL of their own: each change sweeps some that are dead, and the hash
itself ends with the last of them. Its fields:

    NUMBER          a mark: its end, what it hits up to ("*": all), the rest as JSON
    generation      of the marks in it; absent while it is being filled
    cursor, from    of the filling: a nonce and the last number; the generation at its beginning
    after:G         the generation that came after G, where G itself has not arrived yet
    swept           where the next sweep begins

What is written is written by scripts, each whole or not at all, in any order and late too: marks
are only ever added to, and the generation goes on only where none is missing in between.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from authcli.errors import Unavailable
from authcli.revocation.deny_list import mark_id
from authcli.revocation.model import Mark

try:
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry
except ImportError as error:
    raise Unavailable(
        "the library for Redis is not installed",
        hint='pip install "authcli[redis]"',
        code="store.extra",
    ) from error

if TYPE_CHECKING:
    from authcli.revocation.model import Target
    from authcli.store.redis_urls import RedisPlace

__all__ = ["Filling", "RedisMarks"]

#: What a mark outlives its end by in here: clocks differ.
_MARGIN_MS = 3_600_000
_DAY_MS = 86_400_000
#: KEYS[1] is the hash; ARGV[1] is now, in Unix ms.
_COMMON = """
local hash = KEYS[1]
local function put(id, value)
  local old = redis.call('HGET', hash, id)
  if old then
    local ends, before = old:match('^(%d+) (%S+) ')
    local new_ends, new_before, rest = value:match('^(%d+) (%S+) (.*)$')
    if ends then
      if tonumber(ends) < tonumber(new_ends) then ends = new_ends end
      if before ~= '*' and (new_before == '*' or tonumber(new_before) > tonumber(before)) then
        before = new_before
      end
      value = ends .. ' ' .. before .. ' ' .. rest
    end
  end
  redis.call('HSET', hash, id, value)
end
local function go_on(generation)
  local following = redis.call('HGET', hash, 'after:' .. generation)
  while following do
    redis.call('HDEL', hash, 'after:' .. generation)
    generation = following
    following = redis.call('HGET', hash, 'after:' .. generation)
  end
  redis.call('HSET', hash, 'generation', generation)
end
local function keep_until(ends)
  local left = redis.call('PTTL', hash)
  if left >= 0 and tonumber(ARGV[1]) + left < tonumber(ends) then
    redis.call('PEXPIREAT', hash, ends)
  end
end
"""
#: now, dead before, ends, generation before, after, then numbers and marks
_CHANGE = (
    _COMMON
    + """
local held = redis.call('HGET', hash, 'generation')
if not held and redis.call('HEXISTS', hash, 'cursor') == 0 then return 0 end
for i = 6, #ARGV, 2 do put(ARGV[i], ARGV[i + 1]) end
redis.call('HSET', hash, 'after:' .. ARGV[4], ARGV[5])
if held then go_on(held) end
keep_until(ARGV[3])
local found = redis.call('HSCAN', hash, redis.call('HGET', hash, 'swept') or '0', 'COUNT', 32)
redis.call('HSET', hash, 'swept', found[1])
for i = 1, #found[2], 2 do
  local ends = found[2][i]:match('^%d+$') and found[2][i + 1]:match('^(%d+) ')
  if ends and tonumber(ends) < tonumber(ARGV[2]) then redis.call('HDEL', hash, found[2][i]) end
end
return 1
"""
)
#: now, ends, the store's generation, a new cursor
_BEGIN = (
    _COMMON
    + """
if redis.call('HGET', hash, 'generation') == ARGV[3] then return false end
local cursor = redis.call('HGET', hash, 'cursor')
if not cursor then
  cursor = ARGV[4]
  redis.call('UNLINK', hash)
  redis.call('HSET', hash, 'cursor', cursor, 'from', ARGV[3])
  redis.call('PEXPIREAT', hash, ARGV[2])
end
return cursor
"""
)
#: now, ends, the cursor, the next one or "", then numbers and marks
_FILL = (
    _COMMON
    + """
if redis.call('HGET', hash, 'cursor') ~= ARGV[3] then return 0 end
for i = 5, #ARGV, 2 do put(ARGV[i], ARGV[i + 1]) end
keep_until(ARGV[2])
if ARGV[4] ~= '' then
  redis.call('HSET', hash, 'cursor', ARGV[4])
else
  go_on(redis.call('HGET', hash, 'from'))
  redis.call('HDEL', hash, 'cursor', 'from')  -- last: an empty hash would be gone, its end with it
end
return 1
"""
)


class Filling(NamedTuple):
    """How far the filling of a copy is."""

    nonce: str
    after: int
    """The last number that is in it."""

    @property
    def cursor(self) -> str:
        """As it stands in the copy."""
        return f"{self.nonce}:{self.after}"


class RedisMarks:
    """The deny marks of one store in a Redis.

    Every method raises `Unavailable` where the server does not answer in
    time, refuses, or holds what cannot be read.

    Args:
        place: the server.
        store_id: the store.
        wait_seconds: how long to wait, for a connection and for each answer.
    """

    def __init__(self, place: RedisPlace, *, store_id: str, wait_seconds: float) -> None:
        self.name = place.masked
        self._key = f"authcli:deny:{{{store_id}}}"
        self._wait_seconds = wait_seconds
        self._client = _client(place, wait_seconds)
        self._execute: Any = self._client.execute_command  # untyped in some versions

    def find(self, targets: Sequence[Target]) -> tuple[str | None, list[Mark]]:
        """Return the generation and the marks of these targets; None: it is not whole."""
        numbers = [mark_id(*target) for target in targets]
        generation, *values = self._ask("HMGET", self._key, "generation", *numbers)
        if generation is None:
            return None, []
        found = [
            self._mark(value, number)
            for number, value in zip(numbers, values, strict=True)
            if value is not None
        ]
        return generation.decode("ascii", "replace"), [
            mark for mark in found if mark[:3] in targets
        ]

    def change(self, before: str, after: str, marks: Sequence[Mark], *, at_ms: int) -> None:
        """Take over committed marks, if there is a copy, or one is being made."""
        ends = _ends(marks, at_ms)
        self._run(
            *(_CHANGE, at_ms, at_ms - _MARGIN_MS, ends, before, after),
            *_pairs((mark_id(mark.kind, mark.issuer, mark.value), mark) for mark in marks),
        )

    def begin(self, generation: str, *, at_ms: int) -> Filling | None:
        """Begin to fill the copy, or join who does; None where it is whole."""
        new = Filling(secrets.token_hex(8), -1)
        cursor = self._run(_BEGIN, at_ms, at_ms + _DAY_MS, generation, new.cursor)
        if cursor is None:
            return None
        nonce, _, after = cursor.decode("ascii", "replace").partition(":")
        try:
            return Filling(nonce, int(after))
        except ValueError:
            raise self._trouble("holds something else than we wrote") from None

    def fill(
        self, filling: Filling, rows: Sequence[tuple[int, Mark]], *, last: bool, at_ms: int
    ) -> None:
        """Add marks that come after `filling`; nothing happens where others were faster."""
        ends = _ends([mark for _, mark in rows], at_ms)
        following = "" if last else filling._replace(after=rows[-1][0]).cursor
        self._run(_FILL, at_ms, ends, filling.cursor, following, *_pairs(rows))

    def close(self) -> None:
        """Close the connection; the next question opens another one."""
        self._client.close()

    def _run(self, script: str, *arguments: object) -> Any:
        return self._ask("EVAL", script, 1, self._key, *arguments)

    def _ask(self, *command: object) -> Any:
        try:
            return self._execute(*command)
        except redis.RedisError as error:
            raise self._trouble(_words(error, self._wait_seconds)) from None
        except (OSError, ValueError) as error:  # certificates that cannot be read, and the like
            raise self._trouble(f"cannot be asked: {type(error).__name__}") from None

    def _mark(self, value: bytes, number: int) -> Mark:
        try:
            ends, before, rest = value.split(b" ", 2)
            kind, issuer, hit, revoked_at, reason, actor = json.loads(rest)
            issued_before = None if before == b"*" else int(before)
            mark = Mark(kind, issuer, hit, revoked_at, int(ends), reason, issued_before, actor)
            sound = mark_id(kind, issuer, hit) == number and type(revoked_at) is int
        except (ValueError, TypeError, AttributeError):
            sound = False
        if not sound:
            raise self._trouble("holds a deny mark that cannot be read")
        return mark

    def _trouble(self, what: str) -> Unavailable:
        return Unavailable(f"{self.name} {what}")


def _client(place: RedisPlace, wait_seconds: float) -> redis.Redis:
    try:
        return redis.Redis.from_url(
            place.url,
            socket_timeout=wait_seconds,
            socket_connect_timeout=wait_seconds,
            retry=Retry(NoBackoff(), 0),  # by default it asks for seconds
            protocol=2,
        )
    except (redis.RedisError, ValueError):  # its message may repeat the URL
        raise Unavailable(f"{place.masked} cannot be used") from None


def _pairs(rows: Iterable[tuple[int, Mark]]) -> list[object]:
    return [text for number, mark in rows for text in (number, _text(mark))]


def _text(mark: Mark) -> str:
    before = "*" if mark.issued_before is None else mark.issued_before
    rest = [mark.kind, mark.issuer, mark.value, mark.revoked_at, mark.reason, mark.actor]
    return f"{mark.expires_at} {before} {json.dumps(rest, separators=(',', ':'))}"


def _ends(marks: Sequence[Mark], at_ms: int) -> int:
    """Return when the hash may end: with its last mark, and not within a day."""
    return max([at_ms + _DAY_MS, *(mark.expires_at + _MARGIN_MS for mark in marks)])


def _words(error: redis.RedisError, seconds: float) -> str:
    """Return what went wrong, without what others wrote: it may hold anything."""
    if isinstance(error, redis.TimeoutError):
        return f"does not answer within {seconds:g} s"
    if isinstance(error, redis.AuthenticationError):
        return "refuses the password"
    if isinstance(error, redis.ReadOnlyError):
        return "is a copy of another Redis, which cannot be written"
    if isinstance(error, redis.exceptions.OutOfMemoryError):
        return "is full"
    if isinstance(error, redis.ConnectionError):
        return "cannot be reached"
    word = str(error).partition(" ")[0]
    shown = f" ({word})" if word.isascii() and word.isalpha() and word.isupper() else ""
    return f"refuses the question{shown}"
