"""What names and messages may be made of: something to see, nothing unseen, nothing that turns.

One rule for shown names, room names and messages, at each entrance and in the agents:

- something is to be seen: a letter, digit, sign or symbol. Spaces, combining marks and private-use
  characters may stand beside it; a code point without a character yet may be an emoji of next
  year's, and counts;
- no character that shows nothing (Default_Ignorable_Code_Point, control characters, annotations),
  but where it joins: within an emoji, a syllable, or a script that shapes its letters by it
  (UTS 51; UAX 31, 2.3; the standard, 18.6 and 23.4);
- nothing that embeds, overrides or isolates the direction of the line (UAX 9). Letters that are
  written from right to left need none of that.

Nothing is taken out of a text. Its length is counted as it is.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from chatstream.domain.unicode_ranges import (
    BLANK,
    DEFAULT_IGNORABLE,
    EMOJI_BESIDES_PICTOGRAPHS,
    IDEOGRAPHS,
    JOINED_BY_CONTROLS,
    LINE_TURNING,
    NO_CHARACTERS,
    PICTOGRAPHS,
    VARIED,
)
from chatstream.errors import invalid

NOTHING_TO_SEE = "must have a visible character"
UNSEEN = "must not contain invisible characters that join nothing"
TURNING = "must not contain characters that turn the direction of the line"
CONTROL = "must not contain control characters"

_EMOJI_PART = f"{PICTOGRAPHS}\U0001f3fb-\U0001f3ff\ufe0f"
_SELECTABLE = f"{PICTOGRAPHS}{EMOJI_BESIDES_PICTOGRAPHS}{VARIED}{IDEOGRAPHS}{JOINED_BY_CONTROLS}"
_VOWEL = "\u1161-\u11a7\ud7b0-\ud7c6"
_FINAL = "\u11a8-\u11ff\ud7cb-\ud7fb"
_JOINS = "|".join(
    (
        # An emoji of several, a sign as an emoji or as text, the flag of a part of a country.
        rf"(?<=[{_EMOJI_PART}])\u200d(?=[{PICTOGRAPHS}])",
        rf"(?<=[{_SELECTABLE}])[\ufe00-\ufe0f]",
        "(?<=\U0001f3f4)[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f",
        # Letters that shape each other; never two controls in a row.
        rf"(?<=[{JOINED_BY_CONTROLS}])[\u200c\u200d](?![\u200c\u200d])",
        rf"(?<![\u200c\u200d])[\u200c\u200d](?=[{JOINED_BY_CONTROLS}])",
        r"(?<=[\u1807-\u180a\u1820-\u18aa])[\u180b-\u180f]",
        rf"(?<=[{IDEOGRAPHS}])[\U000e0100-\U000e01ef]",
        # Syllables of jamo: the filler of the initial before a vowel, that of the vowel after an
        # initial, and both before a final one.
        rf"\u115f\u1160(?=[{_FINAL}])|\u115f(?=[{_VOWEL}])",
        r"(?<=[\u1100-\u115e\ua960-\ua97c])\u1160",
        # Keeps the order of the points and accents round it.
        r"(?<=[^\s\u034f])\u034f(?=[\u0300-\u034e\u0350-\u036f\u0591-\u05c7])",
    )
)
_HIDDEN = rf"{DEFAULT_IGNORABLE}\ufff9-\ufffb{NO_CHARACTERS}"
_CONTROLS = r"\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"
_LINE_BREAKS = r"\t-\r\x85\u2028\u2029"
_DOUBTFUL = re.compile(f"[{_HIDDEN}{_CONTROLS}{_LINE_BREAKS}]")
_JUDGED = re.compile(
    f"(?={_DOUBTFUL.pattern})(?:(?P<turns>[{LINE_TURNING}])|{_JOINS}|(?P<unseen>[{_HIDDEN}])"
    f"|(?P<control>[{_CONTROLS}])|(?P<breaks>[{_LINE_BREAKS}]))"
)
_FAULTS = {"turns": TURNING, "unseen": UNSEEN, "control": CONTROL, "breaks": CONTROL}
_SPACES_AND_MARKS = frozenset("ZM")
_UNSHOWN = frozenset(("Cc", "Cs", "Co"))
_NAMES_KEPT = 10_000


def check_visible(field: str, text: str, *, lines: bool) -> None:
    """INVALID_INPUT naming the field, the reason and (`character`) the code point it is for.

    `lines`: the text may have several, and tabs.
    """
    reason, found = _fault(text, lines=lines)
    if reason:
        fault = invalid(field, reason)
        if found:
            fault.details = {**fault.details, "character": f"U+{ord(found):04X}"}
        raise fault


def is_visible(text: str, *, lines: bool) -> bool:
    """Whether `check_visible` accepts the text."""
    return not _fault(text, lines=lines)[0]


def _fault(text: str, *, lines: bool) -> tuple[str, str]:
    """The reason against the text and the character it is for; both are empty where there is none.

    Linear in the text's length: what joins is seen from the next characters on each side.
    """
    if not any(map(_is_seen, text)):
        return NOTHING_TO_SEE, ""
    if _DOUBTFUL.search(text):
        for found in _JUDGED.finditer(text):
            kind = found.lastgroup
            if kind is not None and not (lines and kind == "breaks"):
                return _FAULTS[kind], found.group()
    return "", ""


def _is_seen(char: str) -> bool:
    category = unicodedata.category(char)
    if category[0] in _SPACES_AND_MARKS or category in _UNSHOWN or char in BLANK:
        return False
    return _DOUBTFUL.match(char) is None


@lru_cache(_NAMES_KEPT)
def shown_name(name: str, neutral: str) -> str:
    """The name as it is shown: `neutral` in the place of one that was given before this rule.

    An empty name stays empty: that of a group, and of who is erased.
    """
    return name if not name or is_visible(name, lines=False) else neutral
