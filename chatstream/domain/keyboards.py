"""What the same keys type on the other layout: Latin letters, or Hangul by two sets (KS X 5002).

The keys are those of a US keyboard; what is on no key of a letter stays as it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from chatstream.domain.hangul import LEADS, TAILS, TYPED_IN_TWO, VOWELS, syllable

# The keys by the jamo that stand alone; the rest are typed one after the other.
_JAMO = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎㅏㅐㅑㅒㅓㅔㅕㅖㅗㅛㅜㅠㅡㅣ"
_KEYS = "rRseEfaqQtTdwWczxvgkoiOjpuPhynbml"


def _keys_of_jamo() -> Mapping[int, str]:
    """The keys of each jamo, conjoining or alone; both have the same decomposition or name."""
    alone = dict(zip(_JAMO, _KEYS, strict=True))
    alone |= {jamo: "".join(alone[each] for each in parts) for jamo, parts in TYPED_IN_TWO.items()}
    found = {ord(jamo): keys for jamo, keys in alone.items()}
    by_name = {unicodedata.name(jamo).removeprefix("HANGUL LETTER "): jamo for jamo in alone}
    for code in range(0x1100, 0x1200):
        kind, _, name = unicodedata.name(chr(code), "").removeprefix("HANGUL ").partition(" ")
        if kind in ("CHOSEONG", "JUNGSEONG", "JONGSEONG") and name in by_name:
            found[code] = alone[by_name[name]]
    return found


_KEYS_OF = _keys_of_jamo()
# With Shift most keys type the letter that they type without.
_JAMO_OF = str.maketrans(
    {key.upper(): jamo for jamo, key in zip(_JAMO, _KEYS, strict=True) if key.islower()}
    | dict(zip(_KEYS, _JAMO, strict=True))
)

_TOGETHER = {parts: jamo for jamo, parts in TYPED_IN_TWO.items()}


def _one_of(letters: str) -> str:
    """A pattern of these letters, those that are typed in two keys first."""
    parts = [TYPED_IN_TWO[letter] for letter in letters if letter in TYPED_IN_TWO]
    return f"(?:{'|'.join(parts)}|[{letters}])"


# A consonant before a vowel begins the next syllable.
_SYLLABLE = re.compile(f"([{LEADS}])({_one_of(VOWELS)})((?:{_one_of(TAILS)})(?![{VOWELS}]))?")


def typed_keys(text: str) -> str:
    """The text by the keys of a Latin layout that a Korean keyboard types it with.

    Linear; other characters stay, in the plain width.
    """
    return unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text)).translate(_KEYS_OF)


def typed_hangul(keys: str) -> str:
    """What the keys of a Latin layout type on a Korean keyboard; linear, other characters stay."""
    return _SYLLABLE.sub(_composed, keys.translate(_JAMO_OF))


def _composed(found: re.Match[str]) -> str:
    lead, vowel, tail = found.groups(default="")
    place = TAILS.index(_TOGETHER.get(tail, tail)) + 1 if tail else 0
    return syllable(LEADS.index(lead), VOWELS.index(_TOGETHER.get(vowel, vowel)), place)
