"""Sums over a fact line: fact by fact, or what many facts add together, in one step a key."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

from chatstream.domain.lines import FactStep, step

K = TypeVar("K", bound=Hashable)


def apply_sums(
    held: Mapping[K, Sequence[int]],
    cursor: int,
    facts: Iterable[tuple[int, Mapping[K, Sequence[int]]]],
) -> dict[K, list[int]]:
    """Count facts strictly in line order; the whole values of the keys that changed.

    A fact at or before the cursor is a repeat, and a key takes only facts that are newer than its
    value: after a crash in mid-write some are ahead of the cursor. Raises ValueError at a gap.
    Facts are (fact number, what it adds by key), one number or several; values are [first sum, last
    fact number, other sums …]. A fact that adds nothing is counted by moving the cursor.
    """
    changed: dict[K, list[int]] = {}
    for fact_no, adds in facts:
        match step(cursor, fact_no):
            case FactStep.REPEAT:
                continue
            case FactStep.GAP:
                raise ValueError(f"fact {fact_no} follows {cursor}")
        cursor = fact_no
        for key, added in adds.items():
            value = changed.get(key)
            if value is None:
                known = held.get(key)
                if known is None:
                    changed[key] = [added[0], fact_no, *added[1:]]
                    continue
                if known[1] >= fact_no:
                    continue
                value = changed[key] = list(known)
            value[0] += added[0]
            value[1] = fact_no
            if len(added) > 1:
                for place in range(1, len(added)):
                    value[place + 1] += added[place]
    return changed


def added_once(facts: Iterable[tuple[int, K]]) -> dict[K, list[int]]:
    """By key how many facts name it, and the last that does; facts are (number, key) in order."""
    named = list(facts)
    counts, last = Counter(key for _, key in named), {key: fact_no for fact_no, key in named}
    return {key: [times, last[key]] for key, times in counts.items()}


def added_to_words(facts: Iterable[tuple[int, str, Mapping[str, int]]]) -> dict[str, list[int]]:
    """By `group + word` the sum of what facts add, and the last fact that names it.

    Facts are (number, group, words) in order. A name is made once, however often it is said.
    """
    groups: defaultdict[str, dict[str, list[int]]] = defaultdict(dict)
    for fact_no, group, words in facts:
        sums = groups[group]
        for word, times in words.items():
            value = sums.get(word)
            if value is None:
                sums[word] = [times, fact_no]
            else:
                value[0] += times
                value[1] = fact_no
    return {group + word: value for group, sums in groups.items() for word, value in sums.items()}


def apply_added(
    held: Mapping[K, Sequence[int]],
    cursor: int,
    added: Mapping[K, Sequence[int]],
    one_by_one: Callable[[], dict[K, list[int]]],
) -> dict[K, list[int]]:
    """The whole new values of what was added to; `held` are those of before.

    What facts add together is right where no value is ahead of the cursor. After a crash in
    mid-write some are: then it is `one_by_one` (`apply_sums`) that gives the values.
    """
    if any(value[1] > cursor for value in held.values()):
        return one_by_one()
    return {
        key: [times + held[key][0] if key in held else times, fact_no]
        for key, (times, fact_no) in added.items()
    }
