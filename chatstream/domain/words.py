"""Which words of a message count, and how facts are counted exactly once.

Words are in plain forms (`chatstream.domain.forms`) and lower case: `ＫＴＸ` is `ktx`. Korean:
nouns, roots, adverbs and interjections as they stand, verbs and adjectives as stem + `다`, so that
every form of one verb is one word. Everything else: words by Unicode's rules. Never counted:
whatever has no letter (digit strings above all), single Korean letters (`ㅋㅋㅋ`), web and e-mail
addresses, masked words with what hangs on them, stop words, words over MAX_LENGTH characters.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chatstream.domain import stopwords
from chatstream.domain.abuse.matching import MASK
from chatstream.domain.addresses import addresses
from chatstream.domain.forms import plain
from chatstream.domain.lines import FactStep, step
from chatstream.domain.scripts import CJK

# Counts made with another version of the rules or the lists cannot be compared with these: it is
# part of the version of the tables.
VERSION = 4

MAX_LENGTH = 40
DISCLOSED_ROOMS = 3
DISCLOSED_ACCOUNTS = 5

# Whatever may be long is taken whole, found or not, so that none is read again from each of its
# letters: quantifiers give nothing back, and a branch keeps what is no address.
# In the place of an address: what stands around it is no one stretch of Korean.
_CUT = " , "
# What is written as an address and is none, such as one with a login.
_SCHEME = re.compile(r"(?ai)https?://[!-~]*+")
_LOCAL_PART = rf"(?:(?![{CJK}])[\w.+-])++"
_MAIL = re.compile(rf"{_LOCAL_PART}@[A-Za-z0-9-]++(?:\.[A-Za-z0-9-]++)++|(?P<kept>{_LOCAL_PART})")
_MASKED = re.compile(rf"(?<!\w)\w*+{MASK}[\w{MASK}]*+")
_HANGUL = "\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff"
# A number right before Korean belongs to it: only with it is 원 in 3000원 a unit and not a noun.
_NUMBER = "\\d[\\d.,]*+"
_MORE = f"(?:\\s++(?:{_NUMBER})?[{_HANGUL}]++)*+"
_KOREAN_RUN = re.compile(
    f"(?P<korean>(?:(?<!\\w){_NUMBER})?[{_HANGUL}]++{_MORE})|(?<!\\w){_NUMBER}"
)
_SYLLABLE = re.compile("[\uac00-\ud7a3]")

_AS_IT_STANDS = {"NNG", "NNP", "XR", "MAG", "IC", "UNKNOWN"}
_STEMS = {"VV", "VA"}


# -- tokens ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text, either Korean (with the spaces inside it) or anything else."""

    text: str
    korean: bool


@dataclass(frozen=True, slots=True)
class Morpheme:
    """One part of a Korean analysis: the form, its Sejong tag, and what an inflected one hides.

    `parts` are the (form, tag) pairs of a contracted morpheme (`갔` = `가/VV` + `았/EP`); else
    there are none.
    """

    form: str
    tag: str
    parts: tuple[tuple[str, str], ...] = ()


def runs(text: str) -> list[Run]:
    """The text in plain forms and lower case, cut where Korean begins and ends.

    Without addresses; what stands around them, with a space or without one, is there.
    """
    clean = plain(text).lower()
    if MASK in clean:
        clean = _MASKED.sub(" ", clean)
    clean = _without_addresses(clean)
    if clean.isascii():
        return [Run(clean, korean=False)] if clean.strip() else []
    return [run for run in _cut(clean) if run.text.strip()]


def _without_addresses(text: str) -> str:
    if "://" in text or "www." in text:
        pieces, done = [], 0
        for each in addresses(text, without_scheme=True):
            pieces.append(text[done : each.start])
            done = each.end
        text = _SCHEME.sub(_CUT, _CUT.join([*pieces, text[done:]]))
    return _MAIL.sub(lambda match: match["kept"] or _CUT, text) if "@" in text else text


def _cut(text: str) -> Iterator[Run]:
    """The text cut where Korean begins and ends."""
    done = 0
    for match in _KOREAN_RUN.finditer(text):
        if match["korean"]:
            start, end = match.span()
            yield Run(text[done:start], korean=False)
            yield Run(text[start:end], korean=True)
            done = end
    yield Run(text[done:], korean=False)


def korean_word(morpheme: Morpheme) -> str | None:
    """The word that a morpheme counts as, None when it counts as none."""
    for form, tag in morpheme.parts or ((morpheme.form, morpheme.tag),):
        if tag in _STEMS:
            return _kept(form + "다")
        if tag in _AS_IT_STANDS:
            return _kept(form)
    return None


def other_word(token: str) -> str | None:
    """The word that a token of Unicode's word rules counts as, None when it counts as none."""
    word = token.replace("\u2019", "'")
    if any(char.isalpha() for char in word):
        return _kept(word)
    return None


