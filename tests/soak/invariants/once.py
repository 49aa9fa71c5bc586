"""What must happen once: a refresh token is spent, a one-time or recovery code passes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from tests.soak.diary import Diary
from tests.soak.invariants.signing_keys import rows
from tests.soak.scene import Scene


def refresh_tokens(diary: Diary, scene: Scene) -> Iterator[str]:
    """Whoever presents one gets the same successor, and no token is the successor of two."""
    following: dict[str, set[str]] = defaultdict(set)
    before: dict[str, set[str]] = defaultdict(set)
    for fact in diary.of("refresh", "spend"):
        following[fact.subject].add(fact.value["next"])
        before[fact.value["next"]].add(fact.subject)
    for name, found in (("successors", following), ("predecessors", before)):
        for text, others in found.items():
            if len(others) > 1:
                yield f"{text[:16]}… has {len(others)} {name}"


def families(diary: Diary, scene: Scene) -> Iterator[str]:
    """All but the newest were used, and none is missing but at the beginning (`store gc`)."""
    found: dict[str, list[tuple[int, bool]]] = defaultdict(list)
    for family, seq, used in rows(
        scene, "SELECT family_id, seq, used_at IS NOT NULL FROM refresh_tokens ORDER BY seq"
    ):
        found[str(family)].append((int(seq), bool(used)))
    for family, tokens in found.items():
        numbers = [seq for seq, _ in tokens]
        if numbers != list(range(numbers[0], numbers[0] + len(numbers))):
            yield f"{family}: its tokens are {numbers}"
        if not all(used for _, used in tokens[:-1]) or tokens[-1][1]:
            yield f"{family}: the unused tokens are {[n for n, used in tokens if not used]}"


def codes(diary: Diary, scene: Scene) -> Iterator[str]:
    passed = Counter(
        (fact.kind, fact.subject)
        for fact in diary.facts
        if fact.kind in ("code", "recovery") and fact.act == "pass" and fact.sure
    )
    for (kind, subject), times in passed.items():
        if times > 1:
            yield f"{kind} {subject} passed {times} times"