def emoji_word(token: str) -> str | None:
    """An emoji as it is counted: always with its emoji presentation; never a bare `©`."""
    return token if len(token) <= MAX_LENGTH else None


def _kept(word: str) -> str | None:
    if word in stopwords.ALL or len(word) > MAX_LENGTH:
        return None
    if word[0] >= "\u1100" and _is_bare_jamo(word):
        return None
    return word


def _is_bare_jamo(word: str) -> bool:
    run = _KOREAN_RUN.fullmatch(word)
    return run is not None and run["korean"] is not None and not _SYLLABLE.search(word)


# -- counts ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Use:
    """The words of one fact, and who said them where; `room` and `account` from `mark`.

    `words` tells by how much each count changes: less than 0 where an edit or a delete took away.
    """

    fact_no: int
    words: Mapping[str, int]
    room: int
    account: int
    in_open_room: bool


@dataclass(slots=True)
class Tally:
    """The count of one word in one partition, up to and with fact `fact_no`.

    `in_open` is the part said in open rooms. `rooms` and `accounts` are marks of who used it, as
    many as the rule of disclosure needs and no more; both are empty once it is `disclosed`.
    """

    count: int = 0
    fact_no: int = 0
    in_open: int = 0
    rooms: tuple[int, ...] = ()
    accounts: tuple[int, ...] = ()
    disclosed: bool = False

    def copy(self) -> Tally:
        """A tally of its own with the same values."""
        return Tally(
            self.count, self.fact_no, self.in_open, self.rooms, self.accounts, self.disclosed
        )

    def add(self, times: int, use: Use) -> None:
        """Count a use that is newer than this tally; the caller has checked that.

        Who took a word away has not used it by that, and who once used it stays one who did.
        """
        self.count += times
        self.fact_no = use.fact_no
        if use.in_open_room:
            self.in_open += times
        if times > 0 and not self.disclosed:
            self._note(use)

    def _note(self, use: Use) -> None:
        if use.room not in self.rooms and len(self.rooms) < DISCLOSED_ROOMS:
            self.rooms = (*self.rooms, use.room)
        if use.account not in self.accounts and len(self.accounts) < DISCLOSED_ACCOUNTS:
            self.accounts = (*self.accounts, use.account)
        if len(self.rooms) >= DISCLOSED_ROOMS and len(self.accounts) >= DISCLOSED_ACCOUNTS:
            self.disclosed, self.rooms, self.accounts = True, (), ()

    @property
    def shown(self) -> int:
        """The count that everybody may see: all of it, or what open rooms say, or 0.

        Private rooms must not leak: below 3 rooms and 5 accounts only open rooms count.
        """
        return self.count if self.disclosed else self.in_open

    def pack(self) -> list[object]:
        """The value in the table, JSON; the fact number is at index 1."""
        if self.disclosed:
            return [self.count, self.fact_no, self.in_open]
        return [self.count, self.fact_no, self.in_open, self.rooms, self.accounts]

    @classmethod
    def unpack(cls, value: Sequence[Any]) -> Tally:
        """The tally of a table's value."""
        if len(value) == 3:
            return cls(value[0], value[1], value[2], disclosed=True)
        count, fact_no, in_open, rooms, accounts = value
        return cls(count, fact_no, in_open, tuple(rooms), tuple(accounts))


@dataclass(frozen=True, slots=True)
class Changes:
    """What a batch changes: whole new tallies by word, and the line's cursor after it."""

    tallies: dict[str, Tally] = field(default_factory=dict)
    cursor: int = 0


def mark(identity: str) -> int:
    """A short mark of a room or an account; two that share one count as one, never as more."""
    return zlib.crc32(identity.encode())


def change(former: Mapping[str, int], now: Mapping[str, int]) -> dict[str, int]:
    """By how much each word's count changes when a text becomes another; unchanged ones are out."""
    changed = {word: now.get(word, 0) - former.get(word, 0) for word in {**former, **now}}
    return {word: times for word, times in changed.items() if times}


def apply(held: Mapping[str, Tally], cursor: int, uses: Iterable[Use]) -> Changes:
    """Count facts strictly in line order; `held` has the tally of every word met before.

    A fact at or before the cursor is a repeat. A word takes a fact only when it is newer than the
    word's own `fact_no`: after a crash in mid-write some words are ahead of the cursor. Raises
    ValueError at a gap in the line: the caller fills it first.
    """
    tallies: dict[str, Tally] = {}
    for use in uses:
        match step(cursor, use.fact_no):
            case FactStep.REPEAT:
                continue
            case FactStep.GAP:
                raise ValueError(f"fact {use.fact_no} follows {cursor}")
        for word, times in use.words.items():
            tally = tallies.get(word)
            if tally is None:
                known = held.get(word)
                if known is not None and known.fact_no >= use.fact_no:
                    continue
                tally = tallies[word] = known.copy() if known is not None else Tally()
            tally.add(times, use)
        cursor = use.fact_no
    return Changes(tallies, cursor)
